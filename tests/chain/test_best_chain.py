"""The headers that are held follow the tree, whatever leaves, and are forgotten from below."""

from __future__ import annotations

from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.best_chain import BestChain
from lnwallet_tui.chain.headers import Extension, HeaderTree
from lnwallet_tui.chain.headers_batch import Run

TREE = HeaderTree.begin(rules_of(Network.REGTEST))


def run(first: int, count: int, branch: int = 0) -> Run:
    """Headers of nothing, which tell their height."""
    named = [bytes((branch,)) + (first + at).to_bytes(4, "big") for at in range(count)]
    return Run(b"".join(name * 16 for name in named), b"".join(name.ljust(32) for name in named))


def change(fork: int, connected: Run) -> Extension:
    return Extension(TREE, fork, (), connected)


def test_what_is_held_is_found_by_height() -> None:
    chain = BestChain(10, run(10, 5))
    assert chain.height == 14
    assert chain.hash_at(9) is None
    assert chain.hash_at(15) is None
    assert chain.header_at(15) is None
    assert chain.header_at(9) is None
    assert chain.hash_at(12) == run(12, 1).hashes
    assert chain.header_at(12) == run(12, 1).headers
    assert chain.hashes(11, 13) == tuple(run(at, 1).hashes for at in (11, 12, 13))
    assert chain.holds(14, run(14, 1).hashes)
    assert not chain.holds(14, run(13, 1).hashes)
    assert not chain.holds(15, None)


def test_it_follows_the_tree() -> None:
    chain = BestChain(10, run(10, 5))
    chain.apply(change(14, run(15, 2)))
    assert chain.hashes(14, 16) == tuple(run(at, 1).hashes for at in (14, 15, 16))
    chain.apply(change(12, run(13, 6, branch=1)))
    assert chain.height == 18
    assert chain.hash_at(12) == run(12, 1).hashes
    assert chain.hash_at(13) == run(13, 1, branch=1).hashes


def test_a_fork_below_all_that_is_held() -> None:
    chain = BestChain(10, run(10, 5))
    chain.apply(change(7, run(8, 9, branch=1)))
    assert (chain.start, chain.height) == (8, 16)
    assert chain.hash_at(8) == run(8, 1, branch=1).hashes


def test_what_is_old_is_forgotten_but_the_newest_is_not() -> None:
    chain = BestChain(10, run(10, 5))
    chain.forget_below(12)
    assert (chain.start, chain.height) == (12, 14)
    assert chain.header_at(12) == run(12, 1).headers
    chain.forget_below(5)
    assert chain.start == 12
    chain.forget_below(1_000)
    assert (chain.start, chain.height) == (14, 14)
