"""One process is the node of a folder, and one holds its wallet: the same once it lives, and until
then perhaps a guard, which watches while the node waits for a passphrase. A node that is about to
live takes the wallet from it; nobody else has it let go."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, visit
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME, NoPlace
from lnwallet_tui.running.outdoors import MachineClock
from lnwallet_tui.store.errors import WalletInUse
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, NODE_LOCK_NAME, FolderLock, is_held

_UNANSWERED_MS: Final = 3_000
"""So long a guard that has just taken the wallet is given to open its counter."""
_ANSWERED_MS: Final = 30_000
"""So long one that was asked is given to let go: it hangs up and closes its files first."""
_BETWEEN_LOOKS_MS: Final = 100
_LOOKS_AT_A_NODE: Final = 3
"""Who looks whether there is one holds its lock for a moment."""


async def node_place_taken(folder: Path) -> FolderLock:
    """The lock of the one that is asked as the node there. Raises `StoreError` (`WalletInUse`):
    also where somebody who is no guard holds the wallet, such as a program of before. A guard that
    hangs is one, too: a node that waits can say what for."""
    place = await _place(folder)
    try:
        await _expect_nobody_but_a_guard(folder)
    except BaseException:
        place.release()
        raise
    return place


async def met(folder: Path, name: str, *, takes: bool = False) -> bool:
    """Whether somebody is there, of whatever version; `takes`: and has heard that the wallet is
    wanted."""
    try:
        visitor = await visit(folder, name, takes=takes)
    except OtherVersion:
        return True  # so much it understands
    except (NobodyThere, NoPlace):
        return False
    await visitor.leave()
    return True


async def folder_taken(folder: Path) -> FolderLock:
    """The wallet's lock, which a guard that holds it is asked for. Raises `StoreError`
    (`WalletInUse`)."""
    clock = MachineClock()
    until, has_answered = clock.now_ms() + _UNANSWERED_MS, False
    while clock.now_ms() < until:
        with suppress(WalletInUse):
            return FolderLock(folder)
        if await met(folder, GUARDS_SOCKET_NAME, takes=True) and not has_answered:
            until, has_answered = clock.now_ms() + _ANSWERED_MS, True
        await clock.sleep_until(clock.now_ms() + _BETWEEN_LOOKS_MS)
    return FolderLock(folder)


async def _place(folder: Path) -> FolderLock:
    clock = MachineClock()
    for _ in range(_LOOKS_AT_A_NODE - 1):
        with suppress(WalletInUse):
            return FolderLock(folder, NODE_LOCK_NAME)
        await clock.sleep_until(clock.now_ms() + _BETWEEN_LOOKS_MS)
    return FolderLock(folder, NODE_LOCK_NAME)


async def _expect_nobody_but_a_guard(folder: Path) -> None:
    clock = MachineClock()
    until = clock.now_ms() + _UNANSWERED_MS
    while is_held(folder):
        if is_held(folder, GUARD_LOCK_NAME) or await met(folder, GUARDS_SOCKET_NAME):
            return
        if clock.now_ms() >= until:
            raise WalletInUse(f"Another process holds the wallet in {folder}.")
        await clock.sleep_until(clock.now_ms() + _BETWEEN_LOOKS_MS)


def held_by_another(folder: Path) -> Refused:
    """Somebody who does not let go: a guard that hangs, most likely."""
    if is_held(folder, GUARD_LOCK_NAME):
        return Refused(
            RefusalCode.NOT_READY,
            f"The guard holds the wallet in {folder}, and does not let go of it: it hangs, or was "
            "suspended.",
            "End its process, or let it go on; the node goes on by itself then.",
        )
    return Refused(
        RefusalCode.NOT_READY,
        f"Another process holds the wallet in {folder}, and does not let go of it.",
        "End that process; the node goes on by itself then.",
    )


async def first_of(*events: asyncio.Event) -> None:
    """Until one of them is set."""
    waiting = [asyncio.create_task(one.wait()) for one in events]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in waiting:
            task.cancel()
