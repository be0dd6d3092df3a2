"""While one payment is under way another can begin: its page is left, and its end is told."""

from __future__ import annotations

import msgspec
import pytest

from lnwallet_tui.api.events import PaymentChanged, StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.ui.widgets.footer import Keys
from lnwallet_tui.ui.widgets.forms import PasteBox
from tests.ui import spending, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import Stage, on_stage

OTHER = "lnbcrt70n1another"
ANOTHER = msgspec.structs.replace(views.decoded(7_000), invoice=OTHER, payment_hash="77" * 32)
BEING_PAID = Refused(
    RefusalCode.IN_FLIGHT, "This invoice is being paid already.", "Wait until it has ended."
)


async def hangs(stage: Stage) -> None:
    await stage.paste(views.INVOICE)
    await stage.shows("2 of 3")
    await stage.press("right", "enter")
    await stage.shows("paying 25,000 sat", "n Pay another", "n: pay another meanwhile")


async def test_by_keyboard_and_its_end_disturbs_nothing() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        assert len(stage.app.screen.query_one(Keys).children) <= 7
        await stage.press("n")
        await stage.shows("1 of 3 · paste", "The payment of 25,000 sat goes on")
        assert stage.app.screen.query_one(PasteBox).text == ""
        node.decoded = ANOTHER
        await stage.paste_into("#invoice", OTHER)
        await stage.shows("2 of 3", "[ Pay 7 sat ]")
        gate.set()
        await stage.shows("✓ Paid 25,000 sat to 03cdcdcd…cdcdcdcd", "2 of 3", "[ Pay 7 sat ]")
        node.paid = msgspec.structs.replace(node.paid, payment_hash="77" * 32, amount_msat=7_000)
        await stage.press("right", "enter")
        await stage.shows("✓ Paid 7 sat", "This is final.")
        assert len(node.told("pay")) == 2
        await stage.press("1")
        await stage.shows("Paid 25,000 sat to 03cdcdcd…cdcdcdcd", "-25,000 sat paid")


async def test_by_mouse() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.click_on("Pay another")
        await stage.shows("1 of 3 · paste", "goes on")


async def test_what_is_pasted_elsewhere_is_read() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.press("1")
        node.decoded = ANOTHER
        await stage.paste(OTHER)
        await stage.shows("2 of 3", "[ Pay 7 sat ]", "The payment of 25,000 sat goes on")
        await stage.press("right", "enter")
        await stage.shows("paying 7 sat")
        assert len(node.told("pay")) == 2


async def test_coins_can_be_sent_meanwhile() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        node.refusing = {"decode": Refused(RefusalCode.BAD_INPUT, "No invoice.", "Paste one.")}
        node.addressed = spending.address()
        await stage.paste(spending.ADDRESS)
        await stage.shows("Send on chain · 1 of 3 · how much")
        gate.set()
        await stage.shows("✓ Paid 25,000 sat to 03cdcdcd…cdcdcdcd", "Send on chain · 1 of 3")


async def test_the_same_invoice_is_not_paid_twice() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        node.refusing = {"quote_payment": BEING_PAID}
        await stage.paste(views.INVOICE)
        await stage.shows("✗ This invoice is being paid already.", "1 of 3")
        assert len(node.told("pay")) == 1


async def test_a_refusal_that_comes_late_is_told_at_home() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.press("n")
        await stage.shows("1 of 3")
        node.refusing = {"pay": Refused(RefusalCode.DISK, "The disk is full.", "Free some space.")}
        gate.set()
        await stage.shows("The payment of 25,000 sat did not begin", "1 of 3")
        await stage.press("escape")
        await stage.shows("The disk is full. Free some space.")


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (PaymentStatus.FAILED, "✗ Not paid: 25,000 sat to 03cdcdcd…cdcdcdcd"),
        (PaymentStatus.STUCK, "! Stuck: 25,000 sat to 03cdcdcd…cdcdcdcd"),
    ],
)
async def test_an_end_that_is_not_good_is_told(status: PaymentStatus, words: str) -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    node.paid = views.payment(status=status, reason="Why.")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.press("n", "escape")
        await stage.shows("Latest payments")
        gate.set()
        await stage.shows(words)


async def weeks_later(stage: Stage, node: ScriptedNode) -> None:
    node.status_view = msgspec.structs.replace(
        node.status_view, now=views.NOW + 3 * 604_800, tip_time=views.NOW + 3 * 604_800
    )
    node.speak(StatusChanged(node.status_view))
    await stage.rest()


@pytest.mark.parametrize("away", [True, False])
async def test_a_receipt_of_long_ago_makes_way_for_the_next_payment(*, away: bool) -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        if away:
            await stage.press("1")
        gate.set()
        await stage.shows("25,000 sat")
        await weeks_later(stage, node)
        if away:
            await stage.press("s")
        await stage.shows(
            "Send · 1 of 3 · paste", "The payment before: ✓ Paid 25,000 sat, 3 weeks ago.",
            "It stands in Activity.",
        )  # fmt: skip
        box = stage.app.screen.query_one(PasteBox)
        assert (box.text, stage.app.focused) == ("", box)
        await stage.paste_into("#invoice", OTHER)
        await stage.press("escape")
        await stage.lacks("The payment before")


async def test_what_is_stuck_stays_however_long() -> None:
    node = ScriptedNode()
    node.paid = views.payment(status=PaymentStatus.STUCK, reason="Nobody answers.")
    async with on_stage(node) as stage:
        await stage.paste(views.INVOICE)
        await stage.shows("2 of 3")
        await stage.press("right", "enter")
        await stage.shows("! Stuck: 25,000 sat")
        await weeks_later(stage, node)
        await stage.shows("! Stuck: 25,000 sat", "do not pay it again")


async def test_a_receipt_that_was_seen_makes_way_where_a_page_was_laid_on_it() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await paid(stage)
        await stage.press("7")
        await stage.shows("Coins on chain")
        await stage.press("escape")
        await stage.shows("✓ Paid 25,000 sat")  # one step back
        await stage.press("7", "s")
        await stage.shows("1 of 3 · paste", "The payment before: ✓ Paid 25,000 sat, 10 min ago.")
        await stage.type("ln")
        assert stage.app.screen.query_one(PasteBox).text == "ln"


async def test_a_receipt_that_nobody_saw_is_there_when_one_comes_back() -> None:
    node = ScriptedNode()
    gate = node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.press("7")
        gate.set()
        await stage.press("s")
        await stage.shows("✓ Paid 25,000 sat", "This is final.")


async def test_one_that_failed_unseen_makes_way_once_it_is_old() -> None:
    node = ScriptedNode()
    node.hold("pay")
    async with on_stage(node) as stage:
        await hangs(stage)
        await stage.press("1")
        failed = views.payment(status=PaymentStatus.FAILED, reason="Nobody took it.")
        node.payment_views = (failed,)
        node.speak(PaymentChanged(failed))
        await weeks_later(stage, node)
        await stage.press("s")
        await stage.shows(
            "1 of 3 · paste", "The payment before: ✗ Not paid: 25,000 sat, begun 3 weeks ago."
        )


@pytest.mark.parametrize("text", ["lnbc1", "LNBC1", "bc1q", "lightning:l"])
async def test_what_is_typed_at_a_receipt_is_of_the_next_payment(text: str) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await paid(stage)
        await stage.type(text)
        assert stage.app.screen.query_one(PasteBox).text == text


async def paid(stage: Stage) -> None:
    await stage.paste(views.INVOICE)
    await stage.shows("2 of 3")
    await stage.press("right", "enter")
    await stage.shows("✓ Paid 25,000 sat", "This is final.")
