"""One connection to the node, without a socket: messages in, messages out."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxParseError
from lnwallet_tui.p2p.addresses import Endpoint, PeerAddress, Service
from lnwallet_tui.p2p.codec import Message, Unknown, command_of
from lnwallet_tui.p2p.compact_filters import GetCFCheckpt, GetCFHeaders, GetCFilters
from lnwallet_tui.p2p.control import (
    PROTOCOL_VERSION,
    Addr,
    AddrV2,
    FeeFilter,
    GetAddr,
    Ping,
    Pong,
    SendAddrV2,
    SendHeaders,
    Verack,
    Version,
    WtxidRelay,
)
from lnwallet_tui.p2p.inventory import (
    GetData,
    GetHeaders,
    Headers,
    Inv,
    Item,
    ItemKind,
    NotFound,
    RawTx,
)
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.policy_limits import MIN_RELAY_FEERATE, fee_at
from tests.bitcoin_node.behaviour import MAX_MONEY, Behaviour
from tests.bitcoin_node.relay import TX_KINDS
from tests.bitcoin_node.serving import HangUp, Serving
from tests.bitcoin_node.world import World

USER_AGENT: Final = b"/Satoshi:31.0.0(fixture)/"
_BLOCK_KINDS: Final = (ItemKind.BLOCK, ItemKind.WITNESS_BLOCK)
_MOST_HEADERS_TOLD: Final = 8  # Core: MAX_BLOCKS_TO_ANNOUNCE
_HIGH_BANDWIDTH: Final = b"\0" + (2).to_bytes(8, "little")  # BIP152: not in that way, version 2


class Session:
    """What is known of one peer. What is to be sent is in `out`; `HangUp` ends it."""

    def __init__(self, number: int, behaviour: Behaviour, world: World, serving: Serving) -> None:
        self.number = number
        self.network = Network(behaviour.network)
        self.out: list[Message] = []
        self.theirs: Version | None = None
        self.is_ready = False
        self.wtxid_relay = self.addr_v2 = self.send_headers = False
        self.feefilter = 0
        self.addresses: tuple[PeerAddress, ...] = ()
        self._behaviour, self._world, self._serving = behaviour, world, serving
        self._fetching: set[Item] = set()
        self._it_has: set[bytes] = set()  # ids of transactions, as it told
        self._told = world.chain.tip.hash

    @property
    def wants_txs(self) -> bool:
        """Whether it asked to be told of transactions (BIP37)."""
        return self.is_ready and self.theirs is not None and self.theirs.relay

    def version(self) -> Version:
        """The node's first message."""
        services = Service.NETWORK_LIMITED | Service.WITNESS
        if not self._behaviour.pruned:
            services |= Service.NETWORK
        if not self._behaviour.no_filters:
            services |= Service.COMPACT_FILTERS
        return Version(
            PROTOCOL_VERSION,
            services,
            self._world.clock.now(),
            Endpoint(),
            Endpoint(services),
            nonce=1_000 + self.number,
            user_agent=USER_AGENT,
            start_height=0 if self._behaviour.in_download else self._serving.height,
        )

    # -- what the world tells

    def tip_moved(self) -> None:
        """Tell of the newest block: by its header where that was asked for (BIP130)."""
        tip = self._world.chain.tip
        if not self.is_ready or self._says_nothing_of_blocks() or tip.hash == self._told:
            return
        news = self._headers_after_told() if self.send_headers else None
        self.out.append(news or Inv((Item(ItemKind.BLOCK, tip.hash),)))
        self._told = tip.hash

    def tx_came(self, entry: Entry, source: int) -> None:
        """Tell of a transaction that another peer brought, unless it pays too little for this."""
        if source == self.number or not self.wants_txs or not self._passes_on():
            return
        if self._it_has & {entry.txid, entry.wtxid}:
            return  # it announced it as well
        if entry.fee < fee_at(self.feefilter, entry.vsize):
            return
        wtx = Item(ItemKind.WTX, entry.wtxid)
        self.out.append(Inv((wtx if self.wtxid_relay else Item(ItemKind.TX, entry.txid),)))

    def tell_feefilter(self) -> None:
        """What it passes on (BIP133)."""
        if self.wants_txs:
            self.out.append(FeeFilter(self._feefilter()))

    def _says_nothing_of_blocks(self) -> bool:
        behaviour = self._behaviour
        is_elsewhere = behaviour.in_download or behaviour.stuck_at is not None
        return behaviour.tells_no_news or behaviour.invents > 0 or is_elsewhere

    def _passes_on(self) -> bool:
        return not (self._behaviour.in_download or self._behaviour.tells_no_news)

    def _headers_after_told(self) -> Headers | None:
        chain = self._world.chain
        fork = chain.known(self._told)
        while fork is not None and not chain.is_best(fork.hash):
            fork = chain.known(fork.previous)
        if fork is None or chain.height - fork.height > _MOST_HEADERS_TOLD:
            return None
        heights = range(fork.height + 1, chain.height + 1)
        return Headers(tuple(chain.at(at).block.header.serialize() for at in heights))

    def _feefilter(self) -> int:
        if self._behaviour.feefilter is not None:
            return self._behaviour.feefilter
        if self._behaviour.in_download:
            return MAX_MONEY
        return max(MIN_RELAY_FEERATE, self._world.mempool.floor)

    # -- what the peer says

    def hear(self, message: Message) -> None:
        """Take a message in; what it causes is in `out`, and in the world."""
        if self._behaviour.silent or command_of(message) in self._behaviour.ignores:
            return
        match message:
            case Version():
                self._meet(message)
            case _ if self.theirs is None:
                return
            case Verack():
                self._begin()
            case WtxidRelay() | SendAddrV2():
                self._agree(message)
            case _ if self.is_ready:
                self._answer(message)
            case _:
                return

    def _meet(self, theirs: Version) -> None:
        if self.theirs is not None:
            return
        self.theirs = theirs
        if not self._behaviour.speaks_first:
            self.out.append(self.version())
        self.out += [WtxidRelay(), SendAddrV2(), Verack()]

    def _agree(self, message: WtxidRelay | SendAddrV2) -> None:
        if self.is_ready:
            raise HangUp(f"{command_of(message)} after verack")  # BIP339, BIP155
        if isinstance(message, WtxidRelay):
            self.wtxid_relay = True
        else:
            self.addr_v2 = True

    def _begin(self) -> None:
        if self.is_ready:
            return
        self.is_ready = True
        self._told = self._world.chain.tip.hash
        self.out += [Unknown("sendcmpct", _HIGH_BANDWIDTH), Ping(self.number)]
        self.tell_feefilter()

    def _answer(self, message: Message) -> None:
        match message:
            case Ping():
                self.out.append(Pong(message.nonce))
            case SendHeaders():
                self.send_headers = True
            case FeeFilter():
                self.feefilter = message.feerate
            case GetAddr():
                self._tell_addresses()
            case GetHeaders():
                self.out.append(self._serving.headers(message))
            case GetCFCheckpt():
                self.out.append(self._serving.checkpoints(message))
            case GetCFHeaders():
                self.out.append(self._serving.filter_headers(message))
            case GetCFilters():
                self.out += self._serving.cfilters(message)
            case GetData():
                self._serve(message.items)
            case Inv():
                self._fetch(message.items)
            case NotFound():
                self._fetching -= set(message.items)
            case RawTx():
                self._take(message)
            case _:
                pass

    def _tell_addresses(self) -> None:
        if self.addresses:
            told = AddrV2(self.addresses) if self.addr_v2 else Addr(self.addresses)
            self.out.append(told)

    # -- blocks and transactions

    def _serve(self, items: tuple[Item, ...]) -> None:
        missing: list[Item] = []
        for item in items:
            if item.kind in _BLOCK_KINDS:
                block = self._serving.block(item)
                if block is not None:
                    self.out.append(block)
            elif item.kind in TX_KINDS and (tx := self._world.relay.find(item)) is not None:
                stripped = item.kind == ItemKind.TX
                self.out.append(RawTx(tx.serialize_base() if stripped else tx.serialize()))
            else:
                missing.append(item)
        if missing:
            self.out.append(NotFound(tuple(missing)))

    def _fetch(self, items: tuple[Item, ...]) -> None:
        if self._behaviour.in_download:
            return
        # BIP339: a peer names transactions in the one way that was agreed upon.
        kind = ItemKind.WTX if self.wtxid_relay else ItemKind.TX
        self._it_has |= {one.hash for one in items if one.kind == kind}
        wanted = [one for one in items if one.kind == kind and self._world.relay.wants(one)]
        if kind == ItemKind.TX:
            wanted = [Item(ItemKind.WITNESS_TX, one.hash) for one in wanted]
        self._ask(wanted)

    def _ask(self, items: list[Item]) -> None:
        new = [one for one in items if one not in self._fetching]
        if new:
            self._fetching |= set(new)
            self.out.append(GetData(tuple(new)))

    def _take(self, message: RawTx) -> None:
        try:
            tx = Tx.parse(message.data)
        except TxParseError as error:
            raise HangUp(f"no transaction: {error}") from error
        self._fetching -= {
            Item(ItemKind.WTX, tx.wtxid),
            Item(ItemKind.WITNESS_TX, tx.txid),
        }
        if not self._behaviour.swallows:
            self._ask(self._world.relay.take(tx, self.number))
