"""Payments, channels and closes in words: every state, every kind, no case left out."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from textual.content import Content

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.invoice.errors import NEW_INVOICE
from lnwallet_tui.ui import activity_words, channel_words, close_words, hop_words, payment_words
from lnwallet_tui.ui.subjects import of_payment
from lnwallet_tui.ui.widgets.balance_bar import bar
from lnwallet_tui.ui.widgets.words import Fact, hanging
from tests.ui import views
from tests.ui.test_story import way


def told(rows: list[Fact | None]) -> dict[str, str]:
    return {row.label: f"{row.value} {row.remark}".rstrip() for row in rows if row is not None}


# -- payments
@pytest.mark.parametrize("outgoing", [True, False])
@pytest.mark.parametrize("status", PaymentStatus)
def test_every_state_of_a_payment_has_a_title_a_sentence_and_a_line(
    status: PaymentStatus, outgoing: bool
) -> None:
    payment = views.payment(status=status, outgoing=outgoing, reason="Because.")
    assert "25,000 sat" in payment_words.title(payment)
    assert payment_words.sentence(payment, views.NOW).endswith(".")
    line = payment_words.payment_line(payment, views.NOW, "").plain
    assert ("↑" in line, "↓" in line) == (outgoing, not outgoing)
    assert payment_words.status_word(payment) in line
    # Others' words never share a line with an amount; those of our own invoice do.
    assert ("something nice" in line) is not outgoing


@pytest.mark.parametrize(
    ("status", "word"), [(PaymentStatus.IN_FLIGHT, "part out"), (PaymentStatus.STUCK, "part stuck")]
)
def test_a_row_shows_no_more_than_is_out(status: PaymentStatus, word: str) -> None:
    whole = replace(views.payment(status=status, amount_msat=900_000_000), out_msat=900_000_000)
    part = replace(whole, out_msat=225_000_000)
    rows = [payment_words.payment_line(one, views.NOW, "").plain for one in (whole, part)]
    assert "-900,000 sat" in rows[0]
    assert f"-225,000 sat  {word}" in rows[1]
    assert "900,000" not in rows[1]
    assert len(rows[0]) == len(rows[1])


def test_a_stuck_payment_is_never_called_failed() -> None:
    stuck = views.payment(status=PaymentStatus.STUCK, reason="A hop does not answer.")
    words = payment_words.title(stuck) + payment_words.sentence(stuck, views.NOW)
    assert "failed;" in words
    assert "do not pay it again" in words
    assert "Nothing left" not in words


@pytest.mark.parametrize("status", PaymentStatus)
def test_only_what_is_open_expires(status: PaymentStatus) -> None:
    one, tip = views.payment(status=status), views.HEIGHT
    coming = told([*payment_words.expiry(one, tip + 40, tip, views.NOW)])
    over = told([*payment_words.expiry(one, tip, tip, views.NOW)])
    assert not payment_words.expiry(one, 0, tip, views.NOW)
    if status not in (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK):
        assert coming == over == {}
        return
    assert coming["Expires"].startswith("block 1,064 (~20:53); then it comes back, or")
    assert over["Expired"] == "block 1,024; it comes back, or is taken to chain"


def test_a_failed_payment_says_why_and_where_the_money_is() -> None:
    failed = views.payment(status=PaymentStatus.FAILED, reason="No route.")
    assert payment_words.sentence(failed, views.NOW) == "No route. Nothing left your wallet."
    assert payment_words.may_try_again(failed, views.NOW)
    assert payment_words.may_try_again(replace(failed, invoice=""), failed.expires)
    late = payment_words.sentence(failed, failed.expires)
    assert late.endswith(f"wallet. Its invoice has expired. {payment_words.NEW_INVOICE}")
    assert not payment_words.may_try_again(failed, failed.expires)
    asks = replace(failed, reason=f"No. {NEW_INVOICE}")  # as the node says it
    assert payment_words.sentence(asks, failed.expires).count(NEW_INVOICE) == 1
    assert not payment_words.may_try_again(asks, views.NOW)
    by_chain = payment_words.sentence(replace(failed, by_chain=True), views.NOW)
    assert by_chain.startswith("No route. Nobody was paid. Its channel was closed meanwhile;")
    assert "left your wallet" not in by_chain
    unknown = replace(failed, by_chain=True, may_be_paid=True)
    assert payment_words.title(unknown).startswith("! Not known whether paid")
    assert payment_words.status_word(unknown) == "unknown"
    assert not payment_words.may_try_again(unknown, views.NOW)
    for now in (views.NOW, unknown.expires + 1):
        said = payment_words.sentence(unknown, now)
        assert "Nobody was paid" not in said
        assert "Ask the receiver for a new invoice" not in said
    assert said.endswith("if the receiver has it, a new one would be paid twice.")
    assert "Ask the receiver whether it came" in of_payment(unknown, 0, 0, views.NOW).can
    again = replace(failed, first_begun=views.NOW - 7_200)
    assert "12:" in payment_words.payment_line(again, views.NOW, "").plain


@pytest.mark.parametrize("outgoing", [True, False])
@pytest.mark.parametrize("status", PaymentStatus)
def test_money_that_did_not_move_has_no_sign(status: PaymentStatus, outgoing: bool) -> None:
    payment = views.payment(status=status, outgoing=outgoing)
    line = payment_words.payment_line(payment, views.NOW, "").plain
    row = activity_words.row(payment, views.NOW, "", 74, wide=False).plain
    sign = "-" if outgoing else "+"
    moves = status in (PaymentStatus.PAID, PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK)
    for text in (line, row):
        assert (f" {sign}25,000 sat" in text) is moves
        assert (" 25,000 sat" in text) is not moves


def test_an_open_amount_is_said() -> None:
    waiting = views.payment(outgoing=False, status=PaymentStatus.WAITING, amount_msat=None)
    assert payment_words.title(waiting) == "● Waiting for any amount"
    assert "any amount" in payment_words.payment_line(waiting, views.NOW, "").plain


SHORT = "03cdcdcd…cdcdcdcd"


@pytest.mark.parametrize(
    ("note", "name", "itself", "said"),
    [
        ("", "", "", SHORT),
        ("", "", "ACINQ-Node_1.fr", "“ACINQ-Node_1.fr”"),
        ("", "Alice", "ACINQ", "Alice"),
        # A note stands after who is paid, and hides nobody.
        ("rent", "Alice", "ACINQ", "Alice, rent"),
        ("rent", "", "ACINQ", "“ACINQ”, rent"),
        ("for the tent and all", "farid", "", "farid, for the te…"),
        ("rent", "Alice of the castle", "", "Alice of the castl"),
        ("rent", "", "", "rent"),
        ("loyer, août 家賃", "", "", "loyer, août 家賃"),
        ("", "", "A name that is longer than", "“A name that is …”"),
        # What could change how a number is read stands on the payment's own page alone.
        ("דירה 5", "Alice", "", "Alice"),
        ("", "", "+5,000 sat", SHORT),
        ("", "", "5 sat", SHORT),
        ("", "", "Paid 5 sat", SHORT),
        ("", "", "שלום", SHORT),
        ("", "", "Аlice", SHORT),  # it begins with a letter that only looks like A
        ("", "", "[/foo]", SHORT),
        ("", "", "a\x1b[2Jb", SHORT),
        ("", "", "a” sat", SHORT),
    ],
)
def test_a_payment_is_told_from_others_by_what_nobody_else_could_misuse(
    note: str, name: str, itself: str, said: str
) -> None:
    payment = replace(views.payment(), note=Untrusted(note), payee_name=Untrusted(itself))
    assert payment_words.whom_or_what(payment, name, 18) == said
    assert payment_words.payment_line(payment, views.NOW, name).plain.count(" sat") == 1


@pytest.mark.parametrize(
    ("name", "itself", "said"),
    [
        ("farid", "", "you noted: "),
        ("", "ACINQ", "you noted: "),
        ("", "", f"to {SHORT}, you noted: "),
        ("", "5 sat", f"to {SHORT}, you noted: "),
    ],
)
def test_who_is_paid_stands_beside_a_note_that_took_their_place(
    name: str, itself: str, said: str
) -> None:
    payment = replace(views.payment(), note=Untrusted("rent"), payee_name=Untrusted(itself))
    assert payment_words.noted(payment, name) == said
    came = views.payment(outgoing=False)
    assert payment_words.noted(replace(came, note=Untrusted("rent")), "") == "you noted: "


def test_nobody_is_named_who_paid_us() -> None:
    came = replace(views.payment(outgoing=False), payee_name=Untrusted("me"))
    assert payment_words.whom_or_what(came, "", 18) == "something nice"
    assert payment_words.whom_or_what(replace(came, note=Untrusted("Bo")), "", 18) == "Bo"
    assert payment_words.whom_or_what(views.payment(outgoing=False, description=""), "", 18) == ""


@pytest.mark.parametrize(
    ("to_name", "said"),
    [
        ("you", "whether you are paid or pass it on again;"),
        ("bookshop", "whether bookshop is paid or passes it on again;"),
        ("", "whether the next one is paid or passes it on again;"),
    ],
)
def test_what_a_hop_cannot_know_of_the_next_one(to_name: str, said: str) -> None:
    [hop, _] = way("gerlinde", "hubertus")
    assert said in hop_words.cannot_know(replace(hop, to_name=to_name))


# -- channels
@pytest.mark.parametrize("state", ChannelState)
def test_every_state_of_a_channel_has_a_row_as_wide_as_the_heading(state: ChannelState) -> None:
    for columns in (80, 110, 120, 200, 400):
        row = channel_words.row(views.channel(state=state), "", columns)
        assert state.value in row.plain
        assert row.cell_length == len(channel_words.heading(columns)) <= columns - 6


def test_the_living_come_first() -> None:
    closed = views.channel("cc" * 32, state=ChannelState.CLOSED)
    assert channel_words.ordered([closed, views.channel()])[-1] == closed


def test_a_reserve_is_said_while_it_holds() -> None:
    at_once = replace(views.side_limits(0, 0), max_in_flight_msat=1_000_000_000)
    channel = replace(views.channel(), our_limits=at_once, their_limits=at_once)
    assert told(channel_words.sides(channel))["Yours"].endswith(
        "of it 10,000 sat reserve, 5,000 sat fees"
    )
    theirs = replace(channel, we_opened=False, can_receive_msat=384_660_000)
    assert told(channel_words.sides(theirs)) == {
        "Yours": "600,000 sat of it 10,000 sat stay as a reserve",
        "Theirs": "400,000 sat of it 10,000 sat reserve, 5,340 sat fees",
    }
    # A limit of theirs is no fee, and what is under way is neither.
    most = replace(at_once, max_in_flight_msat=channel.can_send_msat)
    for other in (replace(channel, our_limits=most), replace(channel, htlcs=(views.HTLC,))):
        assert told(channel_words.sides(other))["Yours"].endswith("stay as a reserve")
    nothing_theirs = replace(channel, remote_msat=0)
    assert told(channel_words.sides(nothing_theirs))["Theirs"] == (
        "0 sat the first 10,000 sat stay as a reserve"
    )
    for state in (ChannelState.CLOSING, ChannelState.SHUTTING_DOWN):
        assert told(channel_words.sides(views.channel(state=state)))["Yours"] == "600,000 sat"
    closed = views.channel(state=ChannelState.CLOSED)
    assert told(channel_words.sides(closed)) == {"It held": "1,000,000 sat"}


def test_both_sides_add_up_to_the_channel_as_they_are_printed() -> None:
    uneven = replace(views.channel(), local_msat=544_604_291, remote_msat=455_395_709)
    sides = told(channel_words.sides(uneven))
    assert sides["Yours"].startswith("544,604.291 sat")
    assert sides["Theirs"].startswith("455,395.709 sat")


@pytest.mark.parametrize(
    "kind", ["cooperative", "ours", "theirs", "breach by them", "unknown", "something new"]
)
def test_how_a_channel_ended_is_said(kind: str) -> None:
    closed = views.channel(
        state=ChannelState.CLOSING, closing_kind=kind, available_height=views.HEIGHT + 100
    )
    facts = told(channel_words.facts(closed, views.HEIGHT, views.NOW))
    assert facts["Closed"]
    assert facts["Money free"] == "block 1,124 (~Tue 06:53)"
    assert told(channel_words.ids(closed))["Closing"] == "55" * 32


def test_what_is_under_way_stands_in_the_details() -> None:
    incoming = replace(views.HTLC, outgoing=False)
    channel = replace(views.channel(htlcs=(views.HTLC,)), we_opened=False)
    facts = told(channel_words.facts(channel, views.HEIGHT, views.NOW))
    assert facts["Under way"] == "12,345.678 sat going out until block 1,064 (~20:53); committed"
    assert facts["Opened by"] == "the peer"
    assert facts["Confirmed"] == "by 6 blocks, 3 were needed"
    opening = told(channel_words.facts(replace(channel, confirmations=1), views.HEIGHT, views.NOW))
    assert opening["Confirmed"] == "1 of 3 blocks"
    both = told(channel_words.facts(views.channel(htlcs=(incoming,)), views.HEIGHT, views.NOW))
    assert "coming in" in both["Under way"]


@pytest.mark.parametrize("state", ChannelState)
def test_what_cannot_be_closed_says_why(state: ChannelState) -> None:
    why = channel_words.why_not_close(views.channel(state=state))
    assert bool(why) is (state in {ChannelState.CLOSED, ChannelState.CLOSING})


def test_further_lines_hang_under_the_first() -> None:
    hung = hanging(Content("head "), "aaaa bbbb cccc dddd eeee", 25)
    assert hung.plain == "head aaaa bbbb cccc dddd\n     eeee"
    assert hanging(Content("head "), "", 25).plain == "head "


# -- the bar
@pytest.mark.parametrize("width", [1, 10, 38])
@pytest.mark.parametrize("local_msat", [0, 1, 499_999, 500_000, 999_999, 1_000_000])
def test_the_bar_is_as_wide_as_asked(local_msat: int, width: int) -> None:
    drawn = bar(local_msat, 1_000_000 - local_msat, width).plain
    assert len(drawn) == width
    assert (drawn == "░" * width) is (local_msat == 0)
    assert (drawn == "█" * width) is (local_msat == 1_000_000)


def test_a_bar_of_nothing() -> None:
    assert bar(0, 0, 4).plain == "────"
    assert bar(1, 1, 0).plain == ""


# -- closing
def test_both_ways_name_cost_and_date() -> None:
    quote = views.close_quote()
    assert "599,570 sat back, fee about 430 sat" in close_words.together(quote, views.NOW).plain
    alone = close_words.alone(quote, views.NOW).plain
    assert "597,170 sat back, fees about 2,830 sat" in alone
    assert "free from block 1,745 (~Sat 14:23)" in alone
    assert "at worst 571,000 sat by block 2,033" in alone
    assert "720 blocks (~5 days)" in close_words.warning(quote, views.NOW, alone=True)
    together = told(close_words.costs_together(quote, views.NOW))
    assert together["To the miners"] == "430 sat at most 1,200 sat"


@pytest.mark.parametrize(("more_sat", "what"), [(1, "rounding"), (355, "dust")])
def test_what_the_miners_get_beside_the_fee_is_named(more_sat: int, what: str) -> None:
    quote = views.close_quote()
    *paid_out, fee = quote.cooperative_outputs
    fee = replace(fee, amount_sat=fee.amount_sat + more_sat)
    told_of = told(
        close_words.costs_together(replace(quote, cooperative_outputs=(*paid_out, fee)), views.NOW)
    )
    assert told_of["To the miners"] == (
        f"{430 + more_sat} sat {more_sat} sat of it {what}, at most 1,200 sat"
    )


def test_alone_too_a_broken_satoshi_that_miners_get_is_named() -> None:
    quote = views.close_quote()
    *paid_out, fee = quote.force_outputs
    odd = replace(quote, force_outputs=(*paid_out, replace(fee, amount_sat=1_821)))
    assert told(close_words.costs_alone(odd, views.NOW))["To the miners"] == (
        "1,821 sat 1 sat of it rounding, fixed at 10.0 sat/vB"
    )


def test_what_of_the_fee_is_ours_is_the_same_to_the_thousandth_before_and_after() -> None:
    """The miners get both sides' thousandths as one satoshi more."""
    quote = views.close_quote()
    *paid_out, fee = quote.force_outputs
    paid_out[:2] = []  # a channel without anchors
    before = replace(
        quote, ours_msat=599_340_567, force_outputs=(*paid_out, replace(fee, amount_sat=1_821))
    )
    assert told(close_words.costs_alone(before, views.NOW))["To the miners"] == (
        "1,821 sat 1,820.567 sat of it yours, fixed at 10.0 sat/vB"
    )
    after = replace(views.channel(state=ChannelState.CLOSING), local_msat=599_340_567)
    rows = told(channel_words.sides(replace(after, coming_home_sat=597_520)))
    assert rows["Coming home"] == (
        "597,520 sat 1,820.567 sat went to fee, dust, anchors or a payment"
    )
    waits = replace(after, coming_home_sat=597_520, published_txid="ab" * 32)
    assert told(channel_words.sides(waits))["Coming home"] == (
        "597,520 sat 1,820.567 sat went to fee, dust or anchors"
    )


