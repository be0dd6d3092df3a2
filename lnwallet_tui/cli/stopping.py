"""`stop`: end the node, or the guard where that is named, and say whether anything watches then."""

from __future__ import annotations

import argparse
import asyncio
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers, guard_beside, reminding, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.running import away_date
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, LOCK_NAME, NODE_LOCK_NAME, is_held

_LOOKS: Final = 600
_BETWEEN_LOOKS_S: Final = 0.1

_NOTHING_RUNS: Final = "There is nothing to stop."
_WATCHES_ON: Final = "The node has ended. A guard is there: it watches your channels from now on."
_ANOTHER: Final = "The guard has ended. Another guard watches your channels from now on."
_NODE_WAITS: Final = (
    "The guard has ended. The node waits until the wallet is opened, and watches nothing before."
)
_WHERE: Final = "End it where it was started."
_ITS_NODE: Final = "Its node does, which ends with: lnwallet-tui stop"
_STANDS_BY: Final = (
    "A guard is there and does not answer: it stands by while the node runs, or it hangs.",
    "End it where it was started; or end the node first, then the guard can be asked: "
    "lnwallet-tui stop",
)
_END_IT: Final = (
    "The node has ended already. Who wants to end the guard, so that nothing watches your channels "
    "any more, says so: lnwallet-tui stop --guard"
)


def means_guard(options: argparse.Namespace) -> bool:
    """Whether it is the guard that shall end."""
    return options.verb == "stop" and bool(options.guard)


def nobody(options: argparse.Namespace, folder: Path, said: str) -> Answer:
    """Nobody answers there; `said` is so of the node."""
    silent = guard_beside.silent(folder)
    if not options.guard:
        said = f"{said} {silent}".rstrip()
        return answers.failure("no_node", said, _NOTHING_RUNS)
    with_node = _holds(folder, NODE_LOCK_NAME)
    if silent and with_node:
        return answers.failure("guard_stands_by", *_STANDS_BY)
    if silent:
        return answers.failure("no_guard", silent, _WHERE)
    remedy = _ITS_NODE if with_node else _NOTHING_RUNS
    return answers.failure("no_guard", f"No guard runs for the wallet in {folder}.", remedy)


async def stop(visitor: Visitor, options: argparse.Namespace) -> Answer:
    """Returns when the process has let go of the wallet. Raises `StoreError`."""
    view = await visitor.process.look()
    if view.guards and not options.guard:
        only = f"No node runs for the wallet in {view.folder}, only its guard, which watches on."
        return answers.failure("no_node", only, _END_IT)
    folder = Path(view.folder)
    with suppress(NodeGone):  # faster than its answer
        await visitor.process.stop()
    await visitor.gone()
    if not await _has_ended(folder, LOCK_NAME if view.guards else NODE_LOCK_NAME):
        who = "guard" if view.guards else "node"
        said = f"The {who} was told to stop, and still runs."
        return answers.failure("still_ending", said, "Look at its log.")
    if options.json:
        return {"stopped": True}
    if not view.has_wallet:
        return {"explanation": "The node has ended."}
    network = Network(view.network)
    after = _after_guard(folder, network) if view.guards else _after_node(folder, network)
    return {"explanation": await after}


async def _after_node(folder: Path, network: Network) -> str:
    if _holds(folder, GUARD_LOCK_NAME):
        return _WATCHES_ON
    return f"The node has ended. {_unwatched(folder, network)}"


async def _after_guard(folder: Path, network: Network) -> str:
    """A guard that stood by for this one cannot be seen before it watches."""
    if await guard_beside.watches(folder):
        return _ANOTHER
    if _holds(folder, NODE_LOCK_NAME):
        return f"{_NODE_WAITS} {_unwatched(folder, network)}"
    unless = "Unless another guard stood by, nothing"
    return f"The guard has ended. {_unwatched(folder, network, unless)}"


def _unwatched(folder: Path, network: Network, nothing: str = "Nothing") -> str:
    date = away_date.read_date(folder)
    if date is None:
        return f"{nothing} watches your channels now."
    if not date.until:
        return f"{nothing} watches your channels now, and no date says by when something has to."
    if date.until <= int(time.time()):
        return f"{nothing} watches your channels now. {reminding.open_now(date, network)}"
    return f"{nothing} watches your channels now; something has to by {told.date(date.until)}."


def _holds(folder: Path, lock: str) -> bool:
    """Whether somebody is there; of a folder that cannot be read nobody knows."""
    try:
        return is_held(folder, lock)
    except StoreError:
        return False


async def _has_ended(folder: Path, lock: str) -> bool:
    """Its lock is the last that it lets go of."""
    for _ in range(_LOOKS):
        if not is_held(folder, lock):
            return True
        if lock == LOCK_NAME and await guard_beside.watches(folder):
            return True  # it is another guard's by now
        await asyncio.sleep(_BETWEEN_LOOKS_S)
    return False
