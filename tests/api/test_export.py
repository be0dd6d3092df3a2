"""The files that are written: what stands in them, and that nobody's words do anything there."""

from __future__ import annotations

import csv
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lnwallet_tui.api import export
from lnwallet_tui.api.activity import ActivityEntry
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.export import COLUMNS, ExportKind
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from tests.ui import coins, views
from tests.ui.payloads import PAYLOADS, harmful

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def entries(*views: PaymentView | TransactionView) -> list[ActivityEntry]:
    return [
        ActivityEntry(place="", payment=one)
        if isinstance(one, PaymentView)
        else ActivityEntry(place="", transaction=one)
        for one in views
    ]


def written(kind: ExportKind, *portions: list[PaymentView]) -> str:
    body = ""
    for number, portion in enumerate(portions):
        body += export.lines(kind, entries(*portion), first=number == 0)
    return export.begin(kind) + body + export.end(kind)


def table(*portions: list[PaymentView]) -> list[dict[str, str]]:
    text = written(ExportKind.CSV, *portions)
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


PAID = replace(
    views.payment(fee_msat=1_250), note=Untrusted("Rent"), payee_name=Untrusted("Shop of Rue 7")
)
OPEN = views.payment(outgoing=False, status=PaymentStatus.WAITING, amount_msat=None)


def test_a_row_for_each_payment() -> None:
    paid, waiting = table([PAID], [OPEN])
    assert paid == {
        "time": "2026-09-21T14:03:20Z",
        "created": "2026-09-21T14:03:20Z",
        "settled": "2026-09-21T14:03:22Z",
        "direction": "out",
        "status": "paid",
        "amount_msat": "25000000",
        "fee_msat": "1250",
        "description": "something nice",
        "note": "Rent",
        "reason": "",
        "payment_hash": views.PAYMENT_HASH,
        "payee": views.SHOP,
        "invoice": views.INVOICE,
        "payee_name": "Shop of Rue 7",
        "kind": "lightning",
        "txid": "",
    }
    assert (waiting["settled"], waiting["amount_msat"], waiting["direction"]) == ("", "", "in")


def test_the_same_as_json() -> None:
    nothing: list[PaymentView] = []
    for portions in (([PAID, OPEN],), ([PAID], [OPEN]), ([PAID], nothing, [OPEN])):
        paid, waiting = json.loads(written(ExportKind.JSON, *portions))
        assert tuple(paid) == COLUMNS
        assert (paid["amount_msat"], paid["fee_msat"]) == (25_000_000, 1_250)
        assert (paid["note"], paid["time"]) == ("Rent", "2026-09-21T14:03:20Z")
        assert (waiting["amount_msat"], waiting["settled"]) == (None, None)


def test_a_transaction_is_a_row_whose_sum_is_what_it_changed() -> None:
    opened = coins.transaction(2, kind=TxKind.OPENING, amount_sat=-600_143, fee_sat=143)
    sent = coins.transaction(3, kind=TxKind.SENT, amount_sat=-7_143, fee_sat=143, confirmations=0)
    swept = coins.transaction(4, kind=TxKind.SWEEP, amount_sat=468_459, fee_sat=492)
    text = export.lines(
        ExportKind.JSON, entries(opened, sent, swept), first=True, names=((views.PEER, "noor"),)
    )
    first, second, third = json.loads(f"[{text}]")
    assert first == {
        "time": "2026-09-21T13:13:20Z",
        "created": "2026-09-21T13:13:20Z",
        "settled": "2026-09-21T13:13:20Z",
        "direction": "out",
        "status": "confirmed",
        "amount_msat": 600_000_000,
        "fee_msat": 143_000,
        "description": "",
        "note": "",
        "reason": "",
        "payment_hash": "",
        "payee": views.PEER,
        "invoice": "",
        "payee_name": "noor",
        "kind": "opening",
        "txid": coins.txid(2),
    }
    assert (second["kind"], second["status"], second["time"]) == ("sent", "unconfirmed", None)
    assert (third["direction"], third["amount_msat"], third["fee_msat"]) == (
        "in", 468_459_000, 492_000,
    )  # fmt: skip
    changed = sum(
        one["amount_msat"] if one["direction"] == "in" else -one["amount_msat"] - one["fee_msat"]
        for one in (first, second, third)
    )
    assert changed == (-600_143 - 7_143 + 468_459) * 1000


def test_whom_the_wallet_knows_stands_there_by_that_name() -> None:
    for kind, comma in ((ExportKind.CSV, ","), (ExportKind.JSON, ": ")):
        text = export.lines(kind, entries(PAID), first=True, names=((views.SHOP, "farid"),))
        assert f'{comma}"farid"' in text
        assert "Rue 7" not in text
        of_another = export.lines(kind, entries(PAID), first=True, names=((views.PEER, "x"),))
        assert f'{comma}"Shop of Rue 7"' in of_another


def test_the_columns_of_before_stay_where_they_were() -> None:
    assert COLUMNS[-4:] == ("invoice", "payee_name", "kind", "txid")


@pytest.mark.parametrize("kind", ExportKind)
def test_no_payment_is_a_file_too(kind: ExportKind) -> None:
    text = written(kind, [])
    assert json.loads(text) == [] if kind is ExportKind.JSON else len(text.splitlines()) == 1


def test_the_proof_is_no_part_of_it() -> None:
    for kind in ExportKind:
        assert views.PREIMAGE not in written(kind, [PAID])


@pytest.mark.parametrize("begins", FORMULA)
@pytest.mark.parametrize("before", ["", " ", "\u200b"])
def test_a_formula_is_text(begins: str, before: str) -> None:
    [row] = table([views.payment(description=f"{before}{begins}cmd|' /C calc'!A0")])
    assert not row["description"].startswith(FORMULA)
    if begins not in "\t\r\n" and before != "\u200b":
        assert row["description"].startswith(f"'{begins}cmd")


@pytest.mark.parametrize("name", PAYLOADS)
def test_a_terminal_that_shows_a_file_obeys_nothing(name: str) -> None:
    text = Untrusted(PAYLOADS[name])
    hostile = replace(views.payment(), description=text, note=text, payee_name=text)
    assert harmful(written(ExportKind.CSV, [hostile]).replace("\r\n", "")) == ""
    as_json = written(ExportKind.JSON, [hostile])
    assert as_json.isascii()
    assert harmful(as_json.replace("\n", "")) == ""
    assert json.loads(as_json)[0]["note"] == text.raw()


@given(st.text() | st.text(st.sampled_from("=+-@\t\r\n,;\"' a＝")), st.text())
def test_whatever_people_write_is_one_cell(description: str, note: str) -> None:
    hostile = replace(
        views.payment(description=description), note=Untrusted(note), payee_name=Untrusted(note)
    )
    [row] = table([hostile])
    assert len(row) == len(COLUMNS)
    for name in ("description", "note", "payee_name"):
        assert not row[name].startswith(FORMULA)
        assert not any(unicodedata.category(one) == "Cc" for one in row[name])
    assert row["payment_hash"] == views.PAYMENT_HASH
