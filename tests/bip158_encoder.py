"""BIP158 written a second time, from its text and for tests only: an encoder, and the BIP's own way
of reading bit by bit. It shares nothing with `lnwallet_tui.chain`, not even SipHash."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.serial import compact_size

P: Final = 19
M: Final = 784_931
_64: Final = (1 << 64) - 1
BEFORE_GENESIS: Final = bytes(32)
"""BIP157: "the previous filter header used to calculate that of the genesis block"."""


def siphash_2_4(key: bytes, data: bytes) -> int:
    """Aumasson, Bernstein: "SipHash: a fast short-input PRF"."""
    k0, k1 = int.from_bytes(key[:8], "little"), int.from_bytes(key[8:16], "little")
    state = [
        k0 ^ 0x736F6D6570736575,
        k1 ^ 0x646F72616E646F6D,
        k0 ^ 0x6C7967656E657261,
        k1 ^ 0x7465646279746573,
    ]
    last = len(data) % 256 << 56 | int.from_bytes(data[len(data) // 8 * 8 :], "little")
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, len(data) - 7, 8)]
    for word in (*words, last):
        state[3] ^= word
        _rounds(state, 2)
        state[0] ^= word
    state[2] ^= 0xFF
    _rounds(state, 4)
    return state[0] ^ state[1] ^ state[2] ^ state[3]


def _rotated(word: int, by: int) -> int:
    return (word << by | word >> 64 - by) & _64


def _rounds(state: list[int], times: int) -> None:
    v0, v1, v2, v3 = state
    for _ in range(times):
        v0 = v0 + v1 & _64
        v2 = v2 + v3 & _64
        v1 = _rotated(v1, 13) ^ v0
        v3 = _rotated(v3, 16) ^ v2
        v0 = _rotated(v0, 32)
        v2 = v2 + v1 & _64
        v0 = v0 + v3 & _64
        v1 = _rotated(v1, 17) ^ v2
        v3 = _rotated(v3, 21) ^ v0
        v2 = _rotated(v2, 32)
    state[:] = v0, v1, v2, v3


def encode_numbers(numbers: Iterable[int]) -> bytes:
    """Golomb-Rice codes of ascending numbers, padded with zeros."""
    bits, before = [], 0
    for number in numbers:
        quotient, remainder = divmod(number - before, 1 << P)
        bits.append("1" * quotient + "0" + f"{remainder:0{P}b}")
        before = number
    stream = "".join(bits)
    stream += "0" * (-len(stream) % 8)
    return bytes(int(stream[at : at + 8], 2) for at in range(0, len(stream), 8))


def encode_filter(block_hash: bytes, scripts: Iterable[bytes]) -> bytes:
    """The filter that holds the scripts."""
    items = set(scripts)
    most = len(items) * M
    numbers = sorted(siphash_2_4(block_hash[:16], item) * most >> 64 for item in items)
    return compact_size(len(items)) + encode_numbers(numbers)


def scripts_of(block: Block, spent: Iterable[bytes]) -> set[bytes]:
    """What belongs into the filter of a block whose inputs spend `spent`."""
    paid = {output.script_pubkey for tx in block.transactions for output in tx.outputs}
    return {script for script in paid if script and script[0] != 0x6A} | {s for s in spent if s}


def filter_of(block: Block, spent: Iterable[bytes]) -> bytes:
    """The filter of a block whose inputs spend outputs with the scripts `spent`."""
    return encode_filter(block.hash, scripts_of(block, spent))


class BitStream:
    """Bits in their order, one at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read_bit(self) -> int:
        """The next bit."""
        byte, bit = divmod(self._at, 8)
        self._at += 1
        return self._data[byte] >> 7 - bit & 1

    def read_bits_big_endian(self, count: int) -> int:
        """The next bits as a number."""
        number = 0
        for _ in range(count):
            number = number << 1 | self.read_bit()
        return number


def golomb_decode(stream: BitStream) -> int:
    """BIP158, "Golomb-Rice Coding"."""
    quotient = 0
    while stream.read_bit() == 1:
        quotient += 1
    return (quotient << P) + stream.read_bits_big_endian(P)


def decoded_bit_by_bit(coded: bytes, count: int) -> Iterator[int]:
    """BIP158, "Set Querying/Decompression"."""
    stream, number = BitStream(coded), 0
    for _ in range(count):
        number += golomb_decode(stream)
        yield number


def gcs_match_any(
    hash_of: Callable[[bytes, bytes], int],
    key: bytes,
    coded: bytes,
    targets: Sequence[bytes],
    count: int,
) -> bool:
    """BIP158, Appendix B."""
    wanted = sorted(hash_of(key, target) * count * M >> 64 for target in targets)
    index = 0
    for number in decoded_bit_by_bit(coded, count):
        while wanted[index] < number:
            index += 1
            if index == len(wanted):
                return False
        if wanted[index] == number:
            return True
    return False
