"""What closing alone brings home, in lines that add up: to what is about to be expected, and from
there to the worst."""

from __future__ import annotations

from collections.abc import Iterator

from lnwallet_tui.api.costs import OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.ui import cost_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import Fact

_NO_SWEEP = "not worth its fee: it stays on chain"


def may_come_home(one: OutputView) -> bool:
    """Whether it is ours, or may become so."""
    is_mine = one.kind is OutputKind.BALANCE and one.whose is Whose.YOURS
    is_settled = one.kind is OutputKind.PAYMENT_IN and one.whose is Whose.YOURS
    return is_mine or is_settled or one.kind is OutputKind.PAYMENT_OUT


def rows(quote: CloseQuote, now: int) -> list[Fact | None]:
    """Each amount below those that it is the sum of."""
    return [*_about(quote, now), *_worst(quote, now)]


def _about(quote: CloseQuote, now: int) -> Iterator[Fact | None]:
    outcome, home = quote.force_outcome, _home(quote)
    yield from cost_words.outputs(home, now)
    whole_sat, fee_sat = sum(one.amount_sat for one in home), quote.force_payments_fee_sat
    swept_sat = whole_sat - fee_sat - outcome.about_sat
    if swept_sat:
        yield _less("Its sweep", swept_sat, _paces(quote) or _NO_SWEEP)
    if fee_sat:
        yield _less("Its payments", fee_sat, "about, of fees if they come home")
    at = fmt.block_at(outcome.about_height, outcome.about_time, now)
    yield Fact("You get about", fmt.sat(outcome.about_sat), f"by {at}", style="bold")


def _worst(quote: CloseQuote, now: int) -> Iterator[Fact]:
    outcome = quote.force_outcome
    lost_sat = _payments_sat(quote) - quote.force_payments_fee_sat
    peers_sat = quote.force_peers_less_sat
    less_sat = outcome.about_sat - outcome.worst_sat - lost_sat - peers_sat
    child_sat = min(quote.force_child_most_sat, less_sat)
    if less_sat > child_sat:
        rate = fmt.feerate(outcome.worst_feerate_per_kw)
        yield _less("Dearer sweep", less_sat - child_sat, f"if fees rise to {rate}")
    if child_sat:
        yield _less("To hurry it", child_sat, "of your coins, at most")
    if lost_sat:
        yield _less("No payment", lost_sat, "if none in it comes back to you")
    if peers_sat:
        yield _less("Peer's close", peers_sat, "if it comes first, with more payments in it")
    at = fmt.block_at(outcome.worst_height, outcome.worst_time, now)
    yield Fact("At worst", fmt.sat(outcome.worst_sat), f"by {at}", style="bold")


def _home(quote: CloseQuote) -> list[OutputView]:
    return [one for one in quote.force_outputs if may_come_home(one)]


def _payments_sat(quote: CloseQuote) -> int:
    return sum(one.amount_sat for one in _home(quote) if one.kind is not OutputKind.BALANCE)


def _less(label: str, amount_sat: int, remark: str) -> Fact:
    return Fact(label, fmt.sat(-amount_sat), remark)


def _paces(quote: CloseQuote) -> str:
    """What it would be at another pace than the slow one that is reckoned with."""
    others = [one for one in quote.force_rates if one.pace is not Pace.SLOW]
    if not others or len({one.fee_sat for one in quote.force_rates}) == 1:
        return "however soon it is to confirm" if quote.force_rates else ""
    if len({one.fee_sat for one in others}) == 1:
        return f"slow; sooner {fmt.sat(others[0].fee_sat)}"
    return f"slow; {cost_words.rates(others)}"
