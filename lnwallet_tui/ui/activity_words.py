"""The list of all payments in words: a row, its heading, what a filter found and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from textual.content import Content

from lnwallet_tui.api.filter import Filter, FilterError, parse
from lnwallet_tui.api.views import AttemptEnd, AttemptView, PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.payment_words import colour, status_word
from lnwallet_tui.ui.widgets.words import MUTED, Fact

NONE_YET: Final = (
    "No payment yet.\n\nEverything that you pay and that is paid to you stands here, the newest "
    "first. Press {everywhere.send} to pay, {everywhere.receive} to be paid."
)
EXAMPLE: Final = "out  in  paid  failed  >10000  since:2026-11  note:rent  or any word"
_STATUS_MEANS: Final = {
    PaymentStatus.WAITING: "waiting to be paid",
    PaymentStatus.IN_FLIGHT: "in flight or arriving",
    PaymentStatus.PAID: "paid or received",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.EXPIRED: "expired",
    PaymentStatus.STUCK: "stuck",
}
_ENDS: Final = {
    AttemptEnd.UNDER_WAY: "under way",
    AttemptEnd.ARRIVED: "arrived",
    AttemptEnd.CAME_BACK: "came back",
    AttemptEnd.NEVER_LEFT: "never left",
}
_WHEN, _AMOUNT, _STATE, _FEE = 17, 18, 10, 14


def heading(*, wide: bool) -> Content:
    """Over the columns."""
    more = f"{'fee':<{_FEE}}  {'paid to':<17}  hash" if wide else "fee"
    return Content.styled(
        f"{'when':<{_WHEN}}   {'amount':>{_AMOUNT}}  {'state':<{_STATE}}  n {more}", MUTED
    )


def row(payment: PaymentView, now: int, *, wide: bool) -> Content:
    """One payment; never what anybody wrote. An `n` says that it has a note."""
    amount = (
        fmt.signed(payment.amount_msat, outgoing=payment.outgoing)
        if payment.amount_msat is not None
        else "any amount"
    )
    fee = fmt.exact(payment.fee_msat) if payment.fee_msat else ""
    more = ""
    if wide:
        payee = fmt.short(payment.payee)
        more = f"{fee:<{_FEE}}  {payee:<17}  {payment.payment_hash[:8]}"
    return Content.assemble(
        (f"{fmt.clock(payment.settled or payment.created, now):<{_WHEN}} ", MUTED),
        f"{'↑' if payment.outgoing else '↓'} {amount:>{_AMOUNT}}  ",
        (f"{status_word(payment):<{_STATE}}  ", colour(payment)),
        ("n " if payment.note else "  ", "$accent"),
        (more or fee, MUTED),
    )


def title(total: int, words: str) -> str:
    """How many there are, or were found."""
    found = fmt.count(total, "payment")
    return f"Activity: {found} found" if words else f"Activity: {found}"


def nothing_found(words: str) -> str:
    """What was looked for, so that a wrong word is seen at once."""
    try:
        meant = meaning(parse(words))
    except FilterError:
        meant = ""
    return (
        f"Nothing was found. You look for payments {meant}.\n\n{{everywhere.back}}: show all  "
        f" {{everywhere.explain}}: the words that "
        "can be used"
    )


def meaning(wanted: Filter) -> str:
    """A filter as a sentence goes on behind “payments”. Typed words are not said again: they stand
    in the field above."""
    parts: list[str] = []
    if wanted.outgoing is not None:
        parts.append("that you made" if wanted.outgoing else "to you")
    if wanted.status is not None:
        parts.append(f"that are {_STATUS_MEANS[wanted.status]}")
    parts.extend(_amounts(wanted))
    if wanted.since is not None:
        parts.append(f"since {_day(wanted.since)}")
    if wanted.until is not None:
        parts.append(f"until {_day(wanted.until - 1)}")
    if wanted.notes:
        parts.append(f"with {fmt.count(len(wanted.notes), 'word')} in what you wrote")
    if wanted.words:
        several = fmt.count(len(wanted.words), "word")
        parts.append(f"with {several} in a text, the hash or the payee")
    return ", ".join(parts)


def _amounts(wanted: Filter) -> list[str]:
    least, most = wanted.least_sat, wanted.most_sat
    if least is not None and least == most:
        return [f"of {fmt.sat(least)}"]
    parts = [] if least is None else [f"of at least {fmt.sat(least)}"]
    return parts if most is None else [*parts, f"of at most {fmt.sat(most)}"]


def _day(unix: int) -> str:
    return f"{datetime.fromtimestamp(unix, tz=UTC):%Y-%m-%d}"


def attempt_facts(attempts: tuple[AttemptView, ...], who: dict[str, str]) -> list[Fact | None]:
    """How a payment was tried, a row for each part; `who` has names by node id."""
    parts = {one.attempt: 0 for one in attempts}
    for one in attempts:
        parts[one.attempt] += 1
    rows: list[Fact | None] = []
    for one in attempts:
        rows.append(_attempt_fact(one, who[one.first_peer], parts[one.attempt]))
        if one.failure:
            where = ""
            if one.failed_hop:
                node = who.get(one.failed_node) or one.failed_node[:8]
                where = f"At hop {one.failed_hop} of {one.hops}, {node}: "
            rows.append(Fact("", f"{where}{one.failure}", style=MUTED))
    return rows


def _stands(one: AttemptView) -> str:
    """How it ended, or how far our own channel is with it."""
    stage = one.stage.value if one.end is AttemptEnd.UNDER_WAY else ""
    return stage or _ENDS[one.end]


def _attempt_fact(one: AttemptView, peer: str, parts: int) -> Fact:
    part = f".{one.part}" if parts > 1 else ""
    fee = fmt.exact(one.fee_msat) if one.fee_msat else "none"
    return Fact(
        f"Try {one.attempt}{part}",
        fmt.exact(one.amount_msat),
        f"{_stands(one)}, fee {fee}, {fmt.count(one.hops, 'hop')} via {peer}",
        style="bold $success" if one.end is AttemptEnd.ARRIVED else "",
    )
