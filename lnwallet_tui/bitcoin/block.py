"""Block headers and blocks: parsing, hashes, proof of work, and what a header commits to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.merkle import is_ambiguous, merkle_root
from lnwallet_tui.bitcoin.serial import Reader, SerialError, compact_size
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxParseError, read_tx

HEADER_SIZE: Final = 80
_COMMITMENT: Final = bytes.fromhex("6a24aa21a9ed")  # BIP141: the output that holds it begins so
_NO_OUTPUT: Final = OutPoint(bytes(32), 0xFFFF_FFFF)  # what a coinbase spends


class BlockError(ValueError):
    """Not a block, or its transactions are not those that its header commits to."""


@dataclass(frozen=True, slots=True)
class BlockHeader:
    """The 80 bytes that proof of work is done on. Hashes in wire order."""

    version: int
    previous: bytes
    merkle_root: bytes
    time: int
    bits: int
    nonce: int

    @classmethod
    def parse(cls, data: bytes) -> BlockHeader:
        """The header that is the whole of `data`."""
        if len(data) != HEADER_SIZE:
            raise BlockError(f"a block header has {HEADER_SIZE} bytes, not {len(data)}")
        return _read_header(Reader(data))

    def serialize(self) -> bytes:
        """80 bytes."""
        return (
            self.version.to_bytes(4, "little")
            + self.previous
            + self.merkle_root
            + self.time.to_bytes(4, "little")
            + self.bits.to_bytes(4, "little")
            + self.nonce.to_bytes(4, "little")
        )

    @property
    def hash(self) -> bytes:
        """The block's hash, in wire order."""
        return sha256d(self.serialize())

    @property
    def target(self) -> int:
        """The number that the hash must not exceed; 0, which none meets, for bits that are none."""
        return target_from_bits(self.bits)

    @property
    def work(self) -> int:
        """How many hashes it takes to find such a block, on average; 0 for an impossible target."""
        return work_from_bits(self.bits)

    def has_proof_of_work(self) -> bool:
        """Whether the hash meets the header's own target (which the chain must check as well)."""
        return int.from_bytes(self.hash, "little") <= self.target


def target_from_bits(bits: int) -> int:
    """The target that the compact form stands for; 0 for a negative or an overlong one."""
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    if bits & 0x800000:
        return 0
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else mantissa >> 8 * (3 - exponent)
    return target if target < 1 << 256 else 0


def work_from_bits(bits: int) -> int:
    """How many hashes it takes, on average, to meet these bits; 0 for an impossible target."""
    target = target_from_bits(bits)
    return (1 << 256) // (target + 1) if target else 0


def bits_from_target(target: int) -> int:
    """The compact form of a positive target, rounded down to its three leading bytes."""
    exponent = (target.bit_length() + 7) // 8
    mantissa = target >> 8 * (exponent - 3) if exponent >= 3 else target << 8 * (3 - exponent)
    if mantissa & 0x800000:  # would read as a sign
        exponent, mantissa = exponent + 1, mantissa >> 8
    return exponent << 24 | mantissa


@dataclass(frozen=True, slots=True)
class Block:
    """A header and its transactions, the coinbase first."""

    header: BlockHeader
    transactions: tuple[Tx, ...]

    @classmethod
    def parse(cls, data: bytes) -> Block:
        """The block that is the whole of `data`; nothing is checked but the form."""
        reader = Reader(data)
        try:
            block = cls(_read_header(reader), reader.many(lambda: read_tx(reader)))
            reader.expect_end()
        except (SerialError, TxParseError) as error:
            raise BlockError(str(error)) from error
        return block

    def serialize(self) -> bytes:
        """The block as it goes over the wire."""
        transactions = b"".join(tx.serialize() for tx in self.transactions)
        return self.header.serialize() + compact_size(len(self.transactions)) + transactions

    @property
    def hash(self) -> bytes:
        """The header's hash, in wire order."""
        return self.header.hash

    def check_commitments(self) -> None:
        """`BlockError` unless these are the header's transactions, witnesses included.

        A stranger served the block; after this its content is as sure as the header.
        """
        txids = [tx.txid for tx in self.transactions]
        if not txids or merkle_root(txids) != self.header.merkle_root or is_ambiguous(txids):
            raise BlockError("the transactions are not those that the header commits to")
        # Two hashes of the tree are 64 bytes, and so can a transaction be: what stands first could
        # be a pair of them in disguise. But to make it look like a coinbase too takes 2^224 tries.
        # A transaction of 64 bytes further on is valid (BIP54 would change that).
        if not _is_coinbase(self.transactions[0]):
            raise BlockError("the first transaction is no coinbase")
        self._check_witnesses()

    def _check_witnesses(self) -> None:
        commitment = self._witness_commitment()
        if commitment is None:
            if any(tx.has_witness for tx in self.transactions):
                raise BlockError("witnesses that nothing commits to")
            return
        reserved = self.transactions[0].inputs[0].witness
        if len(reserved) != 1 or len(reserved[0]) != 32:
            raise BlockError("the coinbase lacks the witness of 32 bytes")
        root = merkle_root([bytes(32), *(tx.wtxid for tx in self.transactions[1:])])
        if sha256d(root + reserved[0]) != commitment:
            raise BlockError("the witnesses are not those that the coinbase commits to")

    def _witness_commitment(self) -> bytes | None:
        # BIP141: "If there are more than one scriptPubKey matching the pattern, the one with the
        # highest output index is assumed to be the commitment."
        for output in reversed(self.transactions[0].outputs):
            if output.script_pubkey.startswith(_COMMITMENT) and len(output.script_pubkey) >= 38:
                return output.script_pubkey[6:38]
        return None


def _is_coinbase(tx: Tx) -> bool:
    return [txin.outpoint for txin in tx.inputs] == [_NO_OUTPUT]


def _read_header(reader: Reader) -> BlockHeader:
    return BlockHeader(
        version=reader.uint(4),
        previous=reader.take(32),
        merkle_root=reader.take(32),
        time=reader.uint(4),
        bits=reader.uint(4),
        nonce=reader.uint(4),
    )
