"""Through a terminal: until the balance is painted, and from a key to what it paints; beside
applications that have nothing to do. And how long a rare word is looked for."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Final

from lnwallet_tui.api.filter import parse
from lnwallet_tui.store import activity
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.reader import reading
from tests.benchmarks.measuring import ROOT, Benchmark, Sides, batch
from tests.benchmarks.outside import OWNER
from tests.benchmarks.painted import Painted
from tests.benchmarks.shown import BESIDE, BUSY
from tests.benchmarks.wallets import RARE, furnish
from tests.cli.terminal import Terminal
from tests.pseudo_terminal import PseudoTerminal

_CHANNELS, _PAYMENTS, _MANY = 100, 10_000, 100_000
_KEYS, _WORD = 100, "quicksilver"
_SETTLED, _BETWEEN_KEYS = 5.0, 0.03  # seconds
_PATIENCE_NS: Final = 10_000_000_000
_BALANCE: Final = r"\d,\d{3},\d{3} sat"
_SEND, _CLEAR = "4", "\x15"
_BYTECODE: Final = "bytecode"

_HELLO: Final = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("Hello, world")
Hello().run()
"""
_A_FIELD: Final = """
from textual.app import App
from textual.widgets import Input
class Field(App):
    def compose(self):
        yield Input(placeholder="type")
Field().run()
"""


