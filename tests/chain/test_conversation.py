"""One connection to a Bitcoin node: introductions, who is refused and why, time, answers that fit
their questions, and limits on what nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.conversation import (
    ANSWER_MS,
    GIVE_UP_MS,
    HANDSHAKE_MS,
    LONGEST_ANSWER_MS,
    SILENCE_MS,
    SUSPENDED_MS,
    Conversation,
)
from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.filters import BasicFilter
from lnwallet_tui.chain.introduction import BLOCKS_BEHIND, Introduction
from lnwallet_tui.chain.questions import (
    AddressesTold,
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
from lnwallet_tui.p2p import control
from lnwallet_tui.p2p.addresses import Endpoint, NetworkId, PeerAddress, Service
from lnwallet_tui.p2p.codec import Message, Unknown
from lnwallet_tui.p2p.compact_filters import BASIC, CFHeaders, CFilter, GetCFHeaders, GetCFilters
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

NET: Final = Network.REGTEST
START: Final = 1_735_689_600_000
SERVICES: Final = Service.NETWORK | Service.WITNESS | Service.COMPACT_FILTERS
THEIRS: Final = control.Version(
    70_016, SERVICES, 0, Endpoint(), Endpoint(), 1, b"/them/", start_height=1_000
)
OURS: Final = Introduction(NET, height=1_000, nonce=7)
HASH_A, HASH_B = b"\x0a" * 32, b"\x0b" * 32
FILTER_A, FILTER_B = b"\0", b"\x01\x02\x03"


class Line:
    """A conversation with somebody whose every word is ours."""

    def __init__(self, ours: Introduction = OURS) -> None:
        self.now = START
        self.talk = Conversation(ours, self.now)
        self._sent = Deframer(NET)

    def sent(self) -> list[Message]:
        self._sent.feed(self.talk.data_to_send())
        return list(iter(self._sent.next_message, None))

    def hear(self, *messages: Message) -> list[Event]:
        return self.bytes(b"".join(frame(NET, message) for message in messages))

    def bytes(self, data: bytes) -> list[Event]:
        self.talk.receive_data(data, self.now)
        return self.events()

    def ask(self, question: Question) -> list[Message]:
        self.talk.ask(question, self.now)
        return self.sent()

    def wait(self, ms: int) -> list[Event]:
        """As a good owner does: at each deadline."""
        end = self.now + ms
        while (due := self.talk.next_deadline_ms()) is not None and due <= end:
            self.now = max(due, self.now)
            self.talk.handle_timer(self.now)
        self.now = end
        return self.events()

    def events(self) -> list[Event]:
        return list(iter(self.talk.next_event, None))


def introduced() -> Line:
    line = Line()
    assert line.hear(THEIRS, control.Verack()) == [Introduced(SERVICES, 1_000, b"/them/")]
    line.sent()
    return line


def closed(why: Ending) -> list[Event]:
    return [Closed(why)]


# -- introductions


def test_we_say_little_of_ourselves() -> None:
    (version,) = Line().sent()
    assert isinstance(version, control.Version)
    assert version == control.Version(
        70_016, 0, START // 1_000, Endpoint(), Endpoint(), 7, b"", 1_000, relay=False
    )


def test_what_must_stand_before_verack_does() -> None:
    """BIP339 and BIP155; Core hangs up on who says it later."""
    line = Line()
    line.sent()
    assert line.hear(THEIRS) == []
    assert line.sent() == [control.WtxidRelay(), control.SendAddrV2(), control.Verack()]
    assert not line.talk.is_ready
    assert line.hear(control.WtxidRelay(), control.SendAddrV2(), Unknown("sendtxrcncl", b"")) == []
    assert line.hear(control.Verack()) == [Introduced(SERVICES, 1_000, b"/them/")]
    assert line.talk.is_ready


def test_an_old_peer_is_not_told_what_it_does_not_know() -> None:
    line = Line()
    line.sent()
    line.hear(replace(THEIRS, version=70_015))
    assert line.sent() == [control.Verack()]


@pytest.mark.parametrize(
    ("theirs", "why"),
    [
        (replace(THEIRS, services=Service.NETWORK | Service.WITNESS), Refusal.NO_FILTERS),
        (
            replace(
                THEIRS,
                services=Service.NETWORK_LIMITED | Service.WITNESS | Service.COMPACT_FILTERS,
            ),
            Refusal.PRUNED,
        ),
        (
            replace(THEIRS, services=Service.NETWORK | Service.COMPACT_FILTERS),
            Refusal.PRUNED,  # a block without its witnesses is none
        ),
        (replace(THEIRS, start_height=1_000 - BLOCKS_BEHIND - 1), Refusal.BEHIND),
        (replace(THEIRS, start_height=-1), Refusal.BEHIND),
        (replace(THEIRS, nonce=7), Refusal.OURSELVES),
    ],
)
def test_who_is_of_no_use_is_refused(theirs: control.Version, why: Refusal) -> None:
    line = Line()
    line.sent()
    assert line.hear(theirs, control.Verack()) == closed(why)
    assert line.sent() == []


def test_a_peer_a_little_behind_will_do() -> None:
    line = Line()
    line.hear(replace(THEIRS, start_height=1_000 - BLOCKS_BEHIND), control.Verack())
    assert line.talk.is_ready


def test_another_chain_is_known_by_its_first_bytes() -> None:
    assert Line().bytes(frame(Network.MAINNET, THEIRS)[:4]) == closed(Refusal.OTHER_CHAIN)
    assert introduced().bytes(b"\xf9\xbe") == closed(Fault.MALFORMED)


def test_nobody_introduces_himself_twice() -> None:
    assert introduced().hear(THEIRS) == closed(Fault.OUT_OF_TURN)


def test_a_second_verack_is_nothing() -> None:
    assert introduced().hear(control.Verack()) == []


def test_what_comes_before_version_is_ignored() -> None:
    line = Line()
    assert line.hear(control.SendAddrV2(), control.Verack(), Headers(())) == []
    assert line.hear(THEIRS, control.Verack()) == [Introduced(SERVICES, 1_000, b"/them/")]


# -- time


def test_who_does_not_introduce_himself_loses_his_place() -> None:
    for line in (Line(), Line()):
        assert line.wait(HANDSHAKE_MS - 1) == []
        assert line.wait(1) == closed(Failure.NO_HANDSHAKE)
    line = Line()
    line.hear(THEIRS)
    assert line.wait(HANDSHAKE_MS) == closed(Failure.NO_HANDSHAKE)


def test_silence_is_broken_by_a_ping() -> None:
    line = introduced()
    for _ in range(3):
        assert line.wait(SILENCE_MS - 1) == []
        assert line.sent() == []
        line.wait(1)
        (ping,) = line.sent()
        assert isinstance(ping, control.Ping)
        assert line.wait(ANSWER_MS - 1) == []
        assert line.hear(control.Pong(ping.nonce)) == []
    line.wait(SILENCE_MS)
    assert line.wait(ANSWER_MS) == closed(Failure.SILENT)


def test_a_ping_is_answered() -> None:
    line = introduced()
    line.hear(control.Ping(99))
    assert line.sent() == [control.Pong(99)]


def test_a_long_block_on_the_way_is_a_sign_of_life() -> None:
    line = introduced()
    line.wait(SILENCE_MS)
    data = frame(NET, RawBlock(bytes(100)))
    line.bytes(data[:50])
    assert line.wait(ANSWER_MS) == []


def test_after_a_sleep_everybody_has_his_time_again() -> None:
    line = introduced()
    line.ask(OneBlock(HASH_A))
    due = line.talk.next_deadline_ms()
    assert due is not None
    line.now = due + SUSPENDED_MS + 1
    line.talk.handle_timer(line.now)
    assert line.events() == []
    assert line.talk.next_deadline_ms() == line.now + ANSWER_MS
    assert line.wait(ANSWER_MS) == [Slow(OneBlock(HASH_A))]
    asleep = Line()
    asleep.now += 86_400_000
    asleep.talk.handle_timer(asleep.now)
    assert asleep.events() == []
    assert asleep.wait(HANDSHAKE_MS) == closed(Failure.NO_HANDSHAKE)


def test_who_hangs_up_is_gone_and_nothing_more_is_heard() -> None:
    line = introduced()
    assert line.bytes(b"") == closed(Failure.GONE)
    assert line.hear(control.Ping(1)) == []
    assert line.sent() == []
    assert line.talk.next_deadline_ms() is None
    line.talk.close(Failure.SILENT)
    assert line.wait(1_000_000) == []
    assert not line.talk.is_free(Kind.BLOCK)


# -- questions and answers

RAW: Final = RawBlock(bytes(81))
QUESTIONS: Final[list[tuple[Question, Message, list[Message], Event]]] = [
    (
        HeadersAfter((HASH_A,)),
        GetHeaders(70_016, (HASH_A,)),
        [Headers((bytes(80), bytes(80)))],
        HeadersCame(HeadersAfter((HASH_A,)), bytes(160)),
    ),
    (
        FilterHeaders(5, 2, HASH_B),
        GetCFHeaders(BASIC, 5, HASH_B),
        [CFHeaders(BASIC, HASH_B, HASH_A, (HASH_A, HASH_B))],
        FilterHeadersCame(FilterHeaders(5, 2, HASH_B), Batch(5, HASH_A, (HASH_A, HASH_B))),
    ),
    (
        Filters(5, (HASH_A, HASH_B), (sha256d(FILTER_A), sha256d(FILTER_B))),
        GetCFilters(BASIC, 5, HASH_B),
        [CFilter(BASIC, HASH_A, FILTER_A), CFilter(BASIC, HASH_B, FILTER_B)],
        FiltersCame(
            Filters(5, (HASH_A, HASH_B), (sha256d(FILTER_A), sha256d(FILTER_B))),
            (BasicFilter(HASH_A, FILTER_A), BasicFilter(HASH_B, FILTER_B)),
        ),
    ),
    (
        OneBlock(RAW.hash),
        GetData((Item(ItemKind.WITNESS_BLOCK, RAW.hash),)),
        [RAW],
        BlockCame(OneBlock(RAW.hash), RAW),
    ),
    (
        OneBlock(HASH_A),
        GetData((Item(ItemKind.WITNESS_BLOCK, HASH_A),)),
        [NotFound((Item(ItemKind.WITNESS_BLOCK, HASH_A),))],
        Lacking(OneBlock(HASH_A)),
    ),
]


@pytest.mark.parametrize(("question", "sent", "answers", "event"), QUESTIONS)
def test_an_answer_is_for_its_question(
    question: Question, sent: Message, answers: list[Message], event: Event
) -> None:
    line = introduced()
    assert line.ask(question) == [sent]
    assert not line.talk.is_free(question.kind)
    assert line.hear(*answers) == [event]
    assert line.talk.is_free(question.kind)


def test_questions_of_all_kinds_are_under_way_together() -> None:
    line = introduced()
    asked = QUESTIONS[:-1]
    for question, *_ in asked:
        line.ask(question)
    for _, _, answers, event in reversed(asked):
        assert line.hear(*answers) == [event]


@pytest.mark.parametrize(
    "answer", [one for _, _, answers, _ in QUESTIONS[:-1] for one in answers] + [RawTx(b"\0")]
)
def test_what_was_not_asked_for_is_a_fault(answer: Message) -> None:
    assert introduced().hear(answer) == closed(Fault.UNASKED)


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        (FilterHeaders(5, 1, HASH_B), CFHeaders(BASIC, HASH_A, HASH_A, (HASH_A,)), Fault.UNASKED),
        (FilterHeaders(5, 1, HASH_B), CFHeaders(1, HASH_B, HASH_A, (HASH_A,)), Fault.UNASKED),
        (Filters(5, (HASH_A, HASH_B)), CFilter(BASIC, HASH_B, FILTER_A), Fault.UNASKED),
        (Filters(5, (HASH_A, HASH_B)), CFilter(1, HASH_A, FILTER_A), Fault.UNASKED),
        (Filters(5, (HASH_A,), (HASH_B,)), CFilter(BASIC, HASH_A, FILTER_A), Fault.FALSE_FILTER),
        (OneBlock(HASH_A), RAW, Fault.UNASKED),
    ],
)
def test_an_answer_to_something_else_is_a_fault(
    question: Question, answer: Message, why: Fault
) -> None:
    line = introduced()
    line.ask(question)
    assert line.hear(answer) == closed(why)


def test_another_not_found_is_nothing() -> None:
    line = introduced()
    line.ask(OneBlock(HASH_A))
    assert line.hear(NotFound((Item(ItemKind.WITNESS_BLOCK, HASH_B),))) == []
    assert not line.talk.is_free(Kind.BLOCK)


def test_a_slow_answer_is_one_and_a_late_one_too() -> None:
    line = introduced()
    line.ask(OneBlock(RAW.hash))
    assert line.wait(ANSWER_MS) == [Slow(OneBlock(RAW.hash))]
    assert line.wait(GIVE_UP_MS - ANSWER_MS - 1) == []
    assert line.hear(RAW) == [BlockCame(OneBlock(RAW.hash), RAW)]


def test_who_never_answers_is_left_though_it_answers_pings() -> None:
    line = introduced()
    line.ask(OneBlock(HASH_A))
    events: list[Event] = []
    for _ in range(GIVE_UP_MS // 1_000):
        events += line.wait(1_000)
        for message in line.sent():
            assert isinstance(message, control.Ping)
            line.hear(control.Pong(message.nonce))
    assert events == [Slow(OneBlock(HASH_A)), Closed(Failure.SILENT)]


def test_who_sends_filters_one_by_one_cannot_hold_us_up() -> None:
    blocks = tuple(sha256d(bytes((at,))) for at in range(200))
    line = introduced()
    line.ask(Filters(1, blocks))
    events: list[Event] = []
    for block in blocks:
        events += line.wait(ANSWER_MS - 1)
        events += line.hear(CFilter(BASIC, block, FILTER_A))
    assert events == [Slow(Filters(1, blocks)), *closed(Failure.SILENT)]
    assert line.now >= START + LONGEST_ANSWER_MS


# -- what a peer says by itself


def test_news_is_told() -> None:
    line = introduced()
    tx = Item(ItemKind.WTX, HASH_B)
    address = PeerAddress(1, SERVICES, NetworkId.IPV4, b"\1\2\3\4", 8333)
    assert line.hear(Inv((Item(ItemKind.BLOCK, HASH_A),))) == [BlockAnnounced(HASH_A)]
    assert line.hear(Inv((tx, Item(9, HASH_A)))) == [TxsAnnounced((tx,))]
    assert line.hear(GetData((tx,))) == [TxsWanted((tx,))]
    assert line.hear(control.FeeFilter(1_000)) == [FloorTold(1_000)]
    assert line.hear(control.AddrV2((address,))) == [AddressesTold((address,))]
    assert line.hear(Unknown("cmpctblock", b"x"), control.SendHeaders()) == []


FLOODS: Final[list[Message]] = [
    Inv((Item(ItemKind.TX, HASH_A),)),
    Unknown("nonsense", b""),
    Unknown("nonsense", bytes(1_500_000)),
    control.Ping(1),
    control.Addr(()),
    control.FeeFilter(1),
    GetData((Item(ItemKind.WTX, HASH_A),)),
    NotFound((Item(ItemKind.WTX, HASH_A),)),
]


@pytest.mark.parametrize("message", FLOODS)
def test_a_flood_ends(message: Message) -> None:
    line = introduced()
    events = [event for _ in range(201) for event in line.hear(message)]
    assert events[-1] == Closed(Fault.FLOOD)


def test_the_same_in_an_hour_is_none() -> None:
    line = introduced()
    for _ in range(300):
        line.wait(12_000)
        assert line.hear(FLOODS[0]) == [TxsAnnounced((Item(ItemKind.TX, HASH_A),))]


# -- bytes


SCRIPT: Final[list[Message]] = [
    THEIRS,
    control.WtxidRelay(),
    control.Verack(),
    control.Ping(5),
    Inv((Item(ItemKind.BLOCK, HASH_A),)),
    control.FeeFilter(4),
]


@given(st.lists(st.integers(1, 40), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_how_the_stream_is_cut_changes_nothing(cuts: list[int]) -> None:
    stream = b"".join(frame(NET, message) for message in SCRIPT)
    whole, cut = Line(), Line()
    events: list[Event] = []
    at = 0
    for size in _forever(cuts):
        if at >= len(stream):
            break
        events += cut.bytes(stream[at : at + size])
        at += size
    assert events == whole.bytes(stream)
    assert cut.talk.data_to_send() == whole.talk.data_to_send()


@given(st.binary(min_size=1, max_size=300), st.booleans())
@settings(max_examples=100, deadline=None)
def test_no_bytes_raise(data: bytes, framed: bool) -> None:
    for line in (Line(), introduced()):
        line.bytes(frame(NET, Unknown("cfheaders", data)) if framed else data)
        line.wait(1_000_000)


def _forever(cuts: list[int]) -> Iterator[int]:
    while True:
        yield from cuts
