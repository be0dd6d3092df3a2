"""The ledger: the table of stages, views, balances, and what a disconnect takes back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.htlcs import (
    TABLE,
    Failed,
    FeeUpdate,
    Htlc,
    Ledger,
    Malformed,
    Side,
    Stage,
    View,
)

PREIMAGE = b"\x07" * 32
VIEWS = tuple(View)[:3]  # FORESEEN is no commitment


def ledger(funder: Side = Side.US) -> Ledger:
    return Ledger(funder=funder, ours=Msat(600_000), theirs=Msat(400_000), feerate_per_kw=1_000)


def an_htlc(side: Side, htlc_id: int = 0, amount: int = 100_000) -> Htlc:
    return Htlc(
        offered_by=side,
        id=htlc_id,
        amount=Msat(amount),
        payment_hash=bytes(32),
        cltv_expiry=500,
        onion=bytes(1366),
    )


def round_of(book: Ledger, side: Side) -> list[Ledger]:
    """The four steps that make what `side` proposed irrevocable, each state after one."""
    signed = book.signed_by(side)
    revoked = signed.revoked_by(side.other)
    countersigned = revoked.signed_by(side.other)
    return [signed, revoked, countersigned, countersigned.revoked_by(side)]


def added(side: Side) -> Ledger:
    return round_of(ledger().with_offer(an_htlc(side)), side)[-1]


def only(book: Ledger) -> Htlc:
    (htlc,) = book.htlcs
    return htlc


# -- the table
def test_an_htlc_walks_the_whole_way() -> None:
    book = ledger().with_offer(an_htlc(Side.US))
    stages = [only(book).stage, *(only(b).stage for b in round_of(book, Side.US))]
    book = added(Side.US)
    book = book.with_removal(only(book), PREIMAGE)
    removing = round_of(book, Side.THEM)
    stages += [only(book).stage, *(only(b).stage for b in removing[:-1])]
    assert stages == list(Stage)[:-1]
    assert removing[-1].is_quiet


@pytest.mark.parametrize("offerers", [True, False], ids=["offerers", "others"])
def test_a_commitment_shows_what_was_signed_when_it_became_the_oldest(offerers: bool) -> None:
    """Along the walk each view only ever changes once each way, oldest after signed after next."""
    for view in VIEWS:
        marks = [(row.in_offerers if offerers else row.in_others)[view] for row in TABLE.values()]
        changes = [(a, b) for a, b in pairwise(marks) if a != b]
        assert changes in ([("-", "+"), ("+", "-")], [("+", "-")])
    for row in TABLE.values():
        seen = row.in_offerers if offerers else row.in_others
        # What stands in the oldest and in the next stands in the one between.
        assert not (seen[0] == seen[2] != seen[1])


def test_each_stage_waits_for_one_thing() -> None:
    """From one stage there is at most one way on, and the ways together are the walk."""
    after: dict[Stage, Stage | None] = {}
    for stage, row in TABLE.items():
        ways = [way for way in row[2:] if way is not None]
        assert len(ways) <= 1
        after[stage] = ways[0] if ways else None
    assert after[Stage.LOCKED_IN] is after[Stage.GONE] is None
    walked = [Stage.ADD_PROPOSED, Stage.REMOVE_PROPOSED]
    for start in list(walked):
        following = after[start]
        while following is not None:
            walked.append(following)
            following = after[following]
    assert set(walked) == set(Stage)


@pytest.mark.parametrize("side", Side)
def test_views_on_the_way_in(side: Side) -> None:
    """BOLT 2: an update goes into the other side's commitment first."""
    book = ledger().with_offer(an_htlc(side))
    other = side.other

    def where(book: Ledger) -> tuple[str, str]:
        return tuple(
            "".join("+" if book.htlcs_in(owner, view) else "-" for view in VIEWS)
            for owner in (other, side)
        )  # type: ignore[return-value]  # two owners

    assert where(book) == ("--+", "---")
    signed, revoked, countersigned, locked = round_of(book, side)
    assert where(signed) == ("-++", "---")
    assert where(revoked) == ("+++", "--+")
    assert where(countersigned) == ("+++", "-++")
    assert where(locked) == ("+++", "+++")


