"""Both ways to close a channel in words: cost, what comes back, when."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from lnwallet_tui.api.costs import OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.ui import close_sums, cost_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.close_sums import may_come_home
from lnwallet_tui.ui.widgets.words import MUTED, Fact


def circumstances(quote: CloseQuote, leaving_msat: int = 0) -> str:
    """What holds for both ways; `leaving_msat` is going out through the channel now."""
    lines = [
        "The peer is connected."
        if quote.peer_online
        else "The peer is not connected: you can close together once it is back."
        if quote.may_be_old
        else "The peer is not connected: you can close together once it is back, or alone now."
    ]
    if quote.htlcs_pending:
        pending = fmt.count(quote.htlcs_pending, "payment")
        be, its, it = ("is", "its", "it") if quote.htlcs_pending == 1 else ("are", "their", "them")
        lines.append(
            f"{pending} {be} under way in it. Closing together waits for {its} end; closing alone "
            f"leaves {it} to the chain."
        )
    if leaving_msat:
        lines.append(
            f"Of {fmt.msat(leaving_msat)} going out, what arrives comes off these sums: if all of "
            f"it arrives, together {fmt.sat(quote.cooperative_arrived_sat)} come back, alone "
            f"{fmt.sat(quote.force_arrived_sat)}."
        )
    lines.append("Choose how to close with the arrows and enter:")
    return "\n".join(lines)


def together(quote: CloseQuote, now: int) -> Content:
    """The friendly way."""
    fee = (
        f"fee about {fmt.sat(quote.cooperative_fee_sat)}"
        if quote.cooperative_max_fee_sat
        else "the peer pays the fee"
    )
    when = (
        f"waits for its payments; free by about {_together_by(quote, now)}"
        if quote.htlcs_pending
        else _soon(quote) or f"free by about {_together_by(quote, now)}"
        if quote.peer_online
        else ", then ".join(filter(None, ("can begin once the peer is back", _soon(quote))))
    )
    return Content.assemble(
        ("Together", "bold"),
        f"   {fmt.sat(quote.cooperative_receives_sat)} back, {fee}\n",
        (f"           {when}\n", MUTED),
        (f"           {cost_words.worst(quote.cooperative_outcome, now)}", MUTED),
    )


def _soon(quote: CloseQuote) -> str:
    """How long its feerate should take, in the words that an opening has for it; nothing where
    that is not known."""
    rates = (*quote.cooperative_rates, *quote.force_rates)
    blocks = next((one.blocks for one in rates if one.pace is Pace.FAST), 0)
    return f"free in about {fmt.blocks(blocks)}" if blocks else ""


def _together_by(quote: CloseQuote, now: int) -> str:
    """When a close together is expected, if its payments last as long as they can."""
    outcome = quote.cooperative_outcome
    return fmt.block_at(outcome.about_height, outcome.about_time, now)


def alone(quote: CloseQuote, now: int) -> Content:
    """The force-close."""
    until = fmt.block_at(quote.force_available_height, quote.force_available_time, now)
    free = f"free from {until}" if quote.force_receives_sat else "nothing of it is yours"
    lines = [free, cost_words.worst(quote.force_outcome, now)]
    if quote.force_receives_sat:
        worst = fmt.feerate(quote.force_outcome.worst_feerate_per_kw)
        lost = " and no payment in it comes back" if quote.htlcs_pending else ""
        lines.append(f"worst: fees rise to {worst}{lost}")
    if (fast_sat := _alone_as_fast(quote)) is not None and fast_sat != quote.force_fee_sat:
        slow, fast = (_sweeps_at(quote, pace) for pace in (Pace.SLOW, Pace.FAST))
        fast = fast.removesuffix(" sat/vB")
        lines.append(f"sweep at {slow}; at {fast}, as fast as together, {fmt.sat(fast_sat)}")
    lines.append(
        "the folder may be an older copy: that could lose it all"
        if quote.may_be_old
        else "use it only if the peer does not answer"
    )
    return Content.assemble(
        ("Alone", "bold"),
        f"      {fmt.sat(quote.force_receives_sat)} back, fees about "
        f"{fmt.sat(quote.force_fee_sat)}, in no hurry",
        *[("\n           " + line, MUTED) for line in lines],
    )


def _alone_as_fast(quote: CloseQuote) -> int | None:
    """What closing alone costs at the pace of a close together: its own reckons with a sweep that
    takes its time. None where there is nothing to sweep."""
    at = {cost.pace: cost.fee_sat for cost in quote.force_rates}
    if Pace.FAST not in at or Pace.SLOW not in at:
        return None
    return quote.force_fee_sat - at[Pace.SLOW] + at[Pace.FAST]


def _sweeps_at(quote: CloseQuote, pace: Pace) -> str:
    """The feerate of its sweep at that pace."""
    return next(fmt.feerate(one.feerate_per_kw) for one in quote.force_rates if one.pace is pace)


def _better(quote: CloseQuote, now: int) -> str:
    """What speaks for closing together: it is cheaper only where it is so at one and the same
    pace, and faster only where its payments cannot hold it up for longer than the delay."""
    together_sat, alone_sat = quote.cooperative_fee_sat, _alone_as_fast(quote)
    sums = ""
    if alone_sat is not None and together_sat < alone_sat:
        sums = f"cost {fmt.sat(together_sat)} instead of {fmt.sat(alone_sat)}"
    if _is_held_up(quote):
        but = f"; at the same pace it would {sums}" if sums else ""
        until = _together_by(quote, now)
        return (
            "The peer is connected, but closing together waits for the payments in it, maybe until "
            f"about {until}{but}. "
        )
    more = f", and {sums} at the same pace" if sums else ""
    return f"The peer is connected: closing together would be faster{more}. "


def _is_held_up(quote: CloseQuote) -> bool:
    """Whether payments may hold a close together up until our balance would be home alone."""
    mine = (OutputKind.BALANCE, Whose.YOURS)
    alone = [one.spendable_height for one in quote.force_outputs if (one.kind, one.whose) == mine]
    by = quote.cooperative_outcome.about_height
    return bool(quote.htlcs_pending) and by >= min(alone, default=0)


def costs_together(quote: CloseQuote, now: int, leaving_msat: int = 0) -> list[Fact | None]:
    """Before the button."""
    most = f"at most {fmt.sat(quote.cooperative_max_fee_sat)}"
    fee = most if quote.cooperative_max_fee_sat else "the peer opened it and pays"
    if quote.cooperative_fee_sat:
        fee = _too_small(quote.cooperative_outputs, quote.cooperative_fee_sat) + fee
    rates = cost_words.rates(quote.cooperative_rates)
    return [
        *_yours(quote, leaving_msat, quote.cooperative_arrived_sat),
        *cost_words.outputs(quote.cooperative_outputs, now, fee=fee, is_expected=True),
        Fact("Fee by pace", rates) if rates else None,
    ]


def _too_small(outputs: Sequence[OutputView], fee_sat: int) -> str:
    """What the miners get beside the fee: a transaction pays out whole satoshis, and nothing that
    is dust."""
    more_sat = _to_miners(outputs) - fee_sat
    if more_sat <= 0:
        return ""
    what = "rounding" if _is_rounding(outputs, more_sat) else "dust"
    return f"{fmt.sat(more_sat)} of it {what}, "


def _to_miners(outputs: Sequence[OutputView]) -> int:
    return sum(one.amount_sat for one in outputs if one.kind is OutputKind.FEE)


def _is_rounding(outputs: Sequence[OutputView], more_sat: int) -> bool:
    """Each output but an anchor is less than a satoshi short of what it pays out."""
    whole = (OutputKind.FEE, OutputKind.ANCHOR)
    return 0 < more_sat < sum(one.kind not in whole for one in outputs)


def _beside_alone(quote: CloseQuote) -> str:
    """Where the thousandths of a satoshi of both sides go with the fee, what of it is ours: so much
    of it the channel's page names afterwards."""
    outputs, fee_sat = quote.force_outputs, quote.force_commitment_fee_sat
    home_sat = sum(one.amount_sat for one in outputs if may_come_home(one))
    anchors_sat = sum(one.amount_sat for one in outputs if one.kind is OutputKind.ANCHOR)
    ours_msat = cost_words.not_home(quote.ours_msat, home_sat + anchors_sat)
    miners_sat = _to_miners(outputs)
    is_rounding = _is_rounding(outputs, miners_sat - fee_sat)
    if is_rounding and fee_sat * 1000 < ours_msat < miners_sat * 1000:
        return f"{fmt.exact(ours_msat)} of it yours, "
    return _too_small(outputs, fee_sat)


