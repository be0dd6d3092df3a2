"""What is said of the guard: whether it sees, until when one may be away, what practice showed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from lnwallet_tui.api.drill import CaughtView, DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.guard import WatchKind, WatchView
from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.picture import Picture

_NOTHING_LIMITS: Final = (
    "No date limits how long you may be away: no open channel has an old state to cheat with, and "
    "none comes while this program is off."
)


# -- on the first screen, where a line has some thirty cells
def safety(picture: Picture, *, playground: bool) -> tuple[Line, ...]:
    """Is the money watched, and by whose word is the chain known."""
    guard, checked = picture.guard, _checked(picture, playground=playground)
    if not guard.watching:
        return (Line(Weight.BAD, "the guard is NOT watching", "see Guard"),)
    if not picture.open_channels() and not guard.closes_watched:
        return (Line(Weight.PLAIN, f"no channel to watch {_when(picture)}"), checked)
    if guard.silent_since:
        return (Line(Weight.BAD, "the guard sees nothing new"), checked)
    return (Line(Weight.GOOD, f"watching {_watched(picture)}"), checked)


def _when(picture: Picture) -> str:
    """Where there is no channel: there was none, or all are closed."""
    return "any more" if picture.channels else "yet"


def _watched(picture: Picture) -> str:
    guard = picture.guard
    counted = ((guard.funding_outputs_watched, "channel"), (guard.closes_watched, "close"))
    return " and ".join(fmt.count(number, what) for number, what in counted if number) or (
        "the chain"
    )


def counted(watched: Sequence[WatchView]) -> str:
    """What the lines of the list are: those of a close stand below it."""
    channels = sum(one.kind is WatchKind.FUNDING for one in watched)
    closes = sum(one.kind is WatchKind.CLOSE for one in watched)
    outputs = len(watched) - channels - closes
    said = ((channels, "channel"), (closes, "close"), (outputs, "output"))
    return ", ".join(fmt.count(number, what) for number, what in said if number)


def _checked(picture: Picture, *, playground: bool) -> Line:
    guard, now = picture.guard, picture.status.now
    if guard.silent_since:
        since = fmt.clock(guard.silent_since, now)
        return Line(Weight.CARE, f"no block since {since} ({fmt.span(now - guard.silent_since)})")
    if not guard.last_block_time:
        return Line(Weight.PLAIN, "no block seen yet")
    if behind := picture.guard_behind():
        return Line(Weight.CARE, f"the guard is {fmt.count(behind, 'block')} behind")
    if playground:
        return Line(Weight.GOOD, f"checked {fmt.height(guard.last_block_checked)}")
    count = picture.status.verified_by
    if not count:
        return Line(Weight.CARE, f"checked {guard.last_block_checked:,}; no node now")
    by = fmt.count(count, "node")
    weight = Weight.GOOD if count > 1 else Weight.PLAIN
    return Line(weight, f"verified {guard.last_block_checked:,} by {by}")


def away_line(picture: Picture) -> tuple[Line, ...]:
    """Until when one may be away, short."""
    guard, now = picture.guard, picture.status.now
    if _closes_need_nobody(picture):
        return (Line(Weight.GOOD, "may be away: no close needs you"),)
    if not guard.may_be_away_until:
        known = _nothing_limits(picture) and _is_up_to_date(picture)
        return (Line(Weight.PLAIN, "may be away: no date limits it"),) if known else ()
    if guard.may_be_away_until <= now:
        return (Line(Weight.CARE, "do not switch off now: see {everywhere.guard}"),)
    weight = Weight.CARE if guard.silent_since else Weight.GOOD
    return (Line(weight, f"may be away until {fmt.clock(guard.may_be_away_until, now)}"),)


# -- on the guard's own page
def seeing(picture: Picture, *, playground: bool) -> Iterator[Line]:
    """What it watches, and up to which block."""
    guard, now = picture.guard, picture.status.now
    if not guard.watching:
        yield Line(Weight.BAD, "The guard is NOT watching.", "Start this program again.")
        return
    if guard.silent_since:
        yield _blind(picture, playground=playground)
        return
    nothing = not picture.open_channels() and not guard.closes_watched
    none = f"No channel to watch {_when(picture)}."
    watching = none if nothing else f"Watching {_watched(picture)}."
    if not guard.last_block_time:
        yield Line(Weight.PLAIN, f"{watching} No block was seen yet.")
        return
    shown = f", shown by {guard.source}" if guard.source else ""
    last = f"{fmt.height(guard.last_block_checked)}, {fmt.ago(guard.last_block_time, now)}{shown}"
    behind = picture.guard_behind()
    ahead = f" The chain is {fmt.count(behind, 'block')} ahead." if behind else ""
    good = Weight.PLAIN if nothing else Weight.GOOD
    weight = Weight.CARE if behind else good
    yield Line(weight, f"{watching} Last block checked: {last}.{ahead}")


def without_node(process: ProcessView, placed: Callable[[str], str]) -> Iterator[Line]:
    """Who watches while the wallet's node, which is a process of its own, does not run."""
    if process.guard_prepared:
        can = "While the node does not run, the guard can watch without it: lnwallet-tui guard."
        yield Line(Weight.PLAIN, placed(can))
    else:
        how = "A guard for then: lnwallet-tui guard --prepare."
        yield Line(Weight.PLAIN, "While the node does not run, nobody watches.", placed(how))


