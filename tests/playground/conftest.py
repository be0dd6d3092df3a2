"""One engine per test; it is cheap (a few hundredths of a second with its 130 blocks)."""

from collections.abc import Iterator

import pytest

from lnwallet_tui.playground.engine import Engine
from tests.playground.bench import Bench


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine() as running:
        yield running


@pytest.fixture
def bench(engine: Engine) -> Bench:
    return Bench(engine)
