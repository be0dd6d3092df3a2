"""How large a signature bundle is: a figure of the README."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.playground.engine import Engine
from tests.onchain.duel import QUIET
from tests.onchain.test_bundle import sizes
from tests.onchain.test_justice import with_payments
from tests.playground.bench import Bench

STATES: Final = 100_000
SIZES: Final = ("tests/onchain/test_bundle.py::test_a_hundred_thousand_states",)


def told_sizes() -> str:
    """In words."""
    with Engine() as engine:
        bench = Bench(engine)
        busy = with_payments(bench.chain.height)[1]
        quiet_size, kept = sizes(bench, STATES, QUIET)
        busy_size, _ = sizes(bench, STATES, busy)
    return (
        f"at {STATES:,} revoked states {quiet_size:,} bytes, {busy_size:,} where each has "
        f"{len(busy.payments)} payments; the wallet's own rows {kept:,}"
    )
