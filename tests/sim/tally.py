"""What happened in a life, counted: every kind of fault has a name here."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field

LEAST_UPDATES, LEAST_FAULTS = 20, 3
"""Of a life."""


class Fault(enum.Enum):
    """What may go wrong. A campaign in which one of these never happened has failed."""

    DROP = "drop"
    REPLAY = "reconnect with replay"
    REORDER = "reorder between peers"
    DELAY = "delay"
    BLACKHOLE = "blackhole"
    PARTIAL = "partial frame"
    CRASH = "crash"
    POWER_CUT = "power cut"
    ENOSPC = "ENOSPC"
    EIO = "EIO on fsync"
    CLOCK_JUMP = "clock jump"
    REORG = "reorganisation"
    FEES = "fee jump"
    MEMPOOL_FULL = "mempool full"
    EVICTION = "mempool evicts"
    RELAY_LIES = "relay lies"
    KEYRING = "keyring locked"
    REVOKED = "peer publishes a revoked state"
    LATEST = "peer closes with its latest state"
    OTHER = "peer closes with its other valid state"
    REPLACED = "peer's close replaced in a reorganisation"
    FILTER_LIES = "filter lies"
    UNDERPAID = "payment of less than its invoice"
    HIGH_S = "signature with a high S"
    NAMED = "outputs of a close named beforehand"
    SILENT = "peer silent while something is owed"
    BRIBE = "miners bribed to leave a penalty out"


_WHOLE = (
    Fault.REPLAY,
    Fault.UNDERPAID,
    Fault.HIGH_S,
    Fault.NAMED,
    Fault.SILENT,
    Fault.BRIBE,
)


def broken(faults: Counter[Fault]) -> int:
    """How often something broke: a replay only follows, and who underpays breaks nothing, nor who
    signs carelessly, names what is not its own or bribes."""
    return faults.total() - sum(faults[one] for one in _WHOLE)


@dataclass(slots=True)
class Tally:
    """Of one life, or of many together."""

    faults: Counter[Fault] = field(default_factory=Counter)
    updates: int = 0
    payments: Counter[str] = field(default_factory=Counter)
    closes: Counter[str] = field(default_factory=Counter)
    htlcs: Counter[str] = field(default_factory=Counter)
    """Of those that a commitment in the chain had outputs for: how each ended."""
    commitments: int = 0
    """Commitments that engine and policy looked at."""
    blocks: int = 0
    deepest: int = 0
    """Reorganisation."""

    @property
    def is_long_enough(self) -> bool:
        """Whether enough happened to call it a life."""
        return self.updates >= LEAST_UPDATES and broken(self.faults) >= LEAST_FAULTS

    def add(self, other: Tally) -> None:
        """What happened there happened here."""
        self.faults += other.faults
        self.payments += other.payments
        self.closes += other.closes
        self.htlcs += other.htlcs
        self.updates += other.updates
        self.commitments += other.commitments
        self.blocks += other.blocks
        self.deepest = max(self.deepest, other.deepest)