class _Screen(Terminal):
    """Any program in a terminal. Its modules are compiled at its first start, which is not
    measured, and kept in `bytecode`: what is installed was compiled then, whatever the environment
    of this run says of writing such files."""

    def __init__(self, bytecode: Path, *arguments: str) -> None:
        self._unseen, self._painted, self._fed = 0, Painted(), 0
        kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}
        PseudoTerminal.__init__(self, [sys.executable, *arguments], 80, 24, kept)

    def look_on(self, seconds: float) -> None:
        """See what is drawn meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self._read(left)

    def type(self, key: str, typed: str) -> int:
        """Nanoseconds until what is typed by now was drawn; what that is made of is looked at
        afterwards."""
        assert not self._shows(typed), f"{typed!r} is there already"
        began = time.perf_counter_ns()
        self.press(key)
        while True:
            self._read(1)
            took = time.perf_counter_ns() - began
            if self._shows(typed):
                return took
            assert took < _PATIENCE_NS, f"{typed!r} is not drawn"

    def clear(self, typed: str) -> None:
        """Take back what was typed, and see that it is gone."""
        self.press(_CLEAR)
        while self._shows(typed):
            assert self._read(_PATIENCE_NS / 1e9), f"{typed!r} stays"

    def _shows(self, word: str) -> bool:
        self._painted.feed(self.drawn[self._fed :])
        self._fed = len(self.drawn)
        return any(f" {word} " in row for row in self._painted.rows)


@contextmanager
def _wallet(payments: int) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="benchmark-", dir=ROOT) as folder:
        asyncio.run(furnish(Path(folder), _CHANNELS, payments))
        yield Path(folder)


@contextmanager
def _node(folder: Path, *work: str) -> Iterator[None]:
    """In a process of its own, as the wallet has it."""
    command = [sys.executable, "-m", "tests.benchmarks.busy_node", str(folder), *work]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == b"ready\n"
            yield
        finally:
            process.terminate()


# -- the first frame
@contextmanager
def _frame() -> Iterator[Sides]:
    with _wallet(_PAYMENTS) as folder:
        yield _opened(folder)


@contextmanager
def _frame_beside() -> Iterator[Sides]:
    with _wallet(_PAYMENTS) as folder, _node(folder):
        yield _opened(folder, BESIDE)


def _opened(folder: Path, *how: str) -> Sides:
    until = partial(_until, folder / _BYTECODE)
    ours = until(_BALANCE, "-m", "tests.benchmarks.shown", str(folder), *how)
    return Sides(ours, until("Hello", "-c", _HELLO), "an application that says hello")


def _until(bytecode: Path, pattern: str, *arguments: str) -> Callable[[], int]:
    def timed() -> int:
        began = time.perf_counter_ns()
        with _Screen(bytecode, *arguments) as screen:
            screen.wait_for(pattern, 60)
            return time.perf_counter_ns() - began

    return timed


# -- keys
@contextmanager
def _keys() -> Iterator[Sides]:
    with _wallet(_PAYMENTS) as folder:
        yield _typed(folder, BUSY)


@contextmanager
def _keys_beside() -> Iterator[Sides]:
    with _wallet(_PAYMENTS) as folder, _node(folder, BUSY):
        yield _typed(folder, BESIDE)


def _typed(folder: Path, how: str) -> Sides:
    def ours() -> int:
        with _Screen(
            folder / _BYTECODE, "-m", "tests.benchmarks.shown", str(folder), how
        ) as screen:
            screen.wait_for(_BALANCE, 60)
            screen.press(_SEND)
            return _slow_key(screen)

    def bare() -> int:
        with _Screen(folder / _BYTECODE, "-c", _A_FIELD) as screen:
            screen.wait_for("type")
            return _slow_key(screen)

    return Sides(ours, bare, "a field with nothing behind it")


def _slow_key(screen: _Screen) -> int:
    """The 99th of a hundred keys, ordered by how long each took to be seen."""
    took, typed = list[int](), ""
    screen.look_on(_SETTLED)
    for number in range(_KEYS):
        if typed == _WORD:
            screen.clear(typed)
            typed = ""
        time.sleep(_BETWEEN_KEYS)
        typed += _WORD[number % len(_WORD)]
        took.append(screen.type(typed[-1], typed))
    return sorted(took)[_KEYS * 99 // 100 - 1]


# -- looking for a word
@contextmanager
def _search() -> Iterator[Sides]:
    with _wallet(_MANY) as folder, ExitStack() as stack:
        store = stack.enter_context(Store(folder / OWNER))
        alone = sqlite3.connect(folder / OWNER / DATABASE_NAME)
        stack.callback(alone.close)

        def ours() -> None:
            with reading(store.path) as reader:
                [found] = activity.search(reader, parse(RARE, 0), 0, limit=50)
            assert RARE in found.description.raw()

        def scan() -> None:
            asked = "SELECT count(*) FROM activity WHERE instr(words, ?) > 0"
            assert alone.execute(asked, (RARE,)).fetchone() == (1,)

        yield Sides(batch(ours, 3), batch(scan, 3), "one scan of the same table by SQLite")


_WHY_MISSED: Final = {
    "start.frame": "The hello is hardly more than the loading of Textual. Counted in hellos, by "
    "CPU time, ours loads its own modules (1.4, most of them the node's; nearly half of it makes "
    "dataclasses), opens 100 channels and asks them how they are (0.5), and has Textual style and "
    "lay out the first screen (0.8). Less than two of them in all is possible only where a balance "
    "that was kept is drawn before the node is loaded.",
    "start.beside": "The hello is hardly more than the loading of Textual; the wallet's screen has "
    "modules of its own (0.8 hellos), and Textual styles, lays out and paints more than a word.",
    "key.paint": "What is typed is read only once it is whole. But the field has several lines and "
    "stands on a screen with others, so that Textual alone works half as long again for each key; "
    "beside it a hundred peers are dialled in vain, each of whom is told to the screen, and the "
    "thread that checks signatures takes the interpreter in between.",
    "key.beside": "The field has several lines and stands on a screen with others, so that Textual "
    "alone works half as long again for each key.",
    "search.history": "For a rare word all rows are read as they lie on disk, and the note of "
    "each is looked at beside its words. This happens beside the loop.",
}

BENCHMARKS: Final = (
    Benchmark(
        "start.frame",
        f"the balance is painted, with {_CHANNELS} channels and {_PAYMENTS:,} payments",
        1.25,
        _frame,
        why_missed=_WHY_MISSED["start.frame"],
    ),
    Benchmark(
        "start.beside",
        "the same, of a screen whose node runs in a process of its own, as the wallet's does",
        1.25,
        _frame_beside,
        why_missed=_WHY_MISSED["start.beside"],
    ),
    Benchmark(
        "key.paint",
        "a key is seen, the 99th of a hundred, while signatures are checked",
        1.5,
        _keys,
        why_missed=_WHY_MISSED["key.paint"],
    ),
    Benchmark(
        "key.beside",
        "the same, while the node does that in a process of its own",
        1.5,
        _keys_beside,
        why_missed=_WHY_MISSED["key.beside"],
    ),
    Benchmark(
        "search.history",
        f"a word that one of {_MANY:,} payments has is found",
        2.0,
        _search,
        why_missed=_WHY_MISSED["search.history"],
    ),
)
