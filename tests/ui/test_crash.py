"""What is left when the screen dies: where it happened, never with what."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

import pytest
from textual.worker import WorkerFailed

from lnwallet_tui.api import redaction
from lnwallet_tui.ui import crash
from lnwallet_tui.ui.screens.home import HomeScreen
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage

SEED = "abandon ability able about above absent absorb abstract absurd abuse access accident"
KEY = "ab" * 32


def fails(secret: str) -> None:
    """Dies with a secret in a local and in the message."""
    raise ValueError(f"cannot use {secret}")


def caught(secret: str) -> ValueError:
    try:
        fails(secret)
    except ValueError as error:
        return error
    raise AssertionError("it raises")


@pytest.mark.parametrize("secret", [SEED, KEY, "lnbcrt250u1p" + "qpzry9x8" * 20, "A" * 44 + "="])
def test_no_secret_is_in_the_report(secret: str) -> None:
    for report in (redaction.describe(caught(secret)), crash.farewell(caught(secret))):
        assert secret not in report
        assert not set(secret.split()) & set(report.split()) - {"about", "above"}
        assert "ValueError: " in report
        assert "in fails" in report


def test_a_message_cannot_drive_the_terminal() -> None:
    report = redaction.describe(caught("\x1b]52;c;QQ==\x07\u202e[/foo]"))
    assert report.isascii()
    assert "\x1b" not in report
    assert "\x07" not in report


def test_the_cause_is_told_and_a_circle_ends() -> None:
    inner, outer = caught("one"), caught("two")
    outer.__cause__ = inner
    inner.__context__ = outer
    report = redaction.describe(outer)
    assert report.count("ValueError") == 2
    assert "caused by ValueError: cannot use one" in report


def test_paths_do_not_tell_where_the_user_lives() -> None:
    try:
        redaction._shown_path(None)  # type: ignore[arg-type]  # dies inside our package
    except AttributeError as error:
        report = redaction.describe(error)
    assert "lnwallet_tui/api/redaction.py:" in report
    assert " /" not in report


def test_errors_of_any_thread_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    written: list[str] = []
    crash.install(crash.Reports(written.append))
    dying = threading.Thread(target=fails, args=(KEY,))
    dying.start()
    dying.join()
    trace: TracebackType | None = None
    sys.excepthook(ValueError, caught(KEY), trace)
    sys.excepthook(KeyboardInterrupt, KeyboardInterrupt(), trace)
    assert written.pop() == "interrupted\n"
    assert len(written) == 2
    for report in written:
        assert "nothing was sent anywhere" in report
        assert KEY not in report


async def test_a_screen_that_dies_says_farewell_and_ends(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(HomeScreen, "action_open_channel", lambda _: fails(KEY))
    staged = on_stage(ScriptedNode())
    stage = await staged.__aenter__()
    await stage.press("o")
    with pytest.raises(ValueError, match="cannot use"):
        await staged.__aexit__(None, None, None)
    assert stage.app.return_code == 1
    assert "because of a bug of ours" in stage.app.farewell
    assert "Your channels are as they" in stage.app.farewell
    printed = capfd.readouterr()
    for text in (stage.app.farewell, printed.out, printed.err):
        assert KEY not in text
    assert printed.err.count("because of a bug of ours") == 1


NUMBERED = "\n".join(f"{number}. {word}" for number, word in enumerate(SEED.split(), 1))


@pytest.mark.parametrize(
    "message",
    [
        NUMBERED,
        NUMBERED.upper(),
        "x " * 125 + SEED,  # a cut must not leave a few of them
        f"{list(bytes.fromhex(KEY))}",
        " ".join(f"{byte:#04x}" for byte in bytes.fromhex(KEY)),
        ":".join(["ab"] * 32),
        "A-_" * 15,
    ],
)
def test_no_secret_is_in_a_message_however_it_is_written(message: str) -> None:
    shown = redaction.clean(message).lower()
    assert not set(SEED.split()) & set(shown.replace(".", " ").split()) - {"about", "above"}
    for part in ("abandon", "171, 171", "0xab", "ab:ab", "a-_a-_"):
        assert part not in shown


def test_an_ordinary_message_stays_readable() -> None:
    for message in ("cannot read block 12 at height 1,024", "list index out of range"):
        assert redaction.clean(message) == message


class Mute(Exception):
    def __str__(self) -> str:
        raise TypeError(KEY)


def test_an_error_that_cannot_say_what_it_is() -> None:
    assert redaction.describe(Mute()).endswith("Mute: (no message)")


def test_what_a_group_and_a_worker_died_of() -> None:
    report = redaction.describe(WorkerFailed(ExceptionGroup("two", [caught("one"), caught("two")])))
    assert report.count("ValueError: cannot use") == 2
    assert report.count("in fails") == 2


def test_nothing_is_written_over_a_screen_but_after_it() -> None:
    written: list[str] = []
    heard: list[str] = []
    reports = crash.Reports(written.append)
    reports.tell("before")
    with reports.while_drawn(heard.append):
        reports.tell("short", "and whole")
        assert (written, heard) == (["before\n"], ["short"])
    reports.tell("after")
    assert written == ["before\n", "and whole\n", "after\n"]
    assert heard == ["short"]


async def test_what_goes_wrong_beside_the_screen_is_told_to_the_node() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        dying = threading.Thread(target=stage.app.hear, args=("ValueError: (...)",))
        dying.start()
        dying.join()
        await stage.rest()
        assert node.told("report") == ["ValueError: (...)"]
