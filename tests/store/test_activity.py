"""Finding payments in SQL: what is found is what a plain predicate over the views finds, page for
page; text from anybody has no meaning of its own; an older file is taken in whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lnwallet_tui.api import filter as filters
from lnwallet_tui.api.filter import Filter, FilterError
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.node.payments.payment_views import found_view, incoming_view, outgoing_view
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
)
from lnwallet_tui.store import activity, notes, payments
from lnwallet_tui.store.db import DATABASE_NAME, Row, Store, Value
from lnwallet_tui.store.migrate import APPLICATION_ID, SCHEMA_VERSION
from tests.payments_found import matches
from tests.store.test_golden import GOLDEN
from tests.store.test_payments import INCOMING, OUTGOING, UNASKED

START = 1_790_000_000
NOW = START + 50 * 3_600
parse = partial(filters.parse, now=NOW)
KEY = NodeKey(Secret(b"\x31" * 32))


def written(description: str) -> str:
    """An invoice with these words, by a node of its own."""
    invoice = Invoice(
        network=Network.REGTEST,
        payee=KEY.public_key,
        payment_hash=b"\x05" * 32,
        payment_secret=b"\x07" * 32,
        timestamp=START,
        amount=None,
        description=Untrusted(description),
    )
    return bolt11.encode(invoice, KEY.sign_recoverable)


def some_payments(number: int) -> list[activity.Payment]:
    """Payments of every standing, in an order of their own; some with words, some settled."""
    words = ("Coffee bar", "rent 50%", "a_b", "Straße", "", 'o\'clock "x"')
    invoices = [written(text) for text in words]
    out, came = list(OutgoingStatus), list(InvoiceStatus)
    made: list[activity.Payment] = []
    for i in range(number):
        hash_ = (i * 0x9E3779B97F4A7C15 % 2**64).to_bytes(8, "big") * 4
        created = START + i * 3_600 // 2
        settled = created + 7_200 if i % 3 == 0 else 0
        if i % 2:
            made.append(
                replace(
                    OUTGOING, payment_hash=hash_, amount=Msat(1_000 * i * i + i), created=created,
                    invoice=invoices[i % 6], status=out[i // 2 % 4], settled=settled,
                )
            )  # fmt: skip
        else:
            made.append(
                replace(
                    INCOMING, payment_hash=hash_, amount=None if i % 5 == 0 else Msat(9_000 * i),
                    created=created, invoice=invoices[i % 6], status=came[i // 2 % 4],
                    settled=settled, expires=created + 86_400, parts=INCOMING.parts[: i % 4 // 2],
                )
            )  # fmt: skip
    return made


def fill(store: Store, made: list[activity.Payment]) -> None:
    with store.transaction() as tx:
        for one in made:
            payments.add(tx, one)


def note(store: Store, payment_hash: bytes, text: str) -> bool:
    with store.transaction() as tx:
        return activity.set_note(tx, payment_hash, Untrusted(text))


@pytest.fixture(scope="module", params=[activity._NEAR, 7], autouse=True)
def _near(request: pytest.FixtureRequest) -> Iterator[None]:
    """All rows of these tests are among the first ones, or few are."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(activity, "_NEAR", request.param)
        yield


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store(tmp_path_factory.mktemp("full")) as store:
        made = some_payments(60)
        fill(store, made)
        for i, text in ((3, "Rent of May"), (4, "100%"), (7, "under_score"), (10, "a\x00b")):
            assert note(store, made[i].payment_hash, text)
        yield store


NAMES = ((KEY.public_key.hex(), "Flower shop"), ("02" * 33, "Nobody's shop"))
NAMED = {"shop": [bytes.fromhex(one) for one, _ in NAMES], "nobody's": [b"\x02" * 33]}


