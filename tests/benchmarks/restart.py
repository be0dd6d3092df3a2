"""The start of a wallet's process that has the whole chain of headers on disk, beside Python that
opens the same seed and reads the same file."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from lnwallet_tui.api.views import StatusView
from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.bitcoin.consensus import rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.watch import Delta
from lnwallet_tui.counter.client import NobodyThere, visit
from lnwallet_tui.p2p.addresses import Endpoint
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import BASIC, CFHeaders, GetCFHeaders
from lnwallet_tui.p2p.control import PROTOCOL_VERSION, Ping, Pong, Verack, Version
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import GetHeaders, Headers
from lnwallet_tui.running.ways_out import CHAIN
from lnwallet_tui.store.chain import save_delta
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.headers import FILE_NAME, HeadersMark
from tests.benchmarks.measuring import ROOT, Benchmark, Sides, Timed
from tests.p2p.full_node import SERVICES

HEADERS: Final = 950_000
_NETWORK: Final = Network.MAINNET
_FILTER_HASH: Final = sha256(b"of the newest block").digest()
_PASSPHRASE: Final = "correct horse battery staple"
_AGAIN_SECONDS: Final = 0.01
_PATIENCE_SECONDS: Final = 120
_FLOOR: Final = """
import sys
from pathlib import Path
from lnwallet_tui.keys import custody
from lnwallet_tui.keys.secret import Secret
custody.load(Path(sys.argv[1]), passphrase=Secret(sys.argv[2].encode()))
Path(sys.argv[3]).read_bytes()
"""


def _sides(
    is_so: Callable[[StatusView], bool],
) -> Callable[[], AbstractContextManager[Sides]]:
    @contextmanager
    def sides() -> Iterator[Sides]:
        with tempfile.TemporaryDirectory(dir=ROOT) as name:
            folder = Path(name) / "wallet"
            peer = QuietPeer(_furnish(folder))
            yield Sides(
                lambda: asyncio.run(_started(folder, peer.address, is_so)),
                _floor(folder),
                "Python opens the seed and reads the headers",
            )
            peer.close()

    return sides


def _furnish(folder: Path) -> bytes:
    """A wallet of mainnet that has read all blocks; the newest header."""
    passphrase = folder.parent / "passphrase"
    passphrase.write_text(f"{_PASSPHRASE}\n")
    _run("create", "--network", _NETWORK.value, "--passphrase-file", passphrase, folder=folder)
    headers, tip = _invented()
    now = int(time.time())
    with Store(folder) as store, store.transaction() as tx:
        save_delta(tx, Delta(tip=HEADERS, block_hash=tip, time=now, connected=True))
    (folder / CHAIN).mkdir(mode=0o700)
    (folder / CHAIN / FILE_NAME).write_bytes(headers)
    work = 2 * rules_of(_NETWORK).minimum_work
    mark = HeadersMark(HEADERS, tip, work.to_bytes(32, "big"))
    with Store(folder / CHAIN) as store, store.transaction() as tx:
        tx.write("INSERT INTO singles VALUES (?, ?)", ("headers", encode(mark)))
    return headers[-HEADER_SIZE:]


def _invented() -> tuple[bytes, bytes]:
    """Headers that follow each other, and the hash of the last: what is stored was checked before,
    so that nobody looks for the work in them. Ten minutes apart, and the last is of now."""
    genesis = rules_of(_NETWORK).genesis
    made, parent = [genesis.serialize()], genesis.hash
    first = int(time.time()) - 600 * HEADERS
    bits = genesis.bits.to_bytes(4, "little") + bytes(4)
    for height in range(1, HEADERS + 1):
        moment = max(first + 600 * height, 0).to_bytes(4, "little")
        made.append(b"\4\0\0\0" + parent + height.to_bytes(32, "little") + moment + bits)
        parent = sha256(sha256(made[-1]).digest()).digest()
    return b"".join(made), parent


async def _started(folder: Path, peer: str, is_so: Callable[[StatusView], bool]) -> int:
    """From the command to the answer."""
    passphrase = folder.parent / "passphrase"
    began = time.perf_counter_ns()
    options = ("--passphrase-file", passphrase, "--chain-peer", peer)
    command = _command("node", *options, folder=folder)
    environment = _compiled(folder)
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)  # noqa: ASYNC220  # at once
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _until(folder, is_so)
            took = time.perf_counter_ns() - began
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait)
    return took


async def _until(folder: Path, is_so: Callable[[StatusView], bool]) -> None:
    while True:
        with suppress(NobodyThere):
            visitor = await visit(folder)
            break
        await asyncio.sleep(_AGAIN_SECONDS)
    try:
        while not is_so(await visitor.node.status()):  # noqa: ASYNC110  # as a person would ask
            await asyncio.sleep(_AGAIN_SECONDS)
    finally:
        await visitor.leave()


def _floor(folder: Path) -> Timed:
    headers = folder / CHAIN / FILE_NAME
    command = [sys.executable, "-c", _FLOOR, str(folder), _PASSPHRASE, str(headers)]

    def timed() -> int:
        began = time.perf_counter_ns()
        subprocess.run(command, check=True, env=_compiled(folder))
        return time.perf_counter_ns() - began

    return timed


def _compiled(folder: Path) -> dict[str, str]:
    """An environment in which modules are compiled once, as they are where the program is
    installed."""
    env = {**os.environ, "PYTHONPYCACHEPREFIX": str(folder.parent / "compiled")}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def _command(*words: str | Path, folder: Path) -> list[str]:
    first, *rest = map(str, words)
    command = [sys.executable, "-m", "lnwallet_tui", first, "--json", "--datadir", str(folder)]
    return command + rest


def _run(*words: str | Path, folder: Path) -> None:
    command = _command(*words, folder=folder)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert done.returncode == 0, json.loads(done.stdout or done.stderr)


class QuietPeer:
    """A node at whose tip we are. It answers in threads of its own."""

    def __init__(self, tip: bytes) -> None:
        self._tip = tip
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.address: Final = f"127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Nobody is there any more."""
        self._listening.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                one, _ = self._listening.accept()
                threading.Thread(target=self._talk, args=(one,), daemon=True).start()

    def _talk(self, one: socket.socket) -> None:
        frames = Deframer(_NETWORK)
        with one, suppress(OSError):
            while data := one.recv(1 << 16):
                frames.feed(data)
                while (message := frames.next_message()) is not None:
                    for answer in self._answers(message):
                        one.sendall(frame(_NETWORK, answer))

    def _answers(self, message: Message) -> list[Message]:
        match message:
            case Version():
                return [self._version(), Verack()]
            case GetHeaders():
                return [Headers((self._tip,))]
            case GetCFHeaders():  # the newest block that was read is asked about again
                hashes = (_FILTER_HASH,) * (HEADERS + 1 - message.start_height)
                return [CFHeaders(BASIC, message.stop_hash, bytes(32), hashes)]
            case Ping():
                return [Pong(message.nonce)]
            case _:
                return []

    def _version(self) -> Version:
        now, us = int(time.time()), Endpoint(SERVICES)
        return Version(PROTOCOL_VERSION, SERVICES, now, Endpoint(), us, 1, b"/quiet/", HEADERS)


_WHY_MISSED: Final = (
    "Beside opening the seed the process loads the whole node, opens its databases and the socket "
    "at which it is asked."
)

BENCHMARKS: Final = (
    Benchmark(
        "restart.cold",
        f"a wallet's process with {HEADERS:,} headers says its height",
        1.5,
        _sides(lambda status: status.height == HEADERS),
        why_missed=_WHY_MISSED,
    ),
    Benchmark(
        "restart.tip",
        f"a wallet's process with {HEADERS:,} headers waits for the next block only",
        1.6,
        _sides(lambda status: status.height == HEADERS and not status.waiting_for),
        why_missed=_WHY_MISSED,
    ),
)
