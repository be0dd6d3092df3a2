"""Payments, gifts and transactions as a file for others: CSV for a spreadsheet, JSON for a program.

Amounts are whole thousandths of a satoshi, times ISO 8601 in UTC, empty where there is none. `time`
is when it was begun, or its invoice made, as `created`: what a file has of a month changes no more
when a payment ends; `settled` says when that was. No
amount has a sign: `direction` says which way it went, and `status` whether it moved at all; of one
that failed or expired nothing did. `payee_name` is the name by which the wallet knows who was paid,
else what that node calls itself, which nobody has verified; `payee` is its id. What people wrote is
text and nothing else: a spreadsheet does not reckon with it, a terminal that shows the file obeys
nothing in it. New columns come at the end.

`kind` is lightning for a payment, else what a transaction of the wallet was for; that has a `txid`
and no hash, and `payee` is who its channel is with. Its `time` and `settled` are those of its
block. What goes `out` takes `amount_msat` and `fee_msat` away together, what comes `in` brings
`amount_msat`, off which its fee was taken before: over all transactions, this is to the satoshi
what the wallet has on chain. `fee_is` says it row by row: `on top` of the amount, or `already off`
it; empty where there is no fee. A fee is always one that this wallet paid or bore: what a payer
pays to reach it, and what a peer pays for a close, is in no row.

A `gift` is what the opener of a channel gave the other side with it, `out` where that was we; its
time is that of the opening, its `txid` the opening transaction's, its `payee` the peer. Until the
channel is ready it is in flight: what goes out counts nevertheless, what comes in does not, as on
Home.

A `close cost` is no transaction: what a close cost beside the fees that transactions of the wallet
paid, or less than them; its time, by which it stands among the other rows, is that of the last step
towards the close, and empty without one. Of one that changes while the file is written, a further
row has the difference. `not known` is as it: of a channel of which a wallet that was restored has
lost what went through it, all that would be missing; `not settled`: of payments that have ended, as
far as their money is still where it was. Why they are there stands in `reason`.

`wallet_msat` is what the row changed of all that the wallet has, with its sign: what goes into a
channel or comes back is still the wallet's, its fee is not. Over a whole file it is the total, over
a month what the month changed, as far as rows have a time.
"""

from __future__ import annotations

import csv
import enum
import io
import json
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from lnwallet_tui.api import close_costs
from lnwallet_tui.api.activity import ActivityEntry, fee_is, gift_status, moved
from lnwallet_tui.api.close_costs import CloseCost, What
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.filter import Names
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentView

LONGEST_TEXT: Final = 2_000
_BEGIN_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

COLUMNS: Final = (
    "time", "created", "settled", "direction", "status", "amount_msat", "fee_msat", "description",
    "note", "reason", "payment_hash", "payee", "invoice", "payee_name", "kind", "txid",
    "fee_is", "wallet_msat",
)  # fmt: skip


LIGHTNING, GIFT, ON_CHAIN = "lightning", "gift", "on chain"
Row = ActivityEntry | CloseCost
Values = tuple[str | int | None, ...]
Fields = dict[str, str | int | None]


class ExportKind(enum.Enum):
    """Which file; the value is how its name ends."""

    CSV = ".csv"
    JSON = ".json"


def begin(kind: ExportKind) -> str:
    """What stands before the first payment."""
    return _csv_lines([COLUMNS]) if kind is ExportKind.CSV else "["


def lines(kind: ExportKind, entries: Iterable[Row], *, first: bool, names: Names = ()) -> str:
    """These rows; `first` says that none was written before, `names` who is known by name."""
    known = dict(names)
    rows = [_by_column(_values(one, known)) for one in entries]
    if kind is ExportKind.CSV:
        return _csv_lines(_cells(one) for one in rows)
    written = map(json.dumps, rows)
    return "".join(f"{'' if first and not i else ','}\n{one}" for i, one in enumerate(written))


def end(kind: ExportKind) -> str:
    """What stands behind the last payment."""
    return "" if kind is ExportKind.CSV else "\n]\n"


def key(entry: ActivityEntry) -> tuple[str, str]:
    """Two entries of the same key are the same, at two moments."""
    one, gift, payment = entry.transaction, entry.gift, entry.payment
    if one is not None:
        return ON_CHAIN, one.txid
    if gift is not None:
        return GIFT, gift.channel_id
    assert payment is not None, "an entry is one of the three"
    return LIGHTNING, f"{payment.payment_hash} {payment.outgoing}"


