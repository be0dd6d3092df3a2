"""What the tour's steps say, and how they insist."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.playground.parties import Facts

Result = TypeVar("Result")


class TourFailed(Exception):
    """Something on the tour is not as it should be; the message says what."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a step has to say."""

    sentence: str
    facts: Facts = field(default_factory=dict)


def granted(answer: Result | Refused) -> Result:
    """What was asked for. Raises `TourFailed`."""
    if isinstance(answer, Refused):
        raise TourFailed(f"refused: {answer.message}")
    return answer


def insist(holds: bool, otherwise: str) -> None:
    """Raises `TourFailed` unless it is so."""
    if not holds:
        raise TourFailed(otherwise)


def in_sat(msat: int) -> str:
    """For a sentence, rounded down."""
    return f"{msat // 1000:,} sat"
