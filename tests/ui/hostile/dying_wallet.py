"""The application in a real terminal, dying at x in one of many places with secrets in its hands.

The argument names the place.
"""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Final

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

import lnwallet_tui.ui.app
from lnwallet_tui.ui import crash
from lnwallet_tui.ui.app import LnWalletApp
from tests.ui.scripted_node import ScriptedNode

REPORTS: Final = crash.Reports()
SEED: Final = "zebra youth " * 6
KEY: Final = bytes(range(32)).hex()
CANARIES: Final = tuple(one[::-1] for one in ("iwik-4711-NIP", "olleh-2247-ssap", "dees_eht_si"))


def dies() -> None:
    """With short secrets in its variables and long ones also in what it says."""
    pin, word, the_seed = (one for one in CANARIES)
    held = {"pin": pin, word: the_seed}
    raise ValueError(f"cannot use {SEED} {KEY} {list(bytes.fromhex(KEY))} {len(held)}")


async def dies_soon() -> None:
    """As a coroutine."""
    secret = CANARIES[0]
    await asyncio.sleep(0)
    dies()
    del secret


async def _dies_in_a_group() -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(dies_soon())


class _Untidy:
    def __del__(self) -> None:
        dies()


class _Drawn(Static):
    def render(self) -> RenderResult:
        dies()
        return ""


class _Composed(Static):
    def on_mount(self) -> None:
        dies()


def _in_a_thread(app: DyingApp) -> None:
    thread = threading.Thread(target=dies)
    thread.start()
    thread.join()
    app.exit()


def _task(app: DyingApp) -> None:
    app.forgotten = asyncio.ensure_future(dies_soon())
    app.set_timer(0.05, app.forget)


def _callback(app: DyingApp) -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon(dies)
    loop.call_later(0.01, app.exit)


def _destructor(app: DyingApp) -> None:
    _Untidy()
    gc.collect()
    app.exit()


PLACES: Final[dict[str, Callable[[DyingApp], object]]] = {
    "a key": lambda _: dies(),
    "a message's callback": lambda app: app.call_later(dies),
    "after a refresh": lambda app: app.call_after_refresh(dies),
    "a timer": lambda app: app.set_timer(0.01, dies),
    "a worker": lambda app: app.run_worker(dies_soon()),
    "a worker in a thread": lambda app: app.run_worker(dies, thread=True),
    "a group in a worker": lambda app: app.run_worker(_dies_in_a_group()),
    "drawing": lambda app: app.screen.mount(_Drawn()),
    "mounting": lambda app: app.screen.mount(_Composed()),
    "a task that nobody asks for": _task,
    "a callback of the loop": _callback,
    "a thread": _in_a_thread,
    "a destructor": _destructor,
}


class DyingApp(LnWalletApp):
    """Dies at x."""

    CSS_PATH = str(Path(lnwallet_tui.ui.app.__file__).with_name("app.tcss"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "die", priority=True)]

    def __init__(self, place: str) -> None:
        super().__init__(ScriptedNode())
        self._place = place
        self.forgotten: asyncio.Future[None] | None = None

    def action_die(self) -> None:
        """In the place that was named."""
        PLACES[self._place](self)

    def forget(self) -> None:
        """Nobody asks any more how the task ended."""
        self.forgotten = None
        gc.collect()
        self.exit()


async def _after_the_screen() -> None:
    dies()


AFTER: Final[dict[str, Callable[[], object]]] = {
    "the program itself": dies,
    "its loop": lambda: asyncio.run(_after_the_screen()),
}


async def _show(place: str) -> int:
    crash.watch(asyncio.get_running_loop(), REPORTS)
    app = DyingApp(place)
    with REPORTS.while_drawn(app.hear):
        await app.run_async()
    return app.return_code or 0


def main(place: str) -> int:
    """Show it, as the launcher does."""
    crash.install(REPORTS)
    if place in AFTER:
        AFTER[place]()
    return asyncio.run(_show(place))


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
