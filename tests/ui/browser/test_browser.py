"""The playground in a real browser: opened, paid from, and closed without a trace."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver.common.keys import Keys

from lnwallet_tui.playground.people import RELAY, SHOP, called, cast
from tests.needed import expect_there
from tests.ui.browser import chromium
from tests.ui.browser.chromium import Page
from tests.ui.browser.processes import below, left_of
from tests.ui.browser.served import LOOPBACK
from tests.ui.browser.wallet import SEED

ROOT = Path(__file__).parents[3]
FEES = 10_000
PEOPLE = cast(SEED.to_bytes(8, "big"))


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because sockets lie in it."""
    expect_there(chromium.why_not())
    with tempfile.TemporaryDirectory(prefix="lnwallet-browser-") as one:
        yield Path(one)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address at which the wallet's screen is, until the end of the block."""
    inside, outside = os.pipe()
    with (folder / "served.log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.ui.browser.served", str(outside)],
            cwd=ROOT,
            env={**os.environ, "XDG_CONFIG_HOME": str(folder / "settings")},
            pass_fds=[outside],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    os.close(outside)
    try:
        with os.fdopen(inside) as told:
            port = told.readline().strip()  # empty when it has ended instead
        assert port, (folder / "served.log").read_text()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        server.terminate()
        server.wait(60)


def sat(page: Page, label: str) -> int:
    """The amount that stands behind this word."""
    found = re.search(rf" {label} +([\d,]+) sat", page.seen)
    assert found, page.text
    return int(found[1].replace(",", ""))


def test_a_wallet_is_opened_paid_from_and_closed(folder: Path) -> None:
    relay, shop = called(PEOPLE, RELAY)[0], called(PEOPLE, SHOP)[0]
    before = below(os.getpid())  # other tests have theirs
    with served(folder) as address, chromium.begin(folder) as page:
        page.open(address)
        page.shows("Can send now 0 sat", "You have no channel", "0/6 done")
        total = sat(page, "Total")
        assert total > 3_000_000
        assert sat(page, "On-chain") == total
        # a channel
        page.press(Keys.CONTROL + "p")
        page.shows("Search for commands")
        page.press(*relay)
        page.shows(f"Person {relay}")
        page.press(Keys.ENTER)
        page.shows("Who is there")
        page.press("o")
        page.shows("Open a channel", "f1 Help")
        page.press(*"900000")
        page.shows(" 900000 ")
        page.press(Keys.ENTER)
        page.shows("Open a channel: check")
        page.press(Keys.ARROW_RIGHT, Keys.ENTER)
        page.shows("waits for a block", "F5 One block")
        for says in ("1 of 3 confirmations", "2 of 3 confirmations", "Ready: you can pay"):
            page.press(Keys.F5)
            page.shows(says, "F5 One block")  # the key is not there while the world is busy
        # a payment
        page.press(Keys.F8)
        page.shows("Who is there")
        page.press("b")
        page.shows("sells nothing. Ask ", shop)
        page.press(
            Keys.END, Keys.ARROW_UP, Keys.ARROW_UP, "b"
        )  # the shop stands third from the end
        page.shows("Send · 2 of 3 · check")
        page.press(Keys.ARROW_RIGHT, Keys.ENTER)
        page.shows("✓ Paid 25,000 sat")
        page.press("1")
        page.shows("-25,000 sat", "watching 1 channel")
        page.comes("paid once", lambda: 0 < total - 25_000 - sat(page, "Total") < FEES)
        # the end
        running = below(os.getpid()) - before
        assert len(running) > 3  # the server, the wallet, the driver, the browser
        page.press("q")
        page.shows("[ Leave ]")
        page.press(Keys.ARROW_RIGHT, Keys.ENTER)
        page.ends()
        assert page.hosts() == {LOOPBACK}
    assert left_of(running) == set()
