"""One display for all tests of a process. Without programs a test is skipped; in CI it fails."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.needed import expect_there
from tests.ui.terminals import display
from tests.ui.terminals.display import Display


def need(*programs: str) -> None:
    """Without these there is nothing to test."""
    expect_there(display.why_not("Xvfb", "zbarimg", *programs))


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
