"""One engine for the room, and a fresh funded world on top of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lnwallet_tui.playground.engine import Engine
from tests.playground.bench import Bench


@pytest.fixture
def bench() -> Iterator[Bench]:
    with Engine() as running:
        yield Bench(running)
