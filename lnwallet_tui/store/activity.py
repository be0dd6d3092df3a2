"""Finding payments: what they are looked for by stands in columns, so SQLite finds them.

The columns are made of what is stored elsewhere and hold nothing of their own. Pages are told by
the place of a row, its time and number, so that what is new shifts no page that was read. A text is
looked for with `instr`, in which no character has a meaning of its own, as `%` has in LIKE.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from lnwallet_tui.api.filter import Filter, amount_meant, fold, hex_prefix
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.errors import InvoiceError
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.payment.standing import amount_shown, standing
from lnwallet_tui.store import notes
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import Row, Store, Transaction, Value
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.reader import Reader

Place = tuple[int, int]
"""Where a payment stands in time: when it was begun, and its number."""

Named = Mapping[str, Collection[bytes]]
"""By a word of a filter, the nodes in whose name it is."""

Payment = OutgoingPayment | IncomingInvoice

_FILLED_AT_ONCE: Final = 500
_WAYS: Final = {None: "", True: " AND outgoing", False: " AND NOT outgoing"}
_FAILED_BEFORE: Final = (
    "number IN (SELECT number FROM payments"
    " WHERE outgoing AND instr(body, ?) > 0 AND instr(body, ?) = 0)"
)
_NAME_AND_NONE: Final = (b"first_begun", b"first_begun\0")
"""How MessagePack writes that a payment failed before: the field's name, and its value 0 where none
did. It is looked for in bodies: few ask for it, and a column would have to be made from them."""
_NEAR: Final = 1_000
"""Rows: to look at so many by the index takes a hundredth of what is seen on a screen."""
_HASH_DIGITS, _PAYEE_DIGITS = 64, 66


@dataclass(frozen=True, slots=True)
class Columns:
    """What a payment is looked for by, which is all that is left of one whose record is damaged."""

    payment_hash: bytes
    outgoing: bool
    status: PaymentStatus
    expires: int
    amount_msat: int | None


@dataclass(frozen=True, slots=True)
class Found:
    """A payment with its note, its place, and what its invoice says: reading one again takes long.

    `payee` is empty where it came in. `record` is None where it is damaged.
    """

    record: Payment | None
    columns: Columns
    note: Untrusted
    place: Place
    description: Untrusted
    payee: bytes

    @property
    def payment(self) -> Payment:
        """Its record, which is whole."""
        assert self.record is not None, "of this one there are columns alone"
        return self.record


@lru_cache(maxsize=1024)
def read_invoice(text: str) -> Invoice:
    """An invoice that is kept here, so it was read or written before."""
    return bolt11.decode(text)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────
def add(tx: Transaction, number: int, payment: Payment) -> None:
    """A new payment, which may take the place of a failed one of the same hash."""
    payee, description = _payee_and_description(payment)
    note = fold(notes.note_of(tx, payment.payment_hash).raw())
    outgoing = isinstance(payment, OutgoingPayment)
    tx.write(
        "INSERT OR REPLACE INTO activity"
        " (number, payment_hash, outgoing, begun, status, expires, amount_msat, payee,"
        " description, words, note) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            number,
            payment.payment_hash,
            outgoing,
            begun(payment),
            *_changing(payment),
            payee,
            description,
            fold(description),
            note,
        ),
    )


def begun(payment: Payment) -> int:
    """When it was begun: the first of those that failed before, and were tried again."""
    first = payment.first_begun if isinstance(payment, OutgoingPayment) else 0
    return first or payment.created


def save(tx: Transaction, payment: Payment) -> None:
    """What became of one that was added before."""
    outgoing = isinstance(payment, OutgoingPayment)
    tx.write(
        "UPDATE activity SET status = ?, expires = ?, amount_msat = ?"
        " WHERE payment_hash = ? AND outgoing = ?",
        (*_changing(payment), payment.payment_hash, outgoing),
    )


def set_note(tx: Transaction, payment_hash: bytes, text: Untrusted) -> bool:
    """Give a payment this note; whether there is such a payment."""
    changed = tx.write(
        "UPDATE activity SET note = ? WHERE payment_hash = ?", (fold(text.raw()), payment_hash)
    )
    if changed:
        notes.save(tx, payment_hash, text)
    return bool(changed)


def fill(store: Store) -> None:
    """Take in what an older format had no columns for; a crash in between loses nothing. One that
    is damaged has none, and is found by its hash alone."""
    last: Value = -1
    while True:
        missing = store.read(  # by its index alone: at every start, and hardly ever is there one
            "SELECT number FROM payments AS p WHERE number > ? AND NOT EXISTS"
            " (SELECT 1 FROM activity WHERE number = p.number) ORDER BY number LIMIT ?",
            (last, _FILLED_AT_ONCE),
        )
        if not missing:
            return
        with store.transaction() as tx:
            for (number,) in missing:
                assert isinstance(number, int)
                asked = "SELECT outgoing, body FROM payments WHERE number = ?"
                [(outgoing, body)] = tx.read(asked, (number,))
                with suppress(RowDamaged):
                    add(tx, number, _payment(outgoing, body))
                last = number


def _changing(payment: Payment) -> tuple[str, int, int | None]:
    """How it stands, until when it can be paid, how much it is."""
    amount = amount_shown(payment)
    value = None if amount is None else amount.value
    return standing(payment).value, payment.expires, value


def _payee_and_description(payment: Payment) -> tuple[bytes, str]:
    """Whom we pay, nobody where it comes in; and the words of the invoice."""
    if isinstance(payment, OutgoingPayment) and payment.spontaneous is not None:
        return payment.spontaneous.payee, ""
    try:
        invoice = read_invoice(payment.invoice) if payment.invoice else None
    except InvoiceError:
        invoice = None  # it is found by everything else
    if invoice is None:
        return b"", ""
    words = invoice.description.raw() if invoice.description is not None else ""
    return (invoice.payee if isinstance(payment, OutgoingPayment) else b""), words


# ── finding ──────────────────────────────────────────────────────────────────────────────────────
def search(  # what it asks for is a page: which, of what, and how it is sorted
    store: Store | Reader,
    wanted: Filter,
    now: int,
    named: Named | None = None,
    *,
    limit: int,
    after: Place | None = None,
    skip: int = 0,
    oldest_first: bool = False,
) -> list[Found]:
    """At most `limit` payments behind the place `after`, without the first `skip` of them; `named`
    says of words which nodes they mean."""
    where, values = _conditions(wanted, now, named or {})
    behind = list[str]()
    if after is not None:
        sign, (begun, number) = ">" if oldest_first else "<", after
        behind = [f"(begun, number) {sign} ({begun:d}, {number:d})"]
    order = "ASC" if oldest_first else "DESC"
    in_time = f"ORDER BY begun {order}, number {order}"
    found = list[Found]()
    for rows in _rows(wanted, behind, in_time):
        chosen = (
            f"SELECT begun, number FROM {rows} WHERE {' AND '.join((*behind, *where))}"  # noqa: S608 - our own words
            f" {in_time} LIMIT ? OFFSET ?"
        )
        sql = f"{_whole(chosen)} ORDER BY a.begun {order}, a.number {order}"
        found = [_found(row) for row in store.read(sql, (*values, limit, skip))]
        if len(found) == limit:
            break
    return found


def _rows(wanted: Filter, behind: Sequence[str], in_time: str) -> Sequence[str]:
    """Where a page is looked for, one after the other until it is full.

    What many have is found among the first rows, to which the index leads. What few have is looked
    for in all rows as they lie on disk: in the order of the index each would be fetched from
    somewhere else, which takes twice as long. Time alone the index answers by itself.
    """
    if replace(wanted, since=None, until=None, onchain=None) == Filter():
        return ("activity",)
    where = f"WHERE {behind[0]}" if behind else ""
    first = f"(SELECT * FROM activity {where} {in_time} LIMIT {_NEAR})"  # noqa: S608 - our own words
    return first, "activity NOT INDEXED"


def newest(store: Store | Reader, limit: int, offset: int) -> list[Found]:
    """By when they were begun, the newest first."""
    chosen = "SELECT number FROM activity ORDER BY number DESC LIMIT ? OFFSET ?"
    sql = f"{_whole(chosen)} ORDER BY a.number DESC"
    return [_found(row) for row in store.read(sql, (limit, offset))]


def _whole(chosen: str) -> str:
    """Everything of the payments whose numbers are chosen."""
    return (
        "SELECT p.outgoing, p.body, n.body, r.begun, r.number, r.description, r.payee,"  # noqa: S608 - our own words
        " r.payment_hash, r.status, r.expires, r.amount_msat"
        f" FROM ({chosen}) AS a"
        " JOIN activity AS r ON r.number = a.number"
        " JOIN payments AS p ON p.number = a.number"
        " LEFT JOIN notes AS n ON n.payment_hash = p.payment_hash"
    )


def count(
    store: Store | Reader,
    wanted: Filter,
    now: int,
    named: Named | None = None,
    *,
    before: Place | None = None,
) -> int:
    """How many there are; `before`: of those only what is newer than that place."""
    where, values = _conditions(wanted, now, named or {})
    if before is not None:
        where.append("(begun, number) > (?, ?)")
        values.extend(before)
    sql = f"SELECT count(*) FROM activity WHERE {' AND '.join(where)}"  # noqa: S608 - our own words
    [(number,)] = store.read(sql, values)
    assert isinstance(number, int)
    return number


def _found(row: Row) -> Found:
    outgoing, body, note, time, number, description, payee, *columns = row
    assert isinstance(time, int)
    assert isinstance(number, int)
    assert isinstance(description, str)
    assert isinstance(payee, bytes)
    text = notes.NOTHING if note is None else notes.read(note)
    try:
        record = _payment(outgoing, body)
    except RowDamaged:
        record = None
    shown = _columns(bool(outgoing), *columns)
    return Found(record, shown, text, (time, number), Untrusted(description), payee)


def _columns(
    outgoing: bool,
    payment_hash: Value,
    status: Value,
    expires: Value,
    amount_msat: Value,
) -> Columns:
    assert isinstance(payment_hash, bytes)
    assert isinstance(expires, int)
    assert amount_msat is None or isinstance(amount_msat, int)
    return Columns(payment_hash, outgoing, PaymentStatus(status), expires, amount_msat)


def _payment(outgoing: Value, body: Value) -> Payment:
    assert isinstance(body, bytes)
    return decode(body, OutgoingPayment) if outgoing else decode(body, IncomingInvoice)


def _conditions(wanted: Filter, now: int, named: Named) -> tuple[list[str], list[Value]]:
    """What must hold, and what stands for the question marks in it."""
    where, values = ["TRUE"], list[Value]()

    def hold(condition: str, *given: Value) -> None:
        where.append(condition)
        values.extend(given)

    if wanted.onchain:
        hold("FALSE")  # here are payments only
    if wanted.outgoing is not None:
        hold("outgoing = ?", wanted.outgoing)
    if wanted.status is PaymentStatus.EXPIRED:
        hold("status = ? AND expires < ?", PaymentStatus.WAITING.value, now)
    elif wanted.status is PaymentStatus.WAITING:
        hold("status = ? AND expires >= ?", PaymentStatus.WAITING.value, now)
    elif wanted.status is PaymentStatus.FAILED:
        hold(f"(status = ? OR {_FAILED_BEFORE})", wanted.status.value, *_NAME_AND_NONE)
    elif wanted.status is not None:
        hold("status = ?", wanted.status.value)
    if wanted.least_sat is not None:
        hold("amount_msat >= ?", wanted.least_sat * 1000)
    if wanted.most_sat is not None:
        hold("amount_msat < ?", (wanted.most_sat + 1) * 1000)
    if wanted.since is not None:
        hold("begun >= ?", wanted.since)
    if wanted.until is not None:
        hold("begun < ?", wanted.until)
    for note in wanted.notes:
        # Both stand under a payment: what the user noted, and what its invoice is for.
        hold("(instr(note, ?) > 0 OR instr(words, ?) > 0)", note, note)
    for word in wanted.words:
        hold(*_word(word, named.get(word, ())))
    return where, values


def _word(word: str, payees: Collection[bytes]) -> tuple[str, *tuple[Value, ...]]:
    condition, values = "instr(words, ?) > 0 OR instr(note, ?) > 0", [word, word]
    digits = hex_prefix(word)
    given: list[Value] = list(values)
    for column, length in (("payment_hash", _HASH_DIGITS), ("payee", _PAYEE_DIGITS)):
        if digits and len(digits) <= length:
            condition += f" OR {column} BETWEEN ? AND ?"
            given.append(bytes.fromhex(digits.ljust(length, "0")))
            given.append(bytes.fromhex(digits.ljust(length, "f")))
    amount = amount_meant(word)
    if amount is not None:
        condition += f" OR amount_msat BETWEEN ? AND ?{_WAYS[amount.outgoing]}"
        given += (amount.sat * 1000, amount.sat * 1000 + 999)
    if payees:  # one value for however many, each like what `hex` gives
        condition += " OR hex(payee) IN (SELECT value FROM json_each(?))"
        given.append(json.dumps([payee.hex().upper() for payee in sorted(payees)]))
    return (f"({condition})", *given)
