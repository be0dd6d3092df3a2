"""What a test needs of the machine, and what becomes of it where that is missing."""

from __future__ import annotations

import os

import pytest


def expect_there(missing: str) -> None:
    """Where anything is missing a test is skipped, but in continuous integration it fails."""
    if missing and os.environ.get("CI") == "true":
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)
