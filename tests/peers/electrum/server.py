"""An Electrum server (protocol 1.4) for one Electrum, on loopback, over the world's own chain.

JSON-RPC in lines. What is subscribed to is pushed when it changes: a block's header, a script's
status. Errors of the mempool's policy are told as a server with bitcoind behind it tells them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.tx import Tx, TxParseError
from lnwallet_tui.playground.chain_source import FeeWeather
from lnwallet_tui.playground.policy_limits import MIN_RELAY_FEERATE
from lnwallet_tui.playground.policy_package import Outcome
from lnwallet_tui.playground.simchain import ChainBlock
from tests.peers.electrum.index import ScriptIndex, backwards, merkle_branch, status

_PROTOCOL: Final = "1.4"
_NAME: Final = "playground"
_MOST_HEADERS: Final = 2016
_MOST_LINE: Final = 1 << 24
_BAD_REQUEST: Final = 1
Publish = Callable[[Tx], Outcome]
Params = Sequence[object]


class Request(msgspec.Struct, frozen=True):
    """One line of a client's."""

    method: str
    id: int | str | None = None
    params: list[object] = msgspec.field(default_factory=list)


class CannotAnswer(Exception):
    """What the client asks for does not exist or was refused; it is told the words."""


class Session:
    """One connection: what it asked to be told of."""

    def __init__(self, server: ElectrumServer, writer: asyncio.StreamWriter) -> None:
        self._server = server
        self._writer = writer
        self.wants_headers = False
        self.statuses: dict[str, str | None] = {}

    def answer(self, line: bytes) -> None:
        """Answer one request."""
        request = msgspec.json.decode(line, type=Request)
        try:
            result = self._server.call(self, request.method, request.params)
        except CannotAnswer as error:
            problem = {"code": _BAD_REQUEST, "message": str(error)}
            self._send({"jsonrpc": "2.0", "id": request.id, "error": problem})
        else:
            self._send({"jsonrpc": "2.0", "id": request.id, "result": result})

    def tell_header(self, header: dict[str, object]) -> None:
        """There is a new block."""
        if self.wants_headers:
            self._notify("blockchain.headers.subscribe", header)

    def tell_statuses(self, index: ScriptIndex) -> None:
        """Of every script whose history has changed."""
        for name, old in list(self.statuses.items()):
            new = status(index.history(name))
            if new != old:
                self.statuses[name] = new
                self._notify("blockchain.scripthash.subscribe", name, new)

    def close(self) -> None:
        """Hang up."""
        self._writer.close()

    def _notify(self, method: str, *params: object) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, object]) -> None:
        if not self._writer.is_closing():
            self._writer.write(msgspec.json.encode(message) + b"\n")