def _blind(picture: Picture, *, playground: bool) -> Line:
    guard, now = picture.guard, picture.status.now
    since, how_long = fmt.clock(guard.silent_since, now), fmt.span(now - guard.silent_since)
    return Line(
        Weight.BAD,
        f"No block since {since} UTC ({how_long}): the guard sees nothing new; who cheats now is "
        "caught only once blocks come again. They come about every ten minutes: two hours "
        "without one happen by chance about once in three years.",
        "Here they come when you mine ({everywhere.mine_one})."
        if playground
        else "Check your connection.",
    )


def _closes_need_nobody(picture: Picture) -> bool:
    """Only closes are watched, in blocks that are known, and none of them has a deadline."""
    guard = picture.guard
    only_closes = guard.closes_watched and not guard.funding_outputs_watched
    return bool(only_closes) and not guard.may_be_away_until and _is_up_to_date(picture)


def _is_up_to_date(picture: Picture) -> bool:
    """Whether what the guard says is of the blocks that are known."""
    guard = picture.guard
    return guard.watching and not guard.silent_since and not picture.guard_behind()


def _nothing_limits(picture: Picture) -> bool:
    """Channels are open, and nobody has an old state of them."""
    guard = picture.guard
    is_fresh = guard.funding_outputs_watched and not guard.revoked_states
    return bool(is_fresh) and not guard.may_be_away_until


def away(picture: Picture) -> Iterator[Line]:
    """Until when the program may be off, in sentences; nothing where that does not matter."""
    guard, now = picture.guard, picture.status.now
    if _closes_need_nobody(picture):
        yield Line(
            Weight.GOOD,
            "You may be away: no close has anything that must be taken by a certain block. What is "
            "still to come home comes once this program runs again.",
        )
        return
    if not guard.may_be_away_until:
        if _nothing_limits(picture):
            yield Line(Weight.PLAIN, _NOTHING_LIMITS)
        return
    if guard.may_be_away_until <= now:
        yield Line(Weight.CARE, f"Do not switch this program off now. {guard.away_because}")
        return
    until = fmt.clock(guard.may_be_away_until, now)
    blocks = fmt.count(guard.may_be_away_blocks, "block")
    yield Line(
        Weight.CARE if guard.silent_since else Weight.GOOD,
        f"You may be away until {until} UTC ({blocks} of eight minutes, the fastest they come "
        f"for long). {guard.away_because}".rstrip(),
    )


# -- what it did
def nothing_done(picture: Picture) -> str:
    """In the place of its log, while that is empty."""
    states = [one.state for one in picture.channels]
    closing, agreeing = map(states.count, (ChannelState.CLOSING, ChannelState.SHUTTING_DOWN))
    if closing:
        wait = "waits" if closing == 1 else "wait"
        waiting = f"{fmt.count(closing, 'close')} {wait} for a block"
        return f"Nothing yet: {waiting}; what comes of it is told here."  # one line of 80
    if agreeing:  # on payments that have to end, or on a peer that is away, and on no block
        if agreeing == 1:
            return "Nothing yet: 1 channel shuts down; its close is not published yet."
        return f"Nothing yet: {agreeing:,} channels shut down; no close is published yet."
    if ChannelState.CLOSED in states:
        return "Nothing yet: no close asked for anything."
    return "Nothing yet: no channel of yours was closed or cheated on."


