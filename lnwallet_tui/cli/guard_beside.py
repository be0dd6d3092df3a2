"""The guard that watches while no node lives: alone, or beside one whose wallet nobody opened yet.
Whoever asks for the wallet is answered by the node where there is one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, Visitor, visit
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME, NoPlace
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, is_held

_STANDS_BY: Final = "A guard stands by: it watches as soon as the node has ended."

PATIENCE_S: Final = 2.0
"""So long who asks how the wallet stands waits for its guard: one that hangs says nothing."""
_SILENT: Final = "A guard is there and does not answer: it just begins, or it hangs."


async def node_or_guard(folder: Path) -> tuple[Visitor, bool]:
    """Whoever can be asked, and whether that is the guard. Raises as `visit`."""
    try:
        return await visit(folder), False
    except NobodyThere:
        try:
            return await guard(folder)
        except (NobodyThere, NoPlace):
            pass
        raise


async def guard(folder: Path) -> tuple[Visitor, bool]:
    """The guard alone, also beside a node that waits. Raises as `visit`."""
    return await visit(folder, GUARDS_SOCKET_NAME, patience=PATIENCE_S), True


async def watches(folder: Path) -> bool:
    """Whether one is there."""
    return await _says(folder) is not None


async def noted(folder: Path, answer: Answer, *, is_its: bool, as_json: bool) -> Answer:
    """A status, with what the guard says; `is_its`: the answer is the guard's own."""
    said = await _says(folder) or _stands_by(folder, lives=bool(answer.get("node_id")))
    if as_json:
        return {**answer, "guard": said}
    if said is None or is_its:
        return answer
    return {**answer, "explanation": f"{said} {answer.get('explanation', '')}".rstrip()}


def silent(folder: Path) -> str:
    """That a guard is there which did not answer; empty: nobody is known to be there."""
    return _stands_by(folder, lives=False) or ""


def _stands_by(folder: Path, *, lives: bool) -> str | None:
    """It has no socket then; `lives`: a node has the wallet."""
    try:
        if not is_held(folder, GUARD_LOCK_NAME):
            return None
    except StoreError:
        return None
    return _STANDS_BY if lives else _SILENT


async def _says(folder: Path) -> str | None:
    try:
        visitor = await visit(folder, GUARDS_SOCKET_NAME, patience=PATIENCE_S)
    except OtherVersion as error:
        return str(error)
    except (NobodyThere, NoPlace):
        return None
    try:
        async with asyncio.timeout(PATIENCE_S):
            return (await visitor.node.status()).waiting_for
    except (NodeGone, TimeoutError):  # it hands over at this moment, or was just suspended
        return None
    finally:
        await visitor.leave()
