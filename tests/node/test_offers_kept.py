"""What was offered for an output is on disk before the network hears of it, and it never falls:
not by a start, not by a reorganisation, not by another commitment that was first for a while."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.ports import BroadcastResult
from lnwallet_tui.store.closes import Offered, load_closes
from tests.node.test_cheats import newest
from tests.node.test_htlc_fees import empty_block
from tests.node.test_htlcs_on_chain import FUNDED_SAT, hang
from tests.node.town import Town
from tests.sampling import sampled
from tests.store.whole import expect_whole

DEAR, CHEAP = (40_000, 20_000, 2_000), (2_000, 1_500, 1_000)  # sat/kvB


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def on_disk(town: Town, name: str) -> dict[OutPoint, Offered]:
    """What the file holds, not what the node remembers."""
    closes = load_closes(town.nodes[name]._store, expect_whole).values()
    return {one.outpoint: one for close in closes for one in close.offered}


class Witness:
    """Compares all that a node publishes with what its disk holds at that moment."""

    def __init__(self, town: Town, name: str) -> None:
        self.town, self.name = town, name
        self.offers: dict[OutPoint, list[int]] = {}
        self.look()

    def look(self) -> None:
        """From now on, and once more after each start."""
        source = self.town.nodes[self.name]._shell.ports.chain
        broadcast = source.broadcast

        async def watched(txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
            for tx in txs:
                self._compare(tx)
            return await broadcast(txs)

        source.broadcast = watched  # type: ignore[method-assign]  # overheard

    def _compare(self, tx: Tx) -> None:
        kept = on_disk(self.town, self.name)
        for channel in self.town.nodes[self.name].channel_states():
            ours = self.town.nodes[self.name]._board.guard.our_txid(self._held(channel.channel_id))
            for txin in tx.inputs:
                if txin.outpoint.txid == ours:
                    assert txin.outpoint in kept, "published before it was written down"
                    self.offers.setdefault(txin.outpoint, []).append(
                        kept[txin.outpoint].feerate_per_kw
                    )

    def _held(self, channel_id: bytes) -> Held:
        held = self.town.nodes[self.name]._board.channels.find(channel_id)
        assert held is not None
        return held


@pytest.mark.parametrize("seed", sampled("offers that are kept", range(4), 1))
async def test_c19_it_is_durable_before_it_is_broadcast_and_never_falls(
    town: Town, seed: int
) -> None:
    """Children of our commitment, then HTLC transactions; fees go up and down, and the program is
    started anew every other block."""
    dice = Random(seed)
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    await town.stop("ada")
    town.regtest.weather.change(DEAR)
    witness = Witness(town, "ben")
    await town.do(town.nodes["ben"].force_close(channel_id))
    for is_mined in (False, True):
        if is_mined:
            await town.mine()
        for _ in range(6):
            town.regtest.weather.change(dice.choice((DEAR, CHEAP)))
            await empty_block(town)
            if dice.random() < 0.5:
                await town.restart("ben")
                witness.look()
    assert len(witness.offers) == 2
    for outpoint, feerates in witness.offers.items():
        assert feerates == sorted(feerates), outpoint
        assert len(feerates) > 5
    town.regtest.calm()
    await town.start("ada")


async def test_a_child_does_not_begin_anew_after_another_commitment(town: Town) -> None:
    """The peer's was in a block for a while, so that our child could never confirm."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=100_000_000)
    theirs = newest(town, channel_id).tx
    await town.stop("ben")
    town.regtest.weather.change(DEAR)
    await town.do(town.nodes["ada"].force_close(channel_id))
    await empty_block(town)
    [dear] = on_disk(town, "ada").values()
    town.regtest.chain.extend((theirs,))
    await town.clock.rest()
    town.regtest.weather.change(CHEAP)
    town.regtest.chain.drop(1)
    for _ in range(3):
        await empty_block(town)
    kept = on_disk(town, "ada")[dear.outpoint]
    assert kept.feerate_per_kw >= dear.feerate_per_kw
    waiting = {entry.txid: entry for entry in town.regtest.mempool.entries()}
    parent = waiting[dear.outpoint.txid]
    [child] = [e for e in waiting.values() if dear.outpoint in [i.outpoint for i in e.tx.inputs]]
    fee, weight = parent.fee + child.fee, parent.tx.weight + child.tx.weight
    assert fee * 1000 >= dear.feerate_per_kw * weight
    await town.start("ben")
