"""The official vectors of the BIPs, as data files with their sources inside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "vectors" / "bips"


def vectors(name: str) -> dict[str, Any]:
    """The content of `tests/vectors/bips/<name>.json`."""
    loaded: dict[str, Any] = json.loads((_FOLDER / f"{name}.json").read_text())
    return loaded
