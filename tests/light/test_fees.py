"""What should be paid, by the word of peers and blocks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected
from lnwallet_tui.chain.feerates import FULL, LEAST, Source, subsidy
from lnwallet_tui.light.fees import GUESSED, Fees
from lnwallet_tui.policy import BLOCK_FEES_KEPT, POLICY
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError

TIP = 900_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path) as opened:
        yield opened


def fees_in(store: Store, network: Network = Network.MAINNET) -> Fees:
    def complain(error: StoreError) -> None:
        raise error

    return Fees(network, store, complain)


def a_full_block(height: int, fees_sat: int) -> BlockConnected:
    """One whose miner took so much."""
    reward = subsidy(height, Network.MAINNET) + fees_sat
    coinbase = Tx(2, (TxIn(OutPoint(bytes(32), 0xFFFF_FFFF)),), (TxOut(Sat(reward), b""),))
    filler = Tx(2, (TxIn(OutPoint(b"\x01" * 32, 0), bytes(FULL // 4)),), (TxOut(Sat(1), b""),))
    return BlockConnected(height, bytes(32), bytes(32), 1_700_000_000, ((0, coinbase), (1, filler)))


def test_where_nobody_said_anything_it_is_a_guess(store: Store) -> None:
    fees = fees_in(store)
    assert fees.reading(6, {}, TIP) is None
    assert tuple(fees.per_kw(blocks, {}, TIP) for blocks in (6, 144, 1_008)) == GUESSED
    assert GUESSED[0] == POLICY.guessed_feerate, "the same where only the least is known"


def test_on_a_chain_of_one_s_own_nobody_has_to_hurry(store: Store) -> None:
    assert fees_in(store, Network.REGTEST).per_kw(6, {}, TIP) == LEAST


def test_the_word_of_a_peer_counts_while_it_is_connected(store: Store) -> None:
    fees = fees_in(store)
    fees.heard(1, 8_000, 100)
    assert fees.per_kw(6, {1: TIP}, TIP) == 2_000
    assert fees.reading(6, {}, TIP) is None  # nobody knows how far it is
    fees.lost(1)
    assert fees.reading(6, {1: TIP}, TIP) is None


def test_full_blocks_say_what_was_paid_until_they_leave(store: Store) -> None:
    fees = fees_in(store)
    fees.chain_moved(a_full_block(TIP, 38_000_000))
    reading = fees.reading(6, {}, TIP)
    assert reading is not None
    assert reading.source is Source.BLOCKS
    assert 9_990 <= reading.per_kw <= 10_000
    fees.chain_moved(BlockDisconnected(TIP, bytes(32)))
    assert fees.reading(6, {}, TIP) is None


def test_a_start_goes_on_with_what_blocks_took_and_says_how_old_that_is(store: Store) -> None:
    fees_in(store).chain_moved(a_full_block(TIP, 38_000_000))
    again = fees_in(store)
    reading = again.reading(6, {}, TIP)
    assert reading is not None
    assert (reading.source, reading.since) == (Source.BLOCKS, 1_700_000_000)
    assert again.reading(6, {}, TIP + BLOCK_FEES_KEPT) is None  # that says nothing of today
    again.chain_moved(BlockDisconnected(TIP, bytes(32)))  # it left while the program was off
    assert fees_in(store).reading(6, {}, TIP) is None


def test_a_block_that_is_read_twice_counts_once(store: Store) -> None:
    fees = fees_in(store)
    for height in (*range(TIP - BLOCK_FEES_KEPT, TIP + 1), TIP):
        fees.chain_moved(a_full_block(height, 38_000_000))
    reading = fees.reading(6, {}, TIP)
    assert reading is not None
    assert reading.count == BLOCK_FEES_KEPT


def test_what_is_damaged_is_begun_anew(store: Store) -> None:
    fees_in(store).chain_moved(a_full_block(TIP, 38_000_000))
    with store.transaction() as tx:
        tx.write("UPDATE singles SET body = x'00' WHERE name = 'block fees'")
    assert fees_in(store).reading(6, {}, TIP) is None


def test_what_is_passed_on_at_all_is_what_peers_say_and_no_guess(store: Store) -> None:
    fees = fees_in(store)
    assert fees.per_kw(0, {}, TIP) == LEAST
    fees.chain_moved(a_full_block(TIP, 38_000_000))
    assert fees.per_kw(0, {}, TIP) == LEAST, "that others paid more asks nothing of us"
    fees.heard(1, 8_000, 100)
    assert fees.per_kw(0, {1: TIP}, TIP) == 2_000
