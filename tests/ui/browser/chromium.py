"""Debian's Chromium, without a window: keys go in, and what xterm.js shows comes out."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

PATIENCE: Final = 120
"""Seconds after which a page that does not show something is called stuck."""
_BROWSER, _DRIVER = "chromium", "chromedriver"
_SCREEN: Final = """
const screen = window.served?.terminal.buffer.active;
if (!screen) return "";
return [...Array(screen.length).keys()].map(row => screen.getLine(row).translateToString(true))
  .join("\\n");
"""
_OF_THE_NET: Final = {"http", "https", "ws", "wss"}
"""Other addresses are of the page itself, or of the browser's own pages."""


def why_not() -> str:
    """What is missing; empty where nothing is."""
    if shutil.which(_BROWSER) and shutil.which(_DRIVER):
        return ""
    return "a browser is missing (Debian: apt-get install chromium chromium-driver)"


class Page:
    """One page, with somebody at the keys."""

    def __init__(self, driver: webdriver.Chrome) -> None:
        self._driver = driver

    @property
    def text(self) -> str:
        """What the terminal in the page shows, line by line."""
        return str(self._driver.execute_script(_SCREEN))

    @property
    def seen(self) -> str:
        """The same without frames and ends of lines."""
        return " ".join(self.text.replace("│", " ").split())

    def open(self, address: str) -> None:
        """Go there."""
        self._driver.get(address)

    def press(self, *keys: str) -> None:
        """Keys and letters, into the terminal."""
        inside = self._driver.find_element(By.CLASS_NAME, "xterm-helper-textarea")
        for key in keys:
            inside.send_keys(key)

    def shows(self, *words: str) -> None:
        """All of that, sooner or later."""
        for part in words:
            self.comes(part, partial(self._has, part))

    def comes(self, what: str, there: Callable[[], bool]) -> None:
        """That is so, sooner or later."""
        try:
            WebDriverWait(self._driver, PATIENCE, 0.05).until(lambda _: there())
        except TimeoutException:
            raise AssertionError(f"{what!r} is not on the page:\n{self.text}") from None

    def ends(self) -> None:
        """The program does, sooner or later; textual.js says so with a class."""
        closed = "return document.body.classList.contains('-closed')"
        self.comes("the end", lambda: bool(self._driver.execute_script(closed)))

    def _has(self, part: str) -> bool:
        return part in self.seen

    def hosts(self) -> set[str | None]:
        """Everybody whom this browser asked for something since it began."""
        log = self._driver.get_log("performance")  # type: ignore[no-untyped-call]  # selenium's
        told = [json.loads(one["message"])["message"] for one in log]
        asked = [
            one["params"].get("request", one["params"])["url"]
            for one in told
            if one["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated")
        ]
        places = [urlsplit(address) for address in asked]
        return {one.hostname for one in places if one.scheme in _OF_THE_NET}


@contextmanager
def begin(folder: Path) -> Iterator[Page]:
    """A browser of somebody who has none yet, until the end of the block."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which(_BROWSER) or ""
    for word in ("--headless=new", "--disable-gpu", "--window-size=1280,800", "--no-first-run"):
        options.add_argument(word)
    # Whatever a browser does besides: other names than the page's lead nowhere.
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.add_argument(f"--user-data-dir={folder / 'browser'}")
    if os.getuid() == 0:  # root has no sandbox there
        options.add_argument("--no-sandbox")
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    service = webdriver.ChromeService(shutil.which(_DRIVER), log_output=str(folder / "driver.log"))
    driver = webdriver.Chrome(options, service)
    try:
        yield Page(driver)
    finally:
        driver.quit()
