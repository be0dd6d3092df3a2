"""The crash-consistency contract, as data: what a row and a cell of it are.

Each row says how it is brought about, at which commit, and what must be found afterwards; and which
of its cells cannot exist, with the reason. A cell is one fault, whether what leaves arrives, and
what comes afterwards, in a channel of one type or the other.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.store.db import Store
from tests.crash.faults import Fault, Leaving, Moment


class Delivery(enum.Enum):
    """Whether what leaves arrives."""

    GOT = "and arrived"
    NOT = "and did not arrive"


class Aftermath(enum.Enum):
    """What comes once it is over."""

    RECONNECT = "both meet again"
    LATEST = "the peer closes with its latest state"
    OTHER = "the peer closes with its other valid state"
    REVOKED = "the peer closes with a revoked state"


CLOSES: Final = (Aftermath.LATEST, Aftermath.OTHER, Aftermath.REVOKED)
NOTHING_LEFT: Final = (Fault.BEFORE_COMMIT, Fault.BEFORE_SEND, Fault.EIO, Fault.ENOSPC)


class Scene(enum.Enum):
    """How far the two are with each other when it begins."""

    STRANGERS = "no channel"
    UNCONFIRMED = "a channel without a block"
    CHANNEL = "a channel with revoked states on both sides"


class Act(enum.Enum):
    """What brings the event about."""

    OPEN = "the victim opens a channel"
    BE_OPENED = "the peer opens a channel"
    MINE = "blocks come"
    PAY = "the victim pays"
    BE_PAID = "the peer pays"
    PAY_BOTH = "both pay at once"
    INVOICE = "the victim makes an invoice"
    ADDRESS = "the victim asks for an address"
    CLOSE = "the victim closes"
    FORCE_CLOSE = "the victim closes alone"
    BE_CHEATED = "the peer publishes a revoked state"
    LOSE_DATA = "the victim is put back to an old copy of its folder"
    SPEND = "the peer publishes, and a block holds it"
    REORGANISE = "that block leaves the chain"
    HEAR_ERROR = "the peer sends an error"


Impossible = Callable[[Fault, Delivery, Aftermath], str]
Holds = Callable[[Store], bool]


@dataclass(frozen=True)
class Row:
    """`leaves` is what of the waiting effects the row is about; None where a command's answer is.
    `tells`: to whom that is; "" where to nobody."""

    id: str
    event: str
    scene: Scene
    act: Act
    moment: Moment
    holds: Holds
    leaves: Leaving | None = None
    tells: str = "the peer"
    has_other: bool = False
    before_others: str = ""
    why_not: Impossible = lambda *_: ""

    def impossible(self, fault: Fault, delivery: Delivery, aftermath: Aftermath) -> str:
        """Why there is no such cell; empty where there is."""
        if delivery is Delivery.GOT and fault in NOTHING_LEFT:
            return "nothing has left by then"
        if not self.tells and (fault is Fault.AFTER_SEND or delivery is Delivery.GOT):
            return "it is told to nobody"
        if self.tells == "the user" and (fault, delivery) == (Fault.AFTER_SEND, Delivery.NOT):
            return "what was shown was seen"
        if aftermath in CLOSES and self.before_others:
            return self.before_others
        if aftermath is Aftermath.OTHER and not self.has_other:
            return "the peer holds one state that is not revoked"
        if aftermath is Aftermath.OTHER and delivery is Delivery.NOT:
            return "without our signature the peer holds one state that is not revoked"
        return self.why_not(fault, delivery, aftermath)


@dataclass(frozen=True)
class Cell:
    """One of them."""

    row: Row
    fault: Fault
    delivery: Delivery
    aftermath: Aftermath
    anchors: bool = True

    @property
    def name(self) -> str:
        """For people."""
        channel_type = "anchors" if self.anchors else "static_remotekey"
        words = (self.fault.value, self.delivery.value, self.aftermath.value, channel_type)
        return f"{self.row.id} {self.row.event}: {', '.join(words)}"

    @property
    def why_not(self) -> str:
        """Why it cannot exist; empty where it can."""
        return self.row.impossible(self.fault, self.delivery, self.aftermath)

    @property
    def closes(self) -> bool:
        """Whether the peer takes the channel to chain."""
        return self.aftermath in CLOSES
