"""The composition root: a world, the user's node in it, and the screen or the tour on top."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.complaints import cannot, discard_output, is_made
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.counter.server import Counter
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.loading import loading
from lnwallet_tui.node.logfile import kept
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.offload import Threads
from lnwallet_tui.playground.diary import DiaryUnreadable, is_begun, lives_on
from lnwallet_tui.playground.drill.drills import Drills
from lnwallet_tui.playground.in_memory import temporary_place
from lnwallet_tui.playground.parties import Facts
from lnwallet_tui.playground.throwing_away import throw_away
from lnwallet_tui.playground.tour import Tour
from lnwallet_tui.playground.world import World
from lnwallet_tui.store.errors import DiskFull, StoreError
from lnwallet_tui.store.lock import FolderLock
from lnwallet_tui.ui import crash

if TYPE_CHECKING:
    from lnwallet_tui.ui.plain_app import PlainApp

_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
_FREE_SPACE: Final = "Free some space on the disk, then start again."


def play(seed: int, folder: Path | None, settings: Path) -> int:
    """Open the wallet's screen on a world; returns the exit code."""
    reports = crash.Reports()
    crash.install(reports)
    if folder is not None and not is_made(folder):
        return 1
    with _files(folder) as files:
        try:
            return asyncio.run(_play(seed, files, settings, reports, forgotten=folder is None))
        except (StoreError, DiaryUnreadable) as error:
            return _ended(error)


def tour(seed: int, folder: Path | None, blocks: Path | None, *, as_json: bool) -> int:
    """Tell the story on standard output; 0 only if everything in it was as it should be."""
    if folder is not None and not is_made(folder):
        return 1
    with _files(folder) as files:
        told = Tour(seed, files)
        try:
            asyncio.run(_tell(told, as_json=as_json))
        except StoreError as error:
            return _ended(error)
        except OutputUnwritable as error:
            discard_output()
            return cannot(f"The output cannot be written: {error}.", "Write it somewhere else.")
    if blocks is not None:
        try:
            blocks.write_text("".join(f"{block}\n" for block in told.blocks))
        except OSError as error:
            return cannot(f"{blocks} cannot be written: {error.strerror}.", "Name another file.")
    return 0 if told.passed else 1


def _ended(error: StoreError | DiaryUnreadable) -> int:
    """What goes on by itself while the program runs does not once it has ended."""
    return cannot(error, _FREE_SPACE if isinstance(error, DiskFull) else error.remedy)


async def _play(
    seed: int, files: Path, settings: Path, reports: crash.Reports, *, forgotten: bool
) -> int:
    """One world after the other, each until the user leaves it or throws it away."""
    crash.watch(asyncio.get_running_loop(), reports)
    custodian = Custodian(files, Network.REGTEST, lives_on=lives_on(files))
    if _is_asked_for(custodian, files):
        left = await _pass_door(custodian, files, settings)
        if left is not None:
            return left
    try:
        with closing(Threads()) as threads:
            show = partial(
                _show,
                custodian=custodian,
                settings=settings,
                reports=reports,
                folder=None if forgotten else files,
            )
            while (code := await _visit(seed, files, threads, custodian, show)) is None:
                if custodian.has_file and not custodian.is_open:  # the next world lives on it
                    left = await _pass_door(custodian, files, settings)
                    if left is not None:
                        return left
                thrown = throw_away(files)
                seed = seed if thrown is None else thrown
                sys.stderr.write("The world is thrown away; another one begins…\n")
            return code
    finally:
        if forgotten:
            custodian.forget_key()


def _is_asked_for(custodian: Custodian, files: Path) -> bool:
    """Whether the seed is needed that the folder keeps, or should keep: a world goes on without it
    that was begun on the playground's keys."""
    return bool(custodian.lives_on) or (custodian.has_file and not is_begun(files))


