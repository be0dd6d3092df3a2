"""The list of all payments in words: a row, its heading, what a filter found and what it means."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.activity import ActivityCount, gift_word, moved
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.filter import Filter, FilterError, parse
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import onchain_words
from lnwallet_tui.ui.onchain_words import WITHOUT_FEE
from lnwallet_tui.ui.payment_words import (
    amount,
    begun,
    colour,
    first_readable,
    status_word,
    whom_or_what,
)
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.widgets.words import MUTED

_STANDS_HERE: Final = (
    "Everything that you pay and that is paid to you stands here, over "
    "Lightning and on chain, the newest first. Press {everywhere.send} to pay, "
    "{everywhere.receive} to be paid."
)
_NONE_YET: Final = "No payment yet."
_NONE_SO_FAR: Final = "No payment has been found so far."
_UNREAD: Final = "What you paid and were paid on chain is not known yet: no block was read."
NOTHING_TO_WRITE: Final = (
    "There is nothing to write: no payment was found. {everywhere.back} shows all again."
)
ABOUT: Final = (
    "All that moved money, the newest on top: payments over Lightning, and transactions on chain "
    "with their fees (sendings, openings, closes and what came back of them). What you pay is "
    "begun when you pay it, what you are paid when you make the invoice; when it ended stands on "
    "its own page. A transaction has the time of its block. A gift is what one side gave the other "
    "when it opened a channel; this screen gives none. Press {activity.filter} and write what "
    "you look for: below stands all that is understood. {everywhere.back} shows all again, "
    "{activity.filter} brings your words back: type to replace them, → to go on. g and G go to the "
    "ends of the list ({everywhere.guard} opens Guard here). Of what is on chain, all that came in "
    "less all that went out with its fees is what you have there.\n\n"
    "Export writes exactly what is shown, and in rows of their own what closes cost beside that; "
    "of its columns wallet_msat adds up: to the total on Home over a whole file, to what a month "
    "changed over that month. A wallet that was restored has nothing of what was paid before: of "
    "each channel that came back, a row named not known makes up for it. "
    "{activity.last_month}, then {activity.export}, writes the last month."
)
_TIMES: Final = ("month:", "since:", "until:")
_STATUS_MEANS: Final = {
    PaymentStatus.WAITING: "waiting to be paid",
    PaymentStatus.IN_FLIGHT: "in flight or arriving",
    PaymentStatus.PAID: "paid",
    PaymentStatus.FAILED: "failed",
    PaymentStatus.EXPIRED: "expired",
    PaymentStatus.STUCK: "stuck",
}
_WHEN, _AMOUNT, _STATE, _FEE, _HASH = 17, 18, 10, 14, 8
_SHORTEST_NOTE: Final = 4
_LEFT: Final = _WHEN + _AMOUNT + _STATE + 7
"""Cells of a row before what it is for, with the blanks and the arrow."""
_WHAT_FOR: Final = "paid to, your note"
WIDE: Final = 110
"""So many columns have room for the fee and the hash."""


def none_found(picture: Picture) -> str:
    """Where the list is empty: whether there is nothing, or nothing is known."""
    if not picture.has_read:
        return _UNREAD
    is_reading = picture.status.waiting_for and not picture.channels  # else that waits for blocks
    return _NONE_SO_FAR if is_reading else _NONE_YET


def nothing_stands_here(picture: Picture | None) -> str:
    """The same, and what will."""
    return f"{_NONE_YET if picture is None else none_found(picture)}\n\n{_STANDS_HERE}"


def example(now: int) -> str:
    """What can be looked for, in the empty line."""
    month = f"{utc(now):%Y-%m}"
    return f"name, amount; onchain out paid >10k month:last since:{month} note:rent"


def heading(now: int, *, wide: bool) -> Content:
    """Over the columns; the year is that of the times that have none."""
    more = f"{'fee':<{_FEE}}  {'hash':<{_HASH}}  " if wide else ""
    when = f"begun ({utc(now):%Y}, UTC)"
    return Content.styled(
        f"{when:<{_WHEN}}   {WITHOUT_FEE:>{_AMOUNT}}  {'state':<{_STATE}}  {more}{_WHAT_FOR}", MUTED
    )


def row(payment: PaymentView, now: int, name: str, width: int, *, wide: bool) -> Content:
    """One payment in `width` cells; `name` is what we call the payee."""
    more = ""
    if wide:
        fee = fmt.exact(payment.fee_msat) if payment.fee_msat else ""
        more = f"{fee:<{_FEE}}  {payment.payment_hash[:_HASH]}  "
    return Content.assemble(
        (f"{fmt.clock(begun(payment), now):<{_WHEN}} ", MUTED),
        f"{'↑' if payment.outgoing else '↓'} {amount(payment):>{_AMOUNT}}  ",
        (f"{status_word(payment):<{_STATE}}  ", colour(payment)),
        (more, MUTED),
        whom_or_what(payment, name, width - _LEFT - len(more)),
    )


def tried_again(payment: PaymentView, now: int) -> str:
    """Of one that failed before: when it was tried first, and what came of it."""
    if not payment.first_begun:
        return ""
    first = f"first tried {fmt.clock(payment.first_begun, now)}"
    if payment.settled:
        return f"{first} · paid {fmt.clock(payment.settled, now)}   "
    return f"{first} · again {fmt.clock(payment.created, now)}   "


def transaction_row(
    one: TransactionView, now: int, who: onchain_words.Who, width: int, *, wide: bool
) -> Content:
    """One transaction in the same columns: its amount is without its fee."""
    way = moved(one)
    fee = fmt.sat(way.fee_sat) if way.outgoing and way.fee_sat else ""
    more = f"{fee:<{_FEE}}  {one.txid[:_HASH]}  " if wide else ""
    what = onchain_words.was_for(one, who)
    left = width - _LEFT - len(more) - len(what) - 2
    note = first_readable((one.note,), left) if left >= _SHORTEST_NOTE else ""
    return Content.assemble(
        (f"{onchain_words.when(one.time, one.height, now):<{_WHEN}} ", MUTED),
        f"{'↑' if way.outgoing else '↓'} {onchain_words.shown(one):>{_AMOUNT}}  ",
        (f"{'on chain':<{_STATE}}  ", "$success" if one.height else "$warning"),
        (more, MUTED),
        f"{what}, {note}" if note else what,
    ).truncate(width)


def gift_row(
    gift: GiftView, now: int, who: onchain_words.Who, width: int, *, wide: bool
) -> Content:
    """What was given with a channel, in the same columns."""
    more = f"{'':<{_FEE}}  {gift.channel_id[:_HASH]}  " if wide else ""
    amount_ = fmt.signed(gift.amount_msat, outgoing=gift.outgoing)
    return Content.assemble(
        (f"{fmt.clock(gift.time, now):<{_WHEN}} ", MUTED),
        f"{'↑' if gift.outgoing else '↓'} {amount_:>{_AMOUNT}}  ",
        (f"{gift_word(gift):<{_STATE}}  ", "$warning" if gift.waits else "$success"),
        (more, MUTED),
        f"with a channel, {'to' if gift.outgoing else 'by'} {who(gift.peer_id)}",
    ).truncate(width)


def about_gift(gift: GiftView) -> str:
    """What it is, in a line."""
    amount_ = fmt.exact(gift.amount_msat)
    if gift.waits:
        whose = "theirs" if gift.outgoing else "yours"
        return f"{amount_} are {whose} once the channel is ready; enter shows it."
    if gift.outgoing:
        return f"You gave them {amount_} when you opened the channel; enter shows it."
    return f"They gave you {amount_} when they opened the channel; enter shows it."


def found(count: ActivityCount) -> str:
    """So many, of each kind."""
    kinds = [fmt.count(count.payments, "payment")] if count.payments else []
    if count.transactions:
        kinds.append(f"{count.transactions:,} on chain")
    if count.gifts:
        kinds.append(fmt.count(count.gifts, "gift"))
    if count.close_costs:
        kinds.append(fmt.count(count.close_costs, "close cost"))
    if count.not_known:
        kinds.append(f"{count.not_known:,} not known")
    if count.not_settled:
        kinds.append(f"{count.not_settled:,} not settled")
    return ", ".join(kinds) or "0 payments"


def title(count: ActivityCount, words: str) -> str:
    """How many there are, or were found."""
    found_ = found(count)
    return f"Activity: {found_} found" if words else f"Activity: {found_}"


def old_title(count: ActivityCount, words: str, *, is_read: bool) -> str:
    """Over a list that is not what is looked for now, or not all of it any more. `is_read`: that
    is being asked for."""
    if not count.total and not words:
        return "Activity: being read…" if is_read else "Activity"
    return f"{title(count, words)}, {'old: reading anew…' if is_read else 'as before'}"


def nothing_found(words: str, now: int) -> str:
    """What was looked for, so that a wrong word is seen at once."""
    try:
        meant = meaning(parse(words, now))
    except FilterError:
        meant = ""
    return (
        f"Nothing was found. You look for payments {meant}.\n\n{{everywhere.back}}: show all   "
        "then {everywhere.explain}: the words that can be used"
    )


def month_of(words: str, now: int) -> str:
    """The month that is looked for, `2025-01`, where it is a whole one; else nothing."""
    try:
        wanted = parse(words, now)
        found = parse(f"month:{utc(wanted.since or 0):%Y-%m}", now)
    except FilterError:
        return ""
    is_whole = (wanted.since, wanted.until) == (found.since, found.until)
    return f"{utc(found.since or 0):%Y-%m}" if is_whole else ""


def last_month(words: str) -> str:
    """The same words for the last month, whatever time they meant."""
    others = [one for one in words.split() if not one.lower().startswith(_TIMES)]
    return " ".join([*others, "month:last"])


def to_be_written(count: ActivityCount, words: str, now: int) -> str:
    """What goes into a file."""
    of = f" of {month}" if (month := month_of(words, now)) else ""
    written = f"Writes {found(count)}{of}."
    return (
        written
        if words
        else f"{written} Only the last month: {{everywhere.back}}, {{activity.last_month}}."
    )


def meaning(wanted: Filter) -> str:
    """A filter as a sentence goes on behind “payments”. Typed words are not said again: they stand
    in the field above."""
    parts: list[str] = []
    if wanted.onchain is not None:
        parts.append("on chain" if wanted.onchain else "over Lightning")
    if wanted.outgoing is not None:
        parts.append("that you made" if wanted.outgoing else "to you")
    if wanted.status is not None:
        parts.append(f"that are {_STATUS_MEANS[wanted.status]}")
    parts.extend(_amounts(wanted))
    if wanted.since is not None:
        parts.append(f"begun since {_day(wanted.since)}")
    if wanted.until is not None:
        until = f"until {_day(wanted.until - 1)}"
        parts.append(until if wanted.since is not None else f"begun {until}")
    if wanted.notes:
        parts.append(f"with {fmt.count(len(wanted.notes), 'word')} in a note or an invoice's words")
    if wanted.words:
        several = fmt.count(len(wanted.words), "word")
        parts.append(f"with {several} in a text, the amount, the hash, or the payee's name or id")
    return ", ".join(parts)


def _amounts(wanted: Filter) -> list[str]:
    least, most = wanted.least_sat, wanted.most_sat
    if least is not None and least == most:
        return [f"of {fmt.sat(least)}"]
    parts = [] if least is None else [f"of at least {fmt.sat(least)}"]
    return parts if most is None else [*parts, f"of at most {fmt.sat(most)}"]


def _day(unix: int) -> str:
    return f"{utc(unix):%Y-%m-%d}"