# -- money
@pytest.mark.parametrize("side", Side)
def test_a_preimage_moves_the_amount_and_a_failure_does_not(side: Side) -> None:
    book = added(side)
    paid = round_of(book.with_removal(only(book), PREIMAGE), side.other)[-1]
    lost = -100_000 if side is Side.US else 100_000
    assert (paid.ours.value, paid.theirs.value) == (600_000 + lost, 400_000 - lost)
    for failure in (Failed(b"reason"), Malformed(bytes(32), 0xC005)):
        back = round_of(book.with_removal(only(book), failure), side.other)[-1]
        assert (back.ours, back.theirs) == (ledger().ours, ledger().theirs)


@pytest.mark.parametrize("side", Side)
def test_each_commitment_pays_from_the_moment_that_it_drops_the_htlc(side: Side) -> None:
    book = added(side)
    book = book.with_removal(only(book), PREIMAGE)
    everything = 1_000_000
    for state in (book, *round_of(book, side.other)):
        for owner in Side:
            for view in VIEWS:
                held = sum(h.amount.value for h in state.htlcs_in(owner, view))
                balances = sum(state.balance_in(one, owner, view) for one in Side)
                assert balances + held == everything


def test_the_costs_of_everything_are_foreseen() -> None:
    """What they settle costs them at once; it is ours where the same signature frees it."""
    book = added(Side.THEM).with_offer(an_htlc(Side.US, amount=50_000))
    theirs = book.htlcs[0]
    book = book.with_removal(theirs, PREIMAGE)
    for owner in Side:
        assert book.balance_in(Side.THEM, owner, View.FORESEEN) == 300_000
    assert book.balance_in(Side.US, Side.THEM, View.FORESEEN) == 650_000
    assert book.balance_in(Side.US, Side.US, View.FORESEEN) == 550_000


# -- what is to be signed
@pytest.mark.parametrize("side", Side)
def test_who_has_to_sign(side: Side) -> None:
    book = ledger().with_offer(an_htlc(side))
    assert (book.has_to_sign(side), book.has_to_sign(side.other)) == (True, False)
    signed, revoked, countersigned, locked = round_of(book, side)
    assert not signed.has_to_sign(side)
    assert not signed.has_to_sign(side.other)
    assert revoked.has_to_sign(side.other)
    for state in (countersigned, locked):
        assert not any(state.has_to_sign(one) for one in Side)


@pytest.mark.parametrize("funder", Side)
def test_a_feerate_goes_the_same_way(funder: Side) -> None:
    book = ledger(funder).with_fee(2_000)
    rates = [
        tuple(state.feerate_in(owner, View.SIGNED) for owner in (funder.other, funder))
        for state in (book, *round_of(book, funder))
    ]
    assert rates == [
        (1_000, 1_000), (2_000, 1_000), (2_000, 1_000), (2_000, 2_000), (2_000, 2_000),
    ]  # fmt: skip
    final = round_of(book, funder)[-1]
    assert (final.feerate_per_kw, final.is_quiet) == (2_000, True)


def test_the_last_of_several_feerates_counts() -> None:
    book = ledger().with_fee(2_000).with_fee(3_000)
    assert book.feerates_ahead == {1_000, 3_000}
    assert book.feerate_in(Side.THEM, View.NEXT) == 3_000
    assert round_of(book, Side.US)[-1].feerate_per_kw == 3_000


def test_an_onion_is_kept_as_long_as_it_may_be_sent_or_read() -> None:
    ours = round_of(ledger().with_offer(an_htlc(Side.US)), Side.US)
    assert [len(only(b).onion) for b in ours] == [1366, 0, 0, 0]
    theirs = added(Side.THEM)
    assert len(only(theirs).onion) == 1366
    assert only(theirs.with_removal(only(theirs), PREIMAGE)).onion == b""


# -- our own bugs
def test_ids_leave_no_gap() -> None:
    with pytest.raises(AssertionError, match="go up by one"):
        ledger().with_offer(an_htlc(Side.US, htlc_id=1))


