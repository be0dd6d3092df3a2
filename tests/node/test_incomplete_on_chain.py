"""A payment of which one part never came, in a channel that is closed meanwhile: what was offered
goes back, and nothing that would take it is ever shown to the chain."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.hashes import ripemd160
from lnwallet_tui.channel.htlcs import Stage
from tests.node.town import DELAY, Town
from tests.node.twins import offer

WHOLE, PART, COME = 90_000_000, 30_000_000, 2
EXPIRY = 160  # blocks, of what `offer` offers


def published(town: Town) -> Iterator[bytes]:
    """Every transaction of the chain, with its witnesses."""
    chain = town.regtest.chain
    for height in range(chain.height + 1):
        for tx in chain.at(height).block.transactions:
            yield tx.serialize()


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_vuln_032_nothing_of_an_incomplete_set_is_taken_on_chain(
    tmp_path: Path, closer: str
) -> None:
    """Electrum before 4.2.2 redeemed, when a channel was closed, what had come of a payment whose
    other parts had not: for a part of its price the payer had the preimage."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    ben = town.nodes["ben"]
    before = await town.total_sat("ada")
    channel_id = await town.open("ada", "ben", 500_000)
    issued = await town.do(ben.create_invoice(WHOLE, "in three parts"))
    kept = ben._board.payments._all.issued(bytes.fromhex(issued.payment_hash))
    assert kept is not None
    for _ in range(COME):
        await offer(town, "ada", "ben", issued.invoice, PART, total_msat=WHOLE)
    [channel] = ben.channel_states()
    assert [htlc.stage for htlc in channel.ledger.htlcs] == [Stage.LOCKED_IN] * COME
    await town.do(town.nodes[closer].force_close(channel_id))
    await town.mine(EXPIRY + 2 * DELAY)
    for name in ("ada", "ben"):
        assert (await town.channel(name, channel_id)).state is ChannelState.CLOSED
    shown = b"".join(published(town))
    assert ripemd160(kept.payment_hash) in shown, "the outputs were spent, by their scripts"
    for secret in (kept.preimage, kept.payment_secret):
        assert secret not in shown
    received = await town.do(ben.payment(issued.payment_hash))
    assert received.status is not PaymentStatus.PAID
    assert before - await town.total_sat("ada") < PART // 1_000, "more than fees is gone"
    await town.end()
