"""BOLT 4's vectors, read once."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "bolts"


def load(name: str) -> Any:
    """A vector file as it was published."""
    return json.loads((FOLDER / name).read_text())


ONION = load("bolt04-onion-test.json")
BLINDED = load("bolt04-blinded-payment-onion-test.json")
ERROR = load("bolt04-onion-error-test.json")
RETURNING = load("bolt04-returning-errors.json")