def costs_alone(quote: CloseQuote, now: int, leaving_msat: int = 0) -> list[Fact | None]:
    """Before the button that cannot be undone."""
    rate = fmt.feerate(quote.force_commitment_feerate_per_kw)
    fee = f"{_beside_alone(quote)}fixed at {rate}"
    others = [one for one in quote.force_outputs if not may_come_home(one)]
    rows = [
        *_yours(quote, leaving_msat, quote.force_arrived_sat),
        *cost_words.outputs(others, now, fee=fee),
    ]
    # First what one decides by: in a low window, with many payments, the rest is scrolled to.
    return rows if _brings_nothing(quote) else [*close_sums.rows(quote, now), None, *rows]


def _brings_nothing(quote: CloseQuote) -> bool:
    """Nor costs anything."""
    outcome = quote.force_outcome
    return _is_nothing_mine(quote) and not outcome.about_sat and not outcome.worst_sat


def sums(quote: CloseQuote, now: int, *, alone: bool) -> str:
    """What comes back, by when, and at worst; of a close alone the lines above say that."""
    outcome = quote.cooperative_outcome
    is_nothing = _is_nothing_mine(quote) and not outcome.about_sat and not outcome.worst_sat
    if _brings_nothing(quote) if alone else is_nothing:
        return "Nothing of it is yours, so that nothing comes back to you."
    if alone:
        return ""
    reasons = []
    if quote.cooperative_max_fee_sat:
        reasons.append("the fee is the highest that is agreed to")
    if quote.htlcs_pending:
        reasons.append("no payment in it comes back to you")
    why = f", if {' and '.join(reasons)}" if reasons else ""
    back = "" if quote.peer_online else "Once the peer is back: "
    return f"{back}{cost_words.about(outcome, now)}; {cost_words.worst(outcome, now)}{why}."


