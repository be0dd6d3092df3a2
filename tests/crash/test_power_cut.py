"""Whatever a power cut leaves of a wallet's folder opens, and holds all that ever left the wallet.

And the two settings that this rests on are shown to be needed: without either, the same images lose
something.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lnwallet_tui import durable
from lnwallet_tui.store import db
from tests.crash.node_day import NodeDay
from tests.crash.power import Tally, recorded, survey
from tests.crash.sqlite_layer import WHY_NOT
from tests.crash.things import Database, things
from tests.sampling import FULL, sampled

pytestmark = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT)

SUBSETS = 8
CUTS = 100  # of the calls in a node's day
CONTROL = 23  # one call in so many has its images opened; a cut at any must do for a control


@pytest.mark.parametrize("number", range(len(things())))
def test_nothing_is_lost_whatever_the_disk_kept(tmp_path: Path, number: int) -> None:
    thing = things()[number]
    recorder = recorded(thing, tmp_path)
    tally = survey(thing, recorder, tmp_path, subsets=SUBSETS if FULL else 1)
    assert (tally.lost, tally.corrupt) == ([], [])
    assert tally.opened > recorder.left


def test_nothing_of_a_nodes_day_is_lost(tmp_path: Path) -> None:
    thing = NodeDay()
    recorder = recorded(thing, tmp_path)
    chosen = set(sampled("power cuts in a day", range(len(recorder.steps) + 1), CUTS))
    tally = survey(thing, recorder, tmp_path, wanted=chosen.__contains__)
    assert (tally.lost, tally.corrupt) == ([], [])
    assert tally.opened >= CUTS


def without_full(patch: pytest.MonkeyPatch) -> None:
    """Commits that are not synced."""
    patch.setitem(db.PRAGMAS, "synchronous", 1)


def without_names(patch: pytest.MonkeyPatch) -> None:
    """Names that are not synced."""
    patch.setattr(durable, "sync_folder", lambda _: None)


@pytest.mark.parametrize("without", [without_full, without_names])
def test_each_precaution_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: Callable[[pytest.MonkeyPatch], None]
) -> None:
    thing = Database()
    with monkeypatch.context() as patch:
        without(patch)
        recorder = recorded(thing, tmp_path)
    tally = survey(thing, recorder, tmp_path, wanted=lambda at: at % CONTROL == 0)
    assert tally.lost or tally.corrupt


def count_images() -> tuple[int, int]:
    """For the README: how many images were as they must be, of how many were opened."""
    total = Tally()
    with tempfile.TemporaryDirectory() as name:
        for number, thing in enumerate((*things(), NodeDay())):
            folder = Path(name) / str(number)
            total.add(survey(thing, recorded(thing, folder), folder, subsets=SUBSETS))
    print(*total.lost, *total.corrupt, sep="\n", flush=True)
    return total.passed, total.opened
