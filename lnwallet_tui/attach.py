"""`lnwallet-tui` alone: the wallet's screen, on a node in another process.

The node is attached to where it runs, else started. The screen can end, crash or be killed without
its noticing; and where the node ends while the screen is open, that says so and offers another.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from lnwallet_tui import starting
from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import pasted
from lnwallet_tui.cli.wallets import NO_PROXY
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, Visitor, visit
from lnwallet_tui.counter.far_custody import FarCustody
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.loading import loading
from lnwallet_tui.net.address import split_address
from lnwallet_tui.running.wallet_folder import (
    SUGGESTED,
    FolderError,
    WalletFolder,
    existing,
    meant,
)
from lnwallet_tui.starting import NotStarted
from lnwallet_tui.ui import crash

if TYPE_CHECKING:  # what draws is loaded where it is drawn: mostly only the wallet's screen is
    from lnwallet_tui.ui.elsewhere import NodeElsewhere
    from lnwallet_tui.ui.plain_app import PlainApp

_ENDINGS: Final = (signal.SIGTERM, signal.SIGHUP)
_LOST: Final = -1
"""Instead of an exit code: the node ended first."""
_PROXY: Final = "--proxy"

_WAS_RUNNING: Final = "The node of this wallet runs already: this screen only looks in."
_NOT_FOR_IT: Final = "The node runs already, as it was started, without {options}."
_END_IT: Final = "For that end it first: lnwallet-tui stop"
_GOES_ON: Final = "The node goes on without the screen. It ends with: lnwallet-tui stop"
_LIVES: Final = {
    True: "goes on without the screen",
    False: "ends with the screen",
    None: "asks when the screen is closed",
}
_WHICH: Final = (
    "Which network shall the wallet be for? It stays so: a wallet for another one gets a folder of "
    "its own."
)
_GONE: Final = (
    "The node's process has ended, by itself or by somebody's hand, so the screen has nothing to "
    "show. Your wallet is as it was on disk. Without a node nobody watches your channels, unless "
    "their guard runs (lnwallet-tui guard)."
)
_STAY: Final = (
    "The node is a process of its own. Where it goes on, it watches your channels, and you can be "
    "paid; where it ends, nobody does until the wallet is opened again, unless its guard runs "
    "(lnwallet-tui guard). This is asked once; lnwallet-tui --when-closed says it anew."
)

Placed = Callable[[str], str]
"""A sentence, with the folder or network in its commands for which the screen was opened."""


def run(
    datadir: Path | None,
    network: Network | None,
    settings: Path,
    *,
    options: Sequence[tuple[str, str]] = (),
    stays: bool | None = None,
) -> int:
    """Until the screen is closed; the exit code. `options` are for a node that is started."""
    reports = crash.Reports()
    crash.install(reports)
    placed = _placed_for(datadir, network)
    try:
        return asyncio.run(_run(datadir, network, settings, options, stays, reports))
    except (FolderError, NotStarted, NoPlace, OtherVersion) as error:
        sys.stderr.write(f"{error}\n{placed(error.remedy)}\n")
        return 1


async def _run(
    datadir: Path | None,
    network: Network | None,
    settings: Path,
    options: Sequence[tuple[str, str]],
    stays: bool | None,
    reports: crash.Reports,
) -> int:
    crash.watch(asyncio.get_running_loop(), reports)
    placed = _placed_for(datadir, network)
    if datadir is None and network is None and not existing():
        network = await _ask_network(settings)
        if network is None:
            return 0
    folder = meant(datadir, network)
    if datadir is not None and network is None and not _is_known(folder):
        network = await _ask_network(settings)
        if network is None:
            return 0
    wallet = WalletFolder.at(folder, network)
    screen = _Screen(wallet, settings, options, stays, reports, placed)
    while (code := await screen.show()) == _LOST:
        if not await _asks_for_another(settings, placed):
            return 1
    return code


def _placed_for(datadir: Path | None, network: Network | None) -> Placed:
    named = None if network is None else network.value
    return partial(pasted.for_wallet, datadir=datadir, network=named)


def _is_known(folder: Path) -> bool:
    try:
        WalletFolder.at(folder, None)
    except FolderError as error:
        if error.code == "which_network":
            return False
        raise
    return True


class _Screen:
    """One wallet's, on one node after the other."""

    def __init__(
        self,
        wallet: WalletFolder,
        settings: Path,
        options: Sequence[tuple[str, str]],
        stays: bool | None,
        reports: crash.Reports,
        placed: Placed,
    ) -> None:
        self._wallet, self._settings, self._options = wallet, settings, options
        self._stays, self._reports, self._placed = stays, reports, placed

    async def show(self) -> int:
        """The exit code; `_LOST` where the node ended first."""
        self._wallet.make()
        visitor, was_running = await self._attach()
        try:
            if self._stays is not None:
                await visitor.process.stay(self._stays)
            code = await self._on(visitor, was_running=was_running)
            if code != _LOST and not was_running:
                await self._part(visitor, asks=code == 0)
        except NodeGone:
            return _LOST
        finally:
            await visitor.leave()
        return code

    async def _attach(self) -> tuple[Visitor, bool]:
        """A visitor at the node, and whether it was running before."""
        try:
            return await visit(self._wallet.path), True
        except NobodyThere:
            pass
        await asyncio.to_thread(
            starting.start_node,
            self._wallet.path,
            self._wallet.network,
            [word for option in self._options for word in option],
        )
        return await visit(self._wallet.path), False

    async def _on(self, visitor: Visitor, *, was_running: bool) -> int:
        custody = FarCustody(visitor, self._wallet.path)
        try:
            if not (await visitor.process.look()).begun:
                code, was_left = await self._open(visitor, custody)
                if code != 0 or was_left or not custody.view().is_open:
                    return code
                await visitor.process.unlock()  # it is: this waits until its node has begun
                custody.look_again()
            return await self._wallets_screen(visitor, custody, was_running=was_running)
        finally:
            custody.close()

    async def _open(self, visitor: Visitor, custody: FarCustody) -> tuple[int, bool]:
        """The exit code, and whether that is all that the user wants."""
        view = await visitor.process.look()
        app: NodeElsewhere
        if view.has_wallet:
            from lnwallet_tui.ui.first_run_door import DoorApp

            app = DoorApp(custody, self._settings, partial(begun_by_others, visitor))
        else:
            from lnwallet_tui.ui.first_run_begin import BeginApp

            app = BeginApp(visitor.node, custody, visitor.process, view.network, self._settings)
        code = await self._ran(app)
        if code == 0:
            custody.look_again()  # others may have opened it, by the command line
        return code, app.was_left

    async def _wallets_screen(
        self, visitor: Visitor, custody: FarCustody, *, was_running: bool
    ) -> int:
        with loading():
            from lnwallet_tui.ui.app import LnWalletApp
        app = LnWalletApp(visitor.node, None, self._settings, custody=custody)
        view = await visitor.process.look()
        if was_running:
            app.greeting = greeting(self._options, view.started_with, self._placed)
        stays = True if was_running else view.stays
        app.session.node_lives = _LIVES[stays]
        app.session.process = visitor.process
        app.session.placed = self._placed
        with self._reports.while_drawn(app.hear):
            return await self._ran(app)

    async def _ran(self, app: NodeElsewhere) -> int:
        app.node_is_elsewhere = True
        await _run_app(app)
        return _LOST if app.lost_node else app.return_code or 0

    async def _part(self, visitor: Visitor, *, asks: bool) -> None:
        """What becomes of a node that was started for this screen. `asks`: somebody is there."""
        view = await visitor.process.look()
        stays = view.stays if view.begun else False  # a node that never began watches nothing
        if stays is None and asks:
            stays = await _ask_to_stay(self._settings, self._placed)
            await visitor.process.stay(stays)
        if stays is False:
            await visitor.process.stop()
            await visitor.gone()
            return
        sys.stderr.write(f"{self._placed(_GOES_ON)}\n")