@pytest.mark.parametrize("text", ["shop", "nobody's", "shop paid", "rent shop", "in shop"])
def test_a_name_means_payments_to_whom_it_is(full: Store, text: str) -> None:
    wanted = parse(text)
    everything = activity.search(full, Filter(), NOW, limit=1_000)
    expected = [
        one.payment.payment_hash
        for one in everything
        if matches(wanted, one.payment, one.note, NOW, NAMES)
    ]
    assert hashes(activity.search(full, wanted, NOW, NAMED, limit=1_000)) == expected
    assert activity.count(full, wanted, NOW, NAMED) == len(expected)
    assert bool(expected) is (text in {"shop", "shop paid", "rent shop"})


def test_a_word_may_mean_many_nodes(full: Store) -> None:
    crowd = [KEY.public_key, *(i.to_bytes(33, "big") for i in range(40_000))]
    assert activity.count(full, parse("a"), NOW, {"a": crowd}) >= 25


def hashes(found: list[activity.Found]) -> list[bytes]:
    return [one.payment.payment_hash for one in found]


def oracle(store: Store, wanted: Filter) -> list[bytes]:
    everything = activity.search(store, Filter(), NOW, limit=1_000)
    return [
        one.payment.payment_hash
        for one in everything
        if matches(wanted, one.payment, one.note, NOW)
    ]


FILTERS = (
    "", "out", "in", "paid", "failed", "waiting", "expired", "pending", "stuck", "in expired",
    ">100", "<5k", "=81", ">=1k <=2k", "since:2026-09-22", "until:2026-09-21", "note:rent",
    "coffee", "BAR", "STRASSE", "50%", "%", "_", "a_b", "a%b", "o'clock", '"x"', "\\", "'",
    "note:100%", "note:_", "note:a\x00b", "\x00", "rent out paid", "9e37", "9e3779b97f4a7c159",
    KEY.public_key.hex(), KEY.public_key.hex()[:7], "out 9e37",
    "1,681", "-1681 sat", "+1681", "text:out", "ffff",
)  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_sql_finds_what_the_words_say(full: Store, text: str) -> None:
    wanted = parse(text)
    expected = oracle(full, wanted)
    assert hashes(activity.search(full, wanted, NOW, limit=1_000)) == expected
    assert activity.count(full, wanted, NOW) == len(expected)


def test_the_samples_are_worth_asking(full: Store) -> None:
    found = {text: activity.count(full, parse(text), NOW) for text in FILTERS}
    assert {text for text, number in found.items() if not number} == {
        "a%b",
        "\\",
        "text:out",
        "ffff",
        "+1681",
    }
    assert found["%"] == found["50%"] + 1
    assert found["note:100%"] == found["\x00"] == 1
    assert found["note:_"] == 1 + sum(i % 6 == 2 for i in range(60))
    assert found["STRASSE"] == 10
    assert found["1,681"] == found["-1681 sat"] == 1


TERMS = st.lists(st.sampled_from(FILTERS) | st.text(max_size=3), max_size=4).map(" ".join)


@given(TERMS)
def test_sql_and_the_plain_predicate_never_differ(full: Store, text: str) -> None:
    try:
        wanted = parse(text)
    except FilterError:
        return
    assert hashes(activity.search(full, wanted, NOW, limit=1_000)) == oracle(full, wanted)


@given(
    text=st.sampled_from(["", "out", "coffee", "in >100"]),
    limit=st.integers(1, 70),
    oldest_first=st.booleans(),
)
def test_pages_laid_end_to_end_are_the_whole(
    full: Store, text: str, limit: int, oldest_first: bool
) -> None:
    wanted, after, read = parse(text), None, list[bytes]()
    while page := activity.search(
        full, wanted, NOW, limit=limit, after=after, oldest_first=oldest_first
    ):
        assert len(page) <= limit
        read.extend(hashes(page))
        after = page[-1].place
    assert read == (oracle(full, wanted)[::-1] if oldest_first else oracle(full, wanted))


