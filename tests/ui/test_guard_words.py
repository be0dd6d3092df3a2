"""What is said of the guard: on the first screen in few words, on its own page in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from msgspec.structs import replace as changed

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.guard import WatchKind
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.ui.guard_words import (
    away,
    away_line,
    counted,
    nothing_done,
    practised,
    safety,
    seeing,
)
from lnwallet_tui.ui.keymap import with_keys
from lnwallet_tui.ui.needs import Line
from lnwallet_tui.ui.picture import fold, snapshot
from tests.ui import views
from tests.ui.guarded import FUNDING
from tests.ui.scripted_drill import PASSED, REHEARSED
from tests.ui.scripted_node import ScriptedNode
from tests.ui.test_needs import CALM

NONE = DrillsView()


def said(lines: Iterable[Line]) -> str:
    words = "\n".join(f"{one.weight.value} {one.text} {one.remedy}".rstrip() for one in lines)
    return with_keys(words, {})


SILENT = replace(
    CALM,
    status=changed(views.STATUS, now=views.STATUS.tip_time + 3 * 3_600),
    guard=changed(views.GUARD, silent_since=views.STATUS.tip_time),
)


def test_a_guard_that_does_not_watch_is_said_alone() -> None:
    blind = replace(CALM, guard=changed(views.GUARD, watching=False))
    assert said(safety(blind, playground=True)) == "✗ the guard is NOT watching see Guard"
    assert said(seeing(blind, playground=False)).startswith("✗ The guard is NOT watching.")


def test_before_the_first_block_none_is_old() -> None:
    new = replace(CALM, guard=changed(views.GUARD, last_block_checked=0, last_block_time=0))
    assert said(safety(new, playground=True)).endswith("\n· no block seen yet")
    assert said(seeing(new, playground=False)) == "· Watching 1 channel. No block was seen yet."


def test_what_is_watched_is_counted() -> None:
    assert said(safety(CALM, playground=True)) == "✓ watching 1 channel\n✓ checked block 1,024"
    closing = replace(CALM, guard=changed(views.GUARD, closes_watched=2))
    assert said(safety(closing, playground=True)).startswith("✓ watching 1 channel and 2 closes")
    last = replace(CALM, guard=changed(closing.guard, funding_outputs_watched=0, closes_watched=1))
    assert said(safety(last, playground=True)).startswith("✓ watching 1 close\n")
    empty = replace(CALM, channels=())
    assert said(safety(empty, playground=True)).startswith("· no channel to watch yet")
    assert said(seeing(empty, playground=False)).startswith("· No channel to watch yet.")


def test_after_the_last_close_nothing_is_said_to_be_still_to_come() -> None:
    closed = views.channel(state=ChannelState.CLOSED)
    after = replace(CALM, channels=(closed,), guard=changed(views.GUARD, revoked_states=0))
    assert said(safety(after, playground=True)).startswith("· no channel to watch any more")
    assert said(seeing(after, playground=False)).startswith("· No channel to watch any more.")
    assert said(practised(after, NONE, can_drill=False)) == (
        "· All channels are closed: there is nothing to cheat with any more."
    )


def test_by_whose_word_a_real_chain_is_known() -> None:
    def by(count: int) -> str:
        picture = replace(CALM, status=changed(CALM.status, verified_by=count))
        return said(safety(picture, playground=False)).split("\n")[1]

    assert by(3) == "✓ verified 1,024 by 3 nodes"
    assert by(1) == "· verified 1,024 by 1 node"
    assert by(0) == "! checked 1,024; no node now"


def test_the_last_block_is_named_with_who_showed_it() -> None:
    assert said(seeing(CALM, playground=False)) == (
        "✓ Watching 1 channel. Last block checked: block 1,024, 3 min ago, shown by a scripted "
        "chain."
    )


def test_a_guard_that_fell_behind_is_marked() -> None:
    behind = replace(CALM, guard=changed(views.GUARD, last_block_checked=views.HEIGHT - 2))
    assert "! the guard is 2 blocks behind" in said(safety(behind, playground=True))
    assert said(seeing(behind, playground=False)).endswith("The chain is 2 blocks ahead.")
    assert said(seeing(behind, playground=False)).startswith("! ")


def test_blocks_that_the_guard_was_not_asked_about_yet_are_no_lag() -> None:
    """While blocks come fast, the screen hears of a block before it has asked the guard again."""
    heard = fold(
        replace(CALM, guard_asked_at=views.HEIGHT),
        StatusChanged(changed(views.STATUS, height=views.HEIGHT + 2)),
    )
    assert said(safety(heard, playground=True)) == "✓ watching 1 channel\n✓ checked block 1,024"
    assert "ahead" not in said(seeing(heard, playground=False))
    asked = replace(heard, guard_asked_at=views.HEIGHT + 2)
    assert "! the guard is 2 blocks behind" in said(safety(asked, playground=True))
    ahead = replace(CALM, guard=changed(views.GUARD, last_block_checked=views.HEIGHT + 1))
    assert "✓ checked block 1,025" in said(safety(ahead, playground=True))


async def test_a_picture_has_the_guard_that_belongs_to_its_block() -> None:
    node = ScriptedNode()
    assert (await snapshot(node)).guard_behind() == 0
    node.guard_view = changed(views.GUARD, last_block_checked=views.HEIGHT - 1)
    assert (await snapshot(node)).guard_behind() == 1


def test_a_chain_that_is_silent_for_long_is_not_called_checked() -> None:
    assert said(safety(SILENT, playground=True)) == (
        "✗ the guard sees nothing new\n! no block since 14:10 (3 h)"
    )
    assert said(away_line(SILENT)).startswith("! may be away until")
    sentence = said(seeing(SILENT, playground=False))
    assert sentence.startswith("✗ No block since 14:10 UTC (3 h): the guard sees nothing new;")
    assert sentence.endswith("by chance about once in three years. Check your connection.")
    assert said(seeing(SILENT, playground=True)).endswith("Here they come when you mine (F5).")
    assert all(
        len(line) <= 34 for line in said(safety(SILENT, playground=True)).split("\n")
    )  # of Home's box


def test_until_when_one_may_be_away() -> None:
    assert said(away_line(CALM)) == "✓ may be away until 28 Sep 14:13"
    assert said(away(CALM)) == (
        "✓ You may be away until 28 Sep 14:13 UTC (1,008 blocks of eight minutes, the fastest "
        "they come for long). By then an old state must be punished."
    )
    nothing = replace(CALM, guard=changed(views.GUARD, may_be_away_until=0))
    assert away_line(nothing) == ()
    assert said(away(nothing)) == ""


def test_with_closes_only_nothing_needs_who_is_away() -> None:
    closes = changed(
        views.GUARD,
        may_be_away_until=0,
        funding_outputs_watched=0,
        closes_watched=2,
        revoked_states=0,
    )
    closing = views.channel(state=ChannelState.CLOSING)
    picture = replace(CALM, channels=(closing,), guard=closes)
    assert said(away_line(picture)) == "✓ may be away: no close needs you"
    assert len(said(away_line(picture))) <= 34  # of Home's box
    assert said(away(picture)).startswith("✓ You may be away: no close has anything")
    for unsure in (
        changed(closes, watching=False),
        changed(closes, silent_since=views.NOW - 9_000),
        changed(closes, last_block_checked=views.HEIGHT - 2),
        changed(closes, funding_outputs_watched=1, revoked_states=1),
    ):
        assert away_line(replace(picture, guard=unsure)) == ()
    fresh = replace(picture, guard=changed(closes, funding_outputs_watched=1))
    assert said(away_line(fresh)) == "· may be away: no date limits it"


def test_who_is_needed_now_is_told_to_stay() -> None:
    guard = changed(views.GUARD, may_be_away_blocks=0, may_be_away_until=views.NOW)
    now = replace(CALM, guard=guard)
    assert said(away_line(now)) == "! do not switch off now: see 5"
    assert said(away(now)) == (
        "! Do not switch this program off now. By then an old state must be punished."
    )


def test_without_an_old_state_no_date_limits_it() -> None:
    fresh = replace(CALM, guard=changed(views.GUARD, may_be_away_until=0, revoked_states=0))
    assert said(away_line(fresh)) == "· may be away: no date limits it"
    assert len(said(away_line(fresh))) <= 34  # of Home's box
    blind = replace(fresh, guard=changed(fresh.guard, silent_since=views.NOW - 9_000))
    assert away_line(blind) == ()
    assert said(away(fresh)) == (
        "· No date limits how long you may be away: no open channel has an old state to cheat "
        "with, and none comes while this program is off."
    )


def test_the_lines_of_the_list_are_counted_by_what_they_are() -> None:
    kinds = (WatchKind.CLOSE, WatchKind.BALANCE, WatchKind.CLOSE, WatchKind.BALANCE)
    lines = [changed(FUNDING, kind=kind) for kind in kinds]
    assert counted(lines) == "2 closes, 2 outputs"
    assert counted([changed(FUNDING, kind=WatchKind.FUNDING)]) == "1 channel"


def test_what_practice_showed() -> None:
    first = said(practised(CALM, NONE, can_drill=True))
    assert first.startswith("· 3 old states could be published by your peers. d builds penalties")
    assert "No drill yet" in first
    assert "No drill yet" not in said(practised(CALM, NONE, can_drill=False))
    done = DrillsView(drill=PASSED, rehearsal=REHEARSED)
    assert said(practised(CALM, done, can_drill=True)) == (
        "✓ Can punish all 3 old states: penalties built 14:03, verified by the judges, not sent.\n"
        "✓ Last drill 14:03, in a sandbox: caught in 1 block, penalty of 995,551 sat confirmed at "
        "block 118 (anchors)."
    )
    more = replace(CALM, guard=changed(views.GUARD, revoked_states=5))
    assert said(practised(more, done, can_drill=True)).startswith(
        "· Of 5 old states that your peers could publish, the penalties for 3 were built 14:03 and "
        "verified by the judges, not sent. d builds anew, with the 2 newer ones.\n"
    )
    one = DrillsView(rehearsal=changed(REHEARSED, revoked=4, tried=1))
    assert "the penalty for 1 was built" in said(practised(more, one, can_drill=False))
    assert "d builds anew, with the newer one." in said(practised(more, one, can_drill=False))
    before = DrillsView(rehearsal=changed(REHEARSED, channels=0, revoked=0, tried=0, inputs=0))
    assert said(practised(more, before, can_drill=True)).startswith(
        "· 5 old states could be published by your peers; there was none yet at the dry run of "
        "14:03. d builds penalties, for practice.\n"
    )
    fresh = replace(CALM, guard=changed(views.GUARD, revoked_states=0))
    assert said(practised(fresh, NONE, can_drill=False)) == (
        "· No peer has an old state yet: there is nothing to cheat with."
    )


def test_a_close_that_waits_for_its_block_is_not_told_away() -> None:
    assert nothing_done(CALM) == "Nothing yet: no channel of yours was closed or cheated on."
    closing = views.channel(state=ChannelState.CLOSING, closing_kind="ours")
    assert nothing_done(replace(CALM, channels=(closing,))) == (
        "Nothing yet: 1 close waits for a block; what comes of it is told here."
    )
    together = views.channel(state=ChannelState.SHUTTING_DOWN)
    two = replace(CALM, channels=(closing, together))
    assert nothing_done(two).startswith("Nothing yet: 1 close waits for a block;")
    two = replace(CALM, channels=(closing, closing))
    assert nothing_done(two).startswith("Nothing yet: 2 closes wait for a block;")
    closed = replace(CALM, channels=(views.channel(state=ChannelState.CLOSED),))
    assert nothing_done(closed) == "Nothing yet: no close asked for anything."


def test_a_close_that_is_still_agreed_on_waits_for_no_block() -> None:
    together = views.channel(state=ChannelState.SHUTTING_DOWN)
    assert nothing_done(replace(CALM, channels=(together,))) == (
        "Nothing yet: 1 channel shuts down; its close is not published yet."
    )
    assert nothing_done(replace(CALM, channels=(together, together))) == (
        "Nothing yet: 2 channels shut down; no close is published yet."
    )


def test_that_nobody_can_cheat_is_never_said_of_who_just_did() -> None:
    cheated = views.channel(state=ChannelState.CLOSING, closing_kind="breach by them")
    ended = changed(views.GUARD, revoked_states=0, funding_outputs_watched=0, closes_watched=1)
    after = replace(CALM, channels=(cheated,), guard=ended)
    assert said(practised(after, NONE, can_drill=False)) == (
        "· Every channel is closed or closing: no other old state can be published any more."
    )
    beside = changed(ended, funding_outputs_watched=1)
    fresh = replace(CALM, channels=(cheated, views.channel()), guard=beside)
    only_open = "· No channel that is open has an old state yet: there is nothing to cheat with"
    assert said(practised(fresh, NONE, can_drill=False)).startswith(only_open)
    closed = (views.channel(state=ChannelState.CLOSED), views.channel())
    later = replace(fresh, channels=closed, guard=changed(beside, closes_watched=0))
    assert said(practised(later, NONE, can_drill=False)).startswith(only_open)


def test_old_states_of_a_channel_that_was_closed_since_are_not_punishable_any_more() -> None:
    then = DrillsView(rehearsal=changed(REHEARSED, channels=2, revoked=17, tried=17))
    now = replace(CALM, guard=changed(views.GUARD, revoked_states=4))
    assert said(practised(now, then, can_drill=False)) == (
        "✓ Could punish all 17 old states: penalties built 14:03, verified by the judges, not "
        "sent. A channel was closed since, whose old states are worth nothing now: 4 old states "
        "are left (d builds anew)."
    )
    one = replace(CALM, guard=changed(views.GUARD, revoked_states=1))
    assert "now: 1 old state is left" in said(practised(one, then, can_drill=False))


def test_a_sample_says_so_and_a_failure_is_loud() -> None:
    many = changed(REHEARSED, revoked=12_345, tried=1_000)
    guard = changed(views.GUARD, revoked_states=12_345)
    lines = practised(replace(CALM, guard=guard), DrillsView(rehearsal=many), can_drill=False)
    assert "Can punish 1,000 of 12,345 old states, evenly chosen:" in said(lines)
    failed = DrillsView(
        drill=changed(PASSED, failure="The guard slept.", caught=()),
        rehearsal=changed(REHEARSED, failure="An output is left."),
    )
    told = said(practised(CALM, failed, can_drill=True))
    assert "✗ The dry run of 14:03 FAILED. An output is left. Please report it" in told
    assert "✗ The drill of 14:03 FAILED. The guard slept. Please report it (seed 7)." in told
