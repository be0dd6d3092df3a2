"""What the tests of this room share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lnwallet_tui.playground.engine import Engine


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """Bitcoin Core's consensus engine."""
    with Engine() as running:
        yield running
