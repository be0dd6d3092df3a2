"""Help: every page is explained, every key of it listed; the footer and the palette agree."""

from __future__ import annotations

from inspect import getsource

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.guard import WatchKind
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.inbox import InboxEntry, InboxKind
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.words import guard_words
from lnwallet_tui.onion.explain import explain
from lnwallet_tui.onion.messages import TemporaryChannelFailure
from lnwallet_tui.ui import commands, row_subjects, subjects
from lnwallet_tui.ui.payment_words import NEW_INVOICE
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from tests.ui import coins, guarded, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage

WAYS = {"home": ("1",), "receive": ("r",), "people": ("f8",)}


def test_every_command_says_what_it_does() -> None:
    for command in commands.ALL:
        assert command.where in commands.PLACES
        assert command.footer <= set(commands.PLACES)
        assert command.sentence().endswith((".", ".)")), command


@pytest.mark.parametrize("place", commands.PLACES)
def test_keys_are_not_given_twice_and_the_footer_is_short(place: str) -> None:
    usable = list(commands.usable(place, playground=True))
    keys = [key for command in usable for key in command.keys.split(",") if key]
    assert len(keys) == len(set(keys))
    assert len(usable) == len(set(usable))
    shown = [one for one in commands.bindings(place) if one.show]
    assert len(shown) <= commands.MOST_IN_FOOTER


async def test_every_page_is_explained_by_f1_even_while_typing() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        for place, keys in WAYS.items():
            await stage.press(*keys)
            screen = stage.app.screen
            assert isinstance(screen, WalletScreen)
            assert screen.place == place
            await stage.press("f1")
            await stage.shows(commands.PLACES[place], " ".join(screen.about.split())[:60], "Back")
            await stage.press("escape")
            assert stage.app.screen is screen
            stage.app.screen.set_focus(None)
            while len(stage.app.screen_stack) > 1:
                await stage.press("escape")


async def test_help_says_how_to_move() -> None:
    async with on_stage(ScriptedNode(), size=(80, 60)) as stage:
        await stage.press("question_mark")
        await stage.shows("↑ ↓ j k Move: Go through a list", "← → h l Choose:")


async def test_the_palette_offers_each_command_once_and_only_what_can_be_done() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for keys in (("1",), ("question_mark",), ("escape", "r")):
            await stage.press(*keys)
            titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
            assert len(titles) == len(set(titles))
            assert "Copy" not in titles
        stage.app.screen.set_focus(None)
        await stage.press("colon")
        await stage.shows("Search for commands")


# -- what is under the cursor
ALL_QUESTIONS = ("What it is", "Who must act", "When", "You can", "Read more")
QUESTIONS = ("What it is", "Who must act", "You can", "Read more")


async def explained(stage: Stage, *words: str) -> None:
    """The question mark explains the row first, with every answer."""
    await stage.press("question_mark")
    await stage.shows(*words, *QUESTIONS)
    await stage.press("escape")


async def test_a_channel_and_the_payments_in_it_are_explained() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(htlcs=(views.HTLC,)),)
    async with on_stage(node, size=LARGE) as stage:
        for keys in (("c",), ("enter",)):
            await stage.press(*keys)
            await explained(
                stage, "The channel with 02ababab…abababab: ready", "Nobody: there is nothing",
                "The first payment in it ends by block 1,064 (~20:53).",
                "BOLT 2, Normal Operation.", "A payment of 12,345.678 sat going out: committed",
                "It expires at block 1,064 (~20:53). After that", "BOLT 2, Adding an HTLC",
            )  # fmt: skip


