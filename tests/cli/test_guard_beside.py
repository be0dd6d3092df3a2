"""The commands, where a guard watches: beside a node that waits for a passphrase, or alone."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui import cli
from lnwallet_tui.cli import guard_beside, making
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME
from lnwallet_tui.keys.seed_file import SEED_FILE
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import AwayDate
from lnwallet_tui.running.process import WalletProcess
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, FolderLock
from tests.cli.forms import assert_form, form_of
from tests.running.test_guard_process import (
    GUARDS,
    chain,
    cheap_seed,
    guarding,
    prepared,
    quick,
)
from tests.running.test_process import PASSPHRASE, make, running
from tests.running.test_process_alive import Chain

__all__ = ["chain", "cheap_seed", "quick"]
Captured = pytest.CaptureFixture[str]


async def said(capsys: Captured, *words: str | Path) -> str:
    """By the command line, carried out in this process."""
    await asyncio.to_thread(cli.main, [*map(str, words)])
    return capsys.readouterr().out


async def asked(capsys: Captured, *words: str | Path) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(await said(capsys, *words, "--json"))
    return answer


async def test_status_says_who_waits_and_who_watches(
    chain: Chain, tmp_path: Path, capsys: Captured
) -> None:
    await prepared(tmp_path, chain)
    status = ("status", "--datadir", tmp_path)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        alone = await asked(capsys, *status)
        assert_form(alone, form_of("status"), "status")
        assert alone["guard"] == alone["waiting_for"]
        assert alone["guard"].startswith("Only the guard runs: the wallet is closed.")
        assert f"read the chain to block {alone['height']:,}." in alone["guard"]
        assert alone["tip_time"] is not None
        assert (await said(capsys, *status)).count("It watches no channel") == 1
        process = WalletProcess(WalletFolder.at(tmp_path, None), Wanted(), chain.outdoors)
        ready = asyncio.Event()
        life = asyncio.create_task(process.run(ready.set))
        await ready.wait()
        both = await asked(capsys, *status)
        assert "is locked. Until it is open the guard watches its channels." in both["waiting_for"]
        assert both["guard"].startswith("The guard watches beside a node that waits")
        words = " ".join((await said(capsys, *status)).split())
        assert "It watches no channel, and has read the chain" in words
        assert words.endswith(both["waiting_for"])
        assert await asked(capsys, "stop", "--datadir", tmp_path) == {"stopped": True}
        await life
        assert not await guard.lets_go()


async def test_who_stops_twice_still_has_a_guard(
    chain: Chain, tmp_path: Path, capsys: Captured
) -> None:
    await prepared(tmp_path, chain)
    stop = ("stop", "--datadir", tmp_path)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(), chain.outdoors):  # it waits for a passphrase
            words = " ".join((await said(capsys, *stop)).split())
            assert words == (
                "The node has ended. A guard is there: it watches your channels from now on."
            )
        again = (await asked(capsys, *stop))["error"]
        assert again["code"] == "no_node"
        assert again["message"].endswith("only its guard, which watches on.")
        assert again["remedy"].endswith(f"lnwallet-tui stop --datadir {tmp_path} --guard")
        assert not await guard.lets_go()
        ended = " ".join((await said(capsys, *stop, "--guard")).split())
        assert ended.startswith(
            "The guard has ended. Unless another guard stood by, nothing watches your channels now"
        )
        assert await guard.told.get() == "it has ended"
    assert (await asked(capsys, *stop, "--guard"))["error"]["code"] == "no_guard"
    gone = await asked(capsys, "status", "--datadir", tmp_path)
    assert gone["error"]["code"] == "no_node"


async def test_the_guard_is_ended_by_its_name_only(
    chain: Chain, tmp_path: Path, capsys: Captured
) -> None:
    await prepared(tmp_path, chain)
    stop = ("stop", "--datadir", tmp_path)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(), chain.outdoors):
            words = " ".join((await said(capsys, *stop, "--guard")).split())
            assert "The node waits until the wallet is opened, and watches nothing before" in words
            assert await guard.told.get() == "it has ended"
            no_guard = (await asked(capsys, *stop, "--guard"))["error"]
            assert no_guard["code"] == "no_guard"
            assert no_guard["remedy"].startswith("Its node does")
            away_date.note_date(tmp_path, AwayDate(1, 0))
            words = " ".join((await said(capsys, *stop)).split())
            assert words == (
                "The node has ended. Nothing watches your channels now. Open the regtest wallet "
                "now, and leave it on until it has read the newest blocks. It had to be open "
                "before 1 Jan 00:00 UTC."
            )


async def test_of_a_node_that_lives_no_guard_is_told(
    chain: Chain, tmp_path: Path, capsys: Captured
) -> None:
    await prepared(tmp_path, chain)
    async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as visitor:
        assert await visitor.process.unlock() is None
        status = await asked(capsys, "status", "--datadir", tmp_path)
        assert (status["locked"], status["guard"]) == (False, None)


async def test_of_a_guard_that_stands_by_is_told(
    chain: Chain, tmp_path: Path, capsys: Captured
) -> None:
    await prepared(tmp_path, chain)
    status = ("status", "--datadir", tmp_path)
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as visitor:
            assert await visitor.process.unlock() is None
            assert await guard.told.get() == "stands by"
            stands_by = "A guard stands by: it watches as soon as the node has ended."
            assert (await asked(capsys, *status))["guard"] == stands_by
            assert stands_by in " ".join((await said(capsys, *status)).split())
            stop = await asked(capsys, "stop", "--guard", "--datadir", tmp_path)
            assert stop["error"]["code"] == "guard_stands_by"
    async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as visitor:
        assert (await asked(capsys, *status))["guard"] is None


async def test_a_guard_that_hangs_is_not_waited_for(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It takes connections, as a process that is suspended does, and says nothing."""
    assert guard_beside.PATIENCE_S <= 2
    monkeypatch.setattr(guard_beside, "PATIENCE_S", 0.05)
    came: list[asyncio.StreamWriter] = []
    server = await asyncio.start_unix_server(
        lambda _, writer: came.append(writer), str(tmp_path / GUARDS_SOCKET_NAME)
    )
    lock = FolderLock(tmp_path, GUARD_LOCK_NAME)
    gone = await asked(capsys, "status", "--datadir", tmp_path)
    assert gone["error"]["message"].endswith(
        "A guard is there and does not answer: it just begins, or it hangs."
    )
    answer: dict[str, object] = {"node_id": None}
    beside = await guard_beside.noted(tmp_path, answer, is_its=False, as_json=True)
    assert beside["guard"] == "A guard is there and does not answer: it just begins, or it hangs."
    assert len(came) == 2
    for writer in came:
        writer.close()
    lock.release()
    server.close()


async def test_words_are_kept_again_while_it_watches(
    chain: Chain, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "harden", lambda: None)  # this process goes on
    folder, passphrase = tmp_path / "wallet", tmp_path / "passphrase"
    passphrase.write_text(f"{PASSPHRASE.reveal()}\n")
    async with running(folder, Wanted(), chain.outdoors) as visitor:
        node_id = await make(visitor)
        words = (await visitor.custody.words()).reveal()
        assert await visitor.process.prepare_guard(GUARDS) is None
    (folder / SEED_FILE).write_bytes(b"what a disk made of it")
    place = ("--datadir", folder, "--passphrase-file", passphrase)
    async with guarding(folder, chain) as guard:
        assert await guard.told.get() == "watches 0"
        made = await asked(capsys, "create", *place)
        assert made["error"]["code"] == "file_exists"
        monkeypatch.setattr("sys.stdin", io.StringIO(f"{words}\n"))
        kept = await asked(capsys, "restore", *place)
        assert kept["node_id"] == node_id
        assert not await guard.lets_go()
        async with running(folder, Wanted(PASSPHRASE), chain.outdoors) as visitor:
            assert await visitor.process.unlock() is None
            assert (await visitor.node.status()).node_id == node_id
            assert await guard.told.get() == "stands by"
