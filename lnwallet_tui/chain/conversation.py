"""One connection to a node of the Bitcoin network, without a socket: bytes and time in, events and
bytes out.

    talk = Conversation(Introduction(...), now_ms)
    write(talk.data_to_send())
    talk.receive_data(read(), now_ms)            # b"" when the other side closed
    while event := talk.next_event(): ...
    talk.ask(question, now_ms)                   # after `Introduced`, one of each kind at a time
    # and at talk.next_deadline_ms(): talk.handle_timer(now_ms)

Whatever the peer sends, no method raises: the last event is `Closed`, after which everything is
ignored. Blocks are told to us by `inv` and not by `headers` (we send no `sendheaders`), so that
`headers` is always an answer, and an answer that was not asked for is a fault.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.chain.asked import Asked
from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.introduction import Introduction
from lnwallet_tui.chain.questions import (
    AddressesTold,
    Answer,
    BlockAnnounced,
    BlockCame,
    Closed,
    Ending,
    Event,
    Failure,
    Fault,
    FilterHeaders,
    FilterHeadersCame,
    Filters,
    FiltersCame,
    FloorTold,
    HeadersAfter,
    HeadersCame,
    Introduced,
    Kind,
    Lacking,
    OneBlock,
    Question,
    Refusal,
    Slow,
    TxsAnnounced,
    TxsWanted,
)
from lnwallet_tui.chain.tx_requests import TxRequests
from lnwallet_tui.chain.unasked import Budget
from lnwallet_tui.p2p import control
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import BASIC, CFHeaders, CFilter, GetCFHeaders, GetCFilters
from lnwallet_tui.p2p.errors import P2pError, WrongNetwork
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import (
    GetData,
    GetHeaders,
    Headers,
    Inv,
    Item,
    ItemKind,
    NotFound,
    RawBlock,
    RawTx,
)

HANDSHAKE_MS: Final = 20_000
"""A circuit over Tor needs some seconds; a peer that never answers must not hold a place."""
SILENCE_MS: Final = 120_000
"""After so long without a byte we `ping`; Core does every two minutes."""
ANSWER_MS: Final = 20_000
"""Without an answer for so long somebody else is asked, and after a `ping` we hang up."""
WHOLE_ANSWER_MS: Final = 60_000
"""The same of an answer that comes in parts, however fast these follow each other."""
GIVE_UP_MS: Final = 120_000
"""So long a question may stay without an answer before we hang up: where there is nobody else, a
slow peer is better than none."""
LONGEST_ANSWER_MS: Final = 600_000
"""For all filters of one question: a peer that sends them one by one could hold us up for hours."""
SUSPENDED_MS: Final = 30_000
"""Called so much later than asked for, we slept, and not the peer: it gets its time again."""
_WTXID_SINCE: Final = 70_016  # BIP339
_BLOCK_KINDS: Final = (ItemKind.BLOCK, ItemKind.WITNESS_BLOCK)
_TX_KINDS: Final = (ItemKind.TX, ItemKind.WTX, ItemKind.WITNESS_TX)


class Conversation:
    """See above. Times are milliseconds since 1970."""

    def __init__(self, ours: Introduction, now_ms: int) -> None:
        self._ours: Final = ours
        self._frames: Final = Deframer(ours.network)
        self._events: Final[deque[Event]] = deque()
        self._out = bytearray()
        self._asked: Final[dict[Kind, Asked]] = {}
        self._filters: Final[dict[bytes, BasicFilter]] = {}
        self.txs: Final = TxRequests()  # `tell(txs.ask(...))`, where `relays_by_wtxid`
        self._theirs: control.Version | None = None
        self._is_ready = self._is_closed = False
        self.relays_by_wtxid = False
        """Whether transactions are to be announced to it so (BIP339)."""
        self._began = self._heard = self._now = now_ms
        self._pinged: tuple[int, int] | None = None  # nonce, when
        self._pings = 0
        self.unasked: Final = Budget(now_ms)
        self.latency_ms: int | None = None
        """How long its last answer about headers took."""
        self._send(ours.version(now_ms))

    # -- the owner's side

    @property
    def is_ready(self) -> bool:
        """Whether questions can be asked."""
        return self._is_ready and not self._is_closed

    def data_to_send(self) -> bytes:
        """What is to be written now; told once."""
        data = bytes(self._out)
        self._out.clear()
        return data

    def next_event(self) -> Event | None:
        """What happened, in order."""
        return self._events.popleft() if self._events else None

    def is_free(self, kind: Kind) -> bool:
        """Whether a question of this kind can be asked."""
        return self.is_ready and kind not in self._asked

    def ask(self, question: Question, now_ms: int) -> None:
        """Ask it; `is_free` says when one may."""
        assert self.is_free(question.kind)
        self._asked[question.kind] = Asked(question, now_ms, now_ms)
        match question:
            case HeadersAfter():
                self._send(GetHeaders(control.PROTOCOL_VERSION, question.locator))
            case FilterHeaders():
                self._send(GetCFHeaders(BASIC, question.start, question.stop_hash))
            case Filters():
                self._filters.clear()
                self._send(GetCFilters(BASIC, question.start, question.blocks[-1]))
            case OneBlock():
                self._send(GetData((Item(ItemKind.WITNESS_BLOCK, question.block_hash),)))

    def tell(self, message: Message) -> None:
        """Send what has no answer here: transactions, their `inv`, `getaddr`."""
        if self.is_ready:
            self._send(message)

    def close(self, why: Ending) -> None:
        """We are done with it."""
        if not self._is_closed:
            self._is_closed = True
            self._asked.clear()
            self._filters.clear()
            self._events.append(Closed(why))

    def next_deadline_ms(self) -> int | None:
        """When `handle_timer` is to be called."""
        if self._is_closed:
            return None
        if not self._is_ready:
            return self._began + HANDSHAKE_MS
        alive = self._heard + SILENCE_MS if self._pinged is None else self._pinged[1] + ANSWER_MS
        return min([alive, *map(_deadline, self._asked.values())])

    def handle_timer(self, now_ms: int) -> None:
        """It is so late now."""
        if not self._is_closed and not self._slept(now_ms):
            self._check_time(now_ms)

    def receive_data(self, data: bytes, now_ms: int) -> None:
        """More of the stream; empty where the peer closed it."""
        if self._is_closed:
            return
        self._slept(now_ms)
        self._heard = self._now = now_ms
        self._pinged = None  # any byte shows that it lives: a `pong` may stand behind a long block
        if not data:
            self.close(Failure.GONE)
            return
        self._frames.feed(data)
        try:
            while (message := self._next_message()) is not None:
                self._take(message)
        except WrongNetwork:
            self.close(Refusal.OTHER_CHAIN if self._theirs is None else Fault.MALFORMED)
        except P2pError:
            self.close(Fault.MALFORMED)

    # -- time

    def _slept(self, now_ms: int) -> bool:
        """Whether we, and not the peer, let a deadline pass; all of them begin anew then."""
        due = self.next_deadline_ms()
        if due is None or now_ms <= due + SUSPENDED_MS:
            return False
        self._began = self._heard = self._now = now_ms
        self._pinged = None
        for asked in self._asked.values():
            asked.since = asked.heard = now_ms
        return True

    def _check_time(self, now_ms: int) -> None:
        self._now = now_ms
        if not self._is_ready:
            if now_ms >= self._began + HANDSHAKE_MS:
                self.close(Failure.NO_HANDSHAKE)
            return
        for asked in tuple(self._asked.values()):
            self._check_question(asked)
        if self._pinged is not None:
            if now_ms >= self._pinged[1] + ANSWER_MS:
                self.close(Failure.SILENT)
        elif now_ms >= self._heard + SILENCE_MS:
            self._ping()

    def _check_question(self, asked: Asked) -> None:
        if self._now >= min(asked.heard + GIVE_UP_MS, asked.since + LONGEST_ANSWER_MS):
            self.close(Failure.SILENT)
        elif self._now >= _slow_at(asked) and not asked.is_slow:
            asked.is_slow = True
            self._events.append(Slow(asked.question))

    def _ping(self) -> None:
        self._pings += 1
        nonce = (self._ours.nonce + self._pings) % (1 << 64)
        self._pinged = nonce, self._now
        self._send(control.Ping(nonce))

    # -- messages

    def _next_message(self) -> Message | None:
        return None if self._is_closed else self._frames.next_message()

    def _send(self, message: Message) -> None:
        self._out += frame(self._ours.network, message)

    def _take(self, message: Message) -> None:
        if isinstance(message, control.Version):
            self._meet(message)
        elif self._theirs is None:
            self._charge(message)  # Core ignores it as well
        elif isinstance(message, control.Verack) and not self._is_ready:
            self._is_ready, them = True, self._theirs
            self._events.append(Introduced(them.services, them.start_height, them.user_agent))
        elif isinstance(message, control.WtxidRelay) and not self._is_ready:
            self.relays_by_wtxid = True
            self._charge(message)
        elif not self._answered(message):
            self._hear(message)

    def _meet(self, theirs: control.Version) -> None:
        if self._theirs is not None:
            self.close(Fault.OUT_OF_TURN)
            return
        refusal = self._ours.refusal(theirs)
        if refusal is not None:
            self.close(refusal)
            return
        self._theirs = theirs
        # BIP339, BIP155: after `version` and before `verack`.
        if theirs.version >= _WTXID_SINCE:
            self._send(control.WtxidRelay())
            self._send(control.SendAddrV2())
        self._send(control.Verack())

    def _answered(self, message: Message) -> bool:
        """Whether it is an answer, be it to nothing that we asked."""
        match message:
            case Headers():
                if isinstance(question := self._question(Kind.HEADERS), HeadersAfter):
                    self._done(HeadersCame(question, b"".join(message.headers)))
            case CFHeaders():
                self._take_filter_headers(message)
            case CFilter():
                self._take_filter(message)
            case RawBlock():
                question = self._question(Kind.BLOCK)
                if isinstance(question, OneBlock) and question.block_hash == message.hash:
                    self._done(BlockCame(question, message))
                else:
                    self.close(Fault.UNASKED)
            case NotFound():
                return self._take_not_found(message)
            case RawTx() if (came := self.txs.came(message)) is not None:
                self._events.append(came)
            case RawTx():
                self.close(Fault.UNASKED)
            case _:
                return False
        return True

    def _question(self, kind: Kind) -> Question | None:
        """What it may be an answer to; without that we hang up."""
        asked = self._asked.get(kind)
        if asked is None:
            self.close(Fault.UNASKED)
            return None
        return asked.question

    def _done(self, event: Answer | Lacking) -> None:
        asked = self._asked.pop(event.question.kind)
        if asked.question.kind is Kind.HEADERS:
            self.latency_ms = self._now - asked.since
        self._events.append(event)

    def _take_not_found(self, message: NotFound) -> bool:
        if (lacking := self.txs.lacking(message)) is not None:
            self._events.append(lacking)
            return True
        asked = self._asked.get(Kind.BLOCK)
        if asked is None or not isinstance(asked.question, OneBlock):
            return False
        if all(item.hash != asked.question.block_hash for item in message.items):
            return False
        self._done(Lacking(asked.question))
        return True

    def _take_filter_headers(self, message: CFHeaders) -> None:
        question = self._question(Kind.FILTER_HEADERS)
        if not isinstance(question, FilterHeaders):
            return
        if message.filter_type != BASIC or message.stop_hash != question.stop_hash:
            self.close(Fault.UNASKED)
            return
        batch = Batch(question.start, message.previous_filter_header, message.filter_hashes)
        self._done(FilterHeadersCame(question, batch))

    def _take_filter(self, message: CFilter) -> None:
        question = self._question(Kind.FILTERS)
        if not isinstance(question, Filters):
            return
        # BIP157: "one `cfilter` message for each block in the requested range, sequentially in
        # order by block height".
        index = len(self._filters)
        if message.filter_type != BASIC or message.block_hash != question.blocks[index]:
            self.close(Fault.UNASKED)
            return
        if question.hashes and sha256d(message.filter) != question.hashes[index]:
            self.close(Fault.FALSE_FILTER)
            return
        self._filters[message.block_hash] = BasicFilter(message.block_hash, message.filter)
        self._asked[Kind.FILTERS].heard = self._now
        if len(self._filters) == len(question.blocks):
            self._done(FiltersCame(question, tuple(self._filters.values())))
            self._filters.clear()

    def _hear(self, message: Message) -> None:
        """What a peer says by itself."""
        match message:
            case control.Ping():
                self._send(control.Pong(message.nonce))
            case Inv():
                self._take_inv(message)
            case GetData():
                self._take_getdata(message)
            case control.FeeFilter():
                self._events.append(FloorTold(message.feerate))
            case control.Addr() | control.AddrV2():
                self._events.append(AddressesTold(message.addresses))
            case _:
                pass  # what we do not know, or cannot serve
        self._charge(message)

    def _take_inv(self, message: Inv) -> None:
        blocks = [item.hash for item in message.items if item.kind in _BLOCK_KINDS]
        if blocks:
            self._events.append(BlockAnnounced(blocks[-1]))
        txs = tuple(item for item in message.items if item.kind in _TX_KINDS)
        if txs:
            self._events.append(TxsAnnounced(txs))

    def _take_getdata(self, message: GetData) -> None:
        wanted = tuple(item for item in message.items if item.kind in _TX_KINDS)
        if wanted:
            self._events.append(TxsWanted(wanted))

    def _charge(self, message: Message) -> None:
        """What nobody asked for is paid from a budget."""
        if not self.unasked.pays_for(message, self._now):
            self.close(Fault.FLOOD)


def _deadline(asked: Asked) -> int:
    due = asked.heard + GIVE_UP_MS if asked.is_slow else _slow_at(asked)
    return min(due, asked.since + LONGEST_ANSWER_MS)


def _slow_at(asked: Asked) -> int:
    return min(asked.heard + ANSWER_MS, asked.since + WHOLE_ANSWER_MS)
