"""Feerates from what peers and miners say: never below what is relayed, never from who is wrong."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import MAX_SAT, Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.chain.feerates import (
    FULL,
    LEAST,
    BlockFees,
    PeersFloor,
    Reading,
    Source,
    estimate,
    fees_of,
    relay_floor,
    subsidy,
)
from tests.chain.filter_blocks import block_of

TIP = 850_000
HOUR = 3_600


def peer(sat_per_kvb: int, *, since: int = 100, height: int = TIP) -> PeersFloor:
    return PeersFloor(sat_per_kvb, since, height)


def test_the_floor_is_the_median_of_what_peers_pass_on() -> None:
    said = [peer(1_000), peer(8_000, since=90), peer(4_000), peer(2_000), peer(20_000)]
    assert relay_floor(said, TIP) == Reading(1_000, Source.PEERS, 90, 5)


def test_whoever_downloads_the_chain_yet_does_not_count() -> None:
    """Core names all money there is until it has the chain."""
    said = [peer(MAX_SAT), peer(MAX_SAT), peer((1 << 64) - 1), peer(4_000)]
    assert relay_floor(said, TIP) == Reading(1_000, Source.PEERS, 100, 1)
    assert relay_floor(said[:3], TIP) is None


def test_whoever_is_behind_our_tip_does_not_count() -> None:
    said = [peer(40_000, height=TIP - 3), peer(40_000, height=0), peer(4_000, height=TIP - 2)]
    assert relay_floor(said, TIP) == Reading(1_000, Source.PEERS, 100, 1)


def test_1000_sat_per_vbyte_counts_and_one_more_does_not() -> None:
    assert relay_floor([peer(1_000_000)], TIP) == Reading(250_000, Source.PEERS, 100, 1)
    assert relay_floor([peer(1_000_001)], TIP) is None


@given(st.lists(st.integers(0, (1 << 64) - 1)), st.integers(0, 2_000_000))
def test_the_floor_is_never_below_1_sat_per_vbyte(said: list[int], tip: int) -> None:
    floor = relay_floor([peer(one, height=tip) for one in said], tip)
    assert floor is None or LEAST <= floor.per_kw <= 250_000
    assert relay_floor([], tip) is None


def test_half_of_the_peers_cannot_move_the_floor_beyond_what_the_others_say() -> None:
    honest = [peer(1_000), peer(1_200), peer(1_400)]
    for lie in (0, 999_000):
        floor = relay_floor([*honest, peer(lie), peer(lie)], TIP)
        assert floor is not None
        assert 250 <= floor.per_kw <= 350


@pytest.mark.parametrize("honest", [1, 2])
def test_as_many_liars_as_honest_peers_cannot_raise_the_floor(honest: int) -> None:
    said = [peer(1_200)] * honest + [peer(1_000_000)] * honest
    floor = relay_floor(said, TIP)
    assert floor is not None
    assert floor.per_kw == 300


def block(
    *, fees: int, weight: int = FULL, new: int = subsidy(TIP, Network.MAINNET)
) -> BlockConnected:
    """A block whose transactions have this weight (about), and whose miner takes the fees."""
    filler = Tx(2, (TxIn(OutPoint(b"\x01" * 32, 0), bytes(weight // 4)),), (TxOut(Sat(1), b""),))
    made = block_of(filler)
    coinbase = made.transactions[0]
    reward = replace(coinbase.outputs[0], value=Sat(new + fees))
    paid = replace(coinbase, outputs=(reward, *coinbase.outputs[1:]))
    return connected(paid, filler)


def connected(*txs: Tx) -> BlockConnected:
    return BlockConnected(TIP, bytes(32), bytes(32), 7 * HOUR, tuple(enumerate(txs)))


def test_what_a_full_block_took() -> None:
    full = block(fees=3_800_000)
    weight = full.txs[1][1].weight
    fees = fees_of(full, Network.MAINNET)
    assert fees == BlockFees(TIP, 7 * HOUR, 3_800_000_000 // weight)
    assert fees.per_kw in (999, 1_000)


def test_in_a_block_that_is_not_full_the_least_was_enough() -> None:
    assert fees_of(block(fees=3_800_000, weight=1_000), Network.MAINNET) == BlockFees(
        TIP, 7 * HOUR, 0
    )


def test_a_block_without_transactions_says_nothing() -> None:
    assert fees_of(connected(*block_of().transactions), Network.MAINNET) is None


def test_a_miner_may_take_less_than_there_is() -> None:
    fees = fees_of(block(fees=0, new=1), Network.MAINNET)
    assert fees is not None
    assert fees.per_kw == 0


@pytest.mark.parametrize(
    ("height", "network", "sat"),
    [
        (0, Network.MAINNET, 50_0000_0000),
        (209_999, Network.MAINNET, 50_0000_0000),
        (210_000, Network.MAINNET, 25_0000_0000),
        (840_000, Network.MAINNET, 3_1250_0000),
        (13_440_000, Network.MAINNET, 0),
        (149, Network.REGTEST, 50_0000_0000),
        (150, Network.REGTEST, 25_0000_0000),
        (210_000, Network.SIGNET, 25_0000_0000),
    ],
)
def test_new_coins(height: int, network: Network, sat: int) -> None:
    assert subsidy(height, network) == sat


def blocks(*per_kw: int, newest: int = TIP) -> list[BlockFees]:
    return [BlockFees(newest - n, 1_000 * HOUR - n, rate) for n, rate in enumerate(per_kw)]


FLOOR = Reading(300, Source.PEERS, 100, 8)


def test_who_is_in_a_hurry_pays_what_the_dearer_blocks_took() -> None:
    seen = blocks(4_000, 1_000, 3_000, 2_000)
    for target, per_kw in ((1, 4_000), (6, 4_000), (7, 3_000), (144, 3_000), (145, 2_000)):
        assert estimate(target, FLOOR, seen, TIP) == Reading(
            per_kw, Source.BLOCKS, 1_000 * HOUR - 3, 4
        )


def test_what_peers_pass_on_is_the_least() -> None:
    assert estimate(6, FLOOR, [], TIP) == FLOOR
    assert estimate(6, FLOOR, blocks(0, 0, 299), TIP) == FLOOR
    assert estimate(6, None, blocks(0), TIP) == Reading(LEAST, Source.BLOCKS, 1_000 * HOUR, 1)
    assert estimate(6, None, [], TIP) is None


def test_old_blocks_and_absurd_ones_do_not_count() -> None:
    assert estimate(6, FLOOR, blocks(9_000, newest=TIP - 144), TIP) == FLOOR
    assert estimate(6, FLOOR, blocks(9_000, newest=TIP + 1), TIP) == FLOOR
    assert estimate(6, FLOOR, blocks(250_001), TIP) == FLOOR


@given(
    st.integers(1, 2_016),
    st.none() | st.just(FLOOR),
    st.lists(st.integers(0, 1_000_000), max_size=20),
)
def test_an_estimate_is_within_bounds(target: int, floor: Reading | None, rates: list[int]) -> None:
    seen = estimate(target, floor, blocks(*rates), TIP)
    assert seen is None or max(LEAST, floor.per_kw if floor else 0) <= seen.per_kw <= 250_000
    sooner = estimate(1, floor, blocks(*rates), TIP)
    assert (seen is None) == (sooner is None)
    assert seen is None or sooner is None or sooner.per_kw >= seen.per_kw
