"""One script for every node of the Bitcoin network: the tests' own (`tests.bitcoin_node`), always,
and a real bitcoind, where the variable BITCOIND names its path.

    BITCOIND=/usr/local/bin/bitcoind .venv-tests/bin/pytest tests/peers/bitcoind
"""

from __future__ import annotations

import os
from typing import Final

BITCOIND: Final = os.environ.get("BITCOIND", "")


def not_run() -> str:
    """Why the script does not run against a bitcoind; empty if it does."""
    return "" if BITCOIND else "with a bitcoind: not run: BITCOIND is not set"
