"""Difficulty, and what is known of each network's chain, beside Core's numbers and real blocks."""

from __future__ import annotations

import itertools

import pytest

from lnwallet_tui.bitcoin.block import BlockHeader, target_from_bits, work_from_bits
from lnwallet_tui.bitcoin.consensus import PERIOD, PERIOD_SECONDS, rules_of
from lnwallet_tui.bitcoin.network import Network
from tests.bitcoin.core import core_genesis
from tests.headers import mainnet_periods, signet_headers

SIGNET_2015 = "000000c0a3841a6ae64c45864ae25314b40fd522bfb299a4b6bd5ef288cae74d"
"""Electrum, electrum/chains/signet/checkpoints.json (2026-08-21), its first."""
SIGNET_2016 = "0000008fd8c10e65008a81307f7586d6031d5b6dc6c29b56665eaa32c66ca674"
SIGNET_2016_WORK = 0x2463DF0E5
"""bitcoinj, core/src/main/resources/org.bitcoin.signet.checkpoints.txt (2026-08-22), its first."""


@pytest.mark.parametrize("network", Network)
def test_the_genesis_header_is_the_one_of_the_network_and_of_core(network: Network) -> None:
    genesis = rules_of(network).genesis
    assert genesis.hash == network.chain_hash == core_genesis(network)
    assert genesis.has_proof_of_work()
    assert rules_of(network).target(genesis.bits) == target_from_bits(genesis.bits)
    assert rules_of(network).limit_bits == genesis.bits


@pytest.mark.parametrize(
    ("network", "first", "last", "bits"),
    [
        # Bitcoin Core, src/test/pow_tests.cpp: blocks 30240 to 32255, 0 to 2015, 66528 to 68543,
        # and a made one up to 46367.
        pytest.param(
            Network.MAINNET,
            (1261130161, 0x1D00FFFF),
            (1262152739, 0x1D00FFFF),
            0x1D00D86A,
            id="no limit",
        ),
        pytest.param(
            Network.MAINNET,
            (1231006505, 0x1D00FFFF),
            (1233061996, 0x1D00FFFF),
            0x1D00FFFF,
            id="not easier than the easiest",
        ),
        pytest.param(
            Network.MAINNET,
            (1279008237, 0x1C05A3F4),
            (1279297671, 0x1C05A3F4),
            0x1C0168FD,
            id="at most four times as hard",
        ),
        pytest.param(
            Network.MAINNET,
            (1263163443, 0x1C387F6F),
            (1269211443, 0x1C387F6F),
            0x1D00E1FD,
            id="at most four times as easy",
        ),
        # rust-bitcoin, pow.rs: signet's blocks 0 to 2015.
        pytest.param(
            Network.SIGNET,
            (1598918400, 0x1E0377AE),
            (1599332177, 0x1E0377AE),
            503394215,
            id="signet's first",
        ),
        # BIP94 rule 2: what counts is the first block of the period, not the late last one.
        pytest.param(
            Network.TESTNET4,
            (1700000000, 0x1C0168FD),
            (1700000000 + PERIOD_SECONDS, 0x1D00FFFF),
            0x1C0168FD,
            id="testnet4 looks at the first",
        ),
        pytest.param(
            Network.MAINNET,
            (1700000000, 0x1C0168FD),
            (1600000000, 0x1C0168FD),
            0x1B5A3F40,
            id="a time that runs backwards is short",
        ),
        pytest.param(
            Network.REGTEST,
            (1296688602, 0x207FFFFF),
            (1296688603, 0x207FFFFF),
            0x207FFFFF,
            id="regtest never changes",
        ),
    ],
)
def test_what_the_next_period_begins_with(
    network: Network, first: tuple[int, int], last: tuple[int, int], bits: int
) -> None:
    assert rules_of(network).next_bits(first, last) == bits


@pytest.mark.parametrize(
    "bits", [0, 0x1D00FFFF + 1, 0x1E00FFFF, 0x04923456, 0xFF123456, 0x01003456]
)
def test_bits_that_no_block_may_have(bits: int) -> None:
    assert rules_of(Network.MAINNET).target(bits) is None


def test_real_blocks_have_work_and_the_sum_of_it_is_bitcoinjs() -> None:
    blocks = mainnet_periods()
    for height, _, header in blocks:
        parsed = BlockHeader.parse(header)
        assert parsed.has_proof_of_work()
        assert rules_of(Network.MAINNET).target(parsed.bits)
        assert parsed.version >= rules_of(Network.MAINNET).least_version(height)
    for (height, work, header), (later, more, after) in itertools.pairwise(blocks):
        if later == height + PERIOD:
            bits, next_bits = BlockHeader.parse(header).bits, BlockHeader.parse(after).bits
            period = work_from_bits(bits) * (PERIOD - 1)
            assert more - work == period + work_from_bits(next_bits)
            assert target_from_bits(bits) // 5 < target_from_bits(next_bits)
            assert target_from_bits(next_bits) <= target_from_bits(bits) * 4


def test_what_is_known_of_a_chain_fits_together() -> None:
    last_work = mainnet_periods()[-1]
    for network in Network:
        rules = rules_of(network)
        assert (rules.minimum_work > 0) == (rules.proven_at > 0) == (network is not Network.REGTEST)
        assert max(rules.checkpoints, default=0) == rules.proven_at
        for block_hash in rules.checkpoints.values():
            assert len(block_hash) == 32
            assert int.from_bytes(block_hash, "little") <= rules.pow_limit
        # On average so many blocks of the least difficulty would not do.
        assert rules.minimum_work >= work_from_bits(rules.genesis.bits) * rules.proven_at
    assert rules_of(Network.MAINNET).minimum_work > last_work[1]


def test_the_first_headers_of_signet_end_where_they_should() -> None:
    headers = signet_headers()
    assert len(headers) == 2_023
    assert BlockHeader.parse(headers[0]) == rules_of(Network.SIGNET).genesis
    assert BlockHeader.parse(headers[2015]).hash[::-1].hex() == SIGNET_2015
    assert BlockHeader.parse(headers[2016]).hash[::-1].hex() == SIGNET_2016
    assert sum(BlockHeader.parse(header).work for header in headers[:2017]) == SIGNET_2016_WORK
    assert all(BlockHeader.parse(header).has_proof_of_work() for header in headers)
