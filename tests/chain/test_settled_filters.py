"""What is remembered of settled filters, and for how long."""

from __future__ import annotations

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.chain.best_chain import BestChain
from lnwallet_tui.chain.headers_batch import Run
from lnwallet_tui.chain.settled_filters import SettledFilters
from lnwallet_tui.chain.watch import BLOCKS_KEPT

BLOCKS = BLOCKS_KEPT + 10


def block(height: int) -> bytes:
    return height.to_bytes(32, "big")


def test_doubts_are_forgotten_with_the_filters_that_they_are_about() -> None:
    hashes = b"".join(map(block, range(BLOCKS)))
    chain = BestChain(0, Run(bytes(BLOCKS * HEADER_SIZE), hashes))
    settled = SettledFilters(0)
    for height in range(BLOCKS):
        settled.settle(block(height), bytes(32))
        settled.doubted[block(height)] = height, 2
    settled.follow(chain, BLOCKS_KEPT)
    assert (settled.lowest, len(settled.doubted)) == (0, BLOCKS)
    settled.follow(chain, BLOCKS)
    assert settled.lowest == 10
    assert next(iter(settled.doubted.values())) == (10, 2)
    assert len(settled.doubted) == BLOCKS_KEPT
