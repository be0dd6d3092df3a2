"""What moved money last: payments and transactions in one order."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.ui.latest import MOST, heading, latest, start
from tests.ui import views
from tests.ui.coins import TRANSACTIONS

ONE = TRANSACTIONS[1]


def paid(name: str, created: int) -> PaymentView:
    return views.payment(name * 64, created=created)


def moved(name: str, time: int) -> TransactionView:
    return replace(ONE, txid=name * 64, height=views.HEIGHT if time else 0, time=time)


def names(rows: tuple[PaymentView | TransactionView, ...]) -> str:
    ids = (one.payment_hash if isinstance(one, PaymentView) else one.txid for one in rows)
    return "".join(one[0] for one in ids)


def test_they_stand_by_time_and_what_waits_is_on_top() -> None:
    payments = (paid("1", 50), paid("2", 30), paid("3", 10))
    assert names(latest(payments, ())) == "123"
    assert names(latest((), (moved("a", 40),))) == "a"
    on_chain = (moved("a", 0), moved("b", 40), moved("c", 30), moved("d", 5))
    assert names(latest(payments, on_chain)) == "a1b2c3d"  # a block's own second comes before it


def test_the_list_ends_where_older_transactions_may_be_missing() -> None:
    many = tuple(moved("a", 100 - at) for at in range(MOST))
    rows = latest((paid("1", 200), paid("2", 1)), many)
    assert names(rows) == "1" + "a" * MOST
    assert names(latest((paid("1", 200), paid("2", 1)), many[1:])) == "1" + "a" * (MOST - 1) + "2"


def test_the_cursor_is_on_the_newest_at_first_and_not_on_what_waits_above_it() -> None:
    payment, waiting, block = paid("1", 50), moved("a", 0), moved("b", 60)
    assert start(latest((payment,), (waiting,))) == payment
    assert start(latest((payment,), (waiting, block))) == block
    assert start(latest((), (waiting,))) == waiting
    assert start(()) is None


def test_the_heading_does_not_call_a_fee_an_amount_without_one() -> None:
    without = "Latest payments and transactions, without their fees"
    assert heading(()) == "Latest payments"
    assert heading((replace(ONE, amount_sat=-5_153, fee_sat=153),)) == without
    assert heading((ONE, replace(ONE, amount_sat=-153, fee_sat=153))).startswith(
        f"{without} unless"
    )
