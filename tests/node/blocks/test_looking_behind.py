"""What the second reading has found by its last place, it goes on from after a restart."""

from __future__ import annotations

from lnwallet_tui.chain.watch import Follower
from lnwallet_tui.node.blocks.looking_behind import Found
from tests.chain.test_watch import FUNDING, GENESIS, OTHER, OURS, block, pay


def test_it_looks_on_for_all_that_it_had_found() -> None:
    """Also for what a close has made, where the rows that say so are damaged."""
    funding = pay(FUNDING)
    commitment = pay(OTHER, OURS, spends=(funding.outpoint(0),))
    stage = pay(OTHER, spends=(commitment.outpoint(0),))
    newest = Follower()
    newest.ask(funding.outpoint(0), FUNDING, generations=2)
    found = Found.begun((FUNDING, OURS), newest)
    first = block(10, GENESIS, funding)
    second = block(11, first.block_hash, commitment)
    third = block(12, second.block_hash, stage)
    for event in (first, second, third):
        found.read(event)
        again = Found.resumed(found.place(), newest)
        assert again.follower.watches == found.follower.watches
        assert again.times == found.times
    last = block(13, third.block_hash, pay(OTHER, spends=(stage.outpoint(0),)))
    again.read(last)
    found.read(last)
    assert again.by_height() == found.by_height()
    assert len(again.follower.facts) == 4
