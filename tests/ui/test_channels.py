"""Channels: the list, the sentence, every number of one, and the ways on from there."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.events import ChannelChanged
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.spending import USUAL_FEE, BumpQuote, BumpWay
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.ui import channel_words, record_words, returned_words, spending_words
from tests.ui import coins, holdings, views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, on_stage

OTHER = "bb" * 32


async def test_without_a_channel_there_is_a_next_step() -> None:
    node = ScriptedNode()
    node.channel_views = ()
    async with on_stage(node) as stage:
        await stage.press("c")
        await stage.shows("You have no channel yet.", "Press o to open one.")
        await stage.lacks("x Close", "enter: details")
        await stage.press("x", "y", "enter")  # there is nothing to do it with
        await stage.shows("You have no channel yet.")
        await stage.press("o")
        await stage.shows("Open a channel")


async def test_a_long_sentence_leaves_the_sums_below_it_whole() -> None:
    node = ScriptedNode()
    ended = views.channel(
        state=ChannelState.CLOSING, closing_kind="ours", explanation="You closed it alone. " * 17
    )
    node.channel_views = (replace(ended, coming_home_sat=598_985),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("c")
        await stage.shows(
            "Coming home 598,985 sat 1,015 sat went to fee, dust, anchors or a payment", "Theirs"
        )


async def test_with_a_payment_under_way_its_page_adds_up() -> None:
    node = ScriptedNode()
    going = replace(views.HTLC, amount_msat=100_000_603)
    channel = views.channel(htlcs=(going,))
    node.channel_views = (replace(channel, can_send_msat=484_999_397, our_limits=None),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("c", "enter")
        await stage.shows(
            "Yours 600,000 sat of it 10,000 sat reserve, 5,000 sat fees",
            "Can send 484,999 sat", "Held back 15,000 sat", "Under way 100,000.603 sat",
        )  # fmt: skip


async def test_what_says_more_than_it_shows_says_so_and_where_it_stands() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(explanation="It goes on and on. " * 20),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("c")
        await stage.shows("It goes on and on.")
        await stage.lacks("all of it")
        node.channel_views = (views.channel(explanation="It goes on and on. " * 50 + "It ends."),)
        node.speak(ChannelChanged(node.channel_views[0]))
        await stage.shows("… enter: all of it")
        await stage.press("enter")
        await stage.shows("It ends.")


async def test_the_sentence_belongs_to_the_channel_under_the_cursor() -> None:
    node = ScriptedNode()
    node.channel_views = (
        views.channel(),
        views.channel(OTHER, state=ChannelState.OFFLINE, explanation="It went away."),
    )
    async with on_stage(node) as stage:
        await stage.press("c")
        await stage.shows("Ready: you can send and receive.", "x Close", "enter: details")
        await stage.press("down")
        await stage.shows("It went away.")
        node.speak(
            ChannelChanged(views.channel(OTHER, state=ChannelState.FROZEN, explanation="Frozen."))
        )
        await stage.shows("frozen", "Frozen.")
        await stage.press("y")
        assert stage.app.clipboard == views.PEER


async def test_every_number_of_a_channel() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(htlcs=(views.HTLC,)),)
    async with on_stage(node, size=LARGE) as stage:
        await stage.press("c", "enter")
        await stage.shows(
            "Channel with 02ababab…abababab: ready", "Capacity 1,000,000 sat", "10.0 sat/vB",
            "Close alone 720 blocks (~5 days) until yours is free; they chose it",
            "its cost 2,830 sat about, in no hurry",
            "Peer alone 720 blocks (~5 days) until theirs is; you chose it",
            "Under way 12,345.678 sat going out until block 1,064 (~20:53); committed",
            "You offer 12,345 sat of 450,000 sat at once, 1 of 30 payments",
            "each from 1 sat; no output below 546 sat",
            "They offer 0 sat of 450,000 sat at once, 0 of 30 payments", views.CHANNEL,
            f"{'44' * 32}:1", "1018x1x1", "The peer calls itself, not verified", "Alice",
        )  # fmt: skip
        await stage.press("y")
        assert stage.app.clipboard == views.CHANNEL
        await stage.press("x")
        await stage.shows("Close this channel")
        await stage.press("escape", "escape")
        await stage.shows("How it stands")


async def test_at_80_by_24_the_numbers_scroll() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("c", "enter")
        await stage.shows("Can receive 390,000 sat")
        await stage.press("end")
        await stage.shows(f"Peer {views.PEER}")
        await stage.press("end")  # the page has its whole height now
        await stage.shows("1018x1x1 block x transaction x output")
        for whole in (f"Peer    {views.PEER}", f"Funding {'44' * 32}:1"):
            assert whole in stage.text  # on one line, so that it can be selected


async def test_a_click_shows_a_channel() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("c")
        await stage.click("#channels")
        await stage.shows("Opened by")


async def test_what_is_closed_says_why_it_is_not_closed_again() -> None:
    node = ScriptedNode()
    node.holdings_view = holdings.EMPTY
    node.channel_views = (views.channel(state=ChannelState.CLOSING, closing_kind="ours"),)
    async with on_stage(node) as stage:
        await stage.press("c")
        await stage.shows("o Open")
        await stage.lacks("x Close")
        await stage.press("x")
        await stage.shows("This channel is closing already")
        await stage.press("enter", "x")
        await stage.shows("Closed by us, alone", "This channel is closing already", "y Copy id")
        await stage.lacks("x Close")
        assert node.told("quote_close") == []


async def test_only_what_is_open_is_offered_to_be_closed() -> None:
    node = ScriptedNode()
    closed = views.channel(OTHER, state=ChannelState.CLOSED, closing_kind="ours")
    node.channel_views = (views.channel(), closed)
    async with on_stage(node) as stage:
        await stage.press("c")
        await stage.shows("x Close")
        await stage.press("down")
        await stage.lacks("x Close")
        await stage.press("up", "enter")
        await stage.shows("x Close", "y Copy id")
        node.speak(ChannelChanged(views.channel(state=ChannelState.CLOSED, closing_kind="ours")))
        await stage.lacks("x Close")


async def test_the_playground_names_its_people() -> None:
    async with on_stage(ScriptedNode(), ScriptedWorld(), LARGE) as stage:
        await stage.press("c")
        await stage.shows("Alice ready")
        await stage.press("enter")
        await stage.shows("Channel with Alice: ready")


async def test_a_larger_window_draws_a_longer_bar() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("c")
        await stage.shows("█" * 6 + "░" * 4 + " ")
        await stage.pilot.resize_terminal(*LARGE)
        await stage.shows("█" * 22)


async def test_what_is_held_back_is_explained_and_a_closed_channel_has_no_limits() -> None:
    node = ScriptedNode()
    async with on_stage(node, size=LARGE) as stage:
        await stage.press("c", "enter")
        await stage.shows("Held back 15,000 sat the reserve and on-chain fees")
    theirs = replace(views.channel(), we_opened=False, can_send_msat=590_000_000)
    facts = {fact.label: fact for fact in channel_words._limits(theirs)}
    assert facts["Held back"].remark == "the reserve"
    node.channel_views = (views.channel(state=ChannelState.CLOSED, closing_kind="ours"),)
    async with on_stage(node, size=LARGE) as stage:
        await stage.press("c", "enter")
        await stage.shows("It held 1,000,000 sat", "Closed by us, alone")
        for gone in ("Held back", "Can send", "Close alone"):
            await stage.lacks(gone)


async def test_how_it_ended_stands_on_its_page_with_what_was_known() -> None:
    node = ScriptedNode()
    deadline = replace(
        views.CLOSE_STEP, began=CloseBegan.DEADLINE, said=Untrusted(""), deadline_htlc_id=7,
        deadline_outgoing=True, deadline_amount_msat=12_345_678, deadline_expiry=views.HEIGHT,
        peer_online=False,
    )  # fmt: skip
    steps = (views.CLOSE_STEP, deadline)
    node.channel_views = (views.channel(state=ChannelState.CLOSING, closes=steps),)
    async with on_stage(node, size=LARGE) as stage:
        await stage.press("c", "enter")
        await stage.shows(
            "End, step 1 block 1,021 (13:40)", "The peer gave it up with an error",
            "It said “internal disaster”", "Then yours 600,000 sat theirs 400,000 sat",
            "Under way 1 then: 12,345 sat out, 0 sat in", "The peer connected then",
            "Fee rate 10.0 sat/vB the chain asked 12.0 sat/vB",
            "States ours 41 last that they revoked: 40",
            "End, step 2", "The wallet closed it alone, for a payment's deadline.",
            "For 12,345.678 sat payment 7 going out, expires at block 1,024",
            "The peer not connected then",
        )  # fmt: skip


async def test_what_came_of_a_close_and_what_is_awaited_stands_on_its_page() -> None:
    node = ScriptedNode()
    node.lists_transactions = True
    node.transaction_views = (
        coins.transaction(3, kind=TxKind.SWEEP, amount_sat=468_459, fee_sat=492, confirmations=3),
        coins.transaction(1, kind=TxKind.FEE, amount_sat=-143, fee_sat=143),
        coins.transaction(2, kind=TxKind.OPENING, amount_sat=-600_143, fee_sat=143),
    )
    node.holdings_view = holdings.HOLDINGS
    node.channel_views = (views.channel(state=ChannelState.CLOSING, closing_kind="ours"),)
    async with on_stage(node) as stage:
        await stage.press("c", "enter")
        await stage.shows(
            "Came back 468,459 sat block 1,022 (13:43), 0000…0003",
            "It cost 2,770 sat 1,810 sat fee of the close 660 sat both anchors",
            "Awaited 187,655 sat until block 1,744 (~Sat 14:13)",
            "Awaited 4,000 sat until block 1,114 (~Tue 05:13): a payment",
            "Awaited 33,000 sat once a block has what brings it home",
        )
        await stage.press("G")
        await stage.shows(f"Sweep {coins.txid(3)}", f"Child {coins.txid(1)}", f"Sweep {'66' * 32}")
        await stage.press("g")
        two = coins.transaction(4, kind=TxKind.SWEEP, amount_sat=33_000, confirmations=1)
        node.transaction_views = (two, *node.transaction_views)
        node.holdings_view = replace(holdings.HOLDINGS, total=holdings.EMPTY.total)
        node.speak(ChannelChanged(views.channel(state=ChannelState.CLOSED, closing_kind="ours")))
        await stage.shows(
            "Came back 501,459 sat by 2 transactions",
            "468,459 sat block 1,022",
            "33,000 sat block 1,024",
        )
        await stage.shows("Awaited nothing more")


def test_what_a_close_left_adds_up_where_coins_paid_for_it_too() -> None:
    """What was promised is what came back less what coins paid: it stands there."""
    sweep = coins.transaction(3, kind=TxKind.SWEEP, amount_sat=572_563, confirmations=3)
    channel = holdings.WRITTEN_OFF.children[0]

    def told(*more: HoldingView) -> dict[str, str]:
        cost = replace(channel, children=(*channel.children, *more))
        off = replace(holdings.WRITTEN_OFF, children=(cost,))
        held = replace(holdings.HOLDINGS, written_off=off)
        rows = returned_words.facts(views.CHANNEL, held, [sweep], views.NOW)
        return {row.label: row.value for row in rows if row is not None}

    paid = told(holdings.leaf(HoldingKind.FEE_BY_COINS, 2_660))
    assert (paid["Came back"], paid["It cost"]) == ("572,563 sat", "5,430 sat")
    assert paid["In all"] == "569,903 sat"
    assert "In all" not in told()


def test_a_peer_that_lost_the_channel_is_at_no_fault() -> None:
    step = replace(views.CLOSE_STEP, fault="closed for it", said=Untrusted(""))
    rows = record_words.facts(views.channel(closes=(step,)), views.NOW)
    told = {row.label: row.value for row in rows if row is not None}
    assert told["Why"].startswith("The peer said that it lost this channel")
    assert told["It was told"] == "closed for it"
    broke = replace(step, began=CloseBegan.PEER_FAULT)
    rows = record_words.facts(views.channel(closes=(broke,)), views.NOW)
    assert "Its fault" in {row.label for row in rows if row is not None}


def test_an_order_that_came_after_the_wallets_own_close_is_said_to_have() -> None:
    order = replace(views.CLOSE_STEP, began=CloseBegan.COMMAND)
    for before, said in (
        (CloseBegan.PEER_ERROR, "You ordered it to be closed alone, too."),
        (CloseBegan.WE_TOGETHER, "You had it closed alone."),
    ):
        channel = views.channel(closes=(replace(order, began=before), order))
        assert record_words.sentence(order, channel) == said


@pytest.mark.parametrize("began", [CloseBegan.WE_TOGETHER, CloseBegan.THEY_TOGETHER])
def test_the_feerate_of_a_commitment_is_not_taken_for_that_of_a_close_together(
    began: CloseBegan,
) -> None:
    step = replace(views.CLOSE_STEP, began=began, htlcs=0)
    rows = record_words.facts(views.channel(closes=(step,)), views.NOW)
    told = {row.label: row for row in rows if row is not None}
    assert "Fee rate" not in told
    fee = told["Fee if alone"]
    assert (fee.value, fee.remark) == (
        "10.0 sat/vB",
        "the chain asked 12.0 sat/vB",
    )


def test_of_a_restored_channel_nothing_is_said_that_a_backup_does_not_know() -> None:
    channel = replace(views.channel(closes=(views.CLOSE_STEP,)), restored=True)
    rows = [row for row in record_words.facts(channel, views.NOW) if row is not None]
    assert [row.label for row in rows] == ["End began", "Why", "It said", "Then yours"]
    assert rows[-1].value == "unknown"
    confirmed = {
        row.label: row.value for row in channel_words.facts(channel, views.HEIGHT, views.NOW) if row
    }["Confirmed"]
    assert "needed" not in confirmed


@pytest.mark.parametrize("began", list(CloseBegan))
async def test_each_beginning_has_a_sentence_of_its_own(began: CloseBegan) -> None:
    step = replace(views.CLOSE_STEP, began=began)
    kinds = ("cooperative", "ours", "theirs", "breach by them", "unknown", "")
    said = {kind: record_words.sentence(step, views.channel(closing_kind=kind)) for kind in kinds}
    others = {
        record_words.sentence(replace(step, began=other), views.channel(closing_kind="theirs"))
        for other in CloseBegan
        if other is not began
    }
    assert said["theirs"] not in others
    assert (said["breach by them"] == "The peer published an old state: it cheated.") == (
        began is CloseBegan.THEY_ALONE
    )


async def test_what_a_close_took_is_said_beside_what_comes_home() -> None:
    node = ScriptedNode()
    closing = replace(views.channel(state=ChannelState.CLOSING), coming_home_sat=597_520)
    node.channel_views = (closing,)
    async with on_stage(node) as stage:
        await stage.press("c")
        await stage.shows(
            "Yours 600,000 sat", "Coming home 597,520 sat 2,480 sat went to fee, dust, anchors"
        )
        part = replace(closing, coming_home_sat=97_520, came_home_sat=499_508)
        node.speak(ChannelChanged(part))
        await stage.shows(
            "Coming home 97,520 sat",
            "Came home 499,508 sat 2,972 sat went to fees, dust or a payment",
        )


async def test_a_state_that_waits_for_a_block_is_hurried_from_its_page() -> None:
    node, closing = ScriptedNode(), "77" * 32
    closed = views.channel(state=ChannelState.CLOSING)
    node.channel_views = (replace(closed, published_txid=closing),)
    async with on_stage(node) as stage:
        await stage.press("c", "enter")
        await stage.shows("b Hurry")
        await stage.press("b")
        await stage.shows("Hurry a transaction: check")
        assert node.told("quote_bump") == [(closing, USUAL_FEE)]


async def test_what_no_state_of_yours_waits_for_is_not_hurried() -> None:
    node = ScriptedNode()
    node.channel_views = (views.channel(state=ChannelState.CLOSING),)
    async with on_stage(node) as stage:
        await stage.press("c", "enter", "b")
        await stage.shows("Channel with")
        await stage.lacks("b Hurry")
        assert not node.told("quote_bump")


def test_the_child_of_a_state_is_paid_by_coins_of_the_wallet() -> None:
    quote = BumpQuote(
        txid="77" * 32, way=BumpWay.CHILD, fee_sat=700, added_fee_sat=370, amount_sat=0,
        feerate_per_kw=2_500, by_coins=True, from_anchor_sat=330,
    )  # fmt: skip
    assert "with coins of your wallet" in spending_words.way(quote, TxKind.CLOSE)
    [costs, fee] = [fact for fact in spending_words.hurry(quote, 100, 0, None) if fact][:2]
    assert (costs.value, fee.value) == ("370 sat", "700 sat")
    assert fee.remark.endswith(", 330 sat by the anchor")
    again = replace(quote, replaces_child=True, by_coins=False)
    for kind in (TxKind.OPENING, TxKind.FEE):
        assert "Another one takes the place of that" in spending_words.way(again, kind)
        assert "stays as it is" not in spending_words.way(again, kind)
    assert "come back" not in spending_words.is_final(quote)


async def test_no_two_lines_are_blank_on_the_page_of_a_close() -> None:
    node = ScriptedNode()
    closing = views.channel(state=ChannelState.CLOSING, closes=(views.CLOSE_STEP,))
    node.channel_views = (closing,)
    async with on_stage(node, size=(120, 70)) as stage:
        await stage.press("c", "enter")
        await stage.shows("End began", "Funding")
        page = stage.text.partition("End began")[2].partition("Funding")[0]
        lines = [line.strip() for line in page.split("\n")]
        assert [at for at, one in enumerate(lines) if not one and not lines[at - 1]] == [], page
