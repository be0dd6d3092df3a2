"""The rows from which any revoked commitment's HTLCs are known again."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.held_htlcs import HeldHtlc, HtlcEntered, HtlcLeft, changes, held_in
from lnwallet_tui.channel.transactions import CommitmentSpec, HtlcSpec


def htlc(offered: bool, htlc_id: int) -> HtlcSpec:
    return HtlcSpec(offered, Msat(1_000_000 + htlc_id), bytes([htlc_id] * 32), 500, htlc_id)


def spec(number: int, htlcs: tuple[HtlcSpec, ...]) -> CommitmentSpec:
    return CommitmentSpec(number, 253, Msat(0), Msat(0), htlcs)


class Table:
    """What the store does with the records: insert, and end."""

    def __init__(self) -> None:
        self.rows: list[HeldHtlc] = []

    def write(self, records: tuple[HtlcEntered | HtlcLeft, ...]) -> None:
        for record in records:
            match record:
                case HtlcEntered(entered, first):
                    self.rows.append(HeldHtlc(entered, first))
                case HtlcLeft(offered, htlc_id, last):
                    at = next(
                        index
                        for index, row in enumerate(self.rows)
                        if (row.htlc.offered, row.htlc.htlc_id) == (offered, htlc_id)
                    )
                    row = self.rows[at]
                    assert row.last is None
                    self.rows[at] = HeldHtlc(row.htlc, row.first, last)


def test_one_row_for_many_states() -> None:
    first, second = htlc(True, 0), htlc(False, 0)
    table = Table()
    table.write(changes(None, spec(0, ())))
    table.write(changes(spec(0, ()), spec(1, (first,))))
    table.write(changes(spec(1, (first,)), spec(2, (first, second))))
    table.write(changes(spec(2, (first, second)), spec(3, (second,))))
    assert table.rows == [HeldHtlc(first, 1, 2), HeldHtlc(second, 2, None)]
    assert [held_in(table.rows, number) for number in range(4)] == [
        (),
        (first,),
        (first, second),
        (second,),
    ]


@given(
    st.lists(st.frozensets(st.tuples(st.booleans(), st.integers(0, 5))), min_size=1, max_size=12)
)
def test_every_state_is_known_again(states: list[frozenset[tuple[bool, int]]]) -> None:
    # an id is used once: what left does not come back
    gone: set[tuple[bool, int]] = set()
    held: list[tuple[HtlcSpec, ...]] = []
    for previous, state in zip([frozenset(), *states], states, strict=False):
        gone |= previous - state
        held.append(tuple(htlc(*key) for key in sorted(state - gone)))
    table, before = Table(), None
    for number, htlcs in enumerate(held):
        table.write(changes(before, spec(number, htlcs)))
        before = spec(number, htlcs)
    for number, htlcs in enumerate(held):
        assert set(held_in(table.rows, number)) == set(htlcs)
