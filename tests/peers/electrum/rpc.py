"""Electrum's JSON-RPC: HTTP over a Unix socket in the node's own folder, one connection a call."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec

USER, PASSWORD = "scenario", "only on a socket in a folder of ours"
_LOGIN: Final = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


class RpcFailed(Exception):
    """Electrum's own words why it did not do it."""


class _Problem(msgspec.Struct, frozen=True):
    message: str


class _Response(msgspec.Struct, frozen=True):
    result: msgspec.Raw = msgspec.Raw(b"null")
    error: _Problem | None = None


async def call(socket: Path, method: str, params: Mapping[str, object]) -> msgspec.Raw:
    """The result, as JSON. Raises `RpcFailed`, and `OSError` where nobody listens."""
    body = msgspec.json.encode({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
    # With HTTP/1.0 the answer ends with the connection.
    head = (
        "POST / HTTP/1.0\r\nHost: electrum\r\n"
        f"Authorization: Basic {_LOGIN}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_unix_connection(str(socket))
    try:
        writer.write(head.encode() + body)
        answer = await reader.read()
    finally:
        writer.close()
    _, _, content = answer.partition(b"\r\n\r\n")
    if not content:
        raise RpcFailed(f"{method}: it hung up")
    response = msgspec.json.decode(content, type=_Response)
    if response.error is not None:
        raise RpcFailed(f"{method}: {response.error.message}")
    return response.result
