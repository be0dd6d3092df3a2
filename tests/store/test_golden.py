"""Golden files: every version of stored state that was ever released can still be read.

A file is written once, when its version is new, by `python -m tests.store.test_golden`, and never
again. A change of a stored type that cannot read its old file needs a new version and a migration.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.store.codec import decode, encode
from tests.store.samples import SAMPLES

GOLDEN = Path(__file__).parent / "golden"


def _path(name: str) -> Path:
    return GOLDEN / f"{name}.hex"


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_every_stored_version_still_reads(name: str) -> None:
    value = SAMPLES[name]
    stored = bytes.fromhex(_path(name).read_text())
    assert decode(stored, type(value)) == value


def test_no_golden_file_is_without_its_sample() -> None:
    assert {path.stem for path in GOLDEN.glob("*.hex")} == set(SAMPLES)


def write_new() -> None:
    """Write the files that are missing; existing ones are left alone."""
    GOLDEN.mkdir(exist_ok=True)
    for name, value in SAMPLES.items():
        if not _path(name).exists():
            _path(name).write_text(encode(value).hex() + "\n")


if __name__ == "__main__":
    write_new()