def test_who_did_not_open_pays_no_fee() -> None:
    quote = replace(views.close_quote(), cooperative_fee_sat=0, cooperative_max_fee_sat=0)
    assert "the peer pays the fee" in close_words.together(quote, views.NOW).plain
    rows = told(close_words.costs_together(quote, views.NOW))
    assert rows["To the miners"] == "430 sat the peer opened it and pays"


def test_what_cannot_be_undone_says_so_and_what_would_be_better() -> None:
    online, away = views.close_quote(), views.close_quote(online=False)
    assert "cannot be undone" in close_words.warning(online, views.NOW, alone=True)
    assert "closing together would be faster" in close_words.warning(online, views.NOW, alone=True)
    assert "faster" not in close_words.warning(away, views.NOW, alone=True)
    warned = close_words.warning(away, views.NOW, alone=False)
    assert "cannot begin before the peer is connected again, and nothing of it is kept" in warned
    assert "from now on" not in warned
    pending = close_words.circumstances(replace(away, htlcs_pending=2))
    assert "you can close together once it is back, or alone now." in pending
    assert "waits until it is back" not in pending
    assert "2 payments are under way in it. Closing together waits for their end" in pending
    one = close_words.circumstances(replace(away, htlcs_pending=1), 25_011_665)
    assert "1 payment is under way in it. Closing together waits for its end" in one
    assert "Of 25,011 sat going out, what arrives comes off these sums: if all" in one


