"""How a payment was tried, in rows: nothing is said twice, and nobody is said to hold what a payer
cannot know of them."""

from __future__ import annotations

from lnwallet_tui.api.views import AttemptEnd, AttemptStage, AttemptView
from lnwallet_tui.ui.widgets import tries
from tests.ui import views

NAMES = {views.PEER: "noor", views.SHOP: "oskar"}
PASSED = "A node on the way could not pass {} sat on: the receiver may be offline. Try less."


def said(*attempts: AttemptView, above: str = "", whole_msat: int = 0) -> list[str]:
    found = tries.rows(attempts, lambda node_id: NAMES.get(node_id, ""), above, whole_msat)
    return [f"{head.plain}{text}".strip() for head, text in found]


def held(
    part: int = 1, hops: int = 3, *, amount_msat: int = 600_000, first_peer: str = views.PEER
) -> AttemptView:
    return views.attempt(
        part=part,
        hops=hops,
        amount_msat=amount_msat,
        first_peer=first_peer,
        end=AttemptEnd.UNDER_WAY,
        stage=AttemptStage.COMMITTED,
    )


def test_the_same_reason_stands_once_whatever_its_amount() -> None:
    rows = said(
        views.attempt(1, failed_hop=2, failure=PASSED.format("900,000")),
        views.attempt(2, part=1, failed_hop=2, failure=PASSED.format("450,000.125")),
        views.attempt(2, part=2, failure=PASSED.format("7")),
        views.attempt(3, failed_hop=3, failure="It asked for more."),
        views.attempt(4, failed_hop=1, failure=PASSED.format("168,750")),
    )
    assert [one for one in rows if not one.startswith("Try")] == [
        f"Sent back by oskar, hop 2 of 3: {PASSED.format('900,000')}",
        "Sent back by oskar, hop 2 of 3, for the same reason as try 1.",
        "For the same reason as try 1.",
        "Sent back by oskar, hop 3 of 3: It asked for more.",
        "Sent back by oskar, hop 1 of 3, for the same reason as try 1.",
    ]


def test_what_came_back_cost_no_fee() -> None:
    [back, never, arrived] = said(
        views.attempt(1), views.attempt(2, end=AttemptEnd.NEVER_LEFT),
        views.attempt(3, end=AttemptEnd.ARRIVED),
    )  # fmt: skip
    assert back.endswith("came back, 3 hops via noor")
    assert never.endswith("never left, 3 hops via noor")
    assert arrived.endswith("arrived, fee 1.250 sat, 3 hops via noor")


def test_a_receipt_leaves_no_try_out() -> None:
    back, first, second = (
        views.attempt(1),
        views.attempt(2, part=1, end=AttemptEnd.ARRIVED),
        views.attempt(2, part=2, end=AttemptEnd.ARRIVED),
    )
    for paid in ((back, first, second), (back, first), (first, second)):
        assert tries.at_the_end(paid, views.payment()) == paid
    assert tries.at_the_end((first,), views.payment()) == ()


def test_what_stands_above_is_not_said_again_with_another_amount() -> None:
    above = f"No way was found for 900,000 sat. The last part: {PASSED.format('168,750')}"
    rows = said(
        views.attempt(1, failed_hop=2, failure=PASSED.format("900,000")),
        views.attempt(2, failure=PASSED.format("168,750")),
        above=above,
    )
    assert [one for one in rows if not one.startswith("Try")] == [
        "Sent back by oskar, hop 2 of 3, as said above."
    ]


def test_who_holds_a_payment_is_said_as_far_as_a_payer_can_know() -> None:
    [row, who] = said(held())
    assert (
        row == "Try 1      600 sat         with noor or behind it, fee 1.250 sat, 3 hops via noor"
    )
    assert who == (
        "Held by noor or somebody behind it, whom nobody can see from here. noor has until block "
        "1,104, when try 1 expires, to answer; till then it cannot be taken back."
    )


def test_a_payee_who_is_our_peer_is_who_has_not_answered() -> None:
    [row, who] = said(held(hops=1))
    assert "with noor, fee" in row
    assert who == (
        "noor, who is to be paid, has the HTLC and has not answered: nobody knows yet whether it "
        "is paid. It has time until block 1,104, when try 1 expires."
    )


def test_nobody_has_until_a_block_that_is_past() -> None:
    one = held(1, hops=1)
    for tip, has in ((one.expiry_height - 1, True), (one.expiry_height, False)):
        rows = tries.rows((one,), lambda _: "noor", "", tip=tip)
        assert any("It has time until" in text for _, text in rows) is has


def test_each_who_holds_something_is_named_once() -> None:
    rows = said(held(1), held(2), held(3, first_peer=views.SHOP))
    assert sum("Held by noor" in one for one in rows) == 1
    assert sum("Held by oskar" in one for one in rows) == 1


def test_what_lacks_of_the_whole_is_said_while_something_waits() -> None:
    half = held(amount_msat=225_000_000)
    assert said(half, whole_msat=900_000_000)[-1].startswith(
        "225,000 sat of 900,000 sat are out. A receiver takes parts only all together"
    )
    assert "are out" not in said(half, whole_msat=225_000_000)[-1]
    back = views.attempt(amount_msat=225_000_000)
    assert len(said(back, whole_msat=900_000_000)) == 1
