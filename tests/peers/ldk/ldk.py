"""Drives one LDK node: a child process with its files in a folder and its peers on TCP."""

from __future__ import annotations

import shutil
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final, TypeVar

import msgspec

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.simchain import ChainBlock
from tests.peers.ldk import one_file
from tests.peers.ldk.answers import (
    AnyEvent,
    Balance,
    Broadcast,
    Channel,
    Event,
    FundingGenerationReady,
    Invoice,
    Opening,
    Paying,
    Peer,
    Place,
    Started,
)
from tests.peers.ldk.process import Child
from tests.peers.ldk.world import World

_MAIN: Final = Path(__file__).with_name("main.mjs")
_PACKAGE: Final = _MAIN.with_name("node_modules") / "lightningdevkit"
_E = TypeVar("_E", bound=Event)

FEERATES: Final = {
    "default": 1_000,
    "MaximumFeeEstimate": 20_000,
    "UrgentOnChainSweep": 2_500,
    "MinAllowedAnchorChannelRemoteFee": 253,
    "MinAllowedNonAnchorChannelRemoteFee": 253,
    "AnchorChannelFee": 500,
    "NonAnchorChannelFee": 2_000,
    "ChannelCloseMinimum": 253,
    "OutputSpendingFee": 1_000,
}
"""Sat per 1,000 weight units, by LDK's names for what they are for."""


@dataclass(frozen=True, slots=True)
class LdkSettings:
    """The choices of a node, as `node.mjs` reads them; `log_level` 3 is info, 1 is trace.

    `forwards`: whether it takes channels that are announced and others that are not, and passes
    payments on by both.
    """

    seed: str = "2a" * 32
    anchors: bool = True
    announces: bool = False
    scid_alias: bool = False
    forwards: bool = False
    fee_base_msat: int = 1_000
    minimum_depth: int = 3
    to_self_delay: int = 144
    log_level: int = 3
    feerates: dict[str, int] = field(default_factory=lambda: dict(FEERATES))