def test_what_is_found_is_shown_as_it_is_from_its_invoice(full: Store) -> None:
    for one in activity.search(full, Filter(), NOW, limit=1_000):
        payment = one.payment
        assert found_view(one, NOW) == (
            outgoing_view(payment, one.note)
            if isinstance(payment, OutgoingPayment)
            else incoming_view(payment, NOW, one.note)
        )


def test_newest_first_and_a_place_says_how_many_are_newer(full: Store) -> None:
    found = activity.search(full, Filter(), NOW, limit=1_000)
    places = [one.place for one in found]
    assert places == sorted(places, reverse=True)
    assert len(places) == 60
    for index, place in enumerate(places):
        assert activity.count(full, Filter(), NOW, before=place) == index
        assert hashes(activity.search(full, Filter(), NOW, limit=1, skip=index)) == [
            found[index].payment.payment_hash
        ]


def test_what_becomes_of_a_payment_is_found(tmp_path: Path) -> None:
    paid = replace(
        INCOMING, status=InvoiceStatus.PAID, settled=INCOMING.created + 9, expires=START - 1
    )
    with Store(tmp_path) as store:
        fill(store, [replace(INCOMING, status=InvoiceStatus.WAITING, parts=())])
        assert activity.count(store, parse("paid"), NOW) == 0
        assert activity.count(store, parse("=1"), NOW) == 0
        with store.transaction() as tx:
            payments.save(tx, paid)
        assert activity.count(store, parse("paid in =1"), NOW) == 1
        [found] = activity.search(store, Filter(), NOW, limit=9)
        assert (found.payment, found.place[0]) == (paid, INCOMING.created)


