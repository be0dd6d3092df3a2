"""`lock`, `unlock`, `stop`: asked of the process that a wallet's node lives in."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.custody import CustodyRefused, CustodyView
from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.cli import answers, guard_beside, passphrases
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.store.lock import LOCK_NAME, NODE_LOCK_NAME, is_held

_LOOKS: Final = 600
_BETWEEN_LOOKS_S: Final = 0.1


async def _lock(visitor: Visitor, _: argparse.Namespace) -> Answer | Refused:
    refused = await visitor.process.lock()
    return await _standing(visitor) if refused is None else refused


async def _unlock(visitor: Visitor, options: argparse.Namespace) -> Answer | Refused:
    """Asks for a passphrase only where one is of use."""
    passphrase = passphrases.given(options)
    view: CustodyView = await visitor.custody.view()
    needs_one = view.keeping is not None and view.keeping.needs_passphrase and not view.is_open
    if passphrase is None and needs_one and passphrases.can_ask():
        passphrase = passphrases.asked("The wallet's passphrase: ")
    refused = await visitor.process.unlock(passphrase)
    if isinstance(refused, CustodyRefused):
        return answers.not_kept(refused)
    return await _standing(visitor) if refused is None else refused


async def _standing(visitor: Visitor) -> Answer:
    status = await visitor.node.status()
    return {"network": status.network, "node_id": status.node_id or None, "locked": status.locked}


async def _stop(visitor: Visitor, _: argparse.Namespace) -> Answer | Refused:
    """Returns when the process has let go of the wallet."""
    view = await visitor.process.look()
    with suppress(NodeGone):  # faster than its answer
        await visitor.process.stop()
    await visitor.gone()
    if not await _has_ended(Path(view.folder), LOCK_NAME if view.guards else NODE_LOCK_NAME):
        return answers.failure(
            "still_ending", "The node was told to stop, and still runs.", "Look at its log."
        )
    return {"stopped": True}


async def _has_ended(folder: Path, lock: str) -> bool:
    """Its lock is the last that it lets go of."""
    for _ in range(_LOOKS):
        if not is_held(folder, lock):
            return True
        if lock == LOCK_NAME and await guard_beside.watches(folder):
            return True  # it is another guard's by now
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    return False


ERRANDS: Final[
    Mapping[str, Callable[[Visitor, argparse.Namespace], Awaitable[Answer | Refused]]]
] = {"lock": _lock, "unlock": _unlock, "stop": _stop}
