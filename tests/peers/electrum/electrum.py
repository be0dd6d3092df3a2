"""Drives one Electrum: a wallet with its Lightning node, on its own server and its own files."""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final, TypeVar

from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground.policy_package import Outcome
from tests.peers.electrum.answers import Balance, Channel, Info, Paid, Request, Settled
from tests.peers.electrum.process import Daemon
from tests.peers.electrum.server import ElectrumServer
from tests.peers.electrum.world import World
from tests.peers.ldk.process import PATIENCE_SECONDS

SATS: Final = 100_000_000  # in a bitcoin
TO_SELF_DELAY: Final = 144
_PAY_SECONDS: Final = 100.0
_LOOK_AGAIN_SECONDS: Final = 0.05  # each look costs Electrum some milliseconds
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ElectrumSettings:
    """The choices of a node: whether it forwards payments of others."""

    forwards: bool = False


class ElectrumNode:
    """A running Electrum. Made by `start`; after `stop`, `go_on` starts it from its files."""

    def __init__(self, name: str, world: World, settings: ElectrumSettings) -> None:
        self.name = name
        self.settings = settings
        self.node_id = b""
        self._world = world
        self._folder = world.folder / name
        self._port = _Port()
        self._server = ElectrumServer(world.index, self._publish)
        self._daemon: Daemon

    @classmethod
    async def start(
        cls, name: str, world: World, settings: ElectrumSettings | None = None
    ) -> ElectrumNode:
        """A new wallet that knows the chain's newest block, and listens for peers."""
        node = cls(name, world, settings or ElectrumSettings())
        await node._server.start()
        world.mempool_watchers.append(node._server.mempool_changed)
        await node._run()
        return node

    async def _run(self) -> None:
        log = self._world.folder / f"{self.name}.log"
        self._daemon = await Daemon.start(self._folder, self._config(), log)
        if not (self._folder / "regtest" / "wallets" / "default_wallet").exists():
            await self._ask("create", object)
        await self._ask("load_wallet", object)
        self.node_id = bytes.fromhex((await self._ask("nodeid", str)).partition("@")[0])
        self._world.inhabitants.append(self)
        await self.catch_up()

    def _config(self) -> dict[str, object]:
        return {
            "config_version": 3,
            "server": f"127.0.0.1:{self._server.port}:t",
            "oneserver": True,
            "auto_connect": False,
            "check_updates": False,
            "use_gossip": True,  # or it deals with trampoline nodes only
            "test_force_disable_mpp": True,  # newer ones split at random; scenarios count HTLCs
            "lightning_listen": f"127.0.0.1:{self._port.number}",
            "lightning_to_self_delay": TO_SELF_DELAY,
            "lightning_forward_payments": self.settings.forwards,
        }

    @property
    def uri(self) -> str:
        """`NODE_ID@HOST:PORT`."""
        return f"{self.node_id.hex()}@127.0.0.1:{self._port.number}"

    @property
    def port(self) -> int:
        """Where it listens for peers."""
        return self._port.number

    def log_tail(self) -> str:
        """The end of what Electrum logged."""
        return self._daemon.log_tail()

    # -- life

    async def stop(self) -> None:
        """End it as a user does."""
        self._leave()
        await self._daemon.stop()

    async def go_on(self) -> None:
        """Start it again from its files."""
        await self._run()

    async def kill(self) -> None:
        """End it for good, with its server."""
        self._leave()
        await self._daemon.kill()
        await self._server.stop()
        self._port.free()

    def _leave(self) -> None:
        if self in self._world.inhabitants:
            self._world.inhabitants.remove(self)

    # -- chain

    async def catch_up(self) -> None:
        """As `Inhabitant.catch_up`: it has the newest block, and all that concerns its wallet."""
        height = self._world.chain.height
        info = partial(self._ask, "getinfo", Info)
        await self._until(info, lambda at: at.blockchain_height == height, "it has the block")
        synchronized = partial(self._ask, "is_synchronized", bool)
        await self._until(synchronized, bool, "its wallet is up to date")

    async def fund(self, *values: int) -> None:
        """Confirmed coins for the wallet, in sat."""
        address = await self._ask("getunusedaddress", str)
        await self._world.give(address_to_script(address, Network.REGTEST), *values)

    async def balance(self) -> int:
        """Confirmed coins, in sat."""
        held = await self._ask("getbalance", Balance)
        return int(Decimal(held.confirmed) * SATS)

    def _publish(self, tx: Tx) -> Outcome:
        (outcome,) = self._world.publish(self.name, (tx,))
        return outcome

    # -- channels

    async def channels(self) -> list[Channel]:
        """All that it keeps, the closed ones too."""
        return await self._ask("list_channels", list[Channel])

    async def channel(self, channel_id: str) -> Channel:
        """One of them."""
        (found,) = [one for one in await self.channels() if one.channel_id == channel_id]
        return found

    async def until(self, channel_id: str, is_so: Callable[[Channel], bool], what: str) -> Channel:
        """Until the channel is so."""
        return await self._until(lambda: self.channel(channel_id), is_so, what)

    async def usable(self, channel_id: str) -> None:
        """Until it can pay over the channel."""
        await self.until(
            channel_id,
            lambda one: (one.state, one.peer_state) == ("OPEN", "GOOD"),
            "Electrum's channel is open",
        )

    async def open_channel(self, node_id: bytes, funding_sat: int, push_sat: int) -> bytes:
        """Open to a connected peer; the funding transaction's id."""
        # It knows the peer by its key; the address is never dialled.
        target = f"{node_id.hex()}@127.0.0.1:1"
        point = await self._ask(
            "open_channel",
            str,
            connection_string=target,
            amount=_btc(funding_sat),
            push_amount=_btc(push_sat),
        )
        return bytes.fromhex(point.partition(":")[0])[::-1]

    async def close(self, channel: Channel) -> None:
        """Close together; returns when the closing transaction is broadcast."""
        await self._ask("close_channel", object, channel_point=channel.channel_point)

    async def force_close(self, channel: Channel) -> None:
        """Publish its commitment."""
        asked = {"channel_point": channel.channel_point, "force": True}
        await self._ask("close_channel", object, **asked)

    async def commitment(self, channel: Channel) -> Tx:
        """Its newest commitment, signed by both: what a force close would publish."""
        asked = {"channel_point": channel.channel_point, "iknowwhatimdoing": True}
        return Tx.parse(bytes.fromhex(await self._ask("get_channel_ctx", str, **asked)))

    async def broadcast(self, tx: Tx) -> None:
        """Publish any transaction, as an old commitment of its own."""
        await self._ask("broadcast", str, tx=tx.serialize().hex())

    # -- payments

    async def create_invoice(self, amount_sat: int) -> Request:
        """A BOLT 11 invoice for an hour, with hints to its channels."""
        return await self._ask("add_request", Request, amount=_btc(amount_sat), force=True)

    async def arrived(self, request: Request) -> None:
        """Until all of it is here; from now on Electrum takes it on chain, too."""

        async def is_here() -> bool:
            paid = await self._ask("list_requests", list[Request], paid=True)
            return any(one.rhash == request.rhash for one in paid)

        await self._until(is_here, bool, "the payment has arrived")

    async def pay(self, invoice: str) -> Paid:
        """Pay; how it ended."""
        return await self._daemon.call("lnpay", {"invoice": invoice}, Paid, _PAY_SECONDS)

    async def settle(self, does: bool) -> None:
        """Whether it takes what arrives; if not, it holds the HTLC."""
        await self._ask("enable_htlc_settle", object, b=does)

    async def refuse(self, does: bool) -> None:
        """Whether it fails what arrives."""
        key = "test_fail_htlcs_with_temp_node_failure"
        await self._ask("setconfig", object, key=key, value=does)

    async def history(self) -> list[Settled]:
        """Payments that have ended well, and what became of channels."""
        return await self._ask("lightning_history", list[Settled])

    async def settled(self, payment_hash: str) -> Settled:
        """Until the payment of this hash has ended well."""

        async def look() -> list[Settled]:
            return [one for one in await self.history() if one.payment_hash == payment_hash]

        return (await self._until(look, bool, "the payment is settled"))[0]

    # -- asking

    async def _ask(self, method: str, answer: type[T], **params: object) -> T:
        return await self._daemon.call(method, params, answer, PATIENCE_SECONDS)

    async def _until(
        self, ask: Callable[[], Awaitable[T]], is_so: Callable[[T], bool], what: str
    ) -> T:
        return await self._world.ask_until(ask, is_so, f"{self.name}: {what}", _LOOK_AGAIN_SECONDS)


class _Port:
    """A free port that nobody else is given: it stays bound, without listening, until freed."""

    def __init__(self) -> None:
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", 0))
        self.number: int = self._socket.getsockname()[1]

    def free(self) -> None:
        """Anybody may have it."""
        self._socket.close()


def _btc(sat: int) -> str:
    return f"{sat // SATS}.{sat % SATS:08}"
