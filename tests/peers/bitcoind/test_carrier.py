"""What drives a real bitcoind, as far as it can be tried without one: the wire of its JSON-RPC, and
that a program does not outlive who started it."""

from __future__ import annotations

import asyncio
import base64
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

from tests.bitcoin_node.node import BitcoinNode
from tests.peers.bitcoind.backend import ChainBackend
from tests.peers.bitcoind.bitcoind import Bitcoind, _end, _held
from tests.peers.bitcoind.rpc import Rpc, RpcFailed, btc

COOKIE: Final = "__cookie__:secret"
SPEAKS_THEN_WAITS: Final = "import time; print('up', flush=True); time.sleep(600)"


@asynccontextmanager
async def server(
    folder: Path, answer: Callable[[dict[str, Any]], bytes], status: str = "200 OK"
) -> AsyncIterator[Rpc]:
    """Answers as Core's HTTP server does, and sees that it was asked as Core wants it."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = head.split("\r\n")
        fields = dict(line.split(": ", 1) for line in lines[1:] if line)
        assert lines[0] == "POST / HTTP/1.0"
        login = base64.b64encode(COOKIE.encode()).decode()
        assert fields["Authorization"] == f"Basic {login}"
        asked = msgspec.json.decode(await reader.readexactly(int(fields["Content-Length"])))
        body = answer(asked)
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        writer.close()

    cookie = folder / ".cookie"
    cookie.write_text(COOKIE)
    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with listening:
        yield Rpc(listening.sockets[0].getsockname()[1], cookie)


async def test_a_question_and_its_answer(tmp_path: Path) -> None:
    def answer(asked: dict[str, Any]) -> bytes:
        assert asked["method"] == "sendtoaddress"
        assert asked["params"] == ["bcrt1", 0.1]
        return b'{"result":"ab","error":null,"id":0}\n'

    async with server(tmp_path, answer) as rpc:
        assert await rpc.call("sendtoaddress", str, "bcrt1", btc(10_000_000)) == "ab"


async def test_what_core_refuses_is_told_in_its_own_words(tmp_path: Path) -> None:
    refusal = b'{"result":null,"error":{"code":-26,"message":"min relay fee not met"},"id":0}\n'
    async with server(tmp_path, lambda _: refusal, "500 Internal Server Error") as rpc:
        with pytest.raises(RpcFailed, match="min relay fee not met"):
            await rpc.call("sendrawtransaction", str, "00")


async def test_nobody_there(tmp_path: Path) -> None:
    async with server(tmp_path, lambda _: b"") as rpc:
        pass
    with pytest.raises(OSError, match="Connect call failed"):
        await rpc.call("getblockcount", int)


@pytest.mark.parametrize(("sat", "text"), [(1, b"0.00000001"), (2_100_000_000, b"21.00000000")])
def test_amounts_are_written_without_a_rounding(sat: int, text: bytes) -> None:
    assert bytes(btc(sat)) == text


async def test_a_program_ends_when_its_line_is_cut(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = await _held((sys.executable, "-c", SPEAKS_THEN_WAITS), stdout=output.fileno())
    while not log.read_bytes():  # noqa: ASYNC110  # nobody tells us when it is up
        await asyncio.sleep(0.01)
    assert process.returncode is None
    await _end(process)
    assert process.returncode is not None


async def test_one_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    program = tmp_path / "bitcoind"
    program.write_text("#!/bin/sh\necho 'Error: no such option'\nexit 1\n")
    program.chmod(0o755)
    with pytest.raises(ChildProcessError, match="no such option"):
        async with Bitcoind.started(str(program), tmp_path):
            pass


def test_both_are_backends() -> None:
    """For the type checker; it does not run what only a bitcoind can."""
    backends: list[type[ChainBackend]] = [BitcoinNode, Bitcoind]
    assert len(backends) == 2
