"""The counter over a real socket: the same answers as in process, and what may go wrong on it."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest

from lnwallet_tui.api.custody import (
    CustodyApi,
    CustodyRefused,
    Hidden,
    Trouble,
    WordProblem,
    WordsVerdict,
)
from lnwallet_tui.api.events import FeedItem, Notice
from lnwallet_tui.api.gone import NodeFailed, NodeGone, WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.api.views import ChannelView
from lnwallet_tui.counter import client, place, server
from lnwallet_tui.counter.messages import (
    MOST_ASKED,
    VERSION,
    Ask,
    Failed,
    Hello,
    Listen,
    Next,
    framed,
    read_frame,
)
from lnwallet_tui.counter.verbs import CUSTODY, PROCESS, verbs
from lnwallet_tui.playground.world import World
from tests.counter.clerk import Clerk

WITHOUT_ARGUMENTS = [
    name
    for name, verb in verbs().items()
    if not [one for one in verb.signature.parameters.values() if one.default is one.empty]
]


async def opened_for(node: NodeApi | Clerk, folder: Path) -> server.Counter:
    """A counter. The clerk has only some of the verbs."""
    return await server.Counter.opened(cast("NodeApi", node), folder)


@asynccontextmanager
async def counter(node: NodeApi | Clerk, folder: Path) -> AsyncIterator[client.Visitor]:
    """A visitor at a counter of that node's."""
    opened = await opened_for(node, folder)
    visitor = await client.visit(folder)
    try:
        yield visitor
    finally:
        await visitor.leave()
        await opened.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    world = await World.begin(1, tmp_path / "world")
    await world.fund()
    postman = asyncio.create_task(world.clock.keep_delivering())
    yield world
    postman.cancel()
    await world.close()


async def test_each_question_has_the_answer_it_has_in_process(world: World, tmp_path: Path) -> None:
    node = world.you.node
    person = world.people()[0]
    async with counter(node, tmp_path) as visitor:
        far = visitor.node
        opened = await far.open_channel(person.uri, 500_000)
        assert not isinstance(opened, Refused)
        await world.mine(6)
        invoice = await far.create_invoice(1_000_000, "tea \N{BELL} [bold]")
        assert not isinstance(invoice, Refused)
        assert await far.decode(invoice.invoice) == await node.decode(invoice.invoice)
        assert await far.payment(invoice.payment_hash) == invoice
        assert await far.channel(opened.channel_id) == await node.channel(opened.channel_id)
        asked = [name for name in WITHOUT_ARGUMENTS if name != "address"]  # each is another one
        assert len(asked) >= 17
        for name in asked:
            assert await getattr(far, name)() == await getattr(node, name)(), name


async def test_a_refusal_is_the_same_and_nothing_is_raised(world: World, tmp_path: Path) -> None:
    async with counter(world.you.node, tmp_path) as visitor:
        for text in ("", "lnbc1nothing", "x" * 100_000):
            there, here = await visitor.node.decode(text), await world.you.node.decode(text)
            assert isinstance(there, Refused)
            assert there == here
        assert isinstance(await visitor.node.decode("\udcff"), Refused)  # half of a surrogate pair
        half = Sending((("\udcff", 1_000),), coins=("\udcff:0",))
        assert isinstance(await visitor.node.quote_send(half), Refused)


async def test_events_come_in_order_from_the_moment_of_asking(tmp_path: Path) -> None:
    clerk = Clerk()
    async with counter(clerk, tmp_path) as visitor:
        clerk.news.publish(Notice("before"))
        feed = visitor.node.feed()
        await visitor.node.inbox_glance()  # an answer after which the node listens for us
        for text in ("one", "two"):
            clerk.news.publish(Notice(text))
        assert [await anext(feed), await anext(feed)] == [
            FeedItem(2, Notice("one")),
            FeedItem(3, Notice("two")),
        ]
        clerk.news.close()
        assert [item async for item in feed] == []


async def test_who_gives_up_waiting_for_an_event_has_it_the_next_time(tmp_path: Path) -> None:
    clerk = Clerk()
    async with counter(clerk, tmp_path) as visitor:
        feed = visitor.node.feed()
        waiting = asyncio.ensure_future(anext(feed))
        await visitor.node.inbox_glance()
        waiting.cancel()
        clerk.news.publish(Notice("one"))
        assert await anext(feed) == FeedItem(1, Notice("one"))


async def test_a_slow_reader_holds_up_nobody(tmp_path: Path) -> None:
    clerk = Clerk()
    async with counter(clerk, tmp_path) as visitor:
        feed = visitor.node.feed()
        waiting = asyncio.ensure_future(anext(feed))
        long = asyncio.ensure_future(visitor.node.pay("never"))
        assert (await visitor.node.inbox_glance()).unread == 0
        assert not waiting.done()
        assert not long.done()
        clerk.may_answer.set()
        assert await long == Refused(RefusalCode.UNKNOWN, "paid late")


