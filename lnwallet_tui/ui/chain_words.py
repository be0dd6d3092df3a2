"""The chain that is followed, in words: how far, by whose word, what is waited for, who was of no
use."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.content import Content

from lnwallet_tui.api.chain import (
    ChainNodeView,
    ChainStage,
    ChainView,
    DoubtView,
    UselessNodeView,
)
from lnwallet_tui.api.spending import FeesView, FeeView
from lnwallet_tui.api.views import StatusView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.widgets.words import MUTED, hanging, quotation

NONE_YET: Final = "None at this moment."
_NO_NODE: Final = "no node that is connected"
_UNDER_WAY: Final = (
    ChainStage.HEADERS,
    ChainStage.FILTER_HEADERS,
    ChainStage.FILTERS,
    ChainStage.BLOCKS,
)
_PART_OF: Final = dict.fromkeys(
    (ChainStage.SECOND_OPINION, ChainStage.JUDGEMENT), ChainStage.FILTER_HEADERS
)
_LONG: Final = 60  # seconds


# -- in one line
def glance(status: StatusView, *, playground: bool) -> str:
    """How far, and by whose word."""
    if not status.tip_time:
        return "Bitcoin: no block is verified yet."
    by = "the simulated chain" if playground else _nodes(status.verified_by)
    ago = fmt.ago(status.tip_time, status.now)
    return f"Bitcoin: verified to {fmt.height(status.height)}, {ago}, by {by}."


def _nodes(count: int) -> str:
    return fmt.count(count, "node") if count else _NO_NODE


# -- how it stands
def standing(view: ChainView) -> Iterator[Line]:
    """What is true of the chain now, and what is waited for."""
    yield _verified(view)
    yield from map(_doubt, view.doubted)
    yield _waits(view)
    if view.stage in _UNDER_WAY or view.stage in _PART_OF:
        yield from _steps(view)


def _verified(view: ChainView) -> Line:
    if not view.tip_time:
        return Line(Weight.PLAIN, "No block is verified yet: amounts may be incomplete.")
    read = f"Verified to {fmt.height(view.height)}, of {fmt.ago(view.tip_time, view.now)}"
    if not view.wanted:
        return Line(Weight.GOOD, f"{read}, by {view.source}.")
    ahead = view.headers - view.height
    behind = f" The chain is {fmt.count(ahead, 'block')} ahead." if ahead > 0 else ""
    match view.verified_by:
        case 0:
            return Line(Weight.CARE, f"{read}; {_NO_NODE} says so now.{behind}")
        case 1:
            return Line(
                Weight.CARE,
                f"{read}, by 1 node alone.{behind} It could keep something from you; others are "
                "looked for, you need not act.",
            )
        case _:
            weight = Weight.PLAIN if behind else Weight.CARE if view.is_stale else Weight.GOOD
            return Line(weight, f"{read}, by {fmt.count(view.verified_by, 'node')}.{behind}")


def _doubt(one: DoubtView) -> Line:
    disagree = "1 node disagrees" if one.nodes == 1 else f"{one.nodes:,} nodes disagree"
    return Line(
        Weight.CARE,
        f"{disagree} about {fmt.height(one.height)}; it was read whole, so that nothing of yours "
        "in it is missed.",
    )


def _waits(view: ChainView) -> Line:
    if not view.waiting_for:
        return Line(Weight.PLAIN, "It waits for the next block: about every ten minutes one comes.")
    waited = view.now - view.since
    since = (
        f" Since {fmt.clock(view.since, view.now)} ({fmt.span(waited)})."
        if waited >= _LONG and view.stage is not ChainStage.CAUGHT_UP
        else ""
    )
    alarming = view.stage is ChainStage.NODES or view.is_stale or view.clock_doubted
    others = "{chain.try_others} tries other nodes." if view.is_stale else ""
    return Line(Weight.CARE if alarming else Weight.PLAIN, view.waiting_for + since, others)


def _steps(view: ChainView) -> Iterator[Line]:
    """The four, each with how far it is; that which is waited for with its pace."""
    stage = _PART_OF.get(view.stage, view.stage)
    at = _UNDER_WAY.index(stage)
    steps = (
        ("Headers", _of(view.headers, view.told_height)),
        ("What the blocks hold", _of(view.filter_headers, view.headers)),
        ("Looked through", _of(view.filters, view.headers)),
        ("Fetched and read", _of(view.height, view.headers)),
    )
    for number, (what, how_far) in enumerate(steps):
        if number < at:
            yield Line(Weight.GOOD, f"{number + 1} {what}")
        elif number == at:
            yield Line(Weight.PLAIN, f"{number + 1} {what}: {how_far}{_pace(view)}")
        else:
            yield Line(Weight.PLAIN, f"{number + 1} {what}: comes then")


def _of(done: int, goal: int) -> str:
    """`5 of 9`; what nodes claim is no less than what is there."""
    return f"{max(0, done):,} of {max(done, goal, 0):,}"


def _pace(view: ChainView) -> str:
    if not view.per_minute:
        return ""
    left = f", about {fmt.span(view.seconds_left)} left" if view.seconds_left >= 0 else ""
    return f"; {view.per_minute:,} a minute{left}"


# -- what it costs
def fees(view: FeesView) -> str:
    """Each feerate with where it is from, of how many, and since when."""
    if not view.fees:
        return "Nobody said anything yet: what is sent before pays a guess."
    return "\n".join(_fee(one, view.now) for one in view.fees)


def _fee(one: FeeView, now: int) -> str:
    within = f"within {fmt.count(one.target_blocks, 'block')}" if one.target_blocks else "the least"
    since, of = fmt.ago(one.time, now), f"{one.count} of them, " if one.count > 1 else ""
    return f"{within:<19}{fmt.feerate(one.feerate_per_kw):>12}   {one.source} ({of}{since})"


# -- who
def nodes_title(view: ChainView) -> str:
    """How many there are, and how many are wanted."""
    if not view.wanted:
        return "Nodes: none are needed"
    return f"Nodes: {len(view.nodes)} connected, {view.wanted} wanted"


def node_line(one: ChainNodeView, now: int, width: int) -> Content:
    """One that is connected, in one line; its address, which others may have told, comes last."""
    mark, colour = ("✓", "$success") if one.agrees else ("·", MUTED)
    reaches = fmt.height(one.height) if one.height >= 0 else "not known yet"
    answers = f"{one.latency_ms:,} ms" if one.latency_ms >= 0 else ""
    since = f"since {fmt.clock(one.since, now)}"
    facts = f"{mark} {reaches:<14}{answers:>9}  {since:<13}"
    address = quotation("", one.address, max(20, width - len(facts)))
    return Content.assemble((facts[:2], colour), facts[2:], address)


def useless_lines(one: UselessNodeView, now: int, width: int) -> Content:
    """One that was of no use, and below it why."""
    when = f"{fmt.clock(one.time, now)}  "
    address = quotation("", one.address, max(20, width - len(when)))
    return Content.assemble(
        (when, MUTED), address, "\n", hanging(Content(" " * len(when)), one.why, width)
    )