def test_a_note_stays_when_a_payment_is_tried_anew(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        fill(store, [OUTGOING, INCOMING])
        assert note(store, OUTGOING.payment_hash, "Rent")
        fill(store, [replace(OUTGOING, status=OutgoingStatus.IN_FLIGHT)])
        [found] = activity.search(store, parse("note:rent"), NOW, limit=9)
        assert found.note == Untrusted("Rent")
        assert activity.count(store, Filter(), NOW) == 2
    with Store(tmp_path) as store:
        assert notes.note_of(store, OUTGOING.payment_hash) == Untrusted("Rent")
        assert note(store, OUTGOING.payment_hash, "")
        assert notes.note_of(store, OUTGOING.payment_hash) == notes.NOTHING
        assert activity.count(store, parse("note:rent"), NOW) == 0
        assert not note(store, b"\x77" * 32, "nobody's")
        assert store.read("SELECT * FROM notes") == []


def test_what_failed_first_and_was_paid_later_stands_at_its_first_try(tmp_path: Path) -> None:
    paid = replace(OUTGOING, status=OutgoingStatus.PAID, first_begun=OUTGOING.created - 900)
    at_once = replace(UNASKED, status=OutgoingStatus.PAID)
    with Store(tmp_path) as store:
        fill(store, [paid, at_once, INCOMING])
        assert hashes(activity.search(store, parse("failed"), NOW, limit=9)) == [paid.payment_hash]
        [found] = activity.search(store, parse("failed out"), NOW, limit=9)
        assert found.place[0] == paid.first_begun
        assert activity.count(store, parse("paid out"), NOW) == 2


class Counted:
    """How many rows a store hands out."""

    def __init__(self, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = 0
        read = store.read

        def counted(sql: str, values: Sequence[Value] = ()) -> list[Row]:
            rows = read(sql, values)
            self.rows += len(rows)
            return rows

        monkeypatch.setattr(store, "read", counted)


def test_a_page_of_ten_thousand_reads_a_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Store(tmp_path) as store:
        fill(
            store,
            [
                replace(UNASKED, payment_hash=i.to_bytes(32, "big"), created=START + i)
                for i in range(10_000)
            ],
        )
        counted = Counted(store, monkeypatch)
        assert activity.count(store, Filter(), NOW) == 10_000
        page = activity.search(store, Filter(), NOW, limit=50)
        after = activity.search(store, Filter(), NOW, limit=50, after=page[-1].place)
        last = activity.search(store, Filter(), NOW, limit=50, after=after[-1].place, skip=9_850)
        assert [len(page), len(after), len(last)] == [50, 50, 50]
        assert last[-1].payment.created == START
        assert counted.rows == 1 + 3 * 50


@pytest.mark.parametrize("after", [None, (START, 5)], ids=["first page", "later page"])
@pytest.mark.parametrize("oldest_first", [False, True])
def test_the_index_gives_the_order_so_nothing_is_sorted(
    full: Store, monkeypatch: pytest.MonkeyPatch, after: tuple[int, int] | None, oldest_first: bool
) -> None:
    plans: list[str] = []
    read = full.read

    def explained(sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        plans.extend(str(row[3]) for row in read("EXPLAIN QUERY PLAN " + sql, values))
        return read(sql, values)

    monkeypatch.setattr(full, "read", explained)
    activity.search(full, Filter(), NOW, limit=50, after=after, oldest_first=oldest_first)
    [index] = [line for line in plans if "activity" in line]
    assert "SEARCH r USING INTEGER PRIMARY KEY (rowid=?)" in plans
    assert "USING COVERING INDEX activity_by_time" in index
    assert ("SEARCH" in index) is (after is not None)
    assert any("SEARCH p USING INDEX" in line for line in plans)


@pytest.mark.parametrize("after", [None, (START + 9 * 86_400, 5)], ids=["first page", "later page"])
@pytest.mark.parametrize(("text", "rows_read"), [("coffee", ["few"]), ("9e37", ["few", "all"])])
def test_what_many_have_is_found_among_few_rows_and_the_rest_as_it_lies(
    full: Store,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    rows_read: list[str],
    after: tuple[int, int] | None,
) -> None:
    plans: list[list[str]] = []
    read = full.read

    def explained(sql: str, values: tuple[Value, ...] = ()) -> list[Row]:
        plans.append([str(row[3]) for row in read("EXPLAIN QUERY PLAN " + sql, values)])
        return read(sql, values)

    monkeypatch.setattr(full, "read", explained)
    monkeypatch.setattr(activity, "_NEAR", 7)
    activity.search(full, parse(text), NOW, limit=1, after=after)
    by_index = [any("activity USING INDEX activity_by_time" in one for one in p) for p in plans]
    as_they_lie = ["SCAN activity" in plan for plan in plans]
    assert by_index == [name == "few" for name in rows_read]
    assert as_they_lie == [name == "all" for name in rows_read]


def a_wallet_of_format_1(folder: Path) -> None:
    """As the program before wrote it, with the rows of that time's golden files."""
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.executescript((GOLDEN / "format-1.sql").read_text())
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute("PRAGMA user_version = 1")
    for number, name in enumerate(
        ("incoming-invoice-1", "outgoing-payment-1", "outgoing-payment-without-invoice-1")
    ):
        body = bytes.fromhex((GOLDEN / f"{name}.hex").read_text())
        of: activity.Payment = (INCOMING, OUTGOING, UNASKED)[number]
        outgoing = isinstance(of, OutgoingPayment)
        raw.execute(
            "INSERT INTO payments VALUES (?, ?, ?, ?)", (of.payment_hash, outgoing, number, body)
        )
    raw.commit()
    raw.close()


def schema_of(store: Store) -> list[tuple[str, str]]:
    rows = store.read("SELECT name, sql FROM sqlite_schema ORDER BY name")
    return [
        (str(name), " ".join(line.split("--")[0].strip() for line in str(sql).splitlines()))
        for name, sql in rows
    ]


def test_a_wallet_of_format_1_is_taken_in_and_is_then_as_a_new_one(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    a_wallet_of_format_1(old)
    with Store(old) as store, Store(new) as fresh:
        assert store.read("PRAGMA user_version") == [(SCHEMA_VERSION,)]
        squeezed = [(name, " ".join(sql.split())) for name, sql in schema_of(store)]
        assert squeezed == [(name, " ".join(sql.split())) for name, sql in schema_of(fresh)]
        activity.fill(store)
        activity.fill(store)
        found = activity.search(store, Filter(), NOW, limit=9)
        assert {one.payment.payment_hash for one in found} == {
            one.payment_hash for one in (INCOMING, OUTGOING, UNASKED)
        }
        assert hashes(activity.search(store, parse("0303"), NOW, limit=9)) == [UNASKED.payment_hash]
        assert note(store, UNASKED.payment_hash, "kept")
    with Store(old) as store:
        assert activity.count(store, parse("note:kept"), NOW) == 1


def test_a_wallet_of_format_3_has_its_payments_where_they_were_begun(tmp_path: Path) -> None:
    paid = replace(INCOMING, status=InvoiceStatus.PAID, settled=INCOMING.created + 99)
    with Store(tmp_path / "new") as store:
        fill(store, [paid])
        assert note(store, paid.payment_hash, "kept")
        tables = {of: store.read(f"SELECT * FROM {of}") for of in ("payments", "activity", "notes")}
    (tmp_path / "old").mkdir()
    raw = sqlite3.connect(tmp_path / "old" / DATABASE_NAME)
    raw.executescript((GOLDEN / "format-3.sql").read_text())
    raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    raw.execute("PRAGMA user_version = 3")
    for of, rows in tables.items():
        raw.executemany(f"INSERT INTO {of} VALUES ({', '.join('?' * len(rows[0]))})", rows)
    raw.execute("UPDATE activity SET happened = ?", (paid.settled,))
    raw.commit()
    raw.close()
    with Store(tmp_path / "old") as store:
        activity.fill(store)
        [found] = activity.search(store, Filter(), NOW, limit=9)
        assert (found.place[0], found.note.raw()) == (paid.created, "kept")
        assert activity.count(store, parse("note:kept"), NOW) == 1


def test_many_old_payments_are_taken_in_by_portions(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        fill(store, some_payments(1_203))
        before = store.read("SELECT * FROM activity ORDER BY number")
        with store.transaction() as tx:
            tx.write("DELETE FROM activity")
        activity.fill(store)
        assert store.read("SELECT * FROM activity ORDER BY number") == before
        assert len(before) == 1_203


def test_at_a_start_no_payment_is_read_where_none_is_missing(
    full: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, plans = full.read, list[str]()

    def explained(sql: str, values: Sequence[Value] = ()) -> list[Row]:
        plans.extend(str(row[3]) for row in read("EXPLAIN QUERY PLAN " + sql, values))
        return read(sql, values)

    monkeypatch.setattr(full, "read", explained)
    activity.fill(full)
    ways = [plan for plan in plans if plan.split()[1] == "p"]
    assert [("COVERING INDEX" in plan) for plan in ways] == [True]
    assert not any(plan.startswith("SCAN") for plan in plans if plan not in ways)


def test_a_damaged_payment_keeps_no_other_from_being_filled_in(tmp_path: Path) -> None:
    with Store(tmp_path) as store:
        fill(store, some_payments(9))
        with store.transaction() as tx:
            tx.write("DELETE FROM activity")
            tx.write("UPDATE payments SET body = CAST(x'00' || body AS BLOB) WHERE number % 2")
        activity.fill(store)
        assert store.read("SELECT number FROM activity") == [(0,), (2,), (4,), (6,), (8,)]


def test_an_incoming_invoice_is_not_found_by_our_own_id(full: Store) -> None:
    found = activity.search(full, parse(KEY.public_key.hex()), NOW, limit=1_000)
    assert not any(isinstance(one.payment, IncomingInvoice) for one in found)
