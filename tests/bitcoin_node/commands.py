"""What a test may have the node do. Each method of `Commands` is a command of its name."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress
from lnwallet_tui.p2p.codec import decode
from lnwallet_tui.playground.policy_rejection import Rejection
from tests.bitcoin_node.answers import (
    DoorTold,
    HeardTold,
    Known,
    PeerTold,
    TipTold,
    TxTold,
    VerdictTold,
)
from tests.bitcoin_node.behaviour import Behaviour
from tests.bitcoin_node.doors import Connection, Door, House


class Commands:
    """What they raise is told as the command's error."""

    def __init__(self, house: House) -> None:
        self._house, self._world = house, house.world

    # -- the chain

    async def tip(self) -> TipTold:
        """The newest block."""
        tip = self._world.chain.tip
        return TipTold(tip.height, tip.hash.hex(), tip.time)

    async def block_hash(self, height: int) -> str:
        """Of the best chain."""
        return self._world.chain.at(height).hash.hex()

    async def mine(self, count: int, script: str = "", empty: bool = False) -> TipTold:
        """Blocks, whose rewards go to a script or to the node's own key."""
        await self._world.mine(count, bytes.fromhex(script) or None, empty=empty)
        self._house.spread()
        return await self.tip()

    async def reorganise(
        self, depth: int, empty: int = 0, without: tuple[str, ...] = ()
    ) -> TipTold:
        """Replace the newest blocks by one more."""
        left_out = [bytes.fromhex(txid) for txid in without]
        await self._world.reorganise(depth, empty=empty, without=left_out)
        self._house.spread()
        return await self.tip()

    async def set_time(self, seconds: int) -> None:
        """Stop the clock there; 0: the machine's."""
        self._world.clock.set(seconds)

    # -- transactions

    async def pay(self, outputs: tuple[tuple[str, int], ...], sat_per_kvb: int = 2_000) -> str:
        """Pay (script, sat) out of the node's own coins; the txid."""
        made = [TxOut(Sat(sat), bytes.fromhex(script)) for script, sat in outputs]
        txid = self._world.pay(made, sat_per_kvb).txid
        self._house.spread()
        return txid.hex()

    async def submit(self, txs: tuple[str, ...]) -> tuple[str, ...]:
        """Into the mempool as one package; Core's reason for each, empty where it is in."""
        parsed = tuple(Tx.parse(bytes.fromhex(raw)) for raw in txs)
        try:
            outcomes = self._world.relay.submit(parsed)
        except Rejection as refused:
            return (str(refused),) * len(txs)
        self._house.spread()
        return tuple(str(one.refused or "") for one in outcomes)

    async def mempool(self) -> tuple[str, ...]:
        """The txids that wait."""
        return tuple(entry.txid.hex() for entry in self._world.mempool.entries())

    async def floor(self, sat_per_kvb: int) -> None:
        """What the mempool asks, as if it were full."""
        self._world.mempool.floor = sat_per_kvb
        for one in self._house.connections():
            one.session.tell_feefilter()
        self._house.spread()

    async def transaction(self, txid: str) -> tuple[TxTold, ...]:
        """One that waits or is in the best chain, if there is such a one."""
        wanted = bytes.fromhex(txid)
        height = self._world.chain.height_of(wanted)
        if height is None:
            entry = self._world.mempool.get(wanted)
            return () if entry is None else (TxTold(entry.tx.serialize().hex(), None),)
        block = self._world.chain.at(height)
        tx = block.block.transactions[block.txids.index(wanted)]
        return (TxTold(tx.serialize().hex(), height),)

    async def verdicts(self) -> tuple[VerdictTold, ...]:
        """What became of all that was brought."""
        return tuple(
            VerdictTold(one.txid.hex(), one.source, one.refused)
            for one in self._world.relay.verdicts
        )

    # -- peers

    async def doors(self) -> tuple[DoorTold, ...]:
        """All of them."""
        return tuple(map(_door_told, self._house.doors))

    async def peers(self) -> tuple[PeerTold, ...]:
        """All that are connected."""
        return tuple(_peer_told(door.number, one) for door in self._house.doors for one in door.all)

    async def heard(self, door: int | None = None, command: str = "") -> tuple[HeardTold, ...]:
        """What peers said at a door, or at all."""
        return tuple(
            HeardTold(one.door, one.peer, one.command, one.payload.hex())
            for one in self._house.heard
            if door in (None, one.door) and command in ("", one.command)
        )

    async def behave(self, door: int, behaviour: Behaviour) -> None:
        """So towards whoever connects from now on."""
        self._house.doors[door].behave(behaviour)

    async def open(self, behaviour: Behaviour, port: int = 0) -> DoorTold:
        """One more peer of the network."""
        return _door_told(await self._house.add(behaviour, port))

    async def shut(self, door: int) -> None:
        """It does not accept connections any more, and ends those that it has."""
        await self._house.doors[door].shut()
        await self._house.doors[door].hang_up()

    async def reopen(self, door: int) -> None:
        """It does again, at the same port."""
        await self._house.doors[door].open()

    async def hang_up(self, door: int | None = None, peer: int | None = None) -> None:
        """End connections."""
        for one in self._house.doors:
            if door in (None, one.number):
                await one.hang_up(peer)

    async def tell_of(self, door: int, addresses: tuple[Known, ...]) -> None:
        """The addresses with which it answers `getaddr`."""
        told = tuple(map(_peer_address, addresses))
        self._house.doors[door].addresses = told
        for one in self._house.connections(door):
            one.session.addresses = told

    async def say(self, door: int, command: str, payload: str) -> None:
        """Send a message to all who are connected with a door."""
        message = decode(command, bytes.fromhex(payload))
        for one in self._house.connections(door):
            one.say(message)

    # -- waiting

    async def wait_for_peers(self, count: int, door: int | None = None) -> None:
        """Until so many have introduced themselves, no more and no fewer."""

        def is_so() -> bool:
            ready = [one for one in self._house.connections(door) if one.session.is_ready]
            return len(ready) == count

        await self._house.news.until(is_so)

    async def wait_for_tx(self, txid: str) -> str:
        """Until a peer's transaction was judged; Core's reason, empty where it is in."""
        wanted = bytes.fromhex(txid)
        relay = self._world.relay

        def verdicts() -> list[str]:
            return [one.refused for one in relay.verdicts if one.txid == wanted]

        await self._house.news.until(lambda: bool(verdicts()))
        return verdicts()[-1]

    async def wait_for_message(self, command: str, count: int = 1, door: int | None = None) -> None:
        """Until peers have sent so many of them."""

        def is_so() -> bool:
            heard = self._house.heard
            return (
                sum(one.command == command and door in (None, one.door) for one in heard) >= count
            )

        await self._house.news.until(is_so)


def _door_told(door: Door) -> DoorTold:
    return DoorTold(door.number, door.port, door.is_open, door.behaviour)


def _peer_told(door: int, connection: Connection) -> PeerTold:
    session, theirs = connection.session, connection.session.theirs
    if theirs is None:
        return PeerTold(door, session.number, False)
    return PeerTold(
        door,
        session.number,
        session.is_ready,
        theirs.user_agent.decode(errors="replace"),
        theirs.services,
        theirs.start_height,
        theirs.relay,
        session.wtxid_relay,
        session.addr_v2,
        session.feefilter,
    )


def _peer_address(known: Known) -> PeerAddress:
    address = bytes(map(int, known.host.split(".")))
    return PeerAddress(0, known.services, NetworkId.IPV4, address, known.port)
