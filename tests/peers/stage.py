"""What every scenario with a node that others wrote begins with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lnwallet_tui.playground.engine import Engine
from tests import in_memory


@contextmanager
def engine_and_folder(whose: str) -> Iterator[tuple[Engine, Path]]:
    """In memory where that is possible: both sides sync their files at every message."""
    with (
        tempfile.TemporaryDirectory(prefix=f"lnwallet-{whose}-", dir=in_memory.place()) as folder,
        Engine() as engine,
    ):
        yield engine, Path(folder)