def in_order(entries: Iterable[ActivityEntry], costs: deque[CloseCost]) -> Iterator[Row]:
    """The entries, each behind those of the `costs` that are older, which are taken out of there;
    what is as old stands behind it. Both come with the oldest first."""
    for entry in entries:
        time = _begun(entry)
        while costs and (not time or costs[0].time < time):
            yield costs.popleft()
        yield entry


def _begun(entry: ActivityEntry) -> int:
    """What its row has for a time; 0: it waits for a block."""
    one, gift, payment = entry.transaction, entry.gift, entry.payment
    if one is not None:
        return one.time if one.height else 0
    if gift is not None:
        return gift.time
    assert payment is not None, "an entry is one of the three"
    return payment.first_begun or payment.created


def _values(row: Row, known: Mapping[str, str]) -> Values:
    if isinstance(row, CloseCost):
        return _of_close(row, known)
    one, gift, payment = row.transaction, row.gift, row.payment
    if one is not None:
        return _of_transaction(one, known)
    if gift is not None:
        return _of_gift(gift, known)
    assert payment is not None, "an entry is one of the three"
    return _of_payment(payment, known)


def _by_column(values: Values) -> Fields:
    return dict(zip(COLUMNS, values, strict=True))


def _of_transaction(one: TransactionView, known: Mapping[str, str]) -> Values:
    way, time = moved(one), _time(one.time) if one.time else None
    return (
        time,
        time,
        time,
        "out" if way.outgoing else "in",
        "confirmed" if one.height else "unconfirmed",
        way.amount_sat * 1000,
        way.fee_sat * 1000,
        "",
        one.note.raw(),
        "",
        "",
        one.peer_id,
        "",
        known.get(one.peer_id, ""),
        one.kind.value,
        one.txid,
        way.fee_is,
        close_costs.by_transaction(one),
    )


def _of_payment(payment: PaymentView, known: Mapping[str, str]) -> Values:
    begun = payment.first_begun or payment.created
    return (
        _time(begun),
        _time(begun),
        _time(payment.settled) if payment.settled else None,
        "out" if payment.outgoing else "in",
        payment.status.value,
        payment.amount_msat,
        payment.fee_msat,
        payment.description.raw(),
        payment.note.raw(),
        payment.reason,
        payment.payment_hash,
        payment.payee,
        payment.invoice,
        known.get(payment.payee) or payment.payee_name.raw(),
        LIGHTNING,
        "",
        fee_is(payment.fee_msat, outgoing=payment.outgoing),
        close_costs.by_payment(payment),
    )


def _of_gift(gift: GiftView, known: Mapping[str, str]) -> Values:
    time = _time(gift.time)
    return (
        time,
        time,
        None if gift.waits else time,
        "out" if gift.outgoing else "in",
        gift_status(gift).value,
        gift.amount_msat,
        0,
        "",
        "",
        "",
        "",
        gift.peer_id,
        "",
        known.get(gift.peer_id, ""),
        GIFT,
        gift.txid,
        "",
        gift.change_msat,
    )


def _of_close(one: CloseCost, known: Mapping[str, str]) -> Values:
    is_lost, time = one.cost_msat > 0, _time(one.time) if one.time else None
    is_fee = is_lost and one.what is What.COST and not one.is_of_cheat
    fee_msat = one.cost_msat if is_fee else 0
    return (
        time,
        time,
        time,
        "out" if is_lost else "in",
        "confirmed",
        abs(one.cost_msat) - fee_msat,
        fee_msat,
        "",
        "",
        one.sentence,
        "",
        one.channel.peer_id,
        "",
        known.get(one.channel.peer_id, ""),
        one.what.value,
        one.txid,
        fee_is(fee_msat, outgoing=is_lost),
        -one.cost_msat,
    )


def _cells(fields: Mapping[str, str | int | None]) -> list[str | int]:
    return [_cell(value) for value in fields.values()]


def _cell(value: str | int | None) -> str | int:
    if value is None:
        return ""
    return value if isinstance(value, int) else _harmless(value)


def _harmless(text: str) -> str:
    """OWASP, "CSV Injection": a cell that begins like a formula gets a quote before it. Control
    characters are taken out, as on the screen."""
    shown = Untrusted(text).cells(LONGEST_TEXT)
    formula = text.startswith(_BEGIN_FORMULAS) or shown.startswith(_BEGIN_FORMULAS)
    return f"'{shown}" if formula else shown


def _csv_lines(rows: Iterable[Iterable[str | int]]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def _time(unix: int) -> str:
    return f"{datetime.fromtimestamp(unix, tz=UTC):%Y-%m-%dT%H:%M:%SZ}"
