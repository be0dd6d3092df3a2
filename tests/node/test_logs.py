"""The log of a played day: useful lines, and not one secret in them, in memory or on disk."""

from __future__ import annotations

import logging
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.logs import LogLevel, written
from lnwallet_tui.node.logbook import KEPT, MOST_A_MINUTE, Logbook
from lnwallet_tui.node.logfile import NAME, LogFile, _FromOthers, kept
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import OutgoingPayment
from lnwallet_tui.store import activity
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def secrets_of(node: Node) -> set[str]:
    """All that nobody may read in a log, as hex or text."""
    found = set()
    for payment in (one.payment for one in activity.newest(node._store, 1_000, 0)):
        found |= {(payment.preimage or b"").hex(), payment.payment_secret.hex(), payment.invoice}
        if isinstance(payment, OutgoingPayment):
            found.add(payment.payment_hash.hex())
    return found - {""}


async def test_a_day_is_told_without_its_secrets(town: Town, tmp_path: Path) -> None:
    ada = town.nodes["ada"]
    file = LogFile(ada.logbook, tmp_path / "logs")
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    await town.pay("ben", "ada", 30_000_000)
    for secret in secrets_of(ada):
        ada.logbook.info("test", f"what if {secret} slipped through")
    await town.do(ada.force_close(channel_id))
    await town.mine(3)
    file.close()
    lines = await ada.log_lines()
    told = "\n".join(map(written, lines))
    disk = (tmp_path / "logs" / NAME).read_text()
    assert disk == f"{told}\n"
    assert len(secrets_of(ada)) >= 6
    for secret in secrets_of(ada):
        assert secret.lower() not in told.lower()
        assert secret.lower() not in disk.lower()
    peer = town.nodes["ben"].node_id.hex()[:8]
    for words in (
        "info node: started on regtest at block",
        f"info peers: peer {peer} connected, we dialled",
        "our opening -> funding",
        "funding -> ready",
        "ready -> closing",
        "info chain: block",
        ": in flight",
        ": paid",
        "info guard: Our own close of the channel",
    ):
        assert words in told, told
    [paid] = [one for one in await ada.payments() if one.outgoing]
    assert f"payments: out {paid.payment_hash[:8]}: paid" in told


async def test_why_a_connection_ended_and_what_a_peer_says(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    ada, peer = town.nodes["ada"], town.nodes["ben"].node_id
    ada._board.peers.complained(peer, b"\x1b[31m you \xff owe me \n 5 sat")
    ada._board.peers.disconnect(peer, "A test ends it.")
    await town.mine()
    lines = await ada.log_lines()
    texts = [line.text for line in lines if line.area == "peers"]
    assert f"peer {peer.hex()[:8]} disconnected: A test ends it." in texts
    [complaint] = [line for line in lines if "complains" in line.text]
    assert complaint.level is LogLevel.WARNING
    assert complaint.text.isascii()
    assert complaint.text.endswith(r"complains: \x1b[31m you \ufffd owe me \n 5 sat")


async def test_a_bug_is_told_with_where_and_without_what(town: Town) -> None:
    ada, secret = town.nodes["ada"], "ab" * 32

    def breaks() -> None:
        raise ValueError(f"cannot use {secret}")

    try:
        breaks()
    except ValueError as error:
        Shell.crashed(ada._shell, error)  # the town would call its own
    told = "\n".join(line.text for line in await ada.log_lines() if line.level is LogLevel.ERROR)
    assert "unexpected ValueError" in told
    assert "in breaks" in told
    assert secret not in told


def test_lines_are_counted_bounded_and_asked_for_by_number() -> None:
    book = Logbook(lambda: book_time[0])
    book_time = [0]
    for number in range(KEPT + 10):
        book_time[0] = number
        book.info("a", f"line {number}")
    lines = book.lines()
    assert len(lines) == KEPT
    assert lines[-1].number == KEPT + 10
    assert [one.number for one in book.lines(KEPT + 7)] == [KEPT + 8, KEPT + 9, KEPT + 10]
    assert [one.number for one in book.lines(0, 2)] == [KEPT + 9, KEPT + 10]
    assert book.lines(KEPT + 10) == book.lines(0, 0) == ()


def test_one_area_cannot_push_the_others_out() -> None:
    time = [60]
    book = Logbook(lambda: time[0])
    book.info("guard", "caught")
    for _ in range(10 * KEPT):
        book.warning("peers", "complains")
    book.error("peers", "errors are always kept")
    assert book.lines()[0].text == "caught"
    assert len(book.lines()) <= MOST_A_MINUTE + 2
    time[0] = 120
    book.info("peers", "later")
    left_out = 10 * KEPT - MOST_A_MINUTE
    assert [one.text for one in book.lines()][-2:] == [
        f"{left_out:,} more lines came within a minute",
        "later",
    ]


def test_the_file_is_its_owners_and_does_not_grow_without_end(tmp_path: Path) -> None:
    time = [0]
    book = Logbook(lambda: time[0])
    book.info("a", "before there was a file")
    file = LogFile(book, tmp_path / "logs")
    for number in range(60_000):
        time[0] = number
        book.info("a", "a long line " * 10)
    file.close()
    book.info("a", "after")
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names == [NAME, f"{NAME}.1", f"{NAME}.2", f"{NAME}.3"]
    for name in names:
        path = tmp_path / "logs" / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.stat().st_size <= 1_000_000
    assert "after" not in (tmp_path / "logs" / NAME).read_text()


def test_a_disk_that_takes_no_log_stops_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("no folder")
    book = Logbook(lambda: 0)
    file = LogFile(book, tmp_path / "logs")
    book.info("a", "goes on")
    file.close()
    assert len(book.lines()) == 1
    assert capfd.readouterr() == ("", "")


def test_what_libraries_say_is_in_the_log_and_not_on_the_terminal(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    book, secret = Logbook(lambda: 0), "ab" * 32
    others = logging.getLogger("asyncio.something")
    with kept(book, tmp_path):
        others.info("too much")
        others.warning("Executing %s took long", secret)
        broken = logging.LogRecord("x", logging.ERROR, "", 0, "%s and nothing else", (1, 2), None)
        _FromOthers(book).handle(broken)
        try:
            raise ValueError(secret)
        except ValueError:
            others.exception("gone")
        logging.getLogger("py.warnings").warning("old")
    assert capfd.readouterr() == ("", "")
    told = [(one.level.value, one.area, one.text) for one in book.lines()]
    assert told[:3] == [
        ("warning", "asyncio", "Executing (...) took long"),
        ("error", "asyncio", "gone"),
        ("error", "asyncio", "ValueError: (...)"),
    ]
    assert any(area == "py" and "old" in text for _, area, text in told)
    assert secret not in (tmp_path / NAME).read_text()
    assert not any(isinstance(one, _FromOthers) for one in logging.getLogger().handlers)