async def test_what_was_asked_for_goes_on_when_the_visitor_leaves(tmp_path: Path) -> None:
    clerk = Clerk()
    opened = await opened_for(clerk, tmp_path)
    visitor = await client.visit(tmp_path)
    asked = asyncio.ensure_future(visitor.node.pay("never"))
    await visitor.node.inbox_glance()
    await visitor.leave()
    with pytest.raises(NodeGone):
        await asked
    clerk.may_answer.set()
    await clerk.answered.wait()
    again = await client.visit(tmp_path)
    assert (await again.node.inbox_glance()).unread == 0
    await again.leave()
    await opened.close()


async def test_a_bug_in_one_verb_ends_neither_the_visit_nor_the_node(tmp_path: Path) -> None:
    told: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    async with counter(Clerk(), tmp_path) as visitor:
        with pytest.raises(NodeFailed, match="about: ZeroDivisionError"):
            await visitor.node.about()
        assert (await visitor.node.inbox_glance()).unread == 0
    assert [type(context["exception"]) for context in told] == [ZeroDivisionError]


async def test_when_the_node_ends_everybody_who_waits_is_told(tmp_path: Path) -> None:
    opened = await opened_for(Clerk(), tmp_path)
    visitor = await client.visit(tmp_path)
    feed = visitor.node.feed()
    waiting = asyncio.ensure_future(anext(feed))
    paying = asyncio.ensure_future(visitor.node.pay("never"))
    await visitor.node.inbox_glance()
    await opened.close()
    for one in (waiting, paying):
        with pytest.raises(NodeGone):
            await one
    with pytest.raises(NodeGone):
        await visitor.node.status()
    with pytest.raises(client.NobodyThere, match="No node runs"):
        await client.visit(tmp_path)
    await visitor.leave()


async def test_the_socket_is_the_user_s_alone_and_goes_with_the_node(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        opened = await opened_for(Clerk(), tmp_path)
    finally:
        os.umask(before)
    path = place.socket_in(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    await opened.close()
    assert not path.exists()


async def test_what_a_killed_node_left_there_is_in_nobodys_way(tmp_path: Path) -> None:
    left = place.bound(place.socket_in(tmp_path))
    left.close()
    with pytest.raises(client.NobodyThere):
        await client.visit(tmp_path)
    async with counter(Clerk(), tmp_path) as visitor:
        assert (await visitor.node.inbox_glance()).unread == 0


async def test_a_path_that_is_too_long_is_said(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    with pytest.raises(place.NoPlace, match="have room for"):
        await opened_for(Clerk(), folder)
    with pytest.raises(place.NoPlace):
        await client.visit(folder)


async def test_another_version_is_not_talked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = await opened_for(Clerk(), tmp_path)
    monkeypatch.setattr(client, "VERSION", "0.0.1")
    with pytest.raises(client.OtherVersion, match=r"this is 0\.0\.1"):
        await client.visit(tmp_path)
    await opened.close()


@pytest.mark.parametrize("version", [VERSION, "0.0.1"])
async def test_whoever_takes_the_wallet_is_heard_of_whatever_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    wants: list[bool] = []
    opened = await server.Counter.opened(
        cast("NodeApi", Clerk()), tmp_path, name="other.sock", wanted=lambda: wants.append(True)
    )
    monkeypatch.setattr(client, "VERSION", version)
    with pytest.raises(client.NobodyThere):
        await client.visit(tmp_path, takes=True)
    for takes in (False, True):
        with suppress(client.OtherVersion):
            await (await client.visit(tmp_path, "other.sock", takes=takes)).leave()
        assert wants == [True] * takes
    await opened.close()


@pytest.mark.parametrize(
    "bytes_",
    [
        b"\x00\x00\x00\x00",
        (MOST_ASKED + 1).to_bytes(4, "big"),
        b"\x00\x00\x00\x05hello",
        framed(Next(1, 7)),
        framed(Listen(7)) + framed(Next(1, 7)) + framed(Next(2, 7)),
        framed(Hello("x")) + b"\x00\x00\x00\x01\xc1",
        b"".join(framed(Listen(feed)) for feed in range(server.MOST_FEEDS + 1)),
    ],
    ids=["nothing", "too long", "no message", "no reader", "twice", "no MessagePack", "readers"],
)
async def test_who_speaks_another_language_is_hung_up_on(tmp_path: Path, bytes_: bytes) -> None:
    async with counter(Clerk(), tmp_path) as visitor:
        path = str(place.socket_in(tmp_path))
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(bytes_)
        while await read_frame(reader, MOST_ASKED):
            pass
        assert reader.at_eof()
        writer.close()
        assert (await visitor.node.inbox_glance()).unread == 0


async def test_a_crowd_leaves_files_to_open_for_the_node(tmp_path: Path) -> None:
    async with counter(Clerk(), tmp_path) as visitor:
        path = str(place.socket_in(tmp_path))
        crowd = []
        for _ in range(server.MOST_VISITORS - 1):
            crowd.append(await asyncio.open_unix_connection(path))
        reader, writer = await asyncio.open_unix_connection(path)
        assert await reader.read() == b""  # hung up
        writer.close()
        assert (await visitor.node.inbox_glance()).unread == 0
        for _, one in crowd:
            one.close()
            await one.wait_closed()


async def test_who_says_nothing_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "GREETING_SECONDS", 0.05)
    opened = await opened_for(Clerk(), tmp_path)
    reader, writer = await asyncio.open_unix_connection(str(place.socket_in(tmp_path)))
    writer.write(b"\x00\x00")  # half of a length
    assert await reader.read() == b""  # hung up
    writer.close()
    await opened.close()


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("no_such", {}),
        ("_shell", {}),
        ("feed", {}),
        ("channel", {}),
        ("channel", {"channel_id": 7}),
        ("send", {"sending": {"payouts": [["bc1", "1"]]}}),
        ("send", {"sending": {"payouts": [], "no_such": 1}}),
    ],
)
async def test_a_question_that_is_none_fails_alone(
    tmp_path: Path, verb: str, arguments: dict[str, object]
) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, __: None)
    async with counter(Clerk(), tmp_path) as visitor:
        raw = msgspec.Raw(msgspec.msgpack.encode(arguments))
        answer = await visitor.send(lambda number: Ask(number, verb, raw))
        assert isinstance(answer, Failed)
        assert answer.kind == "BadMessage"
        assert (await visitor.node.inbox_glance()).unread == 0


