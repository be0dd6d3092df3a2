"""Send: paste, check, pay, receipt. What is irreversible is decided on a page that says it all."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import PaymentChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import (
    AttemptEnd,
    AttemptStage,
    ChannelState,
    DecodedInvoice,
    PaymentStatus,
    WayView,
)
from lnwallet_tui.ui import payment_words
from lnwallet_tui.ui.screens.paying import Paying
from lnwallet_tui.ui.send_words import capped, costs, first_hops, way_of
from lnwallet_tui.ui.widgets.forms import PasteBox
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_story import channel, scene

CHECK = (
    "Send · 2 of 3 · check", "To 03cdcdcd…cdcdcdcd", "Amount 25,000 sat", "Fee 0 sat at most 5 sat",
    "At most 25,005 sat leaves your wallet", "locked until block 1,084 (~Tue 00:13) at the latest",
    "Invoice expires 15:12 (in 59 min)", "not verified", "something nice",
    "[ Back ]", "[ Pay 25,000 sat ]",
)  # fmt: skip
REFUSALS = [
    Refused(code, f"This is why: {code.value}.", f"Do this about {code.value}.")
    for code in (RefusalCode.EXPIRED, RefusalCode.WRONG_NETWORK)
]


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_by_keyboard_from_paste_to_receipt(size: tuple[int, int]) -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node, size=size) as stage:
        await stage.press("s")
        await stage.shows("Paste a Lightning invoice", "[ Continue ]")
        await stage.paste_into("#invoice", f"  {views.INVOICE}\n")
        await stage.shows(*CHECK)
        await stage.lacks("Copy proof", "Pay another")
        assert stage.app.focused is not None
        assert stage.app.focused.id == "check-back"
        await stage.shows("enter: Back → then enter: Pay 25,000 sat", "← → Choose", "esc Back")
        assert node.told("pay") == []
        await stage.press("right", "enter", "enter")
        await stage.shows("Send · 3 of 3 · paying 25,000 sat", "Nothing is final yet.")
        gate.set()
        await stage.shows("✓ Paid 25,000 sat", "This is final.", views.PREIMAGE, "y Copy proof")
        assert node.told("pay") == [(views.INVOICE, None, 5_000, views.HEIGHT + 60)]
        await stage.press("y")
        assert stage.app.clipboard == views.PREIMAGE
        await stage.press("n")
        await stage.shows("Send · 1 of 3 · paste")
        assert stage.app.screen.query_one(PasteBox).text == ""


async def test_by_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.type("lnbcrt1x")
        await stage.click("#paste-back")
        await stage.lacks("lnbcrt1x")
        await stage.type("lnbcrt1y")
        await stage.click("#paste-go")
        await stage.shows(*CHECK)
        await stage.click("#check-back")
        await stage.shows("Send · 1 of 3", "lnbcrt1y")
        await stage.click("#paste-go")
        await stage.click("#check-go")
        await stage.shows("✓ Paid 25,000 sat")
        assert len(node.told("pay")) == 1


async def test_what_is_typed_is_read_once_it_is_whole() -> None:
    """Not with each letter: who types fast would wait for what they mean to go on with."""
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.type("lnbcrt1x")
        assert node.calls == []
        await stage.press("enter")
        await stage.shows(*CHECK)
        assert node.told("decode") == ["lnbcrt1x"]


@pytest.mark.parametrize("verb", ["decode", "quote_payment", "pay"])
async def test_every_refusal_is_shown_with_its_remedy(verb: str) -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s")
        for refused in REFUSALS:
            node.refusing = {verb: refused}
            await stage.paste_into("#invoice", views.INVOICE)
            if verb == "pay":
                await stage.shows("2 of 3")
                await stage.press("right", "enter")
            await stage.shows(f"✗ {refused.message} {refused.remedy}", "1 of 3 · paste")
        node.refusing = {}
        await stage.press("enter")
        await stage.shows(*CHECK)
        await stage.lacks("This is why")


async def test_an_open_amount_is_asked_for() -> None:
    node = ScriptedNode()
    node.decoded = views.decoded(amount_msat=None)
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.lacks("Amount, sat")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("Amount, sat", "this invoice leaves it to you")
        await stage.press("enter")
        await stage.shows("✗ This is no amount. Type how many satoshis to send.")
        await stage.type("7")
        await stage.press("enter")
        await stage.shows("[ Pay 7 sat ]")
        await stage.press("right", "enter")
        assert node.told("pay") == [(views.INVOICE, 7_000, 5_000, views.HEIGHT + 60)]


async def test_what_failed_is_looked_at_once_more_and_paid_only_on_pay() -> None:
    node = ScriptedNode()
    failed = views.payment(status=PaymentStatus.FAILED, reason="The receiver may be offline.")
    node.payment_views = (failed,)
    async with on_stage(node) as stage:
        await stage.press("enter")
        await stage.shows("✗ Not paid", "t Try again")
        await stage.press("t")
        await stage.shows(*CHECK)
        assert node.told("pay") == []
        node.paid = failed
        await stage.press("right", "enter")
        await stage.shows("✗ Not paid", "t Try again", "n Pay another")
        await stage.press("question_mark")
        await stage.shows("✗ Not paid: 25,000 sat", "Who must act", "Try it again (t) on its page")
        await stage.press("escape", "t")
        await stage.shows(*CHECK)
        assert len(node.told("pay")) == 1
        await stage.press("escape")
        late = Refused(RefusalCode.EXPIRED, "The invoice has expired.", "Ask for a new one.")
        node.refusing = {"quote_payment": late}
        await stage.press("1", "enter", "t")
        await stage.shows("✗ The invoice has expired. Ask for a new one.")
        assert len(node.told("pay")) == 1


async def test_what_asks_for_a_new_invoice_is_not_tried_again() -> None:
    """Neither is one that has expired; the sentence and the keys say the same."""
    node = ScriptedNode()
    reason = f"The receiver does not accept this payment. {payment_words.NEW_INVOICE}"
    refused = views.payment(status=PaymentStatus.FAILED, reason=reason)
    late = views.payment("55" * 32, status=PaymentStatus.FAILED, reason="Wait.", created=1_000)
    node.payment_views = (refused, late)
    async with on_stage(node) as stage:
        await stage.press("enter")
        await stage.shows(f"{reason} Nothing left your wallet.", "y Copy")
        await stage.lacks("Try again")
        await stage.press("escape", "down", "enter")
        expired = "Its invoice has expired. Ask the receiver for a new invoice."
        await stage.shows(f"Wait. Nothing left your wallet. {expired}", "y Copy")
        await stage.lacks("Try again")


@pytest.mark.parametrize("invoice", [None, ""])
async def test_an_amount_that_was_chosen_is_there_once_more(invoice: str | None) -> None:
    node = ScriptedNode()
    node.decoded = views.decoded_node() if invoice == "" else views.decoded(amount_msat=None)
    failed = views.payment(status=PaymentStatus.FAILED, invoice=invoice, amount_msat=7_000_000)
    node.payment_views = (failed,)
    async with on_stage(node) as stage:
        await stage.press("enter", "t")
        await stage.shows("[ Pay 7,000 sat ]")
        assert node.told("quote_payment") == [(node.decoded.invoice, 7_000_000)]
        assert node.told("decode") == [views.SHOP if invoice == "" else views.INVOICE]


@pytest.mark.parametrize(
    ("status", "outgoing"),
    [(PaymentStatus.PAID, True), (PaymentStatus.STUCK, True), (PaymentStatus.FAILED, False)],
)
async def test_only_a_payment_of_ours_that_failed_is_tried_again(
    status: PaymentStatus, outgoing: bool
) -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=status, outgoing=outgoing),)
    async with on_stage(node) as stage:
        await stage.press("enter")
        await stage.shows("y Copy")
        await stage.lacks("Try again")
        await stage.press("t")
        assert stage.place == "PaymentScreen"


async def test_a_node_is_paid_without_an_invoice() -> None:
    node = ScriptedNode()
    node.decoded = views.decoded_node()
    node.paid = views.payment("77" * 32, invoice="", description="")
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.shows("or the id of a node:")
        await stage.paste_into("#invoice", f"{views.SHOP}@shop.example:9735")
        await stage.shows("Amount, sat", "an id asks for no amount: you choose it")
        await stage.type("7")
        await stage.press("enter")
        await stage.shows("[ Pay 7 sat ]", "Invoice none: nothing will prove what you paid for")
        await stage.lacks("Invoice expires", "own words")
        await stage.press("right", "enter")
        assert node.told("pay") == [(views.SHOP, 7_000, 5_000, views.HEIGHT + 60)]
        await stage.shows(
            "✓ Paid 25,000 sat", "To 03cdcdcd…cdcdcdcd", "none: the node itself was paid"
        )
        await stage.lacks("Preimage", "y Copy proof")
        await stage.press("y")
        assert stage.app.clipboard == ""


async def test_a_payment_without_an_invoice_is_not_disturbed_by_others() -> None:
    node = ScriptedNode()
    node.decoded = views.decoded_node()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await stage.paste(views.SHOP)
        await stage.type("7")
        await stage.press("enter")
        await stage.shows("[ Pay 7 sat ]")
        await stage.press("right", "enter")
        node.speak(PaymentChanged(views.payment("99" * 32)))
        await stage.shows("Send · 3 of 3 · paying 7 sat", "Nothing is final yet.")
        gate.set()
        await stage.shows("✓ Paid 25,000 sat")


async def test_nothing_to_pay_yet() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s", "enter")
        await stage.shows("✗ There is nothing to pay yet. Paste an invoice above.")
        assert node.told("decode") == []


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PaymentStatus.FAILED, ("✗ Not paid: 25,000 sat", "Why. Nothing left your wallet.")),
        (PaymentStatus.STUCK, ("! Stuck: 25,000 sat", "Why.", "do not pay it again")),
    ],
)
async def test_an_end_that_is_not_good_says_where_the_money_is(
    status: PaymentStatus, words: tuple[str, ...]
) -> None:
    node = ScriptedNode()
    node.paid = views.payment(status=status, reason="Why.")
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows(*words, "n Pay another")
        await stage.lacks("y Copy proof")


async def test_what_failed_names_who_gave_it_back() -> None:
    node = ScriptedNode()
    reason = "A node on the way could not pass 7,000 sat on: the receiver may be offline."
    node.paid = views.payment(status=PaymentStatus.FAILED, reason=reason)
    node.attempt_views = (views.attempt(failed_hop=2, failure=reason),)
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows(
            reason, "Try 1 600 sat came back", "Sent back by 03cdcdcd, hop 2 of 3, as said above."
        )


async def test_a_payment_goes_on_when_its_page_is_left() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows("paying 25,000 sat")
        await stage.press("escape")
        await stage.shows("Latest payments")
        gate.set()
        await stage.shows("-25,000 sat paid")
        await stage.press("s")
        await stage.shows("✓ Paid 25,000 sat")  # it was not seen yet
        await stage.press("1", "s")
        await stage.shows("Send · 1 of 3 · paste")


async def test_its_end_may_come_by_the_feed() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")
        await stage.press("right", "enter")
        node.speak(PaymentChanged(views.payment(status=PaymentStatus.IN_FLIGHT)))
        await stage.shows("Nothing is final yet.", "To 03cdcdcd…cdcdcdcd")
        await stage.shows(
            "At worst locked until block 1,084 (~Tue 00:13) no try lasts longer, and each"
        )
        node.speak(PaymentChanged(views.payment()))
        await stage.shows("✓ Paid 25,000 sat")


async def test_after_the_check_no_key_falls_into_what_was_pasted() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")
        await stage.press("escape")
        await stage.shows("1 of 3")
        await stage.press("1")
        await stage.shows("Latest payments")
        await stage.press("s", "enter")
        await stage.shows("2 of 3")


async def test_another_text_is_another_invoice() -> None:
    node = ScriptedNode()
    node.decoded = views.decoded(amount_msat=None)
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("Amount, sat")
        await stage.press("shift+tab")
        await stage.type("x")
        await stage.lacks("Amount, sat")


async def test_what_was_said_of_a_text_goes_with_it() -> None:
    node = ScriptedNode()
    node.refusing = {"decode": REFUSALS[0]}
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows("✗ This is why")
        await stage.press("x")
        await stage.lacks("This is why")
        gate = node.hold("decode")
        await stage.press("enter", "y")
        gate.set()
        await stage.lacks("This is why")  # it was of what stood there before the last letter


async def test_the_verdict_on_the_text_before_is_gone_before_the_next_is_read() -> None:
    node = ScriptedNode()
    node.refusing = {"decode": REFUSALS[0]}
    seen: list[str] = []
    async with on_stage(node) as stage:
        await stage.press("s")
        await stage.paste_into("#invoice", "lnbcrt1x")
        await stage.shows("✗ This is why")
        node.refusing, decode = {}, node.decode

        async def looked(text: str) -> DecodedInvoice | Refused:
            seen.append(stage.seen)  # what comes of it keeps the screen busy: this stands till then
            return await decode(text)

        node.decode = looked  # type: ignore[method-assign]  # somebody looks meanwhile
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows(*CHECK)
    assert ["This is why" in one for one in seen] == [False]


async def test_the_playground_shows_where_to_get_an_invoice() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("s")
        await stage.shows("F8: ask the shop for an invoice.")


async def test_a_receiver_whose_channel_is_offline_is_waited_for() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(state=ChannelState.OFFLINE, peer_id=views.SHOP),)
    node.refusing = {
        "quote_payment": Refused(RefusalCode.NO_ROUTE, "No way is known.", "Open one.")
    }
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("s")
        await stage.paste_into("#invoice", views.INVOICE)
        await stage.shows(
            "✗ Bea's shop is offline, and no other way to it is known. Wait until it is back"
        )
        await stage.lacks("Open one.")


@pytest.mark.parametrize(
    ("between", "parts", "words"),
    [
        (0, 1, "straight to them, over your own channel"),
        (1, 1, "2 hops, through 1 other node"),
        (2, 3, "in 3 parts, through 2 other nodes"),
    ],
)
def test_the_way_is_said_in_words(between: int, parts: int, words: str) -> None:
    quote = views.payment_quote(views.decoded(), 1_000)
    asked = msgspec.structs.replace(quote, route=quote.route * (between + 1), parts=parts)
    assert way_of(asked) == words


async def test_the_check_names_each_part_and_its_first_hop() -> None:
    node = ScriptedNode()
    ways = tuple(
        WayView(amount_msat=part * 1_000, fee_msat=fee, first_peer=peer, hops=2)
        for part, fee, peer in ((15_000, 3_000, views.PEER), (10_000, 0, views.SHOP))
    )
    node.ways = ways
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows(
            "Part 1 15,000 sat via 02ababab…abababab, 2 hops, fee 3 sat",
            "Part 2 10,000 sat via 03cdcdcd…cdcdcdcd, 2 hops, fee none", "[ Pay 25,000 sat ]",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("between", "parts", "row"),
    [
        (0, 1, ("Way", "straight to them, over your own channel", "")),
        (2, 1, ("First try", "3 hops, through 2 other nodes", "it may go in parts")),
        (2, 3, ("First try", "in 3 parts, through 2 other nodes", "then other ways")),
    ],
)
def test_a_way_through_others_is_a_first_try(
    between: int, parts: int, row: tuple[str, str, str]
) -> None:
    quote = views.payment_quote(views.decoded(), 1_000)
    asked = msgspec.structs.replace(quote, route=quote.route * (between + 1), parts=parts)
    rows = costs(asked, "", views.NOW, lambda _: "noor")
    told = [(one.label, one.value, one.remark) for one in rows if one is not None]
    assert row in told


async def test_the_receipt_says_in_which_parts_it_was_paid() -> None:
    node = ScriptedNode()
    node.attempt_views = (
        views.attempt(failed_hop=2, failure="It asked for more."),
        views.attempt(2, part=1, end=AttemptEnd.ARRIVED, amount_msat=15_000_000),
        views.attempt(2, part=2, end=AttemptEnd.ARRIVED, amount_msat=10_000_000),
    )
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 25,000 sat", "Try 2.1 15,000 sat", "Try 2.2 10,000 sat arrived")
        await stage.shows("Try 1 600 sat came back, 3 hops", "hop 2 of 3: It asked for more.")


@pytest.mark.parametrize(
    ("hops", "fee_msat", "said"),
    [
        (3, 22_149, ["25,022.149 sat via noor, fee of 22.149 sat in it"]),
        (2, 0, ["25,000 sat via noor, no fee"]),
        (1, 0, []),
    ],
)
def test_the_first_hop_carries_the_fee_as_well(hops: int, fee_msat: int, said: list[str]) -> None:
    way = WayView(amount_msat=25_000_000, fee_msat=fee_msat, first_peer=views.PEER, hops=hops)
    quote = views.payment_quote(views.decoded(), 25_000_000)
    rows = first_hops(msgspec.structs.replace(quote, ways=(way,)), lambda _: "noor")
    assert [f"{row.value} {row.remark}" for row in rows if row is not None] == said


async def test_each_part_tells_how_far_it_is_while_it_is_under_way() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    under_way = AttemptEnd.UNDER_WAY
    node.attempt_views = (
        views.attempt(part=1, failed_hop=2, failure="It asked for more."),
        views.attempt(part=2, end=under_way, stage=AttemptStage.COMMITTED),
        views.attempt(2, end=under_way, stage=AttemptStage.OFFERED),
    )
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        in_flight = views.payment(status=PaymentStatus.IN_FLIGHT)
        node.status_view = msgspec.structs.replace(node.status_view, now=views.NOW + 7)
        node.speak(PaymentChanged(in_flight))
        await stage.shows(
            "Nothing is final yet. esc leaves this page; the payment goes on.",
            "Try 1.1 600 sat came back", "Sent back by 03cdcdcd, hop 2 of 3: It asked for more.",
            "Try 1.2 600 sat with 02ababab or behind it", "Try 2 600 sat offered to",
            "Held by 02ababab or somebody behind it, whom nobody can see from here. 02ababab has "
            "until block 1,104, when try 1.2 expires, to answer; till then it cannot be taken "
            "back.",
            "1,200 sat of 25,000 sat are out. A receiver takes parts only all together",
        )  # fmt: skip
        stage.app.screen.query_one(Paying)._tick()
        await stage.shows("paying 25,000 sat · 7 s")
        gate.set()
        await stage.shows("✓ Paid 25,000 sat")
        await stage.lacks("Try 2", "paying")


async def test_what_is_said_for_a_moment_lies_over_no_text() -> None:
    """A line of its own: all that stood on the page before still does."""
    node = ScriptedNode()
    async with on_stage(node, size=SMALL) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 25,000 sat")
        before = [line for line in stage.text.split("\n") if line.strip()]
        await stage.press("y")
        await stage.shows("Copied.")
        after = stage.text.split("\n")
        assert [line for line in before if line not in after] == []


def test_at_most_is_no_more_than_can_leave() -> None:
    quote = replace(views.payment_quote(views.decoded(), 25_000_000), fee_msat=1_500)
    for can_send_msat, most_msat in (
        (25_003_000, 3_000), (25_001_500, 1_500), (25_000_000, 1_500), (90_000_000, 5_000),
    ):  # fmt: skip
        picture = scene(channel(can_send_msat=can_send_msat)).picture
        assert capped(quote, picture).max_fee_msat == most_msat
    assert capped(quote, None) == quote


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PaymentStatus.WAITING, "✗ This is an invoice of this wallet itself. Give it to whoever"),
        (
            PaymentStatus.PAID,
            "and it was paid: 25,000 sat came (14:03). Nobody can pay it again: r",
        ),
        (PaymentStatus.EXPIRED, "and it has expired: nobody can pay it. Make a new one (r)."),
        (PaymentStatus.IN_FLIGHT, "and somebody is paying it now. Its end stands on Home."),
    ],
)
async def test_of_an_own_invoice_it_is_said_how_it_stands(
    status: PaymentStatus, words: str
) -> None:
    node = ScriptedNode()
    node.decoded = replace(views.decoded(None), payee=views.STATUS.node_id)
    node.payment_views = (views.payment(outgoing=False, status=status),)
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows(words, "1 of 3")
        await stage.lacks("Amount, sat")
        assert node.told("quote_payment") == []


async def test_no_seconds_stand_still_while_a_payment_waits_in_the_playground() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")
        await stage.press("right", "enter")
        node.status_view = replace(node.status_view, now=views.NOW + 4)
        await stage.shows("paying 25,000 sat")
        await stage.pilot.pause(1.1)
        await stage.lacks("paying 25,000 sat ·")
        node.status_view = replace(node.status_view, now=views.NOW + 1_204)
        await stage.shows("paying 25,000 sat · 20 min")


async def test_a_stuck_payment_names_the_parts_that_are_held() -> None:
    """As while it is under way: with whom, and until which block."""
    node = ScriptedNode()
    node.paid = views.payment(status=PaymentStatus.STUCK, reason="Why.")
    held = views.attempt(
        amount_msat=25_000_000, end=AttemptEnd.UNDER_WAY, stage=AttemptStage.COMMITTED
    )
    node.attempt_views = (held,)
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.press("right", "enter")
        await stage.shows("! Stuck: 25,000 sat", "Try 1 25,000 sat", "has until block 1,104")