def greeting(
    asked: Sequence[tuple[str, str]], running: Sequence[tuple[str, str]], placed: Placed
) -> Notice:
    """Of a node that was there; urgent where it was started without an option that is `asked`."""
    there = {_of_machine(one) for one in running}
    if not any(name == _PROXY for name, _ in running):
        there.add((_PROXY, NO_PROXY))
    lacking = [" ".join(one) for one in asked if _of_machine(one) not in there]
    if not lacking:
        return Notice(_WAS_RUNNING)
    return Notice(_NOT_FOR_IT.format(options=", ".join(lacking)), placed(_END_IT), urgent=True)


def _of_machine(option: tuple[str, str]) -> tuple[str, tuple[str, int] | str]:
    """However its address was written."""
    name, address = option
    return name, NO_PROXY if address == NO_PROXY else split_address(address)


async def begun_by_others(visitor: Visitor) -> bool:
    """Wait until the node has begun, whoever opened its wallet; whether it has."""
    feed = visitor.node.feed()  # before looking, so that nothing is missed
    if (await visitor.process.look()).begun:
        return True
    async for _ in feed:  # it tells something as soon as it has begun
        return True
    return False


async def _run_app(app: PlainApp) -> None:
    """Whoever ends this process ends the screen first."""
    loop = asyncio.get_running_loop()
    for number in _ENDINGS:
        loop.add_signal_handler(number, partial(app.exit, return_code=128 + number))
    try:
        await app.run_async()
    finally:
        for number in _ENDINGS:
            loop.remove_signal_handler(number)


async def _ask_network(settings: Path) -> Network | None:
    from lnwallet_tui.ui.first_run_begin import OF_NETWORK

    order = (SUGGESTED, *(one for one in Network if one is not SUGGESTED))
    ways = {
        one.value: (
            f"{one.value} (to begin with)" if one is SUGGESTED else one.value,
            f"{OF_NETWORK[one.value][0].upper()}{OF_NETWORK[one.value][1:]}",
        )
        for one in order
    }
    chosen = await _asked("A new wallet", _WHICH, ways, settings)
    return Network(chosen) if chosen else None


async def _asks_for_another(settings: Path, placed: Placed) -> bool:
    ways = {
        "again": ("Start it again", "The screen comes back with it."),
        "leave": ("Leave", "Until it is started again nobody watches, unless the guard does."),
    }
    return await _asked("The node has ended", placed(_GONE), ways, settings) == "again"


async def _ask_to_stay(settings: Path, placed: Placed) -> bool:
    """Who leaves without an answer has it go on, which can be taken back at any time."""
    ways = {
        "stays": ("It goes on", placed("It ends with: lnwallet-tui stop")),
        "ends": ("It ends with the screen", "Open the wallet again in time to watch."),
    }
    title = "Shall the node go on without the screen?"
    return await _asked(title, placed(_STAY), ways, settings) != "ends"


async def _asked(title: str, text: str, ways: dict[str, tuple[str, str]], settings: Path) -> str:
    """The way that was chosen; empty where somebody left without an answer."""
    from lnwallet_tui.ui.question import QuestionApp

    app = QuestionApp(title, text, ways, settings)
    await _run_app(app)
    return app.chosen
