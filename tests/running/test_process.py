"""The process of a wallet, here within this one, asked over its socket."""

from __future__ import annotations

import asyncio
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.custody import CustodyRefused, CustodyView, Hidden, Keeping, Trouble
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.gone import NodeGone, WalletShut
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.attach import begun_by_others
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter.client import Visitor, visit
from lnwallet_tui.counter.far_custody import FarCustody
from lnwallet_tui.counter.place import SOCKET_NAME
from lnwallet_tui.keys import custody, envelope
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.running.asked_custody import MOST_TRIES, TOO_MANY
from lnwallet_tui.running.outdoors import Outdoors
from lnwallet_tui.running.process import CannotRun, WalletProcess
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.running.ways_out import ways_out
from lnwallet_tui.store.errors import WalletInUse
from lnwallet_tui.store.lock import FolderLock

PASSPHRASE = Hidden("correct horse battery staple")


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


@asynccontextmanager
async def running(
    folder: Path, wanted: Wanted | None = None, outdoors: Outdoors | None = None
) -> AsyncIterator[Visitor]:
    """A visitor at a process that runs, and ends afterwards."""
    process = WalletProcess(
        WalletFolder.at(folder, Network.REGTEST), wanted or Wanted(), outdoors or ways_out()
    )
    ready = asyncio.Event()
    life = asyncio.create_task(process.run(ready.set))
    await ready.wait()
    visitor = await visit(folder)
    try:
        yield visitor
    finally:
        if not life.done():
            await process.stop()
        await life
        await visitor.leave()


async def make(visitor: Visitor) -> str:
    """Keep new words; the node's id."""
    await visitor.custody.make_words()
    assert await visitor.custody.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
    assert await visitor.process.unlock() is None
    return (await visitor.node.status()).node_id


async def test_it_says_what_it_was_started_with(tmp_path: Path) -> None:
    wanted = Wanted(chain_peers=("a:1", "b:2"), listen=("::1", 9735), proxy="c:3")
    async with running(tmp_path / "a", wanted) as visitor:
        assert (await visitor.process.look()).started_with == (
            ("--chain-peer", "a:1"),
            ("--chain-peer", "b:2"),
            ("--listen", "[::1]:9735"),
            ("--proxy", "c:3"),
        )
    async with running(tmp_path / "b") as visitor:
        assert (await visitor.process.look()).started_with == ()


async def test_a_proxy_that_was_named_once_counts_until_it_is_taken_away(tmp_path: Path) -> None:
    named = Wanted(PASSPHRASE, proxy="127.0.0.1:9050")
    unusable = Wanted(PASSPHRASE, proxy="127.0.0.1:99999")
    for wanted, options in (
        (Wanted(), ()),
        (named, (("--proxy", "127.0.0.1:9050"),)),
        (Wanted(PASSPHRASE), (("--proxy", "127.0.0.1:9050"),)),
        (Wanted(PASSPHRASE, proxy=""), ()),
        (Wanted(PASSPHRASE), ()),
    ):
        async with running(tmp_path, wanted) as visitor:
            if not (await visitor.process.look()).has_wallet:
                await make(visitor)
            await begun_by_others(visitor)
            assert (await visitor.process.look()).started_with == options
        if wanted is named:  # one that cannot be used is not kept in its place
            with pytest.raises(CannotRun):
                await WalletProcess(WalletFolder.at(tmp_path, None), unusable, ways_out()).run()