class LdkNode:
    """A running node. Made by `start`; `stop` and `start` again with the same folder restart it."""

    def __init__(self, name: str, world: World, settings: LdkSettings, folder: Path) -> None:
        self.name = name
        self.settings = settings
        self.folder = folder
        self.node_id = b""
        self.port = 0
        self.wallet_script = b""
        self._world = world
        self._child: Child

    @classmethod
    async def start(
        cls,
        name: str,
        world: World,
        settings: LdkSettings | None = None,
        folder: Path | None = None,
    ) -> LdkNode:
        """A node that knows the chain's newest block. `folder` may hold the files of an older one,
        which then goes on."""
        home = folder or world.folder / name
        home.mkdir(parents=True, exist_ok=True)
        node = cls(name, world, settings or LdkSettings(), home)
        await node._run()
        return node

    async def _run(self) -> None:
        one_file.make(_PACKAGE)
        log = self._world.folder / f"{self.name}.log"
        words = asdict(self.settings) | {
            "folder": str(self.folder),
            "starts": self._count_start(),
            "time": self._world.chain.tip.time,
            "birthday": _place(self._world.chain.tip),
        }
        command = ("node", str(_MAIN), msgspec.json.encode(words).decode())
        self._child = await Child.start(command, log, self._intercept)
        started = await self._child.event(Started)
        self.node_id = bytes.fromhex(started.node_id)
        self.port = started.port
        self.wallet_script = bytes.fromhex(started.wallet_script)
        await self.catch_up()
        await self._do("begin")
        self._world.inhabitants.append(self)

    def _count_start(self) -> int:
        counter = self.folder / "starts"
        count = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(count))
        return count

    @property
    def uri(self) -> str:
        """`NODE_ID@HOST:PORT`."""
        return f"{self.node_id.hex()}@127.0.0.1:{self.port}"

    async def stop(self) -> None:
        """End the process without a goodbye."""
        if self in self._world.inhabitants:
            self._world.inhabitants.remove(self)
        await self._child.stop()

    async def restart(self) -> None:
        """End the process and start it from its files; the port is another one then."""
        await self.stop()
        await self._run()

    async def copy_files(self, name: str) -> Path:
        """A copy of its files as they are now: a node of the past. Nothing may be under way."""
        # An answer comes after everything that was begun before has been written.
        await self._child.call("place", {}, Place)
        return Path(shutil.copytree(self.folder, self._world.folder / name))

    def log_tail(self) -> str:
        """The end of what LDK logged."""
        return self._child.log_tail()

    # -- chain

    async def catch_up(self) -> None:
        """Tell it of every block between where it stands and the chain's tip."""
        chain = self._world.chain
        at = await self._child.call("place", {}, Place)
        while not chain.is_best(bytes.fromhex(at.hash)):
            gone = chain.known(bytes.fromhex(at.hash))
            assert gone is not None, "LDK stands at a block that never was"
            before = chain.known(gone.previous)
            assert before is not None
            txids = [txid.hex() for txid in gone.txids]
            await self._do("disconnect_block", **_block(before), txids=txids)
            at = _place(before)
        for height in range(at.height + 1, chain.height + 1):
            block = chain.at(height)
            txs = [
                (index, tx.serialize().hex()) for index, tx in enumerate(block.block.transactions)
            ]
            await self._do("connect_block", **_block(block), txs=txs)

    async def set_feerates(self, **feerates: int) -> None:
        """Other estimates than `FEERATES`, for these targets."""
        await self._do("feerates", feerates=self.settings.feerates | feerates)

    async def give_coins(self, *values: int) -> None:
        """Confirmed coins for its fees: anchors' children and HTLC transactions take one each."""
        tx = await self._world.give(self.wallet_script, *values)
        for vout, value in enumerate(values):
            await self._do("add_coin", txid=tx.txid.hex(), vout=vout, value_sat=value)

    async def balances(self) -> tuple[Balance, ...]:
        """What it still expects to get from the chain."""
        return await self._child.call("balances", {}, tuple[Balance, ...])

    # -- peers

    async def connect(self, node_id: bytes, port: int) -> None:
        """Dial; returns when the handshake has begun."""
        await self._do("connect", node_id=node_id.hex(), port=port)

    async def disconnect(self, node_id: bytes) -> None:
        """Hang up."""
        await self._do("disconnect", node_id=node_id.hex())

    async def stop_listening(self) -> None:
        """Refuse whoever dials; the connections that are there go on."""
        await self._do("stop_listening")

    async def listen(self) -> None:
        """Listen again, on another port."""
        self.port = await self._child.call("listen", {}, int)

    async def peers(self) -> tuple[Peer, ...]:
        """With whom it has exchanged `init`."""
        return await self._child.call("peers", {}, tuple[Peer, ...])

    async def tick(self) -> None:
        """Let its timers ring: pings, feerate updates, rebroadcasts."""
        await self._do("tick")

    # -- channels

    async def channels(self) -> tuple[Channel, ...]:
        """Those that are not closed."""
        return await self._child.call("channels", {}, tuple[Channel, ...])

    async def open_channel(self, node_id: bytes, funding_sat: int, push_msat: int = 0) -> Tx:
        """Open to a connected peer; returns the funding transaction, which LDK broadcasts once it
        has the peer's signature."""
        asked = {"node_id": node_id.hex(), "funding_sat": funding_sat, "push_msat": push_msat}
        opening = await self._child.call("open_channel", asked, Opening)
        temporary = opening.temporary_channel_id
        ready = await self._child.event(FundingGenerationReady, temporary_channel_id=temporary)
        output = TxOut(Sat(ready.funding_sat), bytes.fromhex(ready.script))
        tx = self._world.faucet.pay([output])
        await self._do(
            "fund",
            temporary_channel_id=temporary,
            node_id=node_id.hex(),
            tx=tx.serialize().hex(),
        )
        return tx

    async def behave(self, **behaviour: bool | str) -> None:
        """`accept=` whether it lets others open channels; `claim=` "yes", "hold" or "no"."""
        await self._do("behave", **behaviour)

    async def close(self, channel_id: bytes) -> None:
        """Start a cooperative close."""
        await self._do("close", channel_id=channel_id.hex())

    async def force_close(self, channel_id: bytes) -> None:
        """Publish its commitment."""
        await self._do("force_close", channel_id=channel_id.hex())

    # -- payments

    async def create_invoice(self, amount_msat: int | None, description: str = "") -> Invoice:
        """A BOLT 11 invoice for an hour, with hints to its channels."""
        asked = {"amount_msat": amount_msat, "description": description}
        return await self._child.call("create_invoice", asked, Invoice)

    async def pay(self, invoice: str, amount_msat: int | None = None) -> str:
        """Begin to pay, once; returns the payment hash. `PaymentSent` or `PaymentFailed` follow."""
        asked = {"invoice": invoice, "amount_msat": amount_msat}
        return (await self._child.call("pay", asked, Paying)).payment_hash

    async def keysend(self, node_id: bytes, amount_msat: int, preimage: bytes) -> str:
        """Begin to pay a node without an invoice; the payment hash. What follows is as of `pay`."""
        asked = {"node_id": node_id.hex(), "amount_msat": amount_msat, "preimage": preimage.hex()}
        return (await self._child.call("keysend", asked, Paying)).payment_hash

    async def claim(self, preimage: str) -> None:
        """Take a payment that is held."""
        await self._do("claim", preimage=preimage)

    async def fail(
        self, payment_hash: str, failure: str = "incorrect_or_unknown_payment_details"
    ) -> None:
        """Refuse a payment that is held; `failure` is BOLT 4's name for the reason."""
        await self._do("fail", payment_hash=payment_hash, failure=failure)

    # -- events

    async def event(self, kind: type[_E], **fields: object) -> _E:
        """Take the first event of that kind with these fields; wait for it."""
        return await self._child.event(kind, **fields)

    def drain(self) -> list[AnyEvent]:
        """All events that nobody has asked for."""
        events, self._child.events = self._child.events, []
        return events

    def _intercept(self, event: AnyEvent) -> bool:
        if isinstance(event, Broadcast):
            txs = [Tx.parse(bytes.fromhex(raw)) for raw in event.txs]
            self._world.publish(self.name, txs)
            return True
        return False

    async def _do(self, command: str, **fields: object) -> None:
        await self._child.call(command, fields, object)


def _place(block: ChainBlock) -> Place:
    return Place(block.height, block.hash.hex())


def _block(block: ChainBlock) -> dict[str, object]:
    header = block.block.header.serialize().hex()
    return {"header": header, "height": block.height, "hash": block.hash.hex()}
