"""One display for all tests of a process. Without programs a test is skipped; in CI it fails."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ui.terminals import display
from tests.ui.terminals.display import Display


def need(*programs: str) -> None:
    """Without these there is nothing to test."""
    missing = display.why_not("Xvfb", "zbarimg", *programs)
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


@pytest.fixture(scope="session")
def screen() -> Iterator[Display]:
    """It begins with the first test that looks at it."""
    need()
    with (
        tempfile.TemporaryDirectory(prefix="lnwallet-display-") as folder,
        display.begin(Path(folder)) as begun,
    ):
        yield begun


@pytest.fixture
def folder() -> Iterator[Path]:
    """Short, because sockets lie in it."""
    with tempfile.TemporaryDirectory(
        prefix="lnwallet-terminal-", ignore_cleanup_errors=True
    ) as one:
        yield Path(one)
