"""The guard at bad moments: no disk, a bug of ours, a chain that changes its mind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.guard.guard import Guard
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.playground.cheating import KeptState, kept_state
from lnwallet_tui.policy import POLICY
from lnwallet_tui.store.db import Transaction
from tests.node.stranger import Stranger
from tests.node.test_troubles import lock
from tests.node.town import COINS_SAT, DELAY, MINUTE_MS, Town

LENT_MSAT, GIVEN_BACK_MSAT = 100_000_000, 80_000_000
FEES_SAT = 10_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def newest(town: Town, channel_id: str) -> KeptState:
    """Ben's commitment, signed by both."""
    ben = town.nodes["ben"]
    [channel] = [one for one in ben.channel_states() if one.channel_id.hex() == channel_id]
    return kept_state(channel, ben.channel_signer(channel.channel_id))


async def old_state(town: Town, channel_id: str) -> KeptState:
    """A revoked commitment of Ben's, in which he has more than in the newest."""
    await town.pay("ada", "ben", LENT_MSAT)
    old = newest(town, channel_id)
    await town.pay("ben", "ada", GIVEN_BACK_MSAT)
    return old


def is_punished(town: Town, old: Tx) -> bool:
    """Whether what the cheat would get is spent in the chain."""
    largest = max(range(len(old.outputs)), key=lambda at: old.outputs[at].value)
    return town.regtest.chain.coin(old.outpoint(largest)) is None


async def test_a_cheat_does_not_wait_for_a_disk(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    lock(town, "ada", locked=True)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_punished(town, old.tx)
    lock(town, "ada", locked=False)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    await town.mine()
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT
    assert balance.closing_msat == 0


async def test_what_is_wrong_with_a_disk_is_not_told_with_every_attempt(town: Town) -> None:
    notices: list[str] = []
    ada = town.nodes["ada"]
    ada._shell.herald._said = lambda entry: notices.append(entry.text)  # type: ignore[method-assign]  # overheard
    lock(town, "ada", locked=True)
    ada._shell.crashed = type(ada._shell).crashed.__get__(ada._shell)  # type: ignore[method-assign]  # the real one
    ada._shell.turns._on_crash = ada._shell.crashed
    await town.mine()
    await town.clock.wait_for(lambda: False, 5 * MINUTE_MS)
    assert len(notices) == 1
    await town.clock.wait_for(lambda: False, 15 * MINUTE_MS)
    assert 1 < len(notices) <= 3
    lock(town, "ada", locked=False)


async def test_what_a_disk_did_not_take_is_not_called_up_to_date(town: Town) -> None:
    assert (await town.nodes["ada"].status()).waiting_for == ""
    lock(town, "ada", locked=True)
    await town.mine()
    assert "could not be written down" in (await town.nodes["ada"].status()).waiting_for
    lock(town, "ada", locked=False)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    status = await town.nodes["ada"].status()
    assert (status.height, status.waiting_for) == (town.regtest.chain.height, "")


async def test_a_bug_with_one_channel_leaves_the_others_guarded(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await town.open("ada", "ben", 300_000)
    old = await old_state(town, first)
    await town.open("ada", "ben", 250_000)
    look = Guard._look_at

    def stumble(guard: Guard, tx: Transaction, held: Held) -> bool:
        assert held.channel.channel_id.hex() == first or guard is not town.nodes["ada"]._board.guard
        return look(guard, tx, held)

    monkeypatch.setattr(Guard, "_look_at", stumble)
    height = town.regtest.chain.height
    assert town.regtest.publish(old.tx) is None
    await town.mine(2)
    assert is_punished(town, old.tx)
    assert town.nodes["ada"]._board.chain.height == height + 2
    assert town.crashes
    town.crashes.clear()


async def test_an_effect_that_fails_swallows_no_other(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    ada = town.nodes["ada"]

    def stumble() -> None:
        raise AssertionError("a view that cannot be made")

    with monkeypatch.context() as patch:
        patch.setattr(ada._board, "tell_balance", stumble)
        await town.run(ada.create_invoice(1_000, "x"))
        invoice = await town.do(town.nodes["ben"].create_invoice(1_000_000, "tea"))
        await town.do(ada.pay(invoice.invoice))
        await town.mine()
    assert town.crashes
    town.crashes.clear()
    assert (await town.channel("ben", channel_id)).local_msat == 1_000_000


async def test_a_cheat_that_a_reorganisation_undoes_leaves_nothing_behind(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    honest = newest(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_punished(town, old.tx)
    town.regtest.chain.drop(3)
    town.regtest.mempool._entries.clear()  # as if nobody had heard of either
    assert town.regtest.publish(honest.tx) is None
    for _ in range(4):
        await town.mine()
    assert (await town.channel("ada", channel_id)).closing_kind == "theirs"
    await town.mine(3)
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_pending_sat == 0
    ours = sum(COINS_SAT) - (LENT_MSAT - GIVEN_BACK_MSAT) // 1000
    assert ours - FEES_SAT < balance.total_msat // 1000 < ours


async def test_a_watch_that_a_peer_had_us_set_hides_nothing(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    stranger = Stranger(town, "ada")
    await stranger.meet()
    largest = max(range(len(old.tx.outputs)), key=lambda at: old.tx.outputs[at].value)
    assert await stranger.open(old.tx.outpoint(largest))  # "funded" by what the cheat will publish
    assert town.regtest.publish(old.tx) is None
    await town.mine(DELAY + 110)
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSED
    assert (await town.nodes["ada"].balance()).closing_msat == 0


async def test_a_coin_that_came_from_a_close_is_spent_when_it_is(town: Town) -> None:
    cyd = await town.start("cyd")  # who has nothing else
    anchors = town._anchors
    channel_id = await town.open("ben", "cyd", 300_000, push_msat=100_000_000)
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(5)
    before = await cyd.balance()
    held, kept = before.onchain_confirmed_sat, bump_reserve(POLICY).value if anchors else 0
    too_much = await town.run(cyd.quote_open(town.uri("ben"), held))
    assert isinstance(too_much, Refused)
    most = int("".join(filter(str.isdigit, too_much.remedy)))
    await town.open("cyd", "ben", most)
    assert not cyd._board.wallet.pending()
    balance = await cyd.balance()
    assert balance.bump_reserve_sat == balance.onchain_confirmed_sat == kept


async def test_a_cheat_that_comes_to_light_late_is_told_with_the_time_of_its_block(
    town: Town,
) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    await town.stop("ada")
    assert town.regtest.publish(old.tx) is None
    await town.mine(4)
    height = town.regtest.chain.height_of(old.tx.txid)
    assert height is not None
    ada = await town.start("ada")
    await town.mine(2)
    [news] = [one for one in await ada.inbox() if one.kind is InboxKind.BREACH]
    assert "cheated with its old state" in news.text  # what came of it, two blocks later
    assert news.time == town.regtest.chain.at(height).time
