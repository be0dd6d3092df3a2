"""A payment of ours that has expired and does not come back: the user is asked, and a day later the
wallet closes the channel. It is stuck until then, and never called failed before it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.policy import POLICY
from tests.node.bookkeeping import leaves_of
from tests.node.test_htlcs_on_chain import (
    FUNDED_SAT,
    gained,
    hang,
    less_fees,
    payment,
    status,
)
from tests.node.town import DELAY, Town

BEFORE, AFTER = PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def overdue(town: Town) -> tuple[str, str, int]:
    """Ada's payment to Ben, who is gone, at the last block at which he may give it back; the
    channel, the payment and when that expired."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    name = await hang(town, "ada", "ben")
    await town.stop("ben")
    [htlc] = town.nodes["ada"].channel_states()[0].ledger.htlcs
    await town.mine(htlc.cltv_expiry + POLICY.timeout_grace - 1 - town.regtest.chain.height)
    return channel_id, name, htlc.cltv_expiry


async def test_it_is_stuck_for_a_day_and_then_taken_to_chain(town: Town) -> None:
    channel_id, name, expiry = await overdue(town)
    by = expiry + POLICY.timeout_patience
    assert await status(town, "ada", name) is BEFORE
    held = (await town.nodes["ada"].holdings()).total
    [words] = [leaf.explanation for leaf in leaves_of(held) if leaf.kind is HoldingKind.HTLC]
    assert f"it expires at block {expiry:,}, and " in words  # as the guard's page says it
    assert f" {POLICY.timeout_patience} blocks more to give it back, to block {by:,} (" in words
    await town.mine()
    shown = await payment(town, "ada", name)
    assert shown.status is AFTER
    assert f"expired at block {expiry:,}" in shown.reason
    assert f"stuck until block {by:,}" in shown.reason
    asked = [one for one in await town.nodes["ada"].inbox() if one.kind is InboxKind.STUCK]
    assert [(one.urgent, one.payment_hash) for one in asked] == [(True, name)]
    assert shown.reason in asked[0].text
    view = await town.channel("ada", channel_id)
    assert view.state is ChannelState.OFFLINE
    assert f"it expired at block {expiry:,}" in view.explanation
    again = await town.run(town.nodes["ada"].pay(shown.invoice))
    assert isinstance(again, Refused), "its hash is not paid twice"
    await town.restart("ada")
    await town.mine(by - 1 - town.regtest.chain.height)
    assert town.nodes["ada"].channel_states()[0].publication is None
    await town.mine()
    [step] = (await town.channel("ada", channel_id)).closes
    assert step.began is CloseBegan.DEADLINE
    assert (step.height, step.deadline_outgoing, step.deadline_expiry) == (by, True, expiry)
    assert len([one for one in await town.nodes["ada"].inbox() if one.kind is InboxKind.STUCK]) == 1
    for _ in range(POLICY.buried + 1):
        assert await status(town, "ada", name) is AFTER
        await town.mine()
    assert await status(town, "ada", name) is PaymentStatus.FAILED
    await town.mine(DELAY + 3)
    assert await gained(town, "ada") in less_fees(0)
    await town.start("ben")


async def test_the_user_need_not_wait(town: Town) -> None:
    channel_id, name, _ = await overdue(town)
    await town.mine()
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(POLICY.buried + 3)
    assert await status(town, "ada", name) is PaymentStatus.FAILED
    await town.start("ben")


async def test_a_peer_that_comes_back_late_settles_it_without_the_chain(town: Town) -> None:
    """He knows the preimage, and asks her before he takes the channel to the chain, where both may
    have the payment by then."""
    channel_id, name, _ = await overdue(town)
    await town.mine(20)
    assert await status(town, "ada", name) is AFTER
    await town.start("ben")
    await town.mine()
    for one in ("ada", "ben"):
        assert await status(town, one, name) is PaymentStatus.PAID
        assert (await town.channel(one, channel_id)).state is ChannelState.READY
        assert town.nodes[one].channel_states()[0].ledger.htlcs == ()