# -- practice
def practised(picture: Picture, drills: DrillsView, *, can_drill: bool) -> Iterator[Line]:
    """What could be punished, and what drills showed."""
    revoked, now = picture.guard.revoked_states, picture.status.now
    if not revoked:
        yield Line(Weight.PLAIN, _nothing_to_cheat_with(picture))
    elif drills.rehearsal is not None:
        yield _rehearsed(drills.rehearsal, revoked, now)
    else:
        states = fmt.count(revoked, "old state")
        what = "{guard.drill} builds penalties, for practice." if can_drill else ""
        yield Line(Weight.PLAIN, f"{states} could be published by your peers.", what)
    if drills.drill is not None:
        yield _drilled(drills.drill, now)
    elif can_drill:
        yield Line(
            Weight.PLAIN,
            "No drill yet: in one, a cheat publishes an old state in a sandbox, and this guard's "
            "code must catch it.",
            "Press {guard.drill}.",
        )


def _nothing_to_cheat_with(picture: Picture) -> str:
    """Why there is no old state; one that was published already is told by the list below."""
    if picture.channels and not picture.open_channels():
        return "All channels are closed: there is nothing to cheat with any more."
    if not picture.guard.closes_watched and len(picture.open_channels()) == len(picture.channels):
        return "No peer has an old state yet: there is nothing to cheat with."
    if not picture.guard.funding_outputs_watched:
        return "Every channel is closed or closing: no other old state can be published any more."
    return "No channel that is open has an old state yet: there is nothing to cheat with in it."


def _rehearsed(done: RehearsalView, revoked: int, now: int) -> Line:
    when = fmt.clock(done.happened, now)
    if done.failure:
        return Line(
            Weight.BAD,
            f"The dry run of {when} FAILED. {done.failure}",
            "Please report it, and close that channel together with the peer.",
        )
    if not done.revoked:  # a tick over nothing would be read as one over those that came since
        return Line(
            Weight.PLAIN,
            f"{fmt.count(revoked, 'old state')} could be published by your peers; there was none "
            f"yet at the dry run of {when}.",
            "{guard.drill} builds penalties, for practice.",
        )
    newer = revoked - done.revoked
    if newer > 0:
        return _rehearsed_before(done, revoked, when)
    every = "the only old state" if done.revoked == 1 else f"all {done.revoked:,} old states"
    some = f"{done.tried:,} of {done.revoked:,} old states, evenly chosen"
    if newer < 0:  # a channel of then has been closed
        left = f"{fmt.count(revoked, 'old state')} {'is' if revoked == 1 else 'are'} left"
        return Line(
            Weight.GOOD,
            f"Could punish {every if done.tried == done.revoked else some}: penalties built "
            f"{when}, verified by {done.verified_by}, not sent. A channel was closed since, whose "
            f"old states are worth nothing now: {left} ({{guard.drill}} builds anew).",
        )
    return Line(
        Weight.GOOD,
        f"Can punish {every if done.tried == done.revoked else some}: penalties built {when}, "
        f"verified by {done.verified_by}, not sent.",
    )


def _rehearsed_before(done: RehearsalView, revoked: int, when: str) -> Line:
    """Without a tick, and without "all": there are more by now."""
    newer = revoked - done.revoked
    built = "the penalty for 1 was" if done.tried == 1 else f"the penalties for {done.tried:,} were"
    more = "the newer one" if newer == 1 else f"the {newer:,} newer ones"
    return Line(
        Weight.PLAIN,
        f"Of {revoked:,} old states that your peers could publish, {built} built {when} and "
        f"verified by {done.verified_by}, not sent.",
        f"{{guard.drill}} builds anew, with {more}.",
    )


def _drilled(done: DrillView, now: int) -> Line:
    when = fmt.clock(done.happened, now)
    if done.failure:
        return Line(
            Weight.BAD,
            f"The drill of {when} FAILED. {done.failure}",
            f"Please report it (seed {done.seed}).",
        )
    caught = "; ".join(_caught(one) for one in done.caught)
    return Line(Weight.GOOD, f"Last drill {when}, in a sandbox: {caught}.")


def _caught(one: CaughtView) -> str:
    return (
        f"caught in {fmt.count(one.blocks, 'block')}, penalty of {fmt.sat(one.penalty_sat)} "
        f"confirmed at {fmt.height(one.height)} ({one.channel_type})"
    )
