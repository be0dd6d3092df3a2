"""Writes what a filter shows to a file that the user named: whole or not at all.

It is written beside its place under another name and renamed at the end. Everything that touches
the disk happens in a thread of its own, in order.
"""

from __future__ import annotations

import asyncio
import errno
import os
import secrets
from collections import Counter, deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from platformdirs import user_documents_path, user_downloads_path

from lnwallet_tui.api import export
from lnwallet_tui.api.activity import ActivityCount
from lnwallet_tui.api.close_costs import CloseCost, What, close_costs
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.export import ExportKind
from lnwallet_tui.api.filter import FilterError, Names, parse
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import RefusalCode, Refused

PORTION: Final = 50
"""Entries asked for at once: the node does other things in between."""

_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_FULL: Final = ("The disk is full; no file was written.", "Free some space, or name another disk.")
_NOT_YOURS: Final = ("You may not write a file there.", "Name another folder.")
_SENTENCES: Final = {
    errno.EEXIST: ("There is something of that name; it was left as it is.", "Name another file."),
    errno.ENOENT: ("There is no such folder.", "Make it first, or name another one."),
    errno.ENOTDIR: ("There is no such folder.", "Make it first, or name another one."),
    errno.EISDIR: ("This is a folder.", "Add a name for the file."),
    errno.ENAMETOOLONG: ("This name is too long.", "Name another file."),
    errno.EACCES: _NOT_YOURS,
    errno.EPERM: _NOT_YOURS,
    errno.EROFS: _NOT_YOURS,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: ("The file would be too large; it was not written.", "Look for fewer payments."),
}


def default_path(now: int, ending: str = ".csv", *, of: str = "") -> str:
    """Among the user's documents or downloads where there is such a folder, else at home; named by
    what it is `of`, else by the day. Never where the program happened to be started: nobody would
    look there."""
    places = (user_documents_path(), user_downloads_path())
    folder = next((one for one in places if one.is_dir()), Path.home())
    name = of or f"{datetime.fromtimestamp(now, tz=UTC):%Y-%m-%d}"
    return str(folder / f"lnwallet-{name}{ending}")


class Proposal(NamedTuple):
    """Where to write to, and the rows that come and that no list shows."""

    path: str
    more: ActivityCount


async def proposal(node: NodeApi, words: str, names: Names, now: int, *, of: str) -> Proposal:
    """For what `words` mean."""
    path = await asyncio.to_thread(default_path, now, of=of)
    return Proposal(path, counted((), await close_costs_meant(node, words, names)))


def counted(written: Iterable[tuple[str, str]], costs: Iterable[CloseCost]) -> ActivityCount:
    """How many of each, by the keys of what was `written`, and the costs."""
    kinds, whats = Counter(kind for kind, _ in written), Counter(one.what for one in costs)
    return ActivityCount(
        payments=kinds[export.LIGHTNING],
        transactions=kinds[export.ON_CHAIN],
        gifts=kinds[export.GIFT],
        close_costs=whats[What.COST],
        not_known=whats[What.NOT_KNOWN],
        not_settled=whats[What.NOT_SETTLED],
    )


async def write_text(text: str, typed: str, ending: str) -> Refused | None:
    """Write a text of ours to the file, whose name must end so."""
    if not typed.lower().endswith(ending):
        return Refused(
            RefusalCode.BAD_INPUT, "Which kind of file is it to be?", f"End its name in {ending}."
        )
    async with _Disk() as disk:
        try:
            await disk.create(typed)
            await disk.append(text)
            await disk.finish()
        except (OSError, ValueError) as error:
            return refusal(error)
    return None


async def write(
    node: NodeApi, words: str, typed: str, names: Names = ()
) -> ActivityCount | Refused:
    """Write what `words` mean to the file; how many of each that were. The oldest comes first:
    what changes meanwhile moves to the end, so that none is missed, and none stands there twice."""
    kind = _kind(typed)
    if kind is None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "Which kind of file is it to be?",
            "End its name in .csv or .json.",
        )
    async with _Disk() as disk:
        try:
            await disk.create(typed)
            return await _write(node, words, disk, kind, names)
        except (OSError, ValueError) as error:
            return refusal(error)


