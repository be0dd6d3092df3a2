"""In the palette a name, a note or the beginning of an id goes to what it belongs to."""

from __future__ import annotations

import asyncio

import pytest
from msgspec.structs import replace
from textual.command import CommandPalette
from textual.widgets import Input

from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentView
from lnwallet_tui.ui import keys_in_turn
from lnwallet_tui.ui.screens.people import PeopleScreen
from tests.sampling import sampled
from tests.ui import views
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import PEOPLE, ScriptedWorld
from tests.ui.stage import PATIENCE, Stage, on_stage
from tests.ui.test_hostile import MARK, is_safe, marked

OTHER, THIRD = "77" * 32, "88" * 32


def node_with_payments() -> ScriptedNode:
    node = ScriptedNode()
    node.payment_views = (
        views.payment(OTHER, outgoing=False, description="Rent of May"),
        replace(views.payment(THIRD, description="coffee"), note=Untrusted("for the office")),
        views.payment(),
    )
    return node


async def look_for(stage: Stage, text: str) -> None:
    await stage.press("ctrl+p")
    await stage.type(text)


async def test_words_of_a_payment_lead_to_it() -> None:
    node = node_with_payments()
    async with on_stage(node) as stage:
        await look_for(stage, "rent of")
        await stage.shows("Payment +25,000 sat, received", "on your invoice: “Rent of May”")
        await stage.press("enter")
        await stage.shows("Rent of May", OTHER)
        assert stage.place == "PaymentScreen"
        await stage.press("escape")
        await look_for(stage, "office")
        await stage.shows("its words: “coffee”", "you noted: “for the office”")
        await stage.press("enter")
        await stage.shows(THIRD)
        assert node.told("find_payments")[-1] == "office"


async def test_the_beginning_of_a_hash_leads_to_its_payment() -> None:
    async with on_stage(node_with_payments()) as stage:
        await look_for(stage, "7777")
        await stage.shows("77777777…77777777")
        await stage.press("enter")
        await stage.shows(OTHER)


async def test_a_name_or_an_id_leads_to_the_channel() -> None:
    node = ScriptedNode()
    other = views.channel("bb" * 32, name="Zoltan", state=ChannelState.OFFLINE)
    node.channel_views = (views.channel(), replace(other, short_channel_id="2000x1x0"))
    async with on_stage(node) as stage:
        for typed in ("zoltan", "bbbb", "2000x"):
            await stage.press("1")
            await look_for(stage, typed)
            await stage.shows("Channel 2000x1x0", "it calls itself “Zoltan”")
            await stage.press("enter")
            assert stage.place == "ChannelsScreen"
            await stage.shows("How it stands")
            assert stage.app.screen.query_one("#channels").highlighted == 1  # type: ignore[attr-defined]


async def test_keys_are_found_by_what_people_call_them() -> None:
    for typed in ("key", "keys", "shortcut"):
        async with on_stage(ScriptedNode()) as stage:
            await look_for(stage, typed)
            await stage.shows("Which key does what: choose others, in Settings.")
            await stage.press("enter")
            await stage.shows("▾ Keys", "▸ Home", "▸ Channels")
            assert stage.place == "SettingsScreen"


@pytest.mark.parametrize(
    ("typed", "title", "place"),
    [
        ("export", "Export payments to a file", "ActivityScreen"),
        ("force", "Force close a channel", "ChannelsScreen"),
        ("away", "How long may I be away", "GuardScreen"),
        ("fee", "Fees that were paid", "SatoshisScreen"),
        ("feerate", "Fees of the chain, feerates now", "ChainScreen"),
        ("invoice", "Invoice, address, QR code", "ReceiveScreen"),
        ("withdraw", "Pay somebody, withdraw", "SendScreen"),
        ("history", "History of payments", "ActivityScreen"),
        ("backup", "Backup of the channels", "SettingsScreen"),
        ("coin", "Coins, UTXO: coin control", "OnchainScreen"),
        ("freeze", "mark, freeze, thaw", "OnchainScreen"),
        ("utxo", "Coins, UTXO", "OnchainScreen"),
        ("bump", "Transactions that wait: hurry, bump", "OnchainScreen"),
        ("psbt", "PSBT, partially signed", "OnchainScreen"),
    ],
)
async def test_what_is_done_on_another_page_is_found_from_home(
    typed: str, title: str, place: str
) -> None:
    async with on_stage(ScriptedNode()) as stage:
        await look_for(stage, typed)
        await stage.shows(title)
        await stage.lacks("{", "}")
        await stage.press("enter")
        assert stage.place == place


