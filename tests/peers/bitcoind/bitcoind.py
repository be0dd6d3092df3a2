"""A real bitcoind on regtest as a `ChainBackend`."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, txid_from_hex, txid_to_hex
from tests.peers.bitcoind.rpc import HOST, Rpc, RpcFailed, btc

PATIENCE_SECONDS: Final = 60.0
_LOOK_AGAIN_SECONDS: Final = 0.05
_MATURE: Final = 110
_AT_ONCE: Final = 500
_SHOWN_OF_LOG: Final = 6_000
_NOTHING: Final = type(None)

# A shell holds the program: where its input ends, so does the program, and it ends with that.
_HELD: Final = """
exec 3<&0
"$@" </dev/null 3<&- & held=$!
{ read -r _ <&3; kill "$held" 2>/dev/null; } & line=$!
wait "$held"; code=$?
kill "$line" 2>/dev/null
exit "$code"
"""


class _Accepted(msgspec.Struct):
    error: str = ""


class _Package(msgspec.Struct):
    tx_results: dict[str, _Accepted] = msgspec.field(name="tx-results")


class _Made(msgspec.Struct):
    hash: str


class Bitcoind:
    """One process, with everything it keeps in one folder."""

    def __init__(self, process: asyncio.subprocess.Process, rpc: Rpc, port: int) -> None:
        self._process, self._rpc = process, rpc
        self._home = ""
        self.addresses: tuple[str, ...] = (f"{HOST}:{port}",) * 2  # it takes one caller twice

    @classmethod
    @asynccontextmanager
    async def started(cls, program: str, folder: Path) -> AsyncIterator[Bitcoind]:
        """A node with filters and mature coins; what it printed is shown if it does not come up."""
        port, rpc_port = _free_ports(2)
        log = folder / "bitcoind.log"
        with log.open("ab") as output:
            process = await _held(
                (program, *_options(folder, port, rpc_port)), stdout=output.fileno()
            )
        node = cls(process, Rpc(rpc_port, folder / "regtest" / ".cookie"), port)
        try:
            await node._come_up(log)
            await node._rpc.call("createwallet", dict[str, object], "own")
            node._home = await node._rpc.call("getnewaddress", str)
            await node.mine(_MATURE)
            yield node
        finally:
            await _end(process)

    async def version(self) -> str:
        """Which one it is."""
        info = await self._rpc.call("getnetworkinfo", dict[str, object])
        return str(info["subversion"])

    # -- the chain

    async def height(self) -> int:
        """Of the newest block."""
        return await self._rpc.call("getblockcount", int)

    async def block_hash(self, height: int, /) -> bytes:
        """Of the best chain."""
        return txid_from_hex(await self._rpc.call("getblockhash", str, height))

    async def mine(self, count: int = 1, where: bytes | str = b"", /) -> int:
        """Blocks with what waits, the rewards to somebody or to its own wallet."""
        address = _address(where) if where else self._home
        for done in range(0, count, _AT_ONCE):
            some = min(_AT_ONCE, count - done)
            await self._rpc.call("generatetoaddress", list[str], some, address)
        return await self.height()

    async def reorganise(self, depth: int, /, *, empty: int = 0) -> int:
        """The newest blocks are declared invalid, and more are mined."""
        height = await self.height()
        first = await self._rpc.call("getblockhash", str, height - depth + 1)
        await self._rpc.call("invalidateblock", _NOTHING, first)
        for _ in range(empty):
            await self._rpc.call("generateblock", _Made, self._home, [])
        return await self.mine(depth + 1 - empty)

    # -- transactions

    async def pay(self, where: bytes | str, sat: int, /) -> bytes:
        """By its own wallet."""
        return txid_from_hex(await self._rpc.call("sendtoaddress", str, _address(where), btc(sat)))

    async def submit(self, *txs: Tx) -> tuple[str, ...]:
        """By `sendrawtransaction`, several by `submitpackage`."""
        raw = [tx.serialize().hex() for tx in txs]
        if len(raw) > 1:
            package = await self._rpc.call("submitpackage", _Package, raw)
            return tuple(package.tx_results[txid_to_hex(tx.wtxid)].error for tx in txs)
        try:
            await self._rpc.call("sendrawtransaction", str, raw[0])
        except RpcFailed as refused:
            return (str(refused),)
        return ("",)

    async def mempool(self) -> tuple[bytes, ...]:
        """The txids that wait."""
        return tuple(map(txid_from_hex, await self._rpc.call("getrawmempool", list[str])))

    async def wait_for_tx(self, txid: bytes, /) -> str:
        """Core tells nobody what it refuses: that would end as a timeout."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while txid not in await self.mempool():  # noqa: ASYNC110  # nobody tells us when
                await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        return ""

    # -- the network

    async def shut(self) -> None:
        """Off the network."""
        await self._rpc.call("setnetworkactive", bool, False)

    async def reopen(self) -> None:
        """On it again."""
        await self._rpc.call("setnetworkactive", bool, True)

    async def _come_up(self, log: Path) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not await self._is_up():  # noqa: ASYNC110  # nobody tells us when
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except (TimeoutError, ChildProcessError) as error:
            raise ChildProcessError(f"bitcoind does not come up:\n{_end_of(log)}") from error

    async def _is_up(self) -> bool:
        if self._process.returncode is not None:
            raise ChildProcessError
        try:
            await self._rpc.call("getblockcount", int)
        except (OSError, RpcFailed):  # no cookie yet, nobody listens yet, it loads its blocks
            return False
        return True


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-_SHOWN_OF_LOG:]


def _options(folder: Path, port: int, rpc_port: int) -> list[str]:
    return [
        "-regtest",
        f"-datadir={folder}",
        f"-bind={HOST}:{port}",
        f"-rpcport={rpc_port}",
        "-server=1",
        "-listen=1",
        "-listenonion=0",
        "-dnsseed=0",
        "-fixedseeds=0",
        "-discover=0",
        "-blockfilterindex=1",
        "-peerblockfilters=1",
        "-fallbackfee=0.00002",
        "-printtoconsole=1",
    ]


async def _held(command: Sequence[str], stdout: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        "sh",
        "-c",
        _HELD,
        "sh",
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=stdout,
        stderr=asyncio.subprocess.STDOUT,
    )


async def _end(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_ports(count: int) -> list[int]:
    """Held together until all are known, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind((HOST, 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _address(where: bytes | str) -> str:
    return where if isinstance(where, str) else script_to_address(where, Network.REGTEST)
