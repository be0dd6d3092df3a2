"""A payment that was made again for a higher fee: whichever version a miner takes, and whatever
block leaves, the wallet knows it as its own."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.tx import Tx, TxIn, TxOut
from lnwallet_tui.coins.ledger import Ledger
from tests.coins.test_ledger import balance, from_outside, spending
from tests.coins.wallet import SHOP, change, own

PAID = from_outside(1_000)
FIRST, SECOND, THIRD = (spending(PAID.outpoint(0), value=value) for value in (900, 800, 700))


def sent() -> Ledger:
    """All three, one in place of the other."""
    ledger = Ledger().confirmed(PAID, 100, own())
    ledger = ledger.unconfirmed(FIRST, own(), ours=True, label="sends")
    return ledger.replaced(FIRST.txid, SECOND, own()).replaced(SECOND.txid, THIRD, own())


def test_the_newest_stands_for_all() -> None:
    ledger = sent()
    assert ledger.balance() == balance(pending=700)
    row = ledger.txs[-1]
    assert (row.txid, row.versions) == (THIRD.txid, (FIRST.txid, SECOND.txid))
    assert (row.ours, row.label) == (True, "sends")


def test_what_comes_back_of_a_version_waits_for_a_block() -> None:
    """An earlier one may confirm, and all that hangs on this one would be gone."""
    before = Ledger().confirmed(PAID, 100, own())
    assert before.unconfirmed(FIRST, own(), ours=True).spendable(101)
    assert sent().spendable(101) == ()
    [coin] = sent().confirmed(THIRD, 101, own()).spendable(102)
    assert coin.value.value == 700


@pytest.mark.parametrize(("taken", "value"), [(FIRST, 900), (SECOND, 800), (THIRD, 700)])
def test_whichever_confirms_is_ours(taken: Tx, value: int) -> None:
    ledger = sent().confirmed(taken, 101, own())
    assert ledger.balance() == balance(confirmed=value)
    row = ledger.txs[-1]
    assert (row.txid, row.ours, row.label) == (taken.txid, True, "sends")
    assert {row.txid, *row.versions} == {FIRST.txid, SECOND.txid, THIRD.txid}


@pytest.mark.parametrize("first", [FIRST, SECOND, THIRD])
@pytest.mark.parametrize("then", [FIRST, SECOND, THIRD])
def test_a_block_that_leaves_and_another_version_in_the_next(first: Tx, then: Tx) -> None:
    ledger = sent().confirmed(first, 101, own()).disconnected(101)
    assert ledger.balance().pending == ledger.txs[-1].tx.outputs[0].value
    assert ledger.spendable(102) == ()
    ledger = ledger.confirmed(then, 101, own())
    assert ledger.balance() == sent().confirmed(then, 101, own()).balance()
    assert (ledger.txs[-1].ours, ledger.txs[-1].label) == (True, "sends")


def test_somebody_else_with_the_same_words_is_no_version() -> None:
    stranger = spending(PAID.outpoint(0), value=600)
    row = sent().confirmed(stranger, 101, own()).txs[-1]
    assert (row.ours, row.label, row.versions) == (False, "", ())


def test_a_version_without_change_is_known_by_what_it_spends() -> None:
    [coin] = Ledger().confirmed(PAID, 100, own()).coins()
    alone = Tx(2, (TxIn(coin.outpoint),), (TxOut(coin.value, SHOP),))
    ledger = Ledger().confirmed(PAID, 100, own())
    ledger = ledger.unconfirmed(alone, own(), ours=True, label="sends")
    ledger = ledger.replaced(alone.txid, SECOND, own()).confirmed(alone, 101, own())
    assert ledger.balance() == balance()
    assert (ledger.txs[-1].txid, ledger.txs[-1].label) == (alone.txid, "sends")


def test_those_that_wait_before_it() -> None:
    child = spending(FIRST.outpoint(0), value=500, script=change(1))
    last = spending(child.outpoint(0), value=400, script=change(2))
    ledger = Ledger().confirmed(PAID, 100, own())
    for tx in (FIRST, child, last):
        ledger = ledger.unconfirmed(tx, own(), ours=True)
    assert [row.tx for row in ledger.before(ledger.txs[-1])] == [FIRST, child]
    mined = ledger.confirmed(FIRST, 101, own())
    assert [row.tx for row in mined.before(mined.txs[-1])] == [child]