def test_every_verb_of_the_counter_can_be_asked() -> None:
    names = {name for name in vars(NodeApi) if not name.startswith("_")}
    assert set(verbs()) == names - {"feed"}
    assert len(names) > 40


async def test_arguments_are_understood_as_in_process(tmp_path: Path) -> None:
    async with counter(Clerk(), tmp_path) as visitor:
        far = visitor.node
        with pytest.raises(TypeError):
            await far.channel()  # type: ignore[call-arg]  # that is the wrong call
        with pytest.raises(AttributeError):
            far.no_such  # type: ignore[attr-defined]  # noqa: B018  # asking for it is the test


class Custody:
    """Keeps nothing; says what it was told."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        self.heard.extend(one.reveal() for one in typed)
        return WordsVerdict("so", "so", (WordProblem(1, (Hidden("zoo"),)),))

    async def open(self, passphrase: Hidden | None = None) -> CustodyRefused | None:
        return CustodyRefused(Trouble.PASSPHRASE_WRONG, "no", "again") if passphrase else None


async def test_who_keeps_the_seed_is_asked_where_it_is_kept(tmp_path: Path) -> None:
    custody = Custody()
    opened = await server.Counter.opened(
        cast("NodeApi", Clerk()), tmp_path, custody=cast("CustodyApi", custody)
    )
    visitor = await client.visit(tmp_path)
    verdict = await visitor.custody.take_words((Hidden("ab"), Hidden("\udcff")))
    assert verdict == WordsVerdict("so", "so", (WordProblem(1, (Hidden("zoo"),)),))
    assert custody.heard == ["ab", "?"]
    assert await visitor.custody.open() is None
    refused = await visitor.custody.open(Hidden("x"))
    assert refused == CustodyRefused(Trouble.PASSPHRASE_WRONG, "no", "again")
    with pytest.raises(WalletShut, match="ends with its screen") as shut:
        await visitor.process.look()
    assert "A playground is neither locked nor unlocked" in shut.value.refused.remedy
    with pytest.raises(AttributeError):
        _ = visitor.custody.keys
    await visitor.leave()
    await opened.close()


async def test_a_shut_wallet_refuses_where_that_is_an_answer_and_else_says_so(
    tmp_path: Path,
) -> None:
    async with counter(ShutClerk(), tmp_path) as visitor:
        assert await visitor.node.decode("lnbc1") == SHUT
        with pytest.raises(WalletShut) as shut:
            await visitor.node.channels()
        assert shut.value.refused == SHUT


SHUT = Refused(RefusalCode.LOCKED, "The wallet is locked.", "Unlock it.")


class ShutClerk(Clerk):
    """Has no wallet that is open."""

    async def decode(self, text: str) -> Refused:
        raise WalletShut(SHUT)

    async def channels(self) -> tuple[ChannelView, ...]:
        raise WalletShut(SHUT)


def test_every_verb_of_the_others_can_be_asked() -> None:
    assert "keep" in verbs(CUSTODY)
    of_both = {"look", "lock", "unlock", "stop", "stay", "born", "restores"}
    assert set(verbs(PROCESS)) == of_both | {"prepare_guard"}
    assert verbs("somebody") == {}


async def test_a_loop_that_ends_while_somebody_is_there_finds_no_mistake(tmp_path: Path) -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: complaints.append(what))
    opened = await server.Counter.opened(cast("NodeApi", Clerk()), tmp_path)
    visitor = await client.visit(tmp_path)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()  # as `asyncio.run` does at the end
    for _ in range(5):
        await asyncio.sleep(0)
    assert not complaints
    await visitor.leave()
    await opened.close()
