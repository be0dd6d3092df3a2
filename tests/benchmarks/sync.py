"""Blocks that the light node reads from peers over real connections, beside a plain reader of the
same bytes from the same peers."""

from __future__ import annotations

import asyncio
import socket
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.headers import MOST_IN_BATCH
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import (
    BASIC,
    MOST_FILTER_HASHES,
    GetCFHeaders,
    GetCFilters,
)
from lnwallet_tui.p2p.control import PROTOCOL_VERSION, Verack
from lnwallet_tui.p2p.frame import frame
from lnwallet_tui.p2p.inventory import GetHeaders
from tests.benchmarks.measuring import ROOT, Benchmark, Sides
from tests.bitcoin_node.behaviour import Behaviour
from tests.bitcoin_node.light_reader import LightReader
from tests.bitcoin_node.node import BitcoinNode
from tests.bitcoin_node.raw_peer import version

PEERS: Final = 2
"""As many as are needed to believe what the blocks hold without waiting for another."""
SCRIPTS: Final = frozenset(b"\0\x14" + number.to_bytes(20, "big") for number in range(100))
"""Of which none is in any block."""
FULL: Final = 8_000
"""Scripts in a filter: 21 kB, as a block of these years has."""
_HEADER: Final = 24  # of a message
_BEFORE_FILTER: Final = 36  # its type, the block's hash, and its length of more than 252 bytes
_FILTERS_AT_ONCE: Final = 1_000  # BIP157: "the difference MUST be strictly less than 1000"
_REGTEST: Final = Network.REGTEST


def _sides(blocks: int, full_filters: int) -> Callable[[], AbstractContextManager[Sides]]:
    @contextmanager
    def sides() -> Iterator[Sides]:
        with (
            asyncio.Runner() as runner,
            tempfile.TemporaryDirectory(dir=ROOT) as folder,
        ):
            stack, behaviour = AsyncExitStack(), Behaviour(full_filters=full_filters)
            serving = BitcoinNode.started(
                Path(folder), *[behaviour] * PEERS, blocks=blocks, unchecked=True
            )
            node = runner.run(stack.enter_async_context(serving))
            try:
                tip = bytes.fromhex(runner.run(node.tip()).hash)
                yield Sides(
                    lambda: runner.run(_followed(node.addresses, blocks, tip)),
                    lambda: _downloaded(node.ports, blocks, match=full_filters > 0),
                    "a plain reader, which matches in one process"
                    if full_filters
                    else "a plain reader of the same bytes",
                )
            finally:
                runner.run(stack.aclose())

    return sides


async def _followed(addresses: tuple[str, ...], blocks: int, tip: bytes) -> int:
    """From nothing until the newest block was handed on: all is checked, matched and stored."""
    with tempfile.TemporaryDirectory(dir=ROOT) as folder:
        began = time.perf_counter_ns()
        async with LightReader.reading(Path(folder), addresses, SCRIPTS) as reader:
            await reader.read_to(blocks, tip)
            return time.perf_counter_ns() - began


def _downloaded(ports: tuple[int, ...], blocks: int, *, match: bool) -> int:
    """Headers and filters from one peer, what there is about filters from all; nothing of it is
    looked at but the hashes by which the next question is asked, and the filters if they are to be
    matched."""
    began = time.perf_counter_ns()
    peers = list(map(PlainReader, ports))
    hashes = peers[0].block_hashes(blocks)
    for peer in peers:
        for start in range(0, blocks + 1, MOST_FILTER_HASHES):
            stop = min(start + MOST_FILTER_HASHES - 1, blocks)
            peer.ask(GetCFHeaders(BASIC, start, hashes[stop]), "cfheaders", 1)
    for start in range(0, blocks + 1, _FILTERS_AT_ONCE):
        stop = min(start + _FILTERS_AT_ONCE - 1, blocks)
        question = GetCFilters(BASIC, start, hashes[stop])
        for payload in peers[0].ask(question, "cfilter", stop + 1 - start):
            if match:
                BasicFilter(payload[1:33], payload[_BEFORE_FILTER:]).matches(SCRIPTS)
    for peer in peers:
        peer.close()
    return time.perf_counter_ns() - began


class PlainReader:
    """A socket to a peer that has introduced itself."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._file = self._socket.makefile("rb", buffering=1 << 16)
        self._say(version())
        self._say(Verack())
        self._next("verack")

    def block_hashes(self, blocks: int) -> list[bytes]:
        """From the genesis block on; asks for the headers of all others."""
        hashes = [rules_of(_REGTEST).genesis.hash]
        while len(hashes) <= blocks:
            [payload] = self.ask(GetHeaders(PROTOCOL_VERSION, (hashes[-1],)), "headers", 1)
            counted = min(MOST_IN_BATCH, blocks + 1 - len(hashes))
            first = len(payload) - counted * 81  # each with the number of its transactions, 0
            hashes += [sha256d(payload[at : at + 80]) for at in range(first, len(payload), 81)]
        return hashes

    def ask(self, question: Message, command: str, answers: int) -> list[bytes]:
        """The payloads of so many answers."""
        self._say(question)
        return [self._next(command) for _ in range(answers)]

    def close(self) -> None:
        """Hang up."""
        self._file.close()
        self._socket.close()

    def _say(self, message: Message) -> None:
        self._socket.sendall(frame(_REGTEST, message))

    def _next(self, command: str) -> bytes:
        while True:
            header = self._file.read(_HEADER)
            payload: bytes = self._file.read(int.from_bytes(header[16:20], "little"))
            if header[4:16].rstrip(b"\0") == command.encode():
                return payload


_WHY_MISSED: Final = (
    "Each block is checked, kept and handed on by itself, in some fifty steps of Python; the plain "
    "reader does nothing of that."
)
_WHY_MISSED_FULL: Final = (
    "One processor had to do for the processes that match, for the loop and for the peers: all "
    "that is done beside matching comes on top."
)

BENCHMARKS: Final = (
    Benchmark(
        "sync.20k",
        "20,000 empty blocks are read from two peers, from nothing",
        5.0,
        _sides(20_000, 0),
        why_missed=_WHY_MISSED,
        in_a_batch=20_000,
    ),
    Benchmark(
        "sync.2k.full",
        "2,000 blocks with filters of 21 kB are read from two peers, from nothing",
        1.1,
        _sides(2_000, FULL),
        why_missed=_WHY_MISSED_FULL,
        in_a_batch=2_000,
    ),
)
