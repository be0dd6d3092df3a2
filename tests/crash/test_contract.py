"""The crash-consistency contract, cell by cell: every fault, every delivery, every aftermath."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.guard.without_disk import WithoutDisk
from lnwallet_tui.store import db
from lnwallet_tui.store.channels import ChannelRow
from lnwallet_tui.store.db import Transaction
from tests.crash.cell import Played
from tests.crash.contract import Aftermath, Cell
from tests.crash.faults import Fault
from tests.crash.rows import ABSENT, ALL, POSSIBLE, ROWS
from tests.crash.sqlite_layer import WHY_NOT
from tests.sampling import sampled

needs_layer = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)
QUICK = 40  # cells


def play(cell: Cell, folder: Path) -> None:
    """Raises AssertionError where the contract is not kept."""
    asyncio.run(Played(cell, folder).whole())


def play_all(cells: Sequence[Cell], folder: Path) -> None:
    """As `play`, until one raises."""
    for number, cell in enumerate(cells):
        play(cell, folder / str(number))


@needs_layer
@pytest.mark.parametrize(
    "cell", sampled("cells of the contract", POSSIBLE, QUICK), ids=lambda cell: cell.name
)
def test_a_cell(tmp_path: Path, cell: Cell) -> None:
    play(cell, tmp_path)


def cell_of(row: str, fault: Fault, aftermath: Aftermath) -> Cell:
    """The first of these."""
    wanted = row, fault, aftermath
    return next(one for one in POSSIBLE if (one.row.id, one.fault, one.aftermath) == wanted)


def commits_without_sync(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(db.PRAGMAS, "synchronous", 1)


def no_guard_without_a_disk(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(WithoutDisk, "look", lambda *_: None)


def effects_leave_before_the_commit(patch: pytest.MonkeyPatch) -> None:
    finish = Transaction.finish

    def hasty(transaction: Transaction) -> None:
        finish(transaction)
        effects = transaction.effects()
        for at, effect in enumerate(effects):
            effect()
            args = effect.args if isinstance(effect, partial) else ()
            effects[at] = partial(lambda *_: None, *args)

    patch.setattr(Transaction, "finish", hasty)


def the_order_is_forgotten(patch: pytest.MonkeyPatch) -> None:
    stored = Held.stored

    def forgetful(row: ChannelRow, keys: KeySchedule) -> Held:
        state = replace(row.state, revoked_last=not row.state.revoked_last)
        return stored(replace(row, state=state), keys)

    patch.setattr(Held, "stored", forgetful)


@needs_layer
@pytest.mark.parametrize(
    ("breaks", "cell"),
    [
        (no_guard_without_a_disk, cell_of("C6", Fault.ENOSPC, Aftermath.REVOKED)),
        (no_guard_without_a_disk, cell_of("C6", Fault.EIO, Aftermath.REVOKED)),
        (effects_leave_before_the_commit, cell_of("C8", Fault.ENOSPC, Aftermath.RECONNECT)),
        (the_order_is_forgotten, cell_of("C15", Fault.BEFORE_SEND, Aftermath.RECONNECT)),
    ],
)
def test_a_wallet_that_breaks_the_contract_is_found_out(
    tmp_path: Path, breaks: Callable[[pytest.MonkeyPatch], None], cell: Cell
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        breaks(patch)
        with pytest.raises(AssertionError):
            play(cell, tmp_path)


@needs_layer
def test_a_wallet_whose_commits_are_not_synced_is_found_out(tmp_path: Path) -> None:
    """What a power cut leaves is chance, so not every cell shows it."""
    cells = [one for one in POSSIBLE if one.fault is Fault.POWER_CUT]
    with pytest.MonkeyPatch.context() as patch:
        commits_without_sync(patch)
        with pytest.raises(AssertionError):
            play_all(cells, tmp_path)


def test_every_row_is_there_or_says_why_not() -> None:
    told = {row.id for row in ROWS} | ABSENT.keys()
    assert told == {f"C{number}" for number in range(1, 29)}
    assert all(ABSENT.values())


def test_a_cell_that_cannot_exist_says_why() -> None:
    reasons: dict[str, int] = {}
    for cell in ALL:
        if cell.why_not:
            reasons[cell.why_not] = reasons.get(cell.why_not, 0) + 1
    assert len(POSSIBLE) + sum(reasons.values()) == len(ALL)
    assert all(re.search(r"\w+ \w+", reason) for reason in reasons)
    for row in ROWS:
        assert any(cell.row is row for cell in POSSIBLE), row.id
