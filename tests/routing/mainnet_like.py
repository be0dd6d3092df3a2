"""The channels of a generated network, as their ends would announce them."""

from __future__ import annotations

from lnwallet_tui.playground.topology import Edge
from lnwallet_tui.routing.graph import Hop


def id_of(number: int) -> bytes:
    """The id of the node that the network calls by this number."""
    return bytes([2]) + number.to_bytes(32, "big")


def hops_of(edge: Edge) -> list[Hop]:
    """Both directions."""
    ends = ((edge.one, edge.other), (edge.other, edge.one))
    return [
        Hop(
            edge.number,
            id_of(source),
            id_of(target),
            terms.fee_base_msat,
            terms.fee_proportional_millionths,
            terms.cltv_expiry_delta,
            terms.htlc_minimum_msat,
            terms.htlc_maximum_msat,
            terms.is_disabled,
        )
        for (source, target), terms in zip(ends, edge.terms, strict=True)
    ]
