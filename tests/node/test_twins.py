"""A second HTLC of the hash of one that we took: it is not ours, whatever its peer does with it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.node import Node
from lnwallet_tui.payment.records import InvoiceStatus
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.message import Message
from tests.node.test_htlcs_on_chain import FUNDED_SAT, gained, less_fees, payment, status
from tests.node.town import DELAY, Town
from tests.node.twins import offer

AMOUNT_MSAT, BLOCKS = 50_000_000, 160


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def fall_silent_at_a_refusal(node: Node) -> None:
    """It never lets go of an HTLC that was refused."""
    board, said = node._board, node._board.peer_said

    def hear(peer_id: bytes, *messages: Message) -> None:
        if any(isinstance(message, bolt2.UpdateFailHtlc) for message in messages):
            board.peers.send = lambda *_: None  # type: ignore[method-assign]  # says no more
        said(peer_id, *messages)

    board.peer_said = hear  # type: ignore[method-assign]  # overheard


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_part_in_a_channel_that_was_closed_completes_nothing(
    town: Town, restarted: bool
) -> None:
    """What it brings is decided on chain, and may be nothing: too small, or dearer than worth."""
    closed = await town.open("ada", "ben", FUNDED_SAT)
    await town.open("ada", "ben", 400_000)
    invoice = await town.do(town.nodes["ben"].create_invoice(2 * AMOUNT_MSAT, "two parts"))
    offer_part = partial(
        offer, town, "ada", "ben", invoice.invoice, AMOUNT_MSAT, total_msat=2 * AMOUNT_MSAT
    )
    await offer_part(channel=0)
    await town.do(town.nodes["ben"].force_close(closed))
    if restarted:
        await town.restart("ben")
    await offer_part(channel=1)
    ben = town.nodes["ben"]
    assert not any(ben._board.preimages(one) for one in ben.channel_states())
    issued = ben._board.payments.book.issued(bytes.fromhex(invoice.payment_hash))
    assert issued is not None
    assert (issued.status, len(issued.parts)) == (InvoiceStatus.WAITING, 1)
    await town.mine(BLOCKS + DELAY + 10)
    assert (await status(town, "ben", invoice.payment_hash)) is not PaymentStatus.PAID
    assert await gained(town, "ben") == 0


async def paid_and_refused(town: Town) -> tuple[str, str]:
    """Ben has been paid, and holds a second HTLC of the same hash that he has refused; the channel
    and the hash."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(AMOUNT_MSAT, "once"))
    await town.do(ada.pay(invoice.invoice))
    fall_silent_at_a_refusal(ada)
    twin = await offer(town, "ada", "ben", invoice.invoice, AMOUNT_MSAT, blocks=BLOCKS)
    [htlc] = ben.channel_states()[0].ledger.htlcs
    assert (htlc.id, htlc.being_removed, htlc.preimage) == (twin, True, None)
    return channel_id, invoice.payment_hash


async def test_what_was_refused_takes_no_channel_to_chain(town: Town) -> None:
    channel_id, _ = await paid_and_refused(town)
    await town.mine(BLOCKS - 1)  # past the deadline of 36 blocks before its expiry
    assert town.nodes["ben"].channel_states()[0].publication is None
    assert (await town.channel("ben", channel_id)).state is not ChannelState.CLOSING


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_what_was_refused_goes_back_on_chain(town: Town, closer: str) -> None:
    channel_id, name = await paid_and_refused(town)
    await town.do(town.nodes[closer].force_close(channel_id))
    await town.mine(BLOCKS + DELAY + 10)
    assert await status(town, "ben", name) is PaymentStatus.PAID
    assert (await payment(town, "ben", name)).amount_msat == AMOUNT_MSAT
    assert await gained(town, "ben") in less_fees(AMOUNT_MSAT // 1000)
    assert await gained(town, "ada") in less_fees(-AMOUNT_MSAT // 1000)