async def test_somebody_in_the_playground_is_gone_to() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld()) as stage:
        await look_for(stage, "carl")
        await stage.shows("Person Carl", PEOPLE[2].story)
        await stage.press("enter")
        assert isinstance(stage.app.screen, PeopleScreen)
        assert stage.app.session.person == "Carl"
        await stage.press("ctrl+p")
        await stage.type("alice")
        await stage.shows("Channel 1018x1x1 with Alice, ready", "Person Alice")


async def test_so_many_of_each_are_shown_and_a_letter_means_nothing() -> None:
    node = ScriptedNode()
    node.payment_views = tuple(
        views.payment(f"{at:02x}" * 32, description="bread") for at in range(9)
    )
    async with on_stage(node, size=(80, 60)) as stage:
        await look_for(stage, "b")
        await stage.lacks("“bread”")
        assert node.told("find_payments") == []
        await stage.type("read")
        await stage.shows("“bread”")
        assert stage.text.count("“bread”") == 5


async def test_commands_are_found_as_before_where_the_disk_does_not_answer() -> None:
    node = node_with_payments()
    node.refusing["find_payments"] = Refused(RefusalCode.DISK, "The disk failed.")
    async with on_stage(node) as stage:
        await look_for(stage, "receive")
        await stage.shows("Be paid: amount and note make an invoice")
        await stage.press("enter")
        assert stage.place == "ReceiveScreen"


async def test_words_of_others_are_no_markup_there() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        for name, payload in sampled("hostile words in the palette", [*PAYLOADS.items()], 6):
            said = Untrusted(marked(payload))
            node.payment_views = (views.payment(description=marked(payload)),)
            node.channel_views = (replace(views.channel(), peer_name=said),)
            stage.app.take_picture()
            await look_for(stage, MARK)
            await stage.shows(f"<{MARK}>", "Payment")
            is_safe(stage, name)
            await stage.press("escape")


class _Slow(ScriptedNode):
    """Finds nothing before it may."""

    def __init__(self) -> None:
        super().__init__()
        self.may = asyncio.Event()

    async def find_payments(
        self, text: str, limit: int = 5, *, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        await self.may.wait()
        return await super().find_payments(text, limit, names=names)


async def until(stage: Stage, place: str) -> None:
    """That page is in front."""
    for _ in range(PATIENCE):
        if stage.place == place:
            return
        await stage.pilot.pause(1 / 100)
    raise AssertionError(f"{stage.place}:\n{stage.text}")


async def test_enter_is_for_what_was_typed_however_long_it_takes_to_find() -> None:
    node = _Slow()
    async with on_stage(node) as stage:
        await stage.press("ctrl+p")
        stage.at_once((*"guard", "enter", "s"))  # with a key for the page that it leads to
        await stage.rest()
        assert isinstance(stage.app.screen, CommandPalette)
        assert stage.app.screen.query_one(Input).value == "guard"
        node.may.set()
        await until(stage, "SendScreen")
        await stage.press("escape", "2")
        assert stage.place == "ChannelsScreen"


async def test_an_arrow_moves_in_what_was_found() -> None:
    node = _Slow()
    node.payment_views = (
        views.payment(description="zebra"),
        views.payment(OTHER, description="zebra 2"),
    )
    async with on_stage(node) as stage:
        await stage.press("ctrl+p")
        stage.at_once((*"zebra", "down", "enter"))
        await stage.rest()
        assert isinstance(stage.app.screen, CommandPalette)
        node.may.set()
        await until(stage, "PaymentScreen")
        await stage.shows(OTHER)


async def test_whoever_waits_no_longer_gets_out_and_nothing_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keys_in_turn, "_PATIENCE_S", 0.01)
    node = _Slow()
    async with on_stage(node) as stage:
        await stage.press("ctrl+p")
        stage.at_once((*"guard", "enter", "escape"))
        await until(stage, "HomeScreen")
        node.may.set()
        await stage.rest()
        assert stage.place == "HomeScreen"
