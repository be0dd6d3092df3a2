"""A child that pays for its parent, and when none is made."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.coins.build import Conditions, build_payment
from lnwallet_tui.coins.child import build_child, fee_of
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.playground.policy_package import submit_package
from tests.coins.wallet import FUNDING_SCRIPT, Purse, change, keys, own, receiving, signed


def test_both_pay_what_is_asked(purse: Purse) -> None:
    bench = purse.bench
    purse.receive(500_000)
    outputs = [TxOut(Sat(300_000), FUNDING_SCRIPT)]
    built = build_payment(
        purse.coins(), outputs, change(), Conditions(300, bench.chain.height, bytes(32))
    )
    parent = signed(built)
    assert fee_of(parent, built.coins) == built.fee
    assert built.change is not None
    coin = Coin(
        outpoint=OutPoint(parent.txid, built.change),
        value=built.change_value,
        script_pubkey=change(),
        path=own()[change()],
        height=None,
        certain=True,
    )
    made = build_child(parent, built.fee, coin, receiving(1), 5_000)
    assert made is not None
    child, fee = made
    assert child.outputs == (TxOut(coin.value - fee, receiving(1)),)
    child = KeyCoinSigner(keys()).sign(child, [coin])
    assert [outcome.refused for outcome in submit_package(bench.mempool, (parent, child))] == [
        None
    ] * 2
    paid = sum(entry.fee for entry in bench.mempool.entries())
    assert 5_000 <= paid * 1_000 / (parent.weight + child.weight) < 5_100
    assert build_child(parent, built.fee, coin, receiving(1), 250) is None, "it pays that itself"
    assert build_child(parent, built.fee, coin, receiving(1), 500_000) is None, "half of it"