def test_where_nothing_is_ours_nothing_waits_and_nothing_stays() -> None:
    none = views.outcome(0, 0, views.HEIGHT + 1, views.HEIGHT + 144)
    quote = replace(views.close_quote(), ours_msat=0, force_rates=(), force_outcome=none)
    assert close_words.warning(quote, views.NOW, alone=True).endswith("This cannot be undone.")
    assert "Its sweep" not in told(close_words.costs_alone(quote, views.NOW))
    nothing = "Nothing of it is yours, so that nothing comes back to you."
    assert close_words.sums(quote, views.NOW, alone=True) == nothing
    coming_in = replace(quote, htlcs_pending=1)
    assert "Your own money waits" in close_words.warning(coming_in, views.NOW, alone=True)
    left = told(close_words.costs_alone(replace(quote, ours_msat=1_000_000), views.NOW))
    assert left["Its sweep"] == "-597,520 sat not worth its fee: it stays on chain"


def test_a_close_together_that_payments_hold_up_is_not_called_faster() -> None:
    quote = views.close_quote()
    held = replace(
        quote,
        htlcs_pending=2,
        cooperative_outcome=views.outcome(599_570, 500_000, views.HEIGHT + 721, views.HEIGHT + 864),
    )
    choice = close_words.together(held, views.NOW).plain
    assert "waits for its payments; free by about block 1,745 (~Sat 14:23)" in choice
    assert "20 min" not in choice
    said = close_words.warning(held, views.NOW, alone=True)
    assert (
        "closing together waits for the payments in it, maybe until about block 1,745 (~Sat "
        "14:23); at the same pace it would cost 430 sat instead of 3,880 sat. This cannot" in said
    )
    assert "faster" not in said
    sooner = replace(
        held,
        cooperative_outcome=views.outcome(599_570, 500_000, views.HEIGHT + 720, views.HEIGHT + 864),
    )
    assert "would be faster, and" in close_words.warning(sooner, views.NOW, alone=True)


