"""The application in a real terminal, dying at x in one of many places with secrets in its hands.

The argument names the place.
"""

from __future__ import annotations

import asyncio
import atexit
import gc
import os
import signal
import sys
import threading
import weakref
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import ClassVar, Final

from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.strip import Strip
from textual.widgets import Static

import lnwallet_tui.ui.app
from lnwallet_tui.ui import crash
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.pages import MODES, PAGES, screen_of
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld

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


def _with_a_note(_: DyingApp) -> None:
    try:
        dies()
    except ValueError as error:
        error.add_note(f"the seed is {SEED}")
        raise


def _on_the_way_out_of_another(_: DyingApp) -> None:
    try:
        raise KeyError(SEED, KEY)
    finally:
        dies()


class _Weak:
    """Nothing but a thing to be thrown away."""


def _weak(app: DyingApp) -> None:
    thing = _Weak()
    _kept = weakref.ref(thing, lambda _: dies())
    del thing
    app.exit()


def _generator(app: DyingApp) -> None:
    async def numbers() -> AsyncIterator[int]:
        try:
            yield 1
        finally:
            dies()

    async def first() -> None:
        async for _ in numbers():
            break

    app.run_worker(first())
    app.set_timer(0.1, app.forget)


def _done(app: DyingApp) -> None:
    task = asyncio.ensure_future(asyncio.sleep(0))
    task.add_done_callback(lambda _: dies())
    app.set_timer(0.05, app.forget)


def _signal(_: DyingApp) -> None:
    signal.signal(signal.SIGUSR1, lambda *_: dies())
    os.kill(os.getpid(), signal.SIGUSR1)


def _at_exit(app: DyingApp) -> None:
    atexit.register(dies)
    app.exit()


def _line(_: object, y: int) -> Strip:
    dies()
    return Strip([])


def _long(app: DyingApp) -> None:
    widget = Static()
    widget.render_line = partial(_line, widget)  # type: ignore[method-assign]  # one widget alone dies
    app.screen.mount(widget)


def _watched(app: DyingApp) -> None:
    app.screen.watch(app, "title", lambda: dies(), init=False)
    app.title = "another"


def _page(name: str) -> Callable[[DyingApp], object]:
    """Whatever is drawn of that page first; for one that is there, next."""

    async def die(app: DyingApp) -> None:
        screen_of(name).draw = lambda *_: dies()  # type: ignore[method-assign]  # of this page alone
        if name in MODES and app.current_mode != name:
            await app.action_mode(name)
        elif name in MODES:
            app._draw()
        else:
            app.action_page(name)

    return die


def _node(verb: str, action: str) -> Callable[[DyingApp], object]:
    """What the node was asked for."""

    async def ask(app: DyingApp) -> None:
        async def answer(*_: object, **__: object) -> None:
            await dies_soon()

        setattr(app.session.node, verb, answer)
        await app.run_action(action)

    return ask


ASKED: Final = {
    "status": "retake",
    "balance": "retake",
    "channels": "retake",
    "payments": "retake",
    "guard": "retake",
    "inbox_glance": "retake",
    "holdings": "page('satoshis')",
    "onchain": "page('onchain')",
    "coins": "page('onchain')",
    "known_peers": "page('peers')",
    "chain": "page('chain')",
    "fees": "page('chain')",
    "inbox": "page('inbox')",
    "log_lines": "page('logs')",
    "about": "page('settings')",
    "backup": "page('settings')",
    "count_activity": "mode('activity')",
    "watched": "mode('guard')",
}
"""What of the node, and where it is asked for."""
WITH_A_CUSTODIAN: Final = {"first_run"}
"""The page that is not there where nobody keeps a seed."""

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
    "the end of a weak reference": _weak,
    "the end of a generator": _generator,
    "a callback of a task": _done,
    "a signal": _signal,
    "the end of the program": _at_exit,
    "a line of a widget": _long,
    "a value that is watched": _watched,
    "an error with a note": _with_a_note,
    "an error after another": _on_the_way_out_of_another,
    **{f"the page {name}": _page(name) for name in MODES | PAGES if name not in WITH_A_CUSTODIAN},
    **{f"the node's {verb}": _node(verb, action) for verb, action in ASKED.items()},
}


class DyingApp(LnWalletApp):
    """Dies at x."""

    CSS_PATH = str(Path(lnwallet_tui.ui.app.__file__).with_name("app.tcss"))
    BINDINGS: ClassVar[list[BindingType]] = [Binding("x", "die", priority=True)]

    def __init__(self, place: str) -> None:
        super().__init__(ScriptedNode(), ScriptedWorld())
        self._place = place
        self.forgotten: asyncio.Future[None] | None = None

    async def action_die(self) -> None:
        """In the place that was named."""
        dying = PLACES[self._place](self)
        if asyncio.iscoroutine(dying):
            await dying

    def action_retake(self) -> None:
        """Ask for everything anew."""
        self.take_picture()

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
