"""Bitcoin Core's JSON-RPC over HTTP."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Final, TypeVar

import msgspec

HOST: Final = "127.0.0.1"
_MOST: Final = 1 << 24
_PATIENCE_SECONDS: Final = 60.0
T = TypeVar("T")


class RpcFailed(Exception):
    """The node answered with an error; the message is its own."""


class _Error(msgspec.Struct):
    code: int
    message: str


class _Answer(msgspec.Struct):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Error | None = None


class Rpc:
    """One node's. Raises `OSError` where nobody answers."""

    def __init__(self, port: int, cookie: Path) -> None:
        self._port, self._cookie = port, cookie

    async def call(self, method: str, answer: type[T], *params: object) -> T:
        """Ask; each question is a connection of its own."""
        body = msgspec.json.encode({"id": 0, "method": method, "params": params})
        async with asyncio.timeout(_PATIENCE_SECONDS):
            raw = await self._post(body)
        told = msgspec.json.decode(raw, type=_Answer)
        if told.error is not None:
            raise RpcFailed(told.error.message)
        return msgspec.json.decode(told.result, type=answer)

    async def _post(self, body: bytes) -> bytes:
        login = base64.b64encode(self._cookie.read_bytes().strip()).decode()
        head = (
            "POST / HTTP/1.0",
            f"Host: {HOST}",
            f"Authorization: Basic {login}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        )
        reader, writer = await asyncio.open_connection(HOST, self._port, limit=_MOST)
        try:
            writer.write("\r\n".join((*head, "", "")).encode() + body)
            answered = await reader.readuntil(b"\r\n\r\n")
            return await reader.readexactly(_length(answered))
        except asyncio.IncompleteReadError as error:
            raise ConnectionError("the node hung up") from error
        finally:
            writer.close()


def _length(head: bytes) -> int:
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-length":
            return int(value)
    raise ConnectionError("an answer without its length")


def btc(sat: int) -> msgspec.Raw:
    """An amount as Core writes it: a JSON number in BTC, here without a rounding."""
    return msgspec.Raw(f"{sat // 100_000_000}.{sat % 100_000_000:08}".encode())
