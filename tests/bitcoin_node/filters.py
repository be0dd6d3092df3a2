"""The filters of all blocks and the chain of their headers, as one door vouches for them."""

from __future__ import annotations

import random

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.serial import compact_size
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from tests.bip158_encoder import M, encode_filter, encode_numbers, scripts_of
from tests.bitcoin_node.behaviour import Behaviour
from tests.p2p.full_node import spent_by

_BEFORE_GENESIS = bytes(32)


class Filters:
    """Made once for each block, of the best chain or of one that was replaced."""

    def __init__(self, chain: SimChain, behaviour: Behaviour) -> None:
        self._chain = chain
        self._omits = {bytes.fromhex(script) for script in behaviour.omits}
        self._false_at = behaviour.false_hash_at
        self._full = full_filter(behaviour.full_filters) if behaviour.full_filters else b""
        self._filters: dict[bytes, bytes] = {}
        self._headers = {_BEFORE_GENESIS: _BEFORE_GENESIS}

    def of(self, block: ChainBlock) -> bytes:
        """The filter that it serves."""
        if self._full:
            return self._full
        if block.hash not in self._filters:
            held = scripts_of(block.block, spent_by(block)) - self._omits
            self._filters[block.hash] = encode_filter(block.hash, held)
        return self._filters[block.hash]

    def hash_of(self, block: ChainBlock) -> bytes:
        """The hash that it names."""
        if block.height == self._false_at:
            return sha256d(b"false" + block.hash)
        return sha256d(self.of(block))

    def header_of(self, block_hash: bytes) -> bytes:
        """The filter header of a block; zeros for what comes before the first."""
        missing: list[ChainBlock] = []
        while block_hash not in self._headers:
            block = self._chain.known(block_hash)
            assert block is not None
            missing.append(block)
            block_hash = block.previous
        header = self._headers[block_hash]
        for block in reversed(missing):
            header = sha256d(self.hash_of(block) + header)
            self._headers[block.hash] = header
        return header


def full_filter(scripts: int) -> bytes:
    """One of so many scripts, which are nobody's."""
    dice = random.Random(158)
    numbers = sorted(dice.sample(range(scripts * M), scripts))
    return compact_size(scripts) + encode_numbers(numbers)