async def test_a_wallet_is_made_by_it_and_lives_on_its_words_at_once(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        before = await visitor.node.status()
        assert (before.network, before.node_id, before.locked) == ("regtest", "", False)
        assert "no wallet here yet. Make one with lnwallet-tui create" in before.waiting_for
        with pytest.raises(WalletShut) as shut:
            await visitor.node.channels()
        assert shut.value.refused.code is RefusalCode.NO_WALLET
        asked = await visitor.node.address()
        assert isinstance(asked, Refused)
        assert asked.code is RefusalCode.NO_WALLET
        assert isinstance(await visitor.process.lock(), Refused)
        node_id = await make(visitor)
        words: Hidden = await visitor.custody.words()
        assert len(words.reveal().split()) == 24
        view = await visitor.process.look()
        assert (view.has_wallet, view.locked, view.begun) == (True, False, True)
        kept: CustodyView = await visitor.custody.view()
        assert (kept.is_open, kept.lived_on) == (True, True)
        given = await visitor.node.address()
        assert not isinstance(given, Refused)
        assert given.address.startswith("bcrt1")
        assert isinstance(await visitor.process.born(1), Refused)
    record = WalletFolder.at(tmp_path, None)
    assert (record.node_id, record.has_birthday) == (node_id, True)
    assert not (tmp_path / SOCKET_NAME).exists()
    FolderLock(tmp_path).release()
    log = (tmp_path / "logs" / "node.log").read_text()
    assert not any(f" {word} " in log for word in words.reveal().split())


async def test_who_waits_for_it_to_be_opened_hears_that_others_did_it(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
    async with running(tmp_path) as visitor:
        waiting = asyncio.create_task(begun_by_others(visitor))
        other = await visit(tmp_path)
        assert await other.custody.open(PASSPHRASE) is None
        assert await waiting
        assert (await visitor.process.look()).begun
        assert await begun_by_others(visitor)
        await other.leave()


async def test_it_answers_while_it_is_locked_and_opens_with_the_passphrase(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        node_id = await make(visitor)
    async with running(tmp_path) as visitor:
        assert isinstance(await visitor.process.unlock(), CustodyRefused)
        status = await visitor.node.status()
        assert (status.locked, status.waiting_for) == (
            True,
            "The wallet is locked. Until it is open nothing watches its channels: no guard of it "
            "runs. Unlock it first: lnwallet-tui unlock",
        )
        assert stat.S_IMODE((tmp_path / SOCKET_NAME).stat().st_mode) == 0o600
        refused = await visitor.process.unlock(Hidden("not the right one"))
        assert isinstance(refused, CustodyRefused)
        assert refused.trouble is Trouble.PASSPHRASE_WRONG
        refused = await visitor.process.unlock()
        assert isinstance(refused, CustodyRefused)
        assert refused.trouble is Trouble.PASSPHRASE_NEEDED
        assert await visitor.process.unlock(PASSPHRASE) is None
        status = await visitor.node.status()
        assert (status.locked, status.node_id) == (False, node_id)


async def test_while_it_is_being_opened_nobody_is_sent_to_unlock_it(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
    with envelope._ONE_AT_A_TIME:
        async with running(tmp_path, Wanted(PASSPHRASE)) as visitor:
            status = await visitor.node.status()
            assert status.waiting_for == "The wallet is being opened."
            refused = await visitor.node.address()
            assert isinstance(refused, Refused)
            assert refused.code is RefusalCode.NOT_READY


async def test_a_crowd_with_wrong_passphrases_keeps_nobody_out(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
    async with running(tmp_path) as visitor:
        with envelope._ONE_AT_A_TIME:
            guesses = [Hidden(f"guess number {at}") for at in range(MOST_TRIES)]
            tries = [asyncio.create_task(visitor.process.unlock(one)) for one in guesses]
            await asyncio.sleep(0)  # they are on their way
            assert await visitor.process.unlock(Hidden("one more")) == TOO_MANY
        assert all(isinstance(one, CustodyRefused) for one in await asyncio.gather(*tries))
        assert await visitor.process.unlock(PASSPHRASE) is None


async def test_locked_again_its_node_goes_on_and_its_words_are_shown_to_nobody(
    tmp_path: Path,
) -> None:
    async with running(tmp_path) as visitor:
        node_id = await make(visitor)
        assert await visitor.process.lock() is None
        status = await visitor.node.status()
        assert (status.locked, status.node_id) == (True, node_id)
        assert await visitor.node.channels() == ()
        refused = await visitor.node.pay("lnbcrt1")
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.LOCKED
        for asking in (
            visitor.custody.words(),
            visitor.custody.questions(),
            visitor.custody.answer((1,), (Hidden("zoo"),)),
        ):
            with pytest.raises(WalletShut, match="is locked"):
                await asking
        feed = visitor.node.feed()
        assert await visitor.custody.open(PASSPHRASE) is None  # as a page of the screen does
        event = (await anext(feed)).event
        assert isinstance(event, StatusChanged)
        assert not event.status.locked
        assert isinstance(await visitor.custody.words(), Hidden)


async def test_other_words_do_not_replace_those_that_it_lives_on(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
        await visitor.process.lock()
        others = tuple(map(Hidden, ["abandon"] * 11 + ["about"]))
        verdict = await visitor.custody.take_words(others)
        assert "not those of the wallet that lives here" in verdict.message


async def test_with_the_passphrase_it_is_open_from_the_start(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        node_id = await make(visitor)
    async with running(tmp_path, Wanted(PASSPHRASE)) as visitor:
        assert await visitor.process.unlock() is None  # waits until it is open
        assert (await visitor.node.status()).node_id == node_id


async def test_a_wrong_passphrase_at_the_start_is_its_end(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
    wallet = WalletFolder.at(tmp_path, None)
    process = WalletProcess(wallet, Wanted(Hidden("not the right one")), ways_out())
    with pytest.raises(CannotRun) as ended:
        await process.run()
    assert ended.value.code == "passphrase_wrong"
    FolderLock(tmp_path).release()


async def test_a_folder_has_one(tmp_path: Path) -> None:
    async with running(tmp_path):
        second = WalletProcess(WalletFolder.at(tmp_path, None), Wanted(), ways_out())
        with pytest.raises(WalletInUse):
            await second.run()


async def test_a_port_that_is_taken_and_addresses_that_are_none_are_said(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
    taken = await asyncio.start_server(lambda _, __: None, "127.0.0.1", 0)
    port = taken.sockets[0].getsockname()[1]
    for wanted, code in (
        (Wanted(PASSPHRASE, listen=("127.0.0.1", port)), "cannot_listen"),
        (Wanted(PASSPHRASE, proxy="127.0.0.1:99999"), "unreachable"),
        (Wanted(PASSPHRASE, chain_peers=("not an address",)), "unreachable"),
    ):
        process = WalletProcess(WalletFolder.at(tmp_path, None), wanted, ways_out())
        with pytest.raises(CannotRun) as ended:
            await process.run()
        assert ended.value.code == code
    taken.close()
    await taken.wait_closed()


async def test_words_on_paper_are_shown_to_nobody_who_asks(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
        words = (await visitor.custody.words()).reveal().split()
        positions = await visitor.custody.questions()
        wrong = tuple(Hidden("zoo") for _ in positions)
        assert await visitor.custody.answer(positions, wrong) != ()
        right = tuple(Hidden(words[position - 1]) for position in positions)
        assert await visitor.custody.answer(positions, right) == ()
        for asking in (
            visitor.custody.words(),
            visitor.custody.questions(),
            visitor.custody.answer((1,), (Hidden("zoo"),)),
        ):
            with pytest.raises(WalletShut, match="are on paper"):
                await asking


async def test_whoever_stops_keeping_on_a_far_screen_has_kept_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    goes_on, seal = threading.Event(), envelope.seal

    def slowly(*args: Any) -> envelope.Envelope:
        assert goes_on.wait(60)
        return seal(*args)

    monkeypatch.setattr(custody, "seal", slowly)
    async with running(tmp_path) as visitor:
        far = await asyncio.to_thread(FarCustody, visitor, tmp_path)
        await asyncio.to_thread(far.make_words)
        asking = asyncio.create_task(far.keep(Keeping.PASSPHRASE, PASSPHRASE))
        stopping = asyncio.create_task(far.stop_keeping())  # in the same turn, yet behind it
        assert await stopping
        refused = await asking
        assert refused is not None
        assert refused.trouble is Trouble.GIVEN_UP
        goes_on.set()
        other = Hidden("another passphrase")
        assert await far.keep(Keeping.PASSPHRASE, other) is None
        assert await visitor.process.unlock() is None
        assert await visitor.process.lock() is None
        refused = await visitor.custody.open(PASSPHRASE)
        assert refused is not None
        assert refused.trouble is Trouble.PASSPHRASE_WRONG
        assert await visitor.custody.open(other) is None
        await asyncio.to_thread(far.close)


async def test_a_page_that_cannot_wait_asks_the_far_custodian_as_a_near_one(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        far = await asyncio.to_thread(FarCustody, visitor, tmp_path)
        assert far.view() == CustodyView()
        few = (Hidden("abandon"), Hidden("zebraa"))
        assert "Word 2" in (await asyncio.to_thread(far.look_at_words, few)).message
        assert Hidden("zoo") in await asyncio.to_thread(far.completions, Hidden("zo"))
        assert (await asyncio.to_thread(far.take_words, few)).problems[0].position == 2
        await asyncio.to_thread(far.make_words)
        assert await far.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
        assert (far.view().keeping, far.view().is_open) == (Keeping.PASSPHRASE, True)
        words = (await asyncio.to_thread(far.words)).reveal().split()
        positions = await asyncio.to_thread(far.questions)
        typed = tuple(Hidden(words[position - 1]) for position in positions)
        assert await far.answer(positions, typed) == ()
        assert far.view().words_verified
        with pytest.raises(WalletShut):
            await asyncio.to_thread(far.words)
        assert await visitor.process.unlock() is None
        assert await visitor.process.lock() is None
        await asyncio.to_thread(far.forget_started)  # a page that begins looks again
        assert not far.view().is_open
        assert await far.open(PASSPHRASE) is None
        assert far.view().lived_on
    with pytest.raises(NodeGone):
        await asyncio.to_thread(far.make_words)
    with pytest.raises(NodeGone):
        await asyncio.to_thread(FarCustody, visitor, tmp_path)
    far.close()
