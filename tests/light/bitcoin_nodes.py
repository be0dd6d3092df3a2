"""Nodes of the Bitcoin network on simulated wires: they share a chain and a mempool, tell each
other and the light ones of blocks and transactions, and serve what they are asked for."""

from __future__ import annotations

import asyncio
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.net.link import Link
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.control import FeeFilter, Version, WtxidRelay
from lnwallet_tui.p2p.errors import P2pError
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import GetData, Inv, Item, ItemKind, RawTx
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.playground.simchain import ChainBlock, SimChain
from lnwallet_tui.playground.wires import Wires
from tests.p2p.full_node import FullNode

_TXS: Final = (ItemKind.TX, ItemKind.WTX, ItemKind.WITNESS_TX)


class BitcoinNodes:
    """All of them; `addresses` is where they listen."""

    def __init__(self, chain: SimChain, mempool: Mempool, wires: Wires, count: int) -> None:
        self.chain, self.mempool, self._wires = chain, mempool, wires
        self.nodes = [BitcoinNode(self, f"bitcoin{number}") for number in range(count)]
        self._orphans: dict[bytes, Tx] = {}
        chain.listen(self)
        for node in self.nodes:
            wires.listen(node.name, node.address, node.answer)

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where they listen."""
        return tuple(node.address for node in self.nodes)

    def block_connected(self, block: ChainBlock) -> None:
        """All tell of it. What was refused may be good now: Core forgets its refusals, too."""
        self._orphans.clear()
        for node in self.nodes:
            node.tell(Inv((Item(ItemKind.BLOCK, block.hash),)))

    def block_disconnected(self, _block: ChainBlock) -> None:
        """Nobody tells of that."""

    def took(self, tx: Tx) -> None:
        """Somebody sent a transaction: alone, or with a parent that was not enough by itself."""
        with_parents = (*self._parents(tx), tx)
        outcomes = submit_package(self.mempool, with_parents)
        if outcomes[-1].refused is not None:
            self._orphans[tx.txid] = tx
            return
        for one in with_parents:
            self._orphans.pop(one.txid, None)
            for node in self.nodes:
                node.announce(one)

    def _parents(self, tx: Tx) -> list[Tx]:
        found = {one.outpoint.txid for one in tx.inputs} & self._orphans.keys()
        return [self._orphans[txid] for txid in found]

    def knows(self, item: Item) -> bool:
        """Whether its transaction is in the mempool, or was refused by it."""
        return self.find(item) is not None or any(
            item.hash in (tx.txid, tx.wtxid) for tx in self._orphans.values()
        )

    def find(self, item: Item) -> Tx | None:
        """The transaction in the mempool."""
        for entry in self.mempool.entries():
            if item.hash == (entry.tx.wtxid if item.kind == ItemKind.WTX else entry.tx.txid):
                return entry.tx
        return None


class BitcoinNode:
    """One of them."""

    def __init__(self, network: BitcoinNodes, name: str) -> None:
        self.name, self.address = name, f"{name}.btc:18444"
        self._network = network
        self._full = FullNode(network.chain)
        self.open_visits: list[Visit] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.visits: list[Visit] = []
        """All that ever were."""

    def answer(self, link: Link) -> None:
        """Somebody dialled."""
        visit = Visit(self, link)
        self.open_visits.append(visit)
        self.visits.append(visit)
        task = asyncio.create_task(self._serve(visit), name=self.name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, visit: Visit) -> None:
        frames = Deframer(Network.REGTEST)
        try:
            while data := await visit.link.read():
                frames.feed(data)
                while (message := frames.next_message()) is not None:
                    self._hear(visit, message)
        except P2pError:
            visit.link.close()
        finally:
            self.open_visits.remove(visit)

    def _hear(self, visit: Visit, message: Message) -> None:
        visit.heard.append(message)
        match message:
            case Version():
                visit.relays = message.relay
                visit.say(self._full.version(1_735_689_600))
                visit.say(WtxidRelay())
            case Inv():
                visit.knows |= {one.hash for one in message.items}
                wanted = [one for one in message.items if not self._network.knows(one)]
                if wanted:
                    visit.say(GetData(tuple(wanted)))
            case RawTx():
                visit.knows.add(message.parse().wtxid)
                self._network.took(message.parse())
            case GetData() if all(one.kind in _TXS for one in message.items):
                found = map(self._network.find, message.items)
                for tx in [tx for tx in found if tx is not None]:
                    visit.say(RawTx(tx.serialize()))
                return
        for answer in self._full.answer(message):
            visit.say(answer)
        if isinstance(message, Version):
            visit.say(FeeFilter(1_000))

    def tell(self, message: Message) -> None:
        """Everybody who is connected."""
        for visit in self.open_visits:
            visit.say(message)

    def announce(self, tx: Tx) -> None:
        """A transaction, to those who want to hear of such and do not have it."""
        for visit in self.open_visits:
            if visit.relays and tx.wtxid not in visit.knows:
                visit.knows.add(tx.wtxid)
                visit.say(Inv((Item(ItemKind.WTX, tx.wtxid),)))


class Visit:
    """One connection, and all that was said over it."""

    def __init__(self, node: BitcoinNode, link: Link) -> None:
        self.node, self.link = node, link
        self.relays = False
        self.knows: set[bytes] = set()
        self.heard: list[Message] = []

    def say(self, message: Message) -> None:
        """Send it."""
        self.link.write(frame(Network.REGTEST, message))
