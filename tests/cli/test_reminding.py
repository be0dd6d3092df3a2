"""`guard --remind` on a real session bus, what has a system ask for it, and what `status` says."""

from __future__ import annotations

import json
import os
import plistlib
import shlex
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from msgspec.structs import replace

from lnwallet_tui import cli
from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.views import GuardView
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import reminding
from lnwallet_tui.counter.client import Visitor, visit
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME
from lnwallet_tui.running import away_date
from lnwallet_tui.running.away_date import AwayDate
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.lock import FolderLock
from tests.cli.forms import assert_form, form_of
from tests.cli.test_guard import complaints_of, printed
from tests.running.notices import session
from tests.running.test_guard_process import guarding, prepared, quick
from tests.running.test_process import PASSPHRASE, cheap, running
from tests.running.test_process_alive import Chain, chain
from tests.ui.views import GUARD

__all__ = ["chain", "cheap", "quick"]
Captured = pytest.CaptureFixture[str]
HOUR = 3_600
NOW = 1_796_335_500


@pytest.fixture
def wallet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Which nothing watches."""
    monkeypatch.setattr(reminding, "_now", lambda: NOW)
    WalletFolder.at(tmp_path, Network.SIGNET).note()
    return tmp_path


def remind(capsys: Captured, folder: Path) -> tuple[dict[str, Any], str]:
    """What it answers to a script and to people; first to the script."""
    words = ["guard", "--remind", "--datadir", str(folder)]
    cli.main([*words, "--json"])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    if "error" not in answer:
        assert_form(answer, form_of(*words), "remind")
    cli.main(words)
    said = capsys.readouterr()
    return answer, " ".join(f"{said.out}{said.err}".split())


def test_it_reminds_where_the_date_is_near_and_nobody_watches(
    wallet: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    until = NOW + 11 * HOUR
    away_date.note_date(wallet, AwayDate(until, NOW - HOUR))
    with session(monkeypatch) as desktop:
        answer, said = remind(capsys, wallet)
        assert answer["error"]["code"] == "no_desktop"
        assert answer["error"]["message"].startswith(
            "Open the signet wallet before 4 Dec 09:05 UTC"
        )
        assert "No desktop here shows notices" in said
        desktop.begin()
        lock = FolderLock(wallet)
        answer, said = remind(capsys, wallet)
        assert answer == {"may_be_away_until": until, "watched": True, "shown": False}
        assert said == "The wallet is watched, so nobody need be reminded now."
        lock.release()
        answer, said = remind(capsys, wallet)
        assert answer == {"may_be_away_until": until, "watched": False, "shown": True}
        assert desktop.shown().startswith("Open the signet wallet before")
        assert said == "The wallet may be closed until 2026-12-04 09:05 UTC."  # it was shown
        assert desktop.end() == []


def test_a_date_that_has_passed_is_not_said_to_be_to_come(
    wallet: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    away_date.note_date(wallet, AwayDate(NOW - HOUR, NOW - 99 * HOUR))
    with session(monkeypatch) as desktop:
        desktop.begin()
        _, said = remind(capsys, wallet)
        assert desktop.shown().startswith("Open the signet wallet now")
        assert said.startswith("Open the signet wallet now")  # it was shown before that
        assert desktop.end() == []


@pytest.mark.parametrize(
    ("date", "until", "says"),
    [
        (None, None, "No date is noted yet: the wallet's node does that while it runs."),
        (AwayDate(0, NOW), None, "No date limits how long the wallet may be closed."),
        (
            AwayDate(NOW + 49 * HOUR, NOW),
            NOW + 49 * HOUR,
            "The wallet may be closed until 2026-12-05 23:05 UTC.",
        ),
    ],
)
def test_where_there_is_nothing_to_show_it_says_why(
    date: AwayDate | None, until: int | None, says: str, wallet: Path, capsys: Captured
) -> None:
    if date is not None:
        away_date.note_date(wallet, date)
    answer, said = remind(capsys, wallet)
    assert answer == {"may_be_away_until": until, "watched": False, "shown": False}
    assert said == says


def test_where_there_is_no_wallet_it_says_so(tmp_path: Path, capsys: Captured) -> None:
    answer, _ = remind(capsys, tmp_path)
    assert answer["error"]["code"] == "which_network"


@pytest.mark.parametrize("folder", ["plain", 'odd "100%" $HOME', "two\nlines"])
def test_what_is_printed_asks_for_that_and_nothing_is_installed(
    folder: str, tmp_path: Path, capsys: Captured
) -> None:
    place = tmp_path / folder
    service, complaints = printed(capsys, "--print-reminder", "--datadir", place)
    assert complaints == ""
    rest = [line for line in service.splitlines() if not line.startswith("#")]
    assert rest[0] == ""
    assert all(line == "" or line.startswith("[") or "=" in line for line in rest)
    [command] = [line for line in rest if line.startswith("ExecStart=")]
    assert command.endswith(" --remind")
    if folder == "plain":
        [install, then] = [line for line in service.splitlines() if " > ~/.config/" in line]
        words = shlex.split(install.removeprefix("#"))
        assert words[:4] == ["lnwallet-tui", "guard", "--datadir", str(place)]
        assert words[4:6] == ["--print-reminder", "service"]
        assert "--print-reminder timer > " in then
    agent, says = printed(capsys, "--print-reminder", "launchd", "--datadir", place)
    told = plistlib.loads(agent.encode())
    assert told["ProgramArguments"][-3:] == ["--datadir", str(place), "--remind"]
    assert told["StartInterval"] == HOUR
    assert "no words, no key" in says
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_service_and_timer(tmp_path: Path, capsys: Captured) -> None:
    place = tmp_path / 'a "b" 5%'
    for kind in ("service", "timer"):
        unit = tmp_path / f"lnwallet-reminder.{kind}"
        unit.write_text(printed(capsys, "--print-reminder", kind, "--datadir", place)[0])
    assert complaints_of(unit) == ""
    unit.write_text(unit.read_text().replace("hourly", "sometimes"))
    assert "sometimes" in complaints_of(unit)


async def test_status_says_by_when_and_whether_a_notice_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "_now", lambda: NOW - HOUR)
    with session(monkeypatch) as desktop:
        async with running(tmp_path) as visitor:
            assert await reminding.noted(visitor, tmp_path, {}, as_json=True) == {"notices": False}
            assert await reminding.noted(visitor, tmp_path, {}, as_json=False) == {}
            away_date.note_date(tmp_path, AwayDate(NOW, NOW))
            said = await reminding.noted(visitor, tmp_path, {}, as_json=False)
            by = (
                "If nothing watched from now on, something would have to watch again by "
                "2026-12-03 22:05 UTC."
            )
            no = "This machine has no desktop that could show a reminder."
            assert said["explanation"] == f"{by} {no}"
        desktop.begin()
        async with running(tmp_path) as visitor:
            while not (await visitor.process.look()).shows_notices:
                pass  # its first look is under way
            said = await reminding.noted(visitor, tmp_path, {}, as_json=False)
            assert said["explanation"] == f"{by} A notice on the desktop would say so before."


class Watcher:
    """As a visitor sees it: no block has come since its date."""

    node = process = property(lambda self: self)

    async def look(self) -> ProcessView:
        return ProcessView(
            folder="", network="regtest", process_id=1, has_wallet=True, locked=False, begun=True,
            stays=None,
        )  # fmt: skip

    async def guard(self) -> GuardView:
        return replace(GUARD, may_be_away_until=NOW, away_because="By then it must be there.")


async def test_status_says_of_a_date_that_has_passed_what_to_do_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reminding, "_now", lambda: NOW)
    away_date.note_date(tmp_path, AwayDate(NOW, NOW - HOUR))
    async with running(tmp_path) as visitor:  # it waits for its words
        said = await reminding.noted(visitor, tmp_path, {}, as_json=False)
        assert said["explanation"] == (
            "Open the regtest wallet now, and leave it on until it has read the newest blocks. It "
            "had to be open before 3 Dec 22:05 UTC."
        )
    watcher = cast("Visitor", Watcher())
    said = await reminding.noted(watcher, tmp_path, {}, as_json=False)
    assert said["explanation"] == "Do not stop it now. By then it must be there."


async def test_status_says_no_date_that_has_just_gone(tmp_path: Path, chain: Chain) -> None:
    """What is written down beside the wallet is up to a minute old."""
    await prepared(tmp_path, chain)
    async with running(tmp_path, Wanted(PASSPHRASE), chain.outdoors) as visitor:
        assert await visitor.process.unlock() is None
        away_date.note_date(tmp_path, AwayDate(NOW, NOW))
        assert await reminding.noted(visitor, tmp_path, {}, as_json=False) == {}  # no channel is
    async with guarding(tmp_path, chain) as guard:
        assert await guard.told.get() == "watches 0"
        away_date.note_date(tmp_path, AwayDate(NOW, NOW))
        visitor = await visit(tmp_path, GUARDS_SOCKET_NAME)
        assert await reminding.noted(visitor, tmp_path, {}, as_json=False) == {}
        await visitor.leave()
