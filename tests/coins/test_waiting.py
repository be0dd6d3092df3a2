"""No more unconfirmed transactions hang together than nodes pass on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pytest

from lnwallet_tui.api.refusals import RefusalCode
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_payment
from lnwallet_tui.coins.chosen import Chosen
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.coins.keep import Keep
from lnwallet_tui.coins.ledger import Ledger
from lnwallet_tui.coins.refusals import InsufficientFunds, TooManyWaiting
from lnwallet_tui.coins.waiting import (
    build_all_keeping,
    build_keeping,
    build_with_room,
    expect_room,
)
from lnwallet_tui.node.refusing import of_coins
from lnwallet_tui.policy import MOST_WAITING_TOGETHER
from tests.coins.wallet import FUNDING_SCRIPT, change, fake_coin, own

IN_A_BLOCK: Final = OutPoint(b"\x07" * 32, 0)
CONDITIONS: Final = Conditions(1_000, 200, bytes(32))


def spends(*outpoints: OutPoint, outputs: int = 1) -> Tx:
    paid = tuple(TxOut(Sat(100_000 - at), change()) for at in range(outputs))
    return Tx(2, tuple(map(TxIn, outpoints)), paid, 0)


def in_a_row(count: int) -> list[Tx]:
    row = [spends(IN_A_BLOCK)]
    while len(row) < count:
        row.append(spends(OutPoint(row[-1].txid, 0)))
    return row


def coin_of(tx: Tx, vout: int = 0) -> Coin:
    return Coin(
        outpoint=OutPoint(tx.txid, vout),
        value=tx.outputs[vout].value,
        script_pubkey=tx.outputs[vout].script_pubkey,
        path=KeyPath(change=True, index=0),
        height=None,
        certain=True,
    )


def pay(coins: Sequence[Coin]) -> BuiltTx:
    return build_payment(coins, [TxOut(Sat(50_000), FUNDING_SCRIPT)], change(), CONDITIONS)


def test_the_last_one_that_nodes_take() -> None:
    row = in_a_row(MOST_WAITING_TOGETHER - 1)
    built = pay([coin_of(row[-1])])
    assert expect_room(row, built) is built


def test_one_more_says_what_to_wait_for() -> None:
    row = in_a_row(MOST_WAITING_TOGETHER)
    with pytest.raises(TooManyWaiting) as refused:
        expect_room(row, pay([coin_of(row[-1])]))
    assert refused.value.waits_for == row[0].txid
    assert refused.value.most == MOST_WAITING_TOGETHER == 25
    expect_room(row[1:], pay([coin_of(row[-1])]))  # when it is in a block


def test_two_rows_together_are_too_long() -> None:
    one = in_a_row(13)
    other = [spends(OutPoint(b"\x08" * 32, 0))]
    while len(other) < 12:
        other.append(spends(OutPoint(other[-1].txid, 0)))
    joined = build_payment(
        [coin_of(one[-1]), coin_of(other[-1])],
        [TxOut(Sat(150_000), FUNDING_SCRIPT)],
        change(),
        CONDITIONS,
    )
    with pytest.raises(TooManyWaiting):
        expect_room(one + other, joined)
    expect_room(one[1:] + other, joined)


def test_too_many_children_of_one_are_too_many() -> None:
    parent = spends(IN_A_BLOCK, outputs=30)
    children = [spends(OutPoint(parent.txid, at)) for at in range(23)]
    built = pay([coin_of(parent, 29)])
    expect_room([parent, *children], built)
    children.append(spends(OutPoint(parent.txid, 23)))
    with pytest.raises(TooManyWaiting) as refused:
        expect_room([parent, *children], built)
    assert refused.value.waits_for == parent.txid


def test_coins_in_blocks_are_taken_where_they_do() -> None:
    row = in_a_row(MOST_WAITING_TOGETHER)
    last, sure = coin_of(row[-1]), fake_coin(60_000)
    assert build_with_room(row, [last, sure], pay).coins == (sure,)
    with pytest.raises(TooManyWaiting):
        build_with_room(row, [last, fake_coin(10_000)], pay)
    with pytest.raises(InsufficientFunds):
        build_with_room(row, [fake_coin(10_000)], pay)


def ledger_of(row: Sequence[Tx]) -> Ledger:
    """Of a wallet that paid itself again and again."""
    first = spends(OutPoint(b"\x09" * 32, 0))
    ledger = Ledger().confirmed(first, 100, own())
    for tx in row:
        ledger = ledger.unconfirmed(tx, own(), ours=True)
    return ledger


def test_a_wallet_pays_no_more_than_nodes_take() -> None:
    row, dear = in_a_row(MOST_WAITING_TOGETHER), Keep(Sat(0), 12_500)
    outputs = [TxOut(Sat(50_000), FUNDING_SCRIPT)]
    ledger = ledger_of(row)
    built = build_keeping(ledger, 200, outputs, change(), CONDITIONS, dear)
    assert all(coin.height for coin in built.coins)
    with pytest.raises(TooManyWaiting):
        build_all_keeping(ledger, 200, FUNDING_SCRIPT, change(), CONDITIONS, dear)
    build_all_keeping(ledger_of(row[:10]), 200, FUNDING_SCRIPT, change(), CONDITIONS, dear)
    by_hand = Chosen((coin_of(row[-1]),), ledger.spendable(201), row)
    with pytest.raises(TooManyWaiting):
        by_hand.build(outputs, change(), CONDITIONS, dear)
    with pytest.raises(TooManyWaiting):
        by_hand.build_all(FUNDING_SCRIPT, change(), CONDITIONS, dear)


def test_the_refusal_says_what_to_do() -> None:
    refused = of_coins(TooManyWaiting(b"\x01" * 32, 25))
    assert refused.code is RefusalCode.NOT_READY
    assert refused.remedy == f"Wait until {'01' * 32} is in a block."
    refused = of_coins(TooManyWaiting(b"\x01" * 32, 25), to_hurry=b"\x02" * 32)
    assert refused.remedy == (
        f"Wait until {'01' * 32} is in a block, or hurry {'02' * 32}: it pays for all that it "
        "hangs on."
    )
