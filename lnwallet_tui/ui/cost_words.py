"""What a decision costs in words: every output, a fee at three paces, what comes back by when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lnwallet_tui.api.costs import CostAt, OutcomeView, OutputKind, OutputView, Whose, comes_back
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import Fact

_KINDS: Final = {
    (OutputKind.BALANCE, Whose.YOURS): "To you",
    (OutputKind.BALANCE, Whose.THEIRS): "To the peer",
    (OutputKind.CHANNEL, Whose.YOURS): "Into the channel",
    (OutputKind.CHANGE, Whose.YOURS): "Change to you",
    (OutputKind.FEE, Whose.MINERS): "To the miners",
    (OutputKind.PAYMENT_IN, Whose.YOURS): "Payment to you",
    (OutputKind.PAYMENT_IN, Whose.UNDECIDED): "Coming in",
    (OutputKind.PAYMENT_OUT, Whose.UNDECIDED): "Going out",
}


def outputs(
    views: Iterable[OutputView],
    now: int,
    *,
    fee: str = "",
    is_bound: bool = False,
    is_expected: bool = False,
) -> list[Fact | None]:
    """A row for each, anchors in one; `fee` is the remark at what the miners get. `is_bound`:
    the blocks are the first that are possible, and none is expected. `is_expected`: those of what
    goes to either side are none that a delay sets, but expected as the feerate promises."""
    rows: list[Fact | None] = []
    anchors: list[int] = []
    for one in views:
        if one.kind is OutputKind.ANCHOR:
            anchors.append(one.amount_sat)
        else:
            when = _when(one, now, is_bound=is_bound, is_expected=is_expected)
            remark = fee if one.kind is OutputKind.FEE else when
            rows.append(Fact(_KINDS[one.kind, one.whose], fmt.sat(one.amount_sat), remark))
    if anchors:  # BOLT 3: a side without output or HTLC of its own has none
        label, which = ("One anchor", "it") if len(anchors) == 1 else ("Both anchors", "one")
        rows.append(Fact(label, fmt.sat(sum(anchors)), f"left, unless {which} must pay a fee"))
    return rows


def _when(one: OutputView, now: int, *, is_bound: bool, is_expected: bool) -> str:
    if not one.spendable_height:
        return ""
    at = fmt.block_at(one.spendable_height, one.spendable_time, now)
    match one.kind, one.whose:
        case OutputKind.PAYMENT_OUT, _:
            return f"back from {at}, with the delay, unless it arrives"
        case OutputKind.PAYMENT_IN, Whose.UNDECIDED:
            return f"the peer's again from {at}"
        case OutputKind.CHANNEL | OutputKind.CHANGE, _:  # as soon as its feerate promises
            return f"from {at} at the earliest" if is_bound else f"from about {at}"
        case _:
            return f"from about {at}" if is_expected else f"from {at}"


def not_home(ours_msat: int, home_sat: int) -> int:
    """What of ours a close does not bring home, to the thousandth: before it and after it."""
    return ours_msat - home_sat * 1000


def rates(costs: Iterable[CostAt]) -> str:
    """`slow 382 sat, normal 765 sat, fast 1,530 sat`; once where all cost the same."""
    costs = tuple(costs)
    fees = {one.fee_sat for one in costs}
    if len(costs) > 1 and len(fees) == 1:
        return f"{fmt.sat(fees.pop())}, however soon it is to confirm"
    return ", ".join(f"{one.pace.value} {fmt.sat(one.fee_sat)}" for one in costs)


def about(outcome: OutcomeView, now: int) -> str:
    """The sum and its date."""
    at = fmt.block_at(outcome.about_height, outcome.about_time, now)
    return f"You get {comes_back(outcome.about_sat)} by about {at}"


def worst(outcome: OutcomeView, now: int) -> str:
    """The sum and its date if everything goes against us."""
    at = fmt.block_at(outcome.worst_height, outcome.worst_time, now)
    return f"at worst {comes_back(outcome.worst_sat)} by {at}"
