"""What a path delivers at most is exactly what its hops let through."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from lnwallet_tui.routing.graph import Hop
from lnwallet_tui.routing.path import Path, carried_msat, deliverable_msat, most_through
from tests.routing.networks import ADA, BEN, CYD, DAN, first, hop

_HOPS = st.tuples(
    *(
        st.builds(
            lambda base, share, most, leg=leg: hop(
                leg[0],
                leg[1],
                leg[2],
                fee_base_msat=base,
                fee_proportional_millionths=share,
                htlc_maximum_msat=most,
            ),
            st.integers(0, 1_000),
            st.integers(0, 3_000_000),
            st.integers(0, 10_000),
        )
        for leg in ((1, ADA, BEN), (2, BEN, CYD), (3, CYD, DAN))
    )
)


@settings(max_examples=150)
@given(hops=_HOPS, can_send=st.integers(0, 20_000), narrow=st.integers(0, 10_000))
def test_it_delivers_that_much_and_not_one_more(
    hops: tuple[Hop, ...], can_send: int, narrow: int
) -> None:
    path, room = Path(first(ADA, can_send), hops, 0, 0), {hops[1].key: narrow}
    most = deliverable_msat(path, room)

    def fits(amount: int) -> bool:
        carried = carried_msat(path, amount)
        rooms = [can_send, *(most_through(one, room) for one in hops)]
        return all(msat <= limit for msat, limit in zip(carried, rooms, strict=True))

    assert most == 0 or fits(most)
    assert not fits(most + 1)


def test_a_disabled_hop_delivers_nothing() -> None:
    path = Path(first(ADA), (hop(1, ADA, BEN, is_disabled=True),), 0, 0)
    assert deliverable_msat(path, {}) == 0
