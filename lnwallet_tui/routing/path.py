"""One way to a payee: what each hop of it carries, and what comes out of it at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lnwallet_tui.routing.graph import FirstHop, Hop, HopKey


@dataclass(frozen=True, slots=True)
class Path:
    """Our channel, then the hops after its peer.

    `amount_msat` is what the first HTLC carries, `cltv` for how many blocks it locks.
    """

    first: FirstHop
    hops: tuple[Hop, ...]
    amount_msat: int
    cltv: int

    @property
    def length(self) -> int:
        """The nodes after us."""
        return len(self.hops) + 1


def carried_msat(path: Path, payee_gets_msat: int) -> tuple[int, ...]:
    """What each hop carries so that the payee gets that much: our channel first."""
    amounts: list[int] = []
    amount = payee_gets_msat
    for hop in reversed(path.hops):
        amount = max(amount, hop.htlc_minimum_msat)
        amounts.append(amount)
        amount += hop.fee_msat(amount)
    return (max(amount, path.first.minimum_msat), *reversed(amounts))


def deliverable_msat(path: Path, room: Mapping[HopKey, int]) -> int:
    """The most that the payee can get over this path; 0 where it carries nothing."""
    amount = path.first.can_send_msat
    for hop in path.hops:
        amount = min(_behind(hop, amount), most_through(hop, room))
    return max(0, amount)


def most_through(hop: Hop, room: Mapping[HopKey, int]) -> int:
    """What the hop carries at most, in msat, as far as is known; -1 while it is disabled."""
    if hop.is_disabled:
        return -1
    return min(hop.htlc_maximum_msat, room.get(hop.key, hop.htlc_maximum_msat))


def _behind(hop: Hop, received_msat: int) -> int:
    """The most that `hop.source` forwards if it receives that much: fee and it must fit."""
    share = hop.fee_proportional_millionths
    guess = (received_msat - hop.fee_base_msat) * 1_000_000 // (1_000_000 + share)
    while guess + 1 + hop.fee_msat(guess + 1) <= received_msat:
        guess += 1  # the fee is rounded down, so a little more may fit
    return guess