@pytest.mark.parametrize(
    ("together_sat", "alone_sat", "slow_sat", "fast_sat", "words"),
    [
        # as printed alone is cheaper: its sweep is slow; at one pace it is not
        (1_690, 1_507, 492, 1_230, "and cost 1,690 sat instead of 2,245 sat at the same pace. "),
        (430, 2_830, 350, 1_400, "and cost 430 sat instead of 3,880 sat at the same pace. "),
        (0, 2_830, 350, 1_400, "and cost 0 sat instead of 3,880 sat at the same pace. "),
        (5_000, 1_507, 492, 1_230, "would be faster. This cannot"),
        (2_245, 1_507, 492, 1_230, "would be faster. This cannot"),
        (400, 600, 0, 0, "would be faster. This cannot"),  # nothing is worth a sweep
    ],
)
def test_together_is_called_cheaper_only_at_one_pace(
    together_sat: int, alone_sat: int, slow_sat: int, fast_sat: int, words: str
) -> None:
    quote = views.close_quote()
    slow, normal, fast = quote.force_rates
    rates = (replace(slow, fee_sat=slow_sat), normal, replace(fast, fee_sat=fast_sat))
    quote = replace(
        quote,
        cooperative_fee_sat=together_sat,
        force_fee_sat=alone_sat,
        force_rates=rates if fast_sat else (),
    )
    assert words in close_words.warning(quote, views.NOW, alone=True)
    choice = close_words.alone(quote, views.NOW).plain
    assert f"fees about {alone_sat:,} sat, in no hurry" in choice
    as_fast = f"at 10.0, as fast as together, {alone_sat - slow_sat + fast_sat:,} sat"
    assert (f"sweep at 2.5 sat/vB; {as_fast}" in choice) is bool(fast_sat)
    assert "worst: fees rise to 100.0 sat/vB\n" in choice


def test_what_is_going_out_is_not_counted_on() -> None:
    for costs, left in (
        (close_words.costs_together, "586,914"),
        (close_words.costs_alone, "584,844"),
    ):
        rows = told(costs(views.close_quote(), views.NOW, 25_011_665))
        assert rows["Of it going out"] == f"25,011 sat once it arrives, {left} sat come back"
        assert "Of it going out" not in told(costs(views.close_quote(), views.NOW))


def test_nothing_is_promised_before_the_peer_is_back_or_where_nothing_is_ours() -> None:
    away = views.close_quote(online=False)
    assert (
        "can begin once the peer is back, then free in about 2 blocks (~20 min)"
        in close_words.together(away, views.NOW).plain
    )
    assert close_words.sums(away, views.NOW, alone=False).startswith("Once the peer is back: You")
    nothing = replace(away, force_receives_sat=0)
    assert "free from" not in close_words.alone(nothing, views.NOW).plain