async def test_a_payment_a_coin_and_a_line_of_the_log_are_explained() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(status=PaymentStatus.STUCK, reason="It waits."),)
    node.guard_view = replace(views.GUARD, log=(views.GUARD_ENTRY,))
    async with on_stage(node, size=LARGE) as stage:
        stuck = "! Stuck: 25,000 sat", "The chain decides.", "Do not pay it again."
        await explained(stage, *stuck)
        await stage.press("enter")
        await explained(stage, *stuck)
        await stage.press("6")
        await explained(stage, *stuck)
        await stage.press("5")
        await explained(
            stage, "What the guard saw at block 1,021", "Took 600,000 sat",
            "It was 13:40, 33 min ago.", "BOLT 5, General Requirements.",
        )  # fmt: skip
        await stage.press("w", "e", "end", "up", "up")
        await explained(stage, "fee of the close: 1,810 sat", "BOLT 3, Fee Payment.")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_a_coin_on_chain_a_peer_and_an_entry_of_the_inbox_are_explained(
    size: tuple[int, int],
) -> None:
    node = ScriptedNode()
    node.keep(*("Carl cheated.", "See Guard (5).", InboxKind.BREACH), urgent=True, final_at=1_100)
    async with on_stage(node, ScriptedWorld(), size=size) as stage:
        for key in ("question_mark", "f1"):
            await stage.press("7", "j", key)
            await stage.shows(
                "A coin of 800,000 sat: received", "Nobody: there is nothing to do.",
                "It is in block 1,019 (13:13): 6 confirmations.", "Freeze it (f)", "No BOLT: a",
            )  # fmt: skip
            await stage.press("escape", "t", key)
            await stage.shows(
                "A transaction, opened to Alice: -1,000,000 sat, and 153 sat of fee",
                "The miners.", "It waits for a block", "Go to its channel (enter).",
                "BOLT 3, Funding Transaction Output.",
            )  # fmt: skip
            await stage.press("escape", "8", key)
            await stage.shows(
                "The node Alice: connected", "Your channels need this connection",
                "It is connected since 12:13.", "Open a channel to it (o)", "BOLT 1, The init",
            )  # fmt: skip
            await stage.press("escape", "i", key)
            await stage.shows(
                "Inbox, cheat: unread", "Carl cheated. Final at block 1,100", *QUESTIONS,
                "See Guard (5). Go to the guard (enter). Mark it read (d).",
                "BOLT 5, Revoked Transaction Close Handling.",
            )  # fmt: skip
            await stage.press("escape", "1")


@pytest.mark.parametrize("kind", list(TxKind))
def test_each_kind_of_coin_and_transaction_says_what_one_can_do(kind: TxKind) -> None:
    for confirmations in (0, 6):
        coin = coins.coin(kind=kind, confirmations=confirmations, frozen=confirmations > 0)
        one = coins.transaction(kind=kind, confirmations=confirmations)
        for subject in (
            row_subjects.of_coin(coin, "It is.", views.NOW, lambda node_id: node_id),
            row_subjects.of_transaction(one, "It was.", views.NOW, lambda node_id: node_id),
        ):
            assert [question for question, _ in subject.answers()] == [*ALL_QUESTIONS]
            assert subject.where.startswith(("BOLT ", "No BOLT"))


@pytest.mark.parametrize("kind", list(InboxKind))
def test_each_kind_of_entry_says_who_must_act(kind: InboxKind) -> None:
    for is_read in (False, True):
        entry = InboxEntry(number=1, time=views.NOW, kind=kind, text="It is.", is_read=is_read)
        subject = row_subjects.of_entry(entry, entry.text, views.NOW)
        asked = {question for question, _ in subject.answers()}
        assert asked >= {"What it is", "Who must act", "When"}
        assert subject.where.startswith(("BOLT ", "No BOLT")) or kind is InboxKind.NOTICE


def test_of_what_is_over_the_guards_log_says_that_nobody_must_act() -> None:
    written = " ".join(getsource(guard_words).replace('"', "").split())
    for words in subjects.ENDINGS:
        assert words in written  # the guard says so indeed
        entry = replace(views.GUARD_ENTRY, text=f"Something {words} something.")
        assert subjects.of_entry(entry, entry.text, views.NOW).who == subjects.NOBODY
    waits = replace(views.GUARD_ENTRY, text="7 sat of the channel with Bea wait until block 7.")
    assert subjects.of_entry(waits, waits.text, views.NOW).who == subjects.BY_ITSELF


@pytest.mark.parametrize("state", list(ChannelState))
def test_each_state_says_who_must_act_and_what_one_can_do(state: ChannelState) -> None:
    for kind in ("", "cooperative", "ours", "theirs", "breach by them", "unknown"):
        channel = views.channel(state=state, closing_kind=kind)
        [one] = subjects.of_channel(channel, views.HEIGHT, views.NOW, "Alice")
        assert {question for question, _ in one.answers()} >= set(QUESTIONS)
        assert one.where.startswith("BOLT ")