def _yours(quote: CloseQuote, leaving_msat: int, arrived_sat: int) -> list[Fact | None]:
    """What is yours, and what of it is so only until it arrives elsewhere; `arrived_sat` is what
    comes back without it."""
    rows: list[Fact | None] = [Fact("Yours in it", fmt.msat(quote.ours_msat))]
    if leaving_msat:
        what = f"once it arrives, {fmt.sat(arrived_sat)} come back"
        rows.append(Fact("Of it going out", fmt.msat(leaving_msat), what))
    return rows


def _is_nothing_mine(quote: CloseQuote) -> bool:
    """Nor can anything of it become so."""
    return quote.ours_msat < 1000 and not quote.htlcs_pending


def warning(quote: CloseQuote, now: int, *, alone: bool) -> str:
    """What cannot be undone, and what then happens by itself."""
    if not alone:
        if not quote.peer_online:
            alone_now = "" if quote.may_be_old else ", or go back and close alone now"
            return (
                "This cannot begin before the peer is connected again, and nothing of it is kept "
                f"until then: press Close once it is back{alone_now}."
            )
        return (
            "Once you press Close, no payment can go through this channel any more. Before that "
            "nothing is said to the peer."
        )
    online = _better(quote, now) if quote.peer_online else ""
    if quote.may_be_old:
        return (
            "This wallet's folder may be an older copy. If it is one, the peer can take the whole "
            "channel once you close it alone: wait until the peer is there instead. "
            "This cannot be undone."
        )
    if _is_nothing_mine(quote):
        return f"{online}This cannot be undone."
    return (
        f"{online}This cannot be undone. Your own money waits "
        f"{fmt.blocks(quote.force_delay_blocks)}; then the wallet brings it home by itself, if it "
        "is running."
    )
