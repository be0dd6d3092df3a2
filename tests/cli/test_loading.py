"""While modules are loaded nothing looks for garbage; afterwards somebody does, and not in them."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from lnwallet_tui.loading import loading


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    gc.unfreeze()
    threshold = gc.get_threshold()
    gc.set_threshold(700, 10, 10)  # as Python has it
    yield
    gc.set_threshold(*threshold)


def test_no_garbage_is_looked_for_meanwhile() -> None:
    with loading():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 1_000
    gc.unfreeze()


def test_what_cannot_be_loaded_ends_that_too() -> None:
    with pytest.raises(ImportError), loading():
        raise ImportError
    assert gc.isenabled()
    gc.unfreeze()


def test_what_is_made_afterwards_is_looked_through_less_often() -> None:
    """Where nearly everything stays, each look finds nothing."""
    looks = 0

    def count(phase: str, _: dict[str, int]) -> None:
        nonlocal looks
        looks += phase == "start"

    with loading():
        pass
    gc.callbacks.append(count)
    try:
        stays = [[number] for number in range(70_000)]
    finally:
        gc.callbacks.remove(count)
    assert len(stays) == 70_000
    assert looks <= 7  # where Python would have looked a hundred times
