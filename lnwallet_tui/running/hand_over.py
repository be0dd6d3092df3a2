"""One process holds a wallet. A node that starts takes it from a running guard; nobody else gives
it away."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.gone import NodeGone, WalletShut
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, visit
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.running.outdoors import MachineClock
from lnwallet_tui.store.errors import WalletInUse
from lnwallet_tui.store.lock import FolderLock

NOT_THE_GUARD: Final = Refused(
    RefusalCode.NOT_READY, "A node runs for this wallet already.", "Ask that one."
)
_LOOKS: Final = 300
_LOOKS_AT_OTHERS: Final = 50
_BETWEEN_LOOKS_MS: Final = 100


async def folder_taken(folder: Path) -> FolderLock:
    """The wallet's lock, which a guard that holds it is asked for. Raises `StoreError`
    (`WalletInUse`)."""
    try:
        return FolderLock(folder)
    except WalletInUse:
        if not await _asked_the_guard(folder):
            raise
    clock = MachineClock()
    for _ in range(_LOOKS):  # it hangs up and closes its files first
        with suppress(WalletInUse):
            return FolderLock(folder)
        await clock.sleep_until(clock.now_ms() + _BETWEEN_LOOKS_MS)
    return FolderLock(folder)


async def _is_let_go_of(folder: Path) -> bool:
    """A guard of another version understands nothing but that, and lets go; a node does not."""
    clock = MachineClock()
    for _ in range(_LOOKS_AT_OTHERS):
        await clock.sleep_until(clock.now_ms() + _BETWEEN_LOOKS_MS)
        with suppress(WalletInUse):
            FolderLock(folder).release()
            return True
    return False


async def _asked_the_guard(folder: Path) -> bool:
    """Whether a guard was there, and lets go, or has just ended."""
    try:
        visitor = await visit(folder)
    except OtherVersion:
        return await _is_let_go_of(folder)
    except (NobodyThere, NoPlace):
        return False
    try:
        if not (await visitor.process.look()).guards:
            return False
        with suppress(NodeGone):  # faster than its answer
            await visitor.process.hand_over()
        await visitor.gone()
    except NodeGone:
        pass
    except WalletShut:  # a node with its screen
        return False
    finally:
        await visitor.leave()
    return True