def test_nothing_is_removed_twice_or_too_early() -> None:
    early = ledger().with_offer(an_htlc(Side.US))
    with pytest.raises(AssertionError, match="irrevocably committed"):
        early.with_removal(only(early), PREIMAGE)
    book = added(Side.US)
    book = book.with_removal(only(book), PREIMAGE)
    with pytest.raises(AssertionError, match="irrevocably committed"):
        book.with_removal(only(book), Failed(b""))


# -- a disconnect
@pytest.mark.parametrize("side", Side)
def test_offers_that_no_signature_covers_are_forgotten_and_their_ids_free(side: Side) -> None:
    book = ledger().with_offer(an_htlc(side)).signed_by(side).with_offer(an_htlc(side, 1))
    after = book.without_uncommitted()
    assert [htlc.id for htlc in after.htlcs] == [0]
    assert after.next_id(side) == 1


def test_a_signed_feerate_stays_and_a_proposed_one_goes() -> None:
    book = ledger().with_fee(2_000).signed_by(Side.US).with_fee(3_000)
    assert book.without_uncommitted().fee_updates == (FeeUpdate(2_000, Stage.ADD_SIGNED),)


def test_feerates_replace_each_other() -> None:
    """BOLT 2: "`update_fee` is never closed but simply replaced". A funder that proposes without
    end, or signs without end and revokes nothing, takes no room."""
    book = ledger().with_fee(2_000).with_fee(3_000)
    assert book.fee_updates == (FeeUpdate(3_000),)
    for feerate in range(4_000, 4_050):
        book = book.with_fee(feerate).signed_by(Side.US).revoked_by(Side.THEM)
    assert book.fee_updates == (FeeUpdate(4_049, Stage.ADD_REVOKED),)
    assert book.with_fee(5_000).without_uncommitted() == book


def test_their_removal_is_taken_back_but_the_preimage_stays_known() -> None:
    book = added(Side.US)
    book = book.with_removal(only(book), PREIMAGE).without_uncommitted()
    assert (only(book).stage, only(book).preimage) == (Stage.LOCKED_IN, PREIMAGE)
    book = added(Side.US)
    book = book.with_removal(only(book), Failed(b"reason")).without_uncommitted()
    assert (only(book).stage, only(book).failure) == (Stage.LOCKED_IN, None)


def test_our_removal_is_decided_once() -> None:
    book = added(Side.THEM)
    book = book.with_removal(only(book), Failed(b"reason"))
    assert book.without_uncommitted() == book


# -- all at once
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["add", "pay", "fail", "sign", "cut"]), st.sampled_from(Side)),
        max_size=60,
    )
)
def test_no_order_of_updates_makes_or_loses_money(steps: list[tuple[str, Side]]) -> None:
    """Every commitment of every moment pays out what the channel holds, and none is overdrawn."""
    book, awaited = ledger(), set[Side]()
    for act, side in steps:
        book = _act(book, awaited, act, side)
        for owner in Side:
            for view in VIEWS:
                balances = [book.balance_in(one, owner, view) for one in Side]
                held = sum(h.amount.value for h in book.htlcs_in(owner, view))
                assert min(balances) >= 0
                assert sum(balances) + held == 1_000_000
    assert book.ours + book.theirs == Msat(1_000_000)


def _act(book: Ledger, awaited: set[Side], act: str, side: Side) -> Ledger:
    """`awaited` are the sides that owe a revocation: asked to sign again, they revoke instead."""
    match act:
        case "add" if book.balance_in(side, side, View.FORESEEN) >= 200_000:
            return book.with_offer(an_htlc(side, book.next_id(side)))
        case "pay" | "fail":
            open_ones = [
                h for h in book.htlcs if h.offered_by is side and h.stage is Stage.LOCKED_IN
            ]
            outcome = PREIMAGE if act == "pay" else Failed(b"reason")
            return book.with_removal(open_ones[0], outcome) if open_ones else book
        case "sign" if side.other in awaited:
            awaited.discard(side.other)
            return book.revoked_by(side.other)
        case "sign" if book.has_to_sign(side):
            awaited.add(side.other)
            return book.signed_by(side)
        case "cut":
            return book.without_uncommitted()
        case _:
            return book
