"""What is asked of the search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lnwallet_tui.routing.graph import FirstHop, HopKey


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: `amount_msat` to `payee`, over one of `first_hops`.

    `final_cltv` is what the payee asks for, `max_cltv` the most that all may lock, both in blocks
    from now. `max_fee_msat` is for the whole way. `max_hops` counts the nodes after us. `room`
    has what hops are known to carry at most, in msat, where that is less than they say. No way
    passes a node in `avoided`; it may end there.
    """

    payee: bytes
    amount_msat: int
    first_hops: tuple[FirstHop, ...]
    max_fee_msat: int
    final_cltv: int
    max_cltv: int
    max_hops: int = 20
    room: Mapping[HopKey, int] = field(default_factory=dict)
    avoided: frozenset[bytes] = frozenset()