@pytest.mark.parametrize("outgoing", [True, False])
@pytest.mark.parametrize("status", list(PaymentStatus))
def test_each_payment_says_what_one_can_do(status: PaymentStatus, outgoing: bool) -> None:
    payment = views.payment(status=status, outgoing=outgoing)
    one = subjects.of_payment(payment, 0, views.HEIGHT, views.NOW)
    assert {question for question, _ in one.answers()} >= {"Who must act", "You can", "Read more"}
    locked = subjects.of_payment(payment, views.HEIGHT + 40, views.HEIGHT, views.NOW).when
    is_open = status in (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK)
    until = "It expires at block 1,064 (~20:53); then it comes back, or is taken to chain."
    assert (locked == until) is is_open  # of others it is known what came of them
    over = subjects.of_payment(payment, views.HEIGHT, views.HEIGHT, views.NOW).when
    assert over == "It expired at block 1,024; it comes back, or is taken to chain." or not is_open


def test_a_payment_that_failed_says_who_must_act_while_its_invoice_holds() -> None:
    away = explain(TemporaryChannelFailure(b""), 1, 3)
    for reason, who in (("No route.", "Whoever that"), (away, "The receiver, if it is offline;")):
        failed = views.payment(status=PaymentStatus.FAILED, reason=reason)
        one = subjects.of_payment(failed, 0, views.HEIGHT, views.NOW)
        assert one.who.startswith(who)
        assert "then you:" in one.who
    assert "({payment.try_again})" in one.can
    late = subjects.of_payment(failed, 0, views.HEIGHT, failed.expires)
    assert (late.who, late.can) == (
        "The receiver: the invoice has expired.",
        "Ask the receiver for a new invoice.",
    )
    no = f"The receiver does not accept this payment. {NEW_INVOICE}"
    refused = views.payment(status=PaymentStatus.FAILED, reason=no)
    other = subjects.of_payment(refused, 0, views.HEIGHT, views.NOW)
    assert (other.who, other.can) == ("The receiver: another invoice is needed.", NEW_INVOICE)
    without = views.payment(status=PaymentStatus.FAILED, invoice="")
    assert "try_again" in subjects.of_payment(without, 0, views.HEIGHT, without.expires).can


def test_each_kind_of_money_that_a_bolt_is_about_names_it() -> None:
    for kind in HoldingKind:
        view = HoldingView(kind=kind, name="x", amount_msat=1, explanation="It is.", txid="aa" * 32)
        one = subjects.of_holding(view, views.NOW, lambda node_id: node_id)
        assert one.where.startswith(("BOLT ", "No BOLT")) or kind in GROUPS


GROUPS = {
    HoldingKind.TOTAL, HoldingKind.SPENDABLE, HoldingKind.RESERVED, HoldingKind.IN_FLIGHT,
    HoldingKind.OPENING, HoldingKind.CLOSING, HoldingKind.UNCONFIRMED, HoldingKind.BUMP_RESERVE,
    HoldingKind.CHANNEL, HoldingKind.HELD_UP, HoldingKind.WRITTEN_OFF, HoldingKind.SWEEP_FEE,
    HoldingKind.TAKEN_BY_OTHERS, HoldingKind.FROZEN, HoldingKind.CLOSING_AGREED,
}  # fmt: skip


async def test_q_leaves_the_page_and_not_the_wallet() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("6", "question_mark")
        assert stage.place == "ExplainScreen"
        await stage.press("q")
        assert stage.place == "ActivityScreen"
        assert not stage.app._exit
        await stage.press("question_mark", "ctrl+q")
        assert stage.app._exit


def test_nobody_is_called_to_an_output_that_is_home() -> None:
    for is_open, who in ((True, subjects.BY_ITSELF), (False, subjects.NOBODY)):
        view = replace(guarded.HTLC, kind=WatchKind.BALANCE, is_open=is_open)
        told = subjects.of_watched(view, "Our balance: it is.", "Alice", views.HEIGHT, views.NOW)
        assert told.who == who
        assert "to_local" not in told.where  # of which a close together has none
