"""Receive: amount and note make a code, which turns to “received” by itself."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.arriving import ArrivingView
from lnwallet_tui.api.events import PaymentChanged, WaitingChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.words import coin_words
from lnwallet_tui.ui import receive_words
from lnwallet_tui.ui.widgets.arriving import LEASE_SECONDS
from lnwallet_tui.ui.widgets.forms import Field
from lnwallet_tui.ui.widgets.qr import QrCode
from tests.ui import spending, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, on_stage
from tests.ui.test_story import channel, scene

ARRIVING = ArrivingView(
    txid="ab" * 32,
    amount_sat=250_000,
    nodes=2,
    since=views.NOW,
    explanation="250,000 sat to you: seen by 2 nodes, in no block yet. It can still be replaced or "
    "never confirm, and cannot be spent before.",
)


def received(status: PaymentStatus = PaymentStatus.PAID) -> PaymentChanged:
    return PaymentChanged(views.payment(outgoing=False, status=status, description="desk"))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_by_keyboard_from_the_form_to_the_money(size: tuple[int, int]) -> None:
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        await stage.press("r")
        await stage.shows("You can receive up to 390,000 sat now.")
        await stage.lacks("y Copy", "m Drawing", "n New")
        await stage.type("25,000")
        await stage.press("enter")
        await stage.type("desk")
        await stage.press("enter")
        assert node.told("create_invoice") == [(25_000_000, "desk")]
        await stage.shows(
            "● Waiting for 25,000 sat", "can be paid until 15:13 (in 60 min)", "Your note", "desk",
            "y Copy", "m Drawing", "o Image", "n New",
        )  # fmt: skip
        await stage.says("#another-way", "o opens it as an image")
        await stage.press("y")
        assert stage.app.clipboard == views.INVOICE
        node.speak(received(PaymentStatus.IN_FLIGHT))
        await stage.shows("25,000 sat is arriving")
        node.speak(received())
        await stage.shows("✓ Received 25,000 sat", "This is final.", "n: another one")
        await stage.lacks("opens it as", "m Drawing", "o Image")
        assert not stage.app.screen.query_one(QrCode).display
        await stage.press("n")
        await stage.shows("Receive a payment", "empty: the payer decides")


async def test_by_mouse() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.click("#note")
        await stage.type("desk")
        await stage.click("#back")
        await stage.lacks("desk")
        await stage.click("#go")
        assert node.told("create_invoice") == [(None, "")]
        await stage.shows("● Waiting for any amount")


async def test_what_was_received_is_not_there_the_next_time() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "tab", "enter")
        await stage.shows("● Waiting")
        node.speak(received())
        await stage.shows("✓ Received")
        await stage.press("1", "r")
        await stage.shows(
            "Receive a payment",
            "The invoice before: ✓ Received 25,000 sat (ctrl+r shows it again)", "^r Show it again",
        )  # fmt: skip
        await stage.press("ctrl+r")
        await stage.shows("✓ Received 25,000 sat", "This is final.", "n: another one")
        await stage.lacks("opens it as", "Show it again")
        await stage.press("n", "escape", "r")
        await stage.lacks("The invoice before")  # it was read


@pytest.mark.parametrize(
    "back", [("1", "3"), ("2", "r"), ("3",), ("f8", "3"), ("f8", "2", "3")], ids=str
)
async def test_digits_are_an_amount_though_an_invoice_was_shown(back: tuple[str, ...]) -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("r", *"25000", "enter", "enter")
        await stage.shows("● Waiting for 25,000 sat", "y Copy")
        node.speak(received(PaymentStatus.WAITING))
        await stage.press(*back)
        await stage.shows(
            "Receive a payment", "● Waiting for 25,000 sat, as before: ctrl+r shows its code again."
        )
        await stage.type("50000")
        assert stage.place == "ReceiveScreen"
        await stage.shows("Amount, sat 50000", "^r Show it again")
        await stage.press("ctrl+r")
        await stage.shows("● Waiting for 25,000 sat", "y Copy", "n New")
        await stage.lacks("Show it again")
        await stage.press("escape")
        await stage.shows("Amount, sat 50000")  # what was typed is not lost


async def test_what_came_while_a_page_lay_on_it_is_said_on_the_form_for_the_next() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("r", *"25000", "enter", "enter", "f8")
        node.speak(received())
        await stage.press("3", *"77")
        await stage.shows("Amount, sat 77", "The invoice before: ✓ Received 25,000 sat")
        await stage.press("ctrl+r")
        await stage.shows("This is final.", "n: another one")


async def test_what_came_is_there_when_the_page_that_lay_on_it_is_left() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("r", *"25000", "enter", "enter", "f8")
        node.speak(received())
        await stage.press("escape")
        await stage.shows("✓ Received 25,000 sat", "This is final.", "n: another one")


async def test_more_than_there_is_room_for_is_said_before() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.type("390001")
        await stage.press("enter", "enter")
        await stage.shows(
            "✗ Your channels have no room for that now, so it cannot be paid yet.",
            "Ask for less, or make it anyway", "[ Make it anyway ]",
        )  # fmt: skip
        assert node.told("create_invoice") == []
        await stage.press("enter")
        assert node.told("create_invoice") == [(390_001_000, "")]


async def test_without_a_channel_nothing_is_told_of_the_room_in_one() -> None:
    node = ScriptedNode()
    node.balance_view = views.EMPTY_BALANCE
    node.channel_views = ()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.shows(
            "Nobody can pay you yet: you have no channel. Somebody has to open one to you; or you "
            "open one, and pay something through it first."
        )


def test_an_invoice_that_nobody_can_pay_any_more_says_so() -> None:
    invoice = views.payment(outgoing=False, status=PaymentStatus.WAITING)
    until = "The invoice can be paid until"
    assert receive_words.state(invoice, scene(channel()).picture).startswith(until)
    for picture, why in (
        (scene().picture, "you have no channel"),
        (scene(channel(state=ChannelState.CLOSED)).picture, "you have no channel"),
        (scene(channel(can_receive_msat=24_999_999)).picture, "no channel of yours can take it"),
    ):
        assert receive_words.cannot_be_paid(invoice, picture)
        said = f"Nobody can pay this now: {why}. {until}"
        assert receive_words.state(invoice, picture).startswith(said)
        paid = views.payment(outgoing=False, status=PaymentStatus.PAID)
        assert "Nobody" not in receive_words.state(paid, picture)


async def test_without_a_channel_the_next_step_is_named() -> None:
    node = ScriptedNode()
    node.balance_view = views.EMPTY_BALANCE
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("r")
        await stage.shows("Nobody can pay you yet", "F8 shows who could open a channel to you.")
        await stage.press("tab", "enter")
        await stage.shows("have no room for that now", "Make it anyway, and let somebody open")
        await stage.lacks("Ask for less")


async def test_a_form_is_found_again_with_the_cursor_in_it() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "tab", "tab")  # to a button, where digits lead to other pages
        await stage.press("c", "r")
        await stage.type("77")
        await stage.shows("Amount, sat 77")


async def test_anyway_is_not_what_enter_does_after_coming_back() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.type("990000")
        await stage.press("enter", "t", "o", "o", "enter")
        await stage.shows("[ Make it anyway ]")
        await stage.press("escape", "1", "r")
        await stage.shows("Amount, sat 990000", "Note too", "[ Make invoice ]")
        await stage.lacks("have no room for that now")
        await stage.type("50000")
        await stage.press("enter")
        assert node.told("create_invoice") == []
        await stage.type("bread")
        await stage.press("enter")
        assert node.told("create_invoice") == [(50_000_000, "bread")]


async def test_anyway_is_taken_back_when_something_else_is_typed() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.type("990000")
        await stage.press("enter", "enter")
        await stage.shows("[ Make it anyway ]")
        await stage.type("bread")
        await stage.shows("[ Make invoice ]")
        await stage.press("enter")
        await stage.shows("[ Make it anyway ]")
        assert node.told("create_invoice") == []


async def test_keys_that_are_meant_for_pages_do_not_end_in_an_invoice() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.shows("· Home · Channels · Receive", "esc first: you are typing")
        await stage.press("1", "s")
        await stage.shows("Amount, sat 1 ", "This is an amount: only digits go in. esc leaves it.")
        await stage.press("tab")
        await stage.type("desk")
        await stage.press("escape")
        await stage.shows("1 Home 2 Channels 3 Receive", "regtest 1,024")
        await stage.press("r")
        await stage.shows("Amount, sat 1 ", "Note desk", "This stands here from before.")
        await stage.type("2,500")
        await stage.lacks("This stands here from before.")
        await stage.press("enter")
        await stage.type("lamp")
        await stage.press("enter")
        assert node.told("create_invoice") == [(2_500_000, "lamp")]


async def test_a_page_on_top_is_looked_at_and_the_typing_goes_on() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await stage.press("r")
        await stage.type("12")
        await stage.press("f8", "escape")
        await stage.lacks("This stands here from before.")
        await stage.type("5")
        await stage.shows("Amount, sat 125")


async def test_of_a_note_that_is_too_long_what_fits_is_taken() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("r", "tab")
        await stage.paste_into("#note", "n" * 300)
        await stage.shows("There is room for 100 characters.")
        assert stage.app.screen.query_one("#note", Field).value == "n" * 100


async def test_of_what_is_pasted_into_an_amount_one_thing_is_said_in_one_line() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("r")
        await stage.paste_into("#amount", views.INVOICE)
        await stage.shows("This is an amount: only digits go in. esc leaves it.")
        await stage.lacks("There is room")
        await stage.paste_into("#amount", "1" * 30)
        await stage.shows("There is room for 24 characters.")
        await stage.lacks("only digits go in")
        assert not stage.app._notifications  # they lie over a line that may say something, too


async def test_wrong_input_and_refusals() -> None:
    node = ScriptedNode()
    node.refusing["create_invoice"] = Refused(
        RefusalCode.DISK, "The disk is full: nothing was changed.", "Free some space."
    )
    async with on_stage(node) as stage:
        await stage.press("r")
        await stage.type("12.5")
        await stage.press("enter", "enter")
        await stage.shows("✗ This is no amount. Type whole satoshis, or leave it empty.")
        await stage.click("#amount")
        await stage.press("home", "ctrl+k")
        await stage.type("000")
        await stage.press("enter", "enter")
        await stage.shows("✗ Nobody can pay 0 sat. Type how much, or leave it empty")
        await stage.click("#back")
        await stage.lacks("no amount")
        await stage.click("#go")
        await stage.shows("✗ The disk is full: nothing was changed. Free some space.")
        del node.refusing["create_invoice"]
        await stage.click("#go")
        await stage.shows("● Waiting")


async def test_one_invoice_for_one_press() -> None:
    node = ScriptedNode()
    gate = node.hold("create_invoice")
    async with on_stage(node) as stage:
        await stage.press("r", "tab", "enter", "enter")
        gate.set()
        await stage.shows("● Waiting")
        assert len(node.told("create_invoice")) == 1


async def test_an_address_to_fill_the_wallet() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "ctrl+o")
        await stage.shows("A Bitcoin address of yours", "Use it once.", "bcrt1p")
        await stage.press("y")
        assert stage.app.clipboard.startswith("bcrt1p")
        await stage.press("escape")
        await stage.shows("Receive a payment")
        await stage.press("escape")
        await stage.shows("Latest payments")


async def test_an_invoice_that_expires_says_so() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "tab", "enter")
        node.speak(received(PaymentStatus.EXPIRED))
        await stage.shows("✗ Not received: 25,000 sat", "The invoice expired without being paid.")


WHY = "Only the peer itself can pay you here yet. It has to say what it asks for."


@pytest.mark.parametrize("cut_off", [1, 2, 4])
async def test_a_channel_that_nobody_else_can_pay_to_is_named(cut_off: int) -> None:
    node = ScriptedNode()
    numbers = [f"{number:02x}" * 32 for number in range(5)]
    node.channel_views = tuple(
        replace(views.channel(one), unreachable=WHY if at < cut_off else "")
        for at, one in enumerate(numbers)
    )
    async with on_stage(node, size=SMALL) as stage:
        await stage.press("r")
        await stage.shows(
            "You can receive up to", f"! 02ababab…abababab: {WHY}", "[ Make invoice ]",
        )  # fmt: skip
        more = f"! So it is with {cut_off - 2} more. See Channels."
        await (stage.shows if cut_off > 2 else stage.lacks)(more)


async def test_nothing_is_said_where_everybody_can_pay() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("r")
        await stage.shows("You can receive up to")
        await stage.lacks("Only the peer")


async def test_an_address_that_has_received_is_used() -> None:
    node = ScriptedNode()
    node.addressed = spending.address()
    async with on_stage(node) as stage:
        await stage.press("r", "ctrl+o")
        await stage.shows("Use it once.")
        await stage.lacks("! Used")
        node.addressed = replace(spending.address(), received_sat=250_000)
        node.speak(WaitingChanged())
        await stage.says(
            "#arriving", "! Used: 250,000 sat came to this address. Take a new one: ctrl+o."
        )
        node.addressed = spending.address()
        await stage.press("ctrl+o")
        await stage.lacks("! Used")


async def test_an_address_that_was_given_before_says_why() -> None:
    node = ScriptedNode()
    node.address_explained = coin_words.GIVEN_AGAIN
    async with on_stage(node, size=SMALL) as stage:
        await stage.press("r", "ctrl+o")
        await stage.says("#state", coin_words.GIVEN_AGAIN)
        await stage.lacks("Use it once.")
        await stage.press("escape", "ctrl+r")
        await stage.says("#state", coin_words.GIVEN_AGAIN)


async def test_payments_to_an_address_are_listened_for_while_it_is_shown() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r")
        assert not node.told("listen_for_payments")
        await stage.press("ctrl+o")
        await stage.shows("A Bitcoin address of yours")
        await stage.says("#state", "as soon as nodes tell of it")
        assert node.told("listen_for_payments") == [LEASE_SECONDS]
        node.arriving.append(ARRIVING)
        node.speak(WaitingChanged())
        await stage.says("#arriving", "● 250,000 sat to you: seen by 2 nodes, in no block yet.")
        await stage.press("1")
        await stage.shows("Latest payments")
        assert node.told("listen_for_payments")[-1] == 0
        await stage.press("r")
        await stage.shows("The Bitcoin address stays yours: ctrl+r shows it again.")
        assert node.told("listen_for_payments")[-1] == 0
        await stage.press("ctrl+r")
        await stage.says("#arriving", "● 250,000 sat to you")
        assert node.told("listen_for_payments")[-1] == LEASE_SECONDS
        await stage.press("escape")
        await stage.shows("Receive a payment")
        assert node.told("listen_for_payments")[-1] == 0
        asked = len(node.told("listen_for_payments"))
        node.speak(WaitingChanged())
        await stage.rest()
        assert len(node.told("listen_for_payments")) == asked


async def test_of_many_payments_the_newest_are_shown_and_the_others_counted() -> None:
    node = ScriptedNode()
    node.arriving = [replace(ARRIVING, explanation=f"payment {n}.") for n in range(5)]
    async with on_stage(node) as stage:
        await stage.press("r", "ctrl+o")
        await stage.says("#arriving", "● payment 2.", "● payment 4.", "And 2 more.")
        assert "payment 1." not in stage.text


async def test_at_an_address_new_is_the_next_address() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "ctrl+o")
        await stage.shows("A Bitcoin address of yours")
        await stage.press("n")
        await stage.shows("A Bitcoin address of yours", "It is the same address once more")
        assert len(node.told("address")) == 2
        await stage.press("escape")
        await stage.shows("Receive a payment")
        await stage.press("ctrl+o", "1", "r")
        await stage.shows("Receive a payment")
        assert len(node.told("address")) == 3


async def test_what_arrives_stands_where_what_came_stands() -> None:
    """The sentence does not jump by a row and two columns when the payment is settled."""
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", *"25000", "enter", *"desk", "enter")
        await stage.shows("● Waiting for 25,000 sat")
        places = []
        for status, words in (
            (PaymentStatus.IN_FLIGHT, "25,000 sat is arriving"),
            (PaymentStatus.PAID, "✓ Received 25,000 sat"),
        ):
            came = views.payment(outgoing=False, status=status, description="desk")
            node.speak(PaymentChanged(came))
            await stage.shows(words)
            [place] = [
                (row, len(line) - len(line.lstrip()))
                for row, line in enumerate(stage.text.split("\n"))
                if words in line
            ]
            places.append(place)
        assert places[0] == places[1]