async def _pass_door(custodian: Custodian, files: Path, settings: Path) -> int | None:
    """Open the seed; the exit code where it stays closed."""
    from lnwallet_tui.ui.first_run_door import DoorApp

    lock = FolderLock(files)  # nobody else makes or mends a wallet there meanwhile
    try:
        app = DoorApp(custodian, settings)
        _leave_in_order(app)
        await app.run_async()
    finally:
        lock.release()
        for number in _ENDINGS:  # until there is another screen they end the process
            asyncio.get_running_loop().remove_signal_handler(number)
    return None if custodian.view().is_open else app.return_code or 0


async def _visit(
    seed: int,
    files: Path,
    threads: Threads,
    custodian: Custodian,
    show: Callable[[World], Awaitable[int | None]],
) -> int | None:
    """The exit code; None where the user wants another world."""
    world = await World.begin(seed, files, threads, custodian.keys())
    custodian.lives_on = world.lives_on
    try:
        return await show(world)
    finally:
        await world.close()


async def _show(
    world: World,
    *,
    custodian: Custodian,
    settings: Path,
    reports: crash.Reports,
    folder: Path | None,
) -> int | None:
    """`folder` is None where the world is forgotten at the end."""
    with loading():
        from lnwallet_tui.ui.app import LnWalletApp  # the tour needs no screen

    await _fund_once(world)
    postman = asyncio.create_task(world.clock.keep_delivering(), name="postman")
    node = world.you.node
    app = LnWalletApp(
        node, world, settings, forgotten=folder is None, drill=Drills(node), custody=custodian
    )
    _leave_in_order(app)
    async with _counter(node, folder):
        with kept(node.logbook, node.log_folder), reports.while_drawn(app.hear):
            await app.run_async()
    postman.cancel()
    return None if app.wants_new_world else app.return_code or 0


@asynccontextmanager
async def _counter(node: Node, folder: Path | None) -> AsyncIterator[None]:
    """Let the command line ask the node, too, where its folder has a name that it can be told."""
    if folder is None:
        yield
        return
    try:
        counter = await Counter.opened(node, folder)
    except (OSError, NoPlace) as error:
        node.logbook.warning("counter", f"The command line cannot ask this node: {error}")
        yield
        return
    try:
        yield
    finally:
        await counter.close()


def _leave_in_order(app: PlainApp) -> None:
    """Whoever ends the process ends the screen first."""
    for number in _ENDINGS:
        leave = partial(app.exit, return_code=128 + number)
        asyncio.get_running_loop().add_signal_handler(number, leave)


async def _fund_once(world: World) -> None:
    """Coins for everybody: on the first visit, and where that ended before they had come."""
    you = world.you.node
    had_some = (await you.balance()).total_msat or await you.channels() or await you.payments()
    if world.is_new or not had_some:
        await world.fund()


async def _tell(told: Tour, *, as_json: bool) -> None:
    async for line in told.lines():
        text = _json(line) if as_json else _sentence(line)
        try:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputUnwritable(error.strerror) from error


class OutputUnwritable(Exception):
    """Standard output takes no more, and not because its reader has gone."""


def _json(line: Facts) -> str:
    return json.dumps(line, separators=(",", ":"))


def _sentence(line: Facts) -> str:
    mark = "ok" if line["ok"] else "FAILED"
    return f"{mark:<7}{line['step']:<19}{line['says']}"


@contextmanager
def _files(folder: Path | None) -> Iterator[Path]:
    """Where the world's wallets are: in the folder asked for, or somewhere until the end.

    In memory where that is possible: they are worth nothing, and a world syncs thousands of times.
    """
    if folder is not None:
        yield folder
        return
    with (
        _ended_in_order(),
        tempfile.TemporaryDirectory(prefix="lnwallet-play-", dir=temporary_place()) as temporary,
    ):
        yield Path(temporary)


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """Whoever ends the process, by closing its window for example, lets it clean up."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    heeded = [one for one in _ENDINGS if signal.getsignal(one) is not signal.SIG_IGN]  # nohup
    before = {number: signal.signal(number, leave) for number in heeded}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
