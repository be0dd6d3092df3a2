"""What hops saw of a payment, joined to the ways that it took; one way for each part or attempt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lnwallet_tui.api.world import HopSight


@dataclass(frozen=True, slots=True)
class Way:
    """One HTLC after the other, from the payer's first channel on."""

    hops: tuple[HopSight, ...]

    @property
    def arrived(self) -> bool:
        """Whether it came to who is paid; else somebody on the way passed nothing on."""
        return self.hops[-1].is_last

    @property
    def amount_msat(self) -> int:
        """What came, or was to come, out at the end that is known."""
        last = self.hops[-1]
        return last.amount_msat if last.is_last else last.forward_msat or last.amount_msat

    @property
    def is_part(self) -> bool:
        """Whether it brought less than what its payee was told comes in all."""
        return self.arrived and self.amount_msat < self.hops[-1].total_msat


def ways(sights: Iterable[HopSight]) -> tuple[Way, ...]:
    """The ways of one payment, in the order in which they began."""
    found: list[list[HopSight]] = []
    for sight in sights:
        way = next((way for way in found if _goes_on(way[-1], sight)), None)
        if way is None:
            found.append([sight])
        else:
            way.append(sight)
    return tuple(Way(tuple(way)) for way in found)


def _goes_on(before: HopSight, after: HopSight) -> bool:
    """Whether the one passed on what the other was offered."""
    return (
        not before.is_last
        and (before.name, before.to_name) == (after.from_name, after.name)
        and before.forward_msat == after.amount_msat
        and before.forward_expiry_height == after.expiry_height
    )


def arrived_first(found: Iterable[Way]) -> tuple[Way, ...]:
    """What came through, then what was tried in vain; each in the order in which it began."""
    return tuple(sorted(found, key=lambda way: not way.arrived))


def longest(found: Iterable[Way]) -> int:
    """Over how many channels the longest way went that arrived."""
    return max((len(way.hops) for way in found if way.arrived), default=0)


def in_parts(found: Iterable[Way]) -> bool:
    """Whether what arrived came in parts that make the whole: an attempt that was given up and
    made anew is none."""
    parts = [way for way in found if way.is_part]
    whole_msat = max((way.hops[-1].total_msat for way in parts), default=0)
    return len(parts) > 1 and sum(way.amount_msat for way in parts) >= whole_msat
