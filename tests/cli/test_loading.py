"""While modules are loaded nothing looks for garbage; afterwards somebody does, and not in them."""

from __future__ import annotations

import gc

import pytest

from lnwallet_tui.loading import loading


@pytest.fixture(autouse=True)
def _thawed() -> None:
    gc.unfreeze()


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