def refusal(error: OSError | ValueError) -> Refused:
    """Why there is no file, and what to do."""
    if not isinstance(error, OSError):
        return Refused(RefusalCode.BAD_INPUT, "No file can have this name.", "Name another file.")
    message, remedy = _SENTENCES.get(
        error.errno or 0, (f"The file cannot be written: {error.strerror}.", "Name another file.")
    )
    return Refused(RefusalCode.DISK, message, remedy)


async def _write(
    node: NodeApi, words: str, disk: _Disk, kind: ExportKind, names: Names
) -> ActivityCount | Refused:
    await disk.append(export.begin(kind))
    written: set[tuple[str, str]] = set()
    after, rows = "", 0
    known = await close_costs_meant(node, words, names)
    costs = deque(known)
    while True:
        page = await node.search_activity(words, PORTION, after, oldest_first=True, names=names)
        if isinstance(page, Refused):
            return page
        if not page.entries:
            break
        after = page.entries[-1].place
        new = {export.key(one): one for one in page.entries}
        fresh = [one for name, one in new.items() if name not in written]
        ordered = list(export.in_order(fresh, costs))
        await disk.append(export.lines(kind, ordered, first=not rows, names=names))
        written.update(new)
        rows += len(ordered)
    more = _changed(known, await close_costs_meant(node, words, names))
    await disk.append(export.lines(kind, [*costs, *more], first=not rows, names=names))
    await disk.append(export.end(kind))
    await disk.finish()
    return counted(written, (*known, *more))


def _changed(known: list[CloseCost], now: list[CloseCost]) -> list[CloseCost]:
    """What closes cost more, or less, than was known when the file was begun: the transactions that
    say so stand in it."""
    cost = Counter({_name(one): one.cost_msat for one in now})
    cost.subtract({_name(one): one.cost_msat for one in known})
    each = {_name(one): one for one in (*known, *now)}
    return [one._replace(cost_msat=cost[name]) for name, one in each.items() if cost[name]]


def _name(one: CloseCost) -> tuple[str, What]:
    return one.channel.channel_id, one.what


async def close_costs_meant(node: NodeApi, words: str, names: Names = ()) -> list[CloseCost]:
    """What closes cost beside the transactions that are written, as far as it is looked for; the
    oldest first. Nothing where nobody understands what is looked for."""
    channels = await node.channels()
    if not channels:
        return []
    try:
        wanted = parse(words, (await node.status()).now)
    except FilterError:
        return []
    written_off = (await node.holdings()).written_off
    found = close_costs(written_off, channels, await _transactions(node))
    meant = (one for one in found if one.is_meant(wanted, names))
    return sorted(meant, key=lambda one: one.time)


async def _transactions(node: NodeApi) -> list[TransactionView]:
    found: list[TransactionView] = []
    while True:
        page = await node.transactions(PORTION, len(found))
        if isinstance(page, Refused) or not page.transactions:
            return found
        found.extend(page.transactions)


def _kind(typed: str) -> ExportKind | None:
    ends = [kind for kind in ExportKind if typed.lower().endswith(kind.value)]
    return ends[0] if ends else None


class _Disk:
    """One file that comes into being at its end, and its thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="export")
        self._path = self._unfinished = Path()
        self._descriptor = -1

    async def __aenter__(self) -> _Disk:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Whatever happened: what is not finished is taken away, after what is under way; also
        where nobody waits for it any more."""
        over = self._thread.submit(self._abandon)
        self._thread.shutdown(wait=False)
        await asyncio.wrap_future(over)

    async def create(self, typed: str) -> None:
        """Begin, where nothing of that name is."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._create, typed)

    async def append(self, text: str) -> None:
        """Write on."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._append, text)

    async def finish(self) -> None:
        """Have it under its name, on the disk."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._finish)

    def _create(self, typed: str) -> None:
        path = Path(os.path.expanduser(typed))
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
        unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        self._descriptor = os.open(unfinished, _NEW, 0o600)
        self._path, self._unfinished = path, unfinished

    def _append(self, text: str) -> None:
        left = memoryview(text.encode())
        while left:
            left = left[os.write(self._descriptor, left) :]

    def _finish(self) -> None:
        os.fsync(self._descriptor)
        os.close(os.open(self._path, _NEW, 0o600))  # refuses what came there meanwhile
        try:
            os.replace(self._unfinished, self._path)
        except OSError:
            self._path.unlink()
            raise
        os.close(self._descriptor)
        self._descriptor = -1

    def _abandon(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._unfinished.unlink(missing_ok=True)
