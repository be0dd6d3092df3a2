"""The node as tests see it: `BitcoinNode` drives the process."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.p2p.codec import Message, command_of, decode, encode
from tests.bitcoin_node.answers import (
    DoorTold,
    HeardTold,
    Known,
    PeerTold,
    TipTold,
    TxTold,
    VerdictTold,
)
from tests.bitcoin_node.behaviour import HONEST, Behaviour
from tests.peers.ldk.process import Child

ROOT: Final = Path(__file__).resolve().parents[2]
MATURE: Final = 110
"""Blocks after which the node has some coins to give."""
_AT_ONCE: Final = 1_000
"""Blocks that one command mines, so that no answer takes long."""
_NOTHING: Final = type(None)
T = TypeVar("T")
M = TypeVar("M", bound=Message)


class BitcoinNode:
    """Hashes are bytes in the order of the wire; a `where` is a script, or an address."""

    def __init__(self, child: Child) -> None:
        self._child = child
        self.ports: tuple[int, ...] = ()

    @classmethod
    @asynccontextmanager
    async def started(
        cls,
        folder: Path,
        *behaviours: Behaviour,
        blocks: int = MATURE,
        seed: str = "bitcoin node",
        unchecked: bool = False,
    ) -> AsyncIterator[BitcoinNode]:
        """A node of its own, with a door for each behaviour; its log is in `folder`.

        What it wrote to stderr is shown with whatever fails. It ends with the block, and with the
        process that started it. Where its blocks are `unchecked`, thousands are made in seconds,
        and none is replaced.
        """
        flags = [f"--behaviour={msgspec.json.encode(one).decode()}" for one in behaviours]
        flags += ["--unchecked"] * unchecked
        command = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-m", "tests.bitcoin_node")
        child = await Child.start(
            (*command, f"--seed={seed}", *flags), folder / f"{seed}.log", lambda _: False
        )
        node = cls(child)
        try:
            node.ports = tuple(one.port for one in await node.doors())
            await node.mine(blocks, empty=unchecked)
            yield node
        finally:
            await child.stop()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Of its doors, as one dials them."""
        return tuple(f"127.0.0.1:{port}" for port in self.ports)

    # -- the chain

    async def tip(self) -> TipTold:
        """The newest block; its hash in hex."""
        return await self._call("tip", TipTold)

    async def height(self) -> int:
        """Of the newest block."""
        return (await self.tip()).height

    async def block_hash(self, height: int) -> bytes:
        """Of the best chain."""
        return bytes.fromhex(await self._call("block_hash", str, height=height))

    async def mine(self, count: int = 1, where: bytes | str = b"", *, empty: bool = False) -> int:
        """Blocks whose rewards go there, or to the node itself; the height."""
        script = _script(where).hex() if where else ""
        for done in range(0, count, _AT_ONCE):
            some = min(_AT_ONCE, count - done)
            await self._call("mine", TipTold, count=some, script=script, empty=empty)
        return await self.height()

    async def reorganise(self, depth: int, *, empty: int = 0, without: Iterable[bytes] = ()) -> int:
        """Replace the newest `depth` blocks by one more, of which the first `empty` hold nothing;
        transactions `without` do not come back into any. The height."""
        left_out = [txid.hex() for txid in without]
        return (
            await self._call("reorganise", TipTold, depth=depth, empty=empty, without=left_out)
        ).height

    async def set_time(self, seconds: int) -> None:
        """The clock by which it mines stands still there; 0: it is the machine's again."""
        await self._call("set_time", _NOTHING, seconds=seconds)

    # -- transactions

    async def pay(self, where: bytes | str, sat: int, *, sat_per_kvb: int = 2_000) -> bytes:
        """Out of its own coins, into the mempool; the txid."""
        return await self.pay_all([(where, sat)], sat_per_kvb=sat_per_kvb)

    async def pay_all(
        self, outputs: Iterable[tuple[bytes | str, int]], *, sat_per_kvb: int = 2_000
    ) -> bytes:
        """The same with several outputs, which come in this order and before the change."""
        told = [(_script(where).hex(), sat) for where, sat in outputs]
        return bytes.fromhex(await self._call("pay", str, outputs=told, sat_per_kvb=sat_per_kvb))

    async def submit(self, *txs: Tx) -> tuple[str, ...]:
        """Into the mempool as one package; Core's reason for each, empty where it is in."""
        raw = [tx.serialize().hex() for tx in txs]
        return await self._call("submit", tuple[str, ...], txs=raw)

    async def mempool(self) -> tuple[bytes, ...]:
        """The txids that wait."""
        return tuple(map(bytes.fromhex, await self._call("mempool", tuple[str, ...])))

    async def floor(self, sat_per_kvb: int) -> None:
        """Its mempool is full: less is not taken, and `feefilter` says so."""
        await self._call("floor", _NOTHING, sat_per_kvb=sat_per_kvb)

    async def transaction(self, txid: bytes) -> tuple[Tx, int | None] | None:
        """One that waits (without a height) or is in the best chain."""
        for told in await self._call("transaction", tuple[TxTold, ...], txid=txid.hex()):
            return Tx.parse(bytes.fromhex(told.raw)), told.height
        return None

    async def verdicts(self) -> tuple[VerdictTold, ...]:
        """What became of each transaction that was brought, in their order."""
        return await self._call("verdicts", tuple[VerdictTold, ...])

    # -- peers

    async def doors(self) -> tuple[DoorTold, ...]:
        """All of them."""
        return await self._call("doors", tuple[DoorTold, ...])

    async def peers(self) -> tuple[PeerTold, ...]:
        """All that are connected."""
        return await self._call("peers", tuple[PeerTold, ...])

    async def all_heard(self, door: int | None = None) -> tuple[HeardTold, ...]:
        """What peers said, with who said it."""
        return await self._call("heard", tuple[HeardTold, ...], door=door)

    async def heard(self, kind: type[M], door: int | None = None) -> list[M]:
        """What peers said, of one kind."""
        told = await self._call(
            "heard", tuple[HeardTold, ...], door=door, command=getattr(kind, "COMMAND", "")
        )
        said = [decode(one.command, bytes.fromhex(one.payload)) for one in told]
        return [one for one in said if isinstance(one, kind)]

    async def behave(self, door: int, behaviour: Behaviour) -> None:
        """So towards whoever connects with this door from now on."""
        await self._call("behave", _NOTHING, door=door, behaviour=behaviour)

    async def open(self, behaviour: Behaviour = HONEST) -> str:
        """One more door; its address."""
        door = await self._call("open", DoorTold, behaviour=behaviour)
        self.ports += (door.port,)
        return self.addresses[-1]

    async def shut(self, *doors: int) -> None:
        """Nobody answers there any more (all doors, if none is named); connections end."""
        for door in doors or range(len(self.ports)):
            await self._call("shut", _NOTHING, door=door)

    async def reopen(self, *doors: int) -> None:
        """They do again, at the same ports."""
        for door in doors or range(len(self.ports)):
            await self._call("reopen", _NOTHING, door=door)

    async def hang_up(self, door: int | None = None, peer: int | None = None) -> None:
        """End connections."""
        await self._call("hang_up", _NOTHING, door=door, peer=peer)

    async def tell_of(self, door: int, *addresses: Known) -> None:
        """What it answers to `getaddr`."""
        await self._call("tell_of", _NOTHING, door=door, addresses=addresses)

    async def say(self, door: int, message: Message) -> None:
        """To all who are connected with a door, whatever it is."""
        payload = encode(message).hex()
        await self._call("say", _NOTHING, door=door, command=command_of(message), payload=payload)

    # -- waiting; a minute at most

    async def wait_for_peers(self, count: int, door: int | None = None) -> None:
        """Until exactly so many have introduced themselves."""
        await self._call("wait_for_peers", _NOTHING, count=count, door=door)

    async def wait_for_tx(self, txid: bytes) -> str:
        """Until a transaction was judged that a peer brought; Core's reason, empty if it is in."""
        return await self._call("wait_for_tx", str, txid=txid.hex())

    async def wait_for_message(
        self, kind: type[Message], count: int = 1, door: int | None = None
    ) -> None:
        """Until peers have sent so many of that kind."""
        await self._call("wait_for_message", _NOTHING, command=kind.COMMAND, count=count, door=door)

    async def _call(self, command: str, answer: type[T], /, **fields: object) -> T:
        return await self._child.call(command, fields, answer)


def _script(where: bytes | str) -> bytes:
    return address_to_script(where, Network.REGTEST) if isinstance(where, str) else where
