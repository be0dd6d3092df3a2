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
from lnwallet_tui.api.close_costs import close_costs
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.export import COLUMNS, ExportKind
from lnwallet_tui.api.filter import parse
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
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
        "fee_is": "on top",
        "wallet_msat": "-25001250",
    }
    assert (waiting["fee_is"], waiting["wallet_msat"]) == ("", "0")
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
        "fee_is": "on top",
        "wallet_msat": -143_000,  # the channel is the wallet's, too
    }
    assert (second["wallet_msat"], third["wallet_msat"]) == (-7_143_000, -492_000)
    assert (second["fee_is"], third["fee_is"]) == ("on top", "already off")
    assert (second["kind"], second["status"], second["time"]) == ("sent", "unconfirmed", None)
    assert (third["direction"], third["amount_msat"], third["fee_msat"]) == (
        "in", 468_459_000, 492_000,
    )  # fmt: skip
    changed = sum(
        one["amount_msat"] if one["direction"] == "in" else -one["amount_msat"] - one["fee_msat"]
        for one in (first, second, third)
    )
    assert changed == (-600_143 - 7_143 + 468_459) * 1000


def leaf(kind: HoldingKind, amount_msat: int) -> HoldingView:
    return HoldingView(kind=kind, name=kind.value, amount_msat=amount_msat, explanation="")


def test_what_a_close_cost_beside_transactions_is_a_row() -> None:
    leaves = (
        leaf(HoldingKind.CLOSE_FEE, 463_000),
        leaf(HoldingKind.ANCHORS_LEFT, 660_000),
        leaf(HoldingKind.DUST, 299),
        leaf(HoldingKind.SWEEP_FEE, 492_000),  # the sweep's own row has it
        leaf(HoldingKind.FEE_BY_COINS, 2_660_000),
    )
    lost = replace(leaf(HoldingKind.CHANNEL, 0), children=leaves, channel_id=views.CHANNEL)
    off = replace(leaf(HoldingKind.WRITTEN_OFF, 0), children=(lost,))
    step = views.CLOSE_STEP
    closed = replace(
        views.channel(state=ChannelState.CLOSED, closing_kind="ours"),
        closing_txid="55" * 32,
        closes=(step,),
    )
    sweep = TransactionView(
        txid="77" * 32,
        kind=TxKind.SWEEP,
        amount_sat=900_000,
        fee_sat=492,
        explanation="",
        height=900,
        confirmations=1,
        time=step.time,
        channel_id=views.CHANNEL,
        peer_id=views.PEER,
        note=Untrusted(""),
    )
    [cost] = close_costs(off, (closed, views.channel("66" * 32)), (sweep,))
    text = export.lines(ExportKind.JSON, [cost], first=True, names=((views.PEER, "noor"),))
    [row] = json.loads(f"[{text}]")
    assert (row["kind"], row["direction"], row["fee_is"]) == ("close cost", "out", "on top")
    assert (row["amount_msat"], row["fee_msat"], row["wallet_msat"]) == (0, 1_123_299, -1_123_299)
    assert (row["txid"], row["payee_name"]) == ("55" * 32, "noor")
    assert cost.is_meant(parse("onchain out", views.NOW), ())
    assert cost.is_meant(parse("noor", views.NOW), ((views.PEER, "noor"),))
    assert not cost.is_meant(parse("in", views.NOW), ())
    assert not cost.is_meant(parse("month:2020-01", views.NOW), ())
    # a close in agreement has it in its transaction's row, with what the peer lost
    agreed = coins.transaction(3, kind=TxKind.CLOSE, amount_sat=500_000, fee_sat=1_124)
    agreed = replace(agreed, channel_id=views.CHANNEL)
    [cost] = close_costs(off, (closed,), (agreed, sweep))
    [row] = json.loads(f"[{export.lines(ExportKind.JSON, [cost], first=True)}]")
    assert (row["direction"], row["amount_msat"], row["wallet_msat"]) == ("in", 701, 701)
    # a penalty brings all, of which this was ours
    cheated = replace(closed, closing_kind="breach by them")
    [cost] = close_costs(off, (cheated,), ())
    [row] = json.loads(f"[{export.lines(ExportKind.JSON, [cost], first=True)}]")
    assert (row["direction"], row["amount_msat"], row["fee_msat"]) == ("out", step.ours_msat, 0)


def test_whom_the_wallet_knows_stands_there_by_that_name() -> None:
    for kind, comma in ((ExportKind.CSV, ","), (ExportKind.JSON, ": ")):
        text = export.lines(kind, entries(PAID), first=True, names=((views.SHOP, "farid"),))
        assert f'{comma}"farid"' in text
        assert "Rue 7" not in text
        of_another = export.lines(kind, entries(PAID), first=True, names=((views.PEER, "x"),))
        assert f'{comma}"Shop of Rue 7"' in of_another


def test_the_columns_of_before_stay_where_they_were() -> None:
    assert COLUMNS[-3:] == ("txid", "fee_is", "wallet_msat")


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
