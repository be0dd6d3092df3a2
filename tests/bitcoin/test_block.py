"""Headers, proof of work and what a header commits to; the genesis blocks are the vectors."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import MAX_SAT, Sat
from lnwallet_tui.bitcoin.block import (
    Block,
    BlockError,
    BlockHeader,
    bits_from_target,
    target_from_bits,
)
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.merkle import is_ambiguous, merkle_root
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut, txid_from_hex, txid_to_hex
from tests.bitcoin.core import core_block

GENESIS_COINBASE = txid_from_hex("4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b")

# Bitcoin Core, src/kernel/chainparams.cpp: time, bits, nonce of the first blocks.
GENESIS = {
    Network.MAINNET: (1231006505, 0x1D00FFFF, 2083236893),
    Network.SIGNET: (1598918400, 0x1E0377AE, 52613770),
    Network.REGTEST: (1296688602, 0x207FFFFF, 2),
}

# BIP94, "Genesis Block".
TESTNET4_GENESIS = (
    "0100000000000000000000000000000000000000000000000000000000000000000000004e7b2b9128fe0291db06"
    "93af2ae418b767e657cd407e80cb1434221eaea7a07a046f3566ffff001dbb0c7817010100000001000000000000"
    "0000000000000000000000000000000000000000000000000000ffffffff5504ffff001d01044c4c30332f4d6179"
    "2f323032342030303030303030303030303030303030303030303165626435386332343439373062336161396437"
    "383362623030313031316662653865613865393865303065ffffffff0100f2052a01000000232100000000000000"
    "0000000000000000000000000000000000000000000000000000ac00000000"
)


@pytest.mark.parametrize("network", GENESIS)
def test_genesis_headers(network: Network) -> None:
    time, bits, nonce = GENESIS[network]
    header = BlockHeader(1, bytes(32), GENESIS_COINBASE, time, bits, nonce)
    assert header.hash == network.chain_hash
    assert header.has_proof_of_work()
    assert BlockHeader.parse(header.serialize()) == header
    assert not replace(header, nonce=nonce + 1, bits=0x1D00FFFF).has_proof_of_work()


def test_testnet4_genesis_block() -> None:
    block = Block.parse(bytes.fromhex(TESTNET4_GENESIS))
    assert block.hash == Network.TESTNET4.chain_hash
    assert block.header.has_proof_of_work()
    assert block.serialize().hex() == TESTNET4_GENESIS
    block.check_commitments()


def test_mainnets_first_block_has_difficulty_one() -> None:
    time, bits, nonce = GENESIS[Network.MAINNET]
    header = BlockHeader(1, bytes(32), GENESIS_COINBASE, time, bits, nonce)
    assert header.target == 0xFFFF << 208
    assert header.work == 0x100010001  # Core: the chain work of block 0


@pytest.mark.parametrize(
    ("bits", "target"),
    # Bitcoin Core, src/test/arith_uint256_tests.cpp, bignum_SetCompact.
    [
        (0x00000000, 0),
        (0x00123456, 0),
        (0x01003456, 0),
        (0x02000056, 0),
        (0x03000000, 0),
        (0x04000000, 0),
        (0x01123456, 0x12),
        (0x02123456, 0x1234),
        (0x03123456, 0x123456),
        (0x04123456, 0x12345600),
        (0x05009234, 0x92340000),
        (0x20123456, 0x123456 << 232),
        (0x04923456, 0),  # negative
        (0xFF123456, 0),  # overflows
    ],
)
def test_compact_targets(bits: int, target: int) -> None:
    assert target_from_bits(bits) == target


@given(st.integers(1, (1 << 256) - 1))
def test_targets_are_rounded_down_to_three_bytes(target: int) -> None:
    rounded = target_from_bits(bits_from_target(target))
    assert rounded <= target
    assert target - rounded < max(1, target >> 15)
    assert bits_from_target(rounded) == bits_from_target(target) if rounded else True


def test_impossible_bits_are_met_by_nothing() -> None:
    header = BlockHeader(1, bytes(32), bytes(32), 0, 0x04923456, 0)
    assert not header.has_proof_of_work()
    assert header.work == 0


def test_a_header_has_80_bytes() -> None:
    with pytest.raises(BlockError):
        BlockHeader.parse(bytes(81))


COINBASE_IN = TxIn(OutPoint(bytes(32), 0xFFFFFFFF), b"\x51\x51", witness=(bytes(32),))
SEGWIT = Tx(
    2,
    (TxIn(OutPoint(b"\x11" * 32, 0), witness=(b"signature",)),),
    (TxOut(Sat(7), b"\x51" * 22),),
)
OTHER = Tx(2, (TxIn(OutPoint(b"\x22" * 32, 0), b"\x51"),), (TxOut(Sat(8), b"\x51" * 22),))


def block_of(*others: Tx, outputs: tuple[TxOut, ...] | None = None) -> Block:
    """A block with a coinbase that commits to the witnesses, unless other outputs are given."""
    root = merkle_root([bytes(32), *(tx.wtxid for tx in others)])
    commitment = bytes.fromhex("6a24aa21a9ed") + sha256d(root + bytes(32))
    made = (TxOut(Sat(1), b"\x51" * 34), TxOut(Sat(0), commitment))
    coinbase = Tx(2, (COINBASE_IN,), made if outputs is None else outputs)
    txs = (coinbase, *others)
    header = BlockHeader(1, bytes(32), merkle_root([tx.txid for tx in txs]), 0, 0x207FFFFF, 0)
    return Block(header, txs)


def test_a_block_there_and_back() -> None:
    block = block_of(SEGWIT, OTHER)
    assert Block.parse(block.serialize()) == block
    block.check_commitments()


@pytest.mark.parametrize("cut", [1, 40, 100])
def test_half_a_block_is_none(cut: int) -> None:
    with pytest.raises(BlockError):
        Block.parse(block_of(SEGWIT).serialize()[:-cut])
    with pytest.raises(BlockError):
        Block.parse(block_of(SEGWIT).serialize() + bytes(cut))


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_are_a_block_or_refused(data: bytes, with_header: bool) -> None:
    data = bytes(80) * with_header + data
    try:
        block = Block.parse(data)
    except BlockError:
        return
    assert block.serialize() == data
    with pytest.raises(BlockError):
        block.check_commitments()


@given(st.data())
def test_a_changed_byte_of_a_block_is_noticed(data: st.DataObject) -> None:
    raw = bytearray(block_of(SEGWIT, OTHER).serialize())
    raw[data.draw(st.integers(80, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BlockError):
        Block.parse(bytes(raw)).check_commitments()


@given(st.binary(min_size=80, max_size=80))
def test_any_80_bytes_are_a_header_without_work(data: bytes) -> None:
    header = BlockHeader.parse(data)
    assert header.serialize() == data
    assert 0 <= header.target < 1 << 256
    assert 0 <= header.work < 1 << 256


def test_a_block_with_other_transactions_is_refused() -> None:
    good = block_of(SEGWIT, OTHER)
    for txs in ((), good.transactions[:-1], (*good.transactions[:-1], SEGWIT)):
        with pytest.raises(BlockError, match="not those"):
            replace(good, transactions=txs).check_commitments()


def test_vuln_061_a_repeated_transaction_is_refused() -> None:
    """CVE-2012-2459, in Electrum until 4.8.0: three leaves have the same root as four of which the
    last two are equal."""
    good = block_of(SEGWIT, OTHER)
    forged = replace(good, transactions=(*good.transactions, OTHER))
    assert merkle_root([tx.txid for tx in forged.transactions]) == good.header.merkle_root
    with pytest.raises(BlockError, match="not those"):
        forged.check_commitments()


def test_a_changed_witness_is_refused() -> None:
    good = block_of(SEGWIT, OTHER)
    forged = good.transactions[1].with_witness(0, (b"another",))
    with pytest.raises(BlockError, match="witnesses are not"):
        replace(
            good, transactions=(good.transactions[0], forged, good.transactions[2])
        ).check_commitments()


def test_a_witness_needs_a_commitment() -> None:
    without = block_of(SEGWIT, outputs=(TxOut(Sat(1), b"\x51" * 34),))
    with pytest.raises(BlockError, match="nothing commits"):
        without.check_commitments()


def test_of_two_commitments_the_last_counts() -> None:
    """BIP141: "the one with the highest output index is assumed to be the commitment"."""
    right = block_of(SEGWIT).transactions[0].outputs[1]
    wrong = TxOut(Sat(0), right.script_pubkey[:-1] + bytes((right.script_pubkey[-1] ^ 1,)))
    block_of(SEGWIT, outputs=(wrong, right)).check_commitments()
    with pytest.raises(BlockError, match="witnesses are not"):
        block_of(SEGWIT, outputs=(right, wrong)).check_commitments()
    short = TxOut(Sat(0), right.script_pubkey[:37])  # "at least 38 bytes"
    block_of(SEGWIT, outputs=(right, short)).check_commitments()


def test_the_commitment_needs_its_reserved_value() -> None:
    good = block_of(SEGWIT)
    coinbase = good.transactions[0].with_witness(0, (bytes(31),))
    with pytest.raises(BlockError, match="32 bytes"):
        replace(good, transactions=(coinbase, SEGWIT)).check_commitments()


@pytest.mark.parametrize(
    "witness",
    [
        pytest.param((b"",) * 500_000, id="half a million items"),
        pytest.param((bytes(3_990_000),), id="one item of nearly four million bytes"),
        pytest.param((b"\x51" * 33, *(b"\x20" * 64,) * 998, bytes(33)), id="998 of 999"),
    ],
)
def test_vuln_059_whatever_core_parses_is_parsed(witness: tuple[bytes, ...]) -> None:
    """CVE-2022-44797 and 39389: btcd had limits of its own on witnesses, so that one transaction
    stopped every LND at its block."""
    spends = (TxIn(OutPoint(b"\x44" * 32, 0), witness=witness),)
    block = block_of(Tx(2, spends, (TxOut(Sat(0), b""), TxOut(Sat(MAX_SAT), b"\x6a" * 10_000))))
    raw = block.serialize()
    assert Block.parse(raw) == block
    block.check_commitments()
    assert core_block(raw) == raw


SMALL = Tx(2, (TxIn(OutPoint(b"\x33" * 32, 0)),), (TxOut(Sat(1), b"\x51" * 4),))


def test_vuln_062_a_transaction_of_64_bytes_could_be_an_inner_node() -> None:
    """CVE-2017-12842: the proof for a payment that never was went through such a transaction."""
    assert len(SMALL.serialize()) == 64
    good = block_of(OTHER)
    nodes = replace(good.header, merkle_root=merkle_root([SMALL.txid, OTHER.txid]))
    with pytest.raises(BlockError, match="no coinbase"):
        Block(nodes, (SMALL, OTHER)).check_commitments()


def test_a_block_may_hold_a_transaction_of_64_bytes() -> None:
    """BIP54: "They have also been non-standard since 2019", and valid: who pays a miner for one
    must not have all honest nodes banned, nor stop who reads the block."""
    block_of(OTHER, SMALL).check_commitments()


@pytest.mark.parametrize(
    "inputs",
    [
        (TxIn(OutPoint(bytes(32), 0)),),
        (TxIn(OutPoint(b"\x01" * 32, 0xFFFF_FFFF)),),
        (TxIn(OutPoint(bytes(32), 0xFFFF_FFFF)), TxIn(OutPoint(bytes(32), 0xFFFF_FFFF))),
    ],
)
def test_what_no_coinbase_is(inputs: tuple[TxIn, ...]) -> None:
    good = block_of(OTHER)
    first = replace(good.transactions[0], inputs=inputs)
    header = replace(good.header, merkle_root=merkle_root([first.txid, OTHER.txid]))
    with pytest.raises(BlockError, match="no coinbase"):
        Block(header, (first, OTHER)).check_commitments()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_merkle_roots_by_the_definition(numbers: list[int]) -> None:
    leaves = [sha256d(bytes((value,))) for value in numbers]

    def root(part: list[bytes]) -> bytes:
        if len(part) == 1:
            return part[0]
        part = part + part[-1:] * (len(part) % 2)
        return root([sha256d(part[i] + part[i + 1]) for i in range(0, len(part), 2)])

    assert merkle_root(leaves) == root(leaves)


@given(st.integers(2, 20))
def test_a_doubled_tail_is_ambiguous(count: int) -> None:
    leaves = [sha256d(bytes((value,))) for value in range(count)]
    assert not is_ambiguous(leaves)
    half = (count & -count) if count & (count - 1) else count // 2
    doubled = leaves + leaves[-half:]
    if merkle_root(doubled) == merkle_root(leaves):
        assert is_ambiguous(doubled)


def test_hashes_are_shown_reversed() -> None:
    assert txid_to_hex(Network.MAINNET.chain_hash).startswith("000000000019d668")