class ElectrumServer:
    """Serves `index`; `publish` hands in what the client broadcasts."""

    def __init__(self, index: ScriptIndex, publish: Publish) -> None:
        self.port = 0
        self._index, self._chain = index, index.chain
        self._publish = publish
        self._weather = FeeWeather()
        self._sessions: set[Session] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._listener: asyncio.Server
        self._chain.listen(self)

    async def start(self) -> None:
        """Listen on a free port."""
        self._listener = await asyncio.start_server(self._accept, "127.0.0.1", 0, limit=_MOST_LINE)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Hang up and listen no more."""
        self._listener.close()
        for session in self._sessions:
            session.close()
        await self._listener.wait_closed()
        await asyncio.gather(*self._running)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        running = asyncio.create_task(self._serve(reader, writer), name="Electrum server")
        self._running.add(running)
        running.add_done_callback(self._running.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        session = Session(self, writer)
        self._sessions.add(session)
        try:
            while line := await reader.readline():
                session.answer(line)
        except ConnectionError:
            pass  # the client was killed
        finally:
            self._sessions.discard(session)
            session.close()

    # -- told by the world

    def block_connected(self, _block: ChainBlock) -> None:
        """Tell everybody."""
        for session in self._sessions:
            session.tell_header(self._tip())
        self.mempool_changed()

    def block_disconnected(self, _block: ChainBlock) -> None:
        """Nothing as yet: a longer branch follows, and is told of."""

    def mempool_changed(self) -> None:
        """Tell everybody whom it concerns."""
        for session in self._sessions:
            session.tell_statuses(self._index)

    # -- asked by a client

    def call(self, session: Session, method: str, params: Params) -> object:
        """What a method answers. Raises `CannotAnswer`."""
        match method, params:
            case "server.version", _:
                return [_NAME, _PROTOCOL]
            case "server.features", _:
                return self._features()
            case "server.banner" | "server.donation_address", _:
                return ""
            case "server.ping", _:
                return None
            case "server.peers.subscribe" | "mempool.get_fee_histogram", _:
                return []
            case "blockchain.headers.subscribe", _:
                session.wants_headers = True
                return self._tip()
            case "blockchain.block.header", [int(height), *_]:
                return self._header(height).hex()
            case "blockchain.block.headers", [int(start), int(count), *_]:
                return self._headers(start, count)
            case "blockchain.estimatefee", [int(blocks), *_]:
                return _btc(self._weather.feerate(blocks))
            case "blockchain.relayfee", _:
                return _btc(MIN_RELAY_FEERATE)
            case _, [str(name), *rest] if method.startswith("blockchain.scripthash."):
                return self._of_script(session, method.rpartition(".")[2], name)
            case _, [str(name), *rest] if method.startswith("blockchain.transaction."):
                return self._of_transaction(method.rpartition(".")[2], name, rest)
            case _:
                raise CannotAnswer(f"unknown method {method!r} with {params}")

    def _of_script(self, session: Session, method: str, name: str) -> object:
        match method:
            case "subscribe":
                session.statuses[name] = status(self._index.history(name))
                return session.statuses[name]
            case "unsubscribe":
                known = name in session.statuses
                session.statuses.pop(name, None)
                return known
            case "get_history":
                return self._index.history(name)
            case "listunspent":
                return self._index.unspent(name)
            case "get_balance":
                held = self._index.unspent(name)
                return {
                    "confirmed": sum(coin.value for coin in held if coin.height),
                    "unconfirmed": sum(coin.value for coin in held if not coin.height),
                }
            case _:
                raise CannotAnswer(f"unknown method blockchain.scripthash.{method}")

    def _of_transaction(self, method: str, name: str, rest: Params) -> object:
        match method:
            case "broadcast":
                return self._broadcast(name)
            case "get":
                tx = self._index.transaction(bytes.fromhex(name)[::-1])
                if tx is None:
                    raise CannotAnswer("No such mempool or blockchain transaction.")
                return tx.serialize().hex()
            case "get_merkle":
                return self._merkle(bytes.fromhex(name)[::-1])
            case _:
                raise CannotAnswer(f"unknown method blockchain.transaction.{method}")

    def _broadcast(self, raw: str) -> str:
        try:
            tx = Tx.parse(bytes.fromhex(raw))
        except (ValueError, TxParseError) as error:
            raise CannotAnswer(f"TX decode failed: {error}") from None
        outcome = self._publish(tx)
        if outcome.refused is not None:
            raise CannotAnswer(str(outcome.refused))
        return backwards(outcome.txid)

    def _merkle(self, txid: bytes) -> object:
        height = self._chain.height_of(txid)
        if height is None:
            raise CannotAnswer("the transaction is not in a block")
        txids = self._chain.at(height).txids
        position = txids.index(txid)
        branch = [backwards(one) for one in merkle_branch(txids, position)]
        return {"block_height": height, "pos": position, "merkle": branch}

    def _features(self) -> object:
        return {
            "genesis_hash": backwards(self._chain.at(0).hash),
            "hosts": {},
            "protocol_min": _PROTOCOL,
            "protocol_max": _PROTOCOL,
            "pruning": None,
            "server_version": _NAME,
            "hash_function": "sha256",
        }

    def _tip(self) -> dict[str, object]:
        return {"height": self._chain.height, "hex": self._header(self._chain.height).hex()}

    def _header(self, height: int) -> bytes:
        if not 0 <= height <= self._chain.height:
            raise CannotAnswer(f"height {height} out of range")
        return self._chain.at(height).block.header.serialize()

    def _headers(self, start: int, count: int) -> object:
        end = min(start + min(count, _MOST_HEADERS), self._chain.height + 1)
        headers = [self._header(height) for height in range(start, end)]
        return {"count": len(headers), "hex": b"".join(headers).hex(), "max": _MOST_HEADERS}


def _btc(sat: int) -> msgspec.Raw:
    """An amount as the protocol writes it: a JSON number in BTC, here without a rounding."""
    return msgspec.Raw(f"{sat // 100_000_000}.{sat % 100_000_000:08}".encode())
