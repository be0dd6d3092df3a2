"""A transaction among payments: what it moved, and by which words it is found."""

from __future__ import annotations

from functools import partial

import pytest

from lnwallet_tui.api import filter as filters
from lnwallet_tui.api.activity import is_meant, moved
from lnwallet_tui.api.coins import TransactionView, TxKind
from tests.ui import coins, views

K = TxKind
parse = partial(filters.parse, now=views.NOW)
OPENED = coins.transaction(2, kind=K.OPENING, amount_sat=-600_143, fee_sat=143)
SENT = coins.transaction(3, kind=K.SENT, amount_sat=-200_143, fee_sat=143, confirmations=0)
SWEPT = coins.transaction(4, kind=K.SWEEP, amount_sat=468_459, fee_sat=492, note="Back home")
HURRIED = coins.transaction(5, kind=K.FEE, amount_sat=-143, fee_sat=143)


@pytest.mark.parametrize(
    ("one", "way"),
    [
        (OPENED, (True, 600_000, 143)),
        (SENT, (True, 200_000, 143)),
        (SWEPT, (False, 468_459, 492)),  # its fee was taken off before
        (HURRIED, (True, 0, 143)),
        (coins.transaction(kind=K.FEE, amount_sat=-100, fee_sat=900), (True, 0, 100)),
    ],
)
def test_in_less_out_with_its_fee_is_what_changed(
    one: TransactionView, way: tuple[bool, int, int]
) -> None:
    outgoing, amount, fee = moved(one)
    assert (outgoing, amount, fee) == way
    assert one.amount_sat == (-(amount + fee) if outgoing else amount)


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("", (OPENED, SENT, SWEPT, HURRIED)),
        ("lightning", ()),
        ("onchain out", (OPENED, SENT, HURRIED)),
        ("on-chain in", (SWEPT,)),
        ("pending", (SENT,)),
        ("paid", ()),  # what was paid out over Lightning
        ("onchain paid", (OPENED, HURRIED)),
        ("onchain in paid", (SWEPT,)),
        ("failed", ()),
        (">500k", (OPENED,)),
        ("=200000", (SENT,)),
        ("-600,000 sat", (OPENED,)),
        ("143", (HURRIED,)),
        ("200,143", (SENT,)),  # as it left, with its fee
        ("-600143", (OPENED,)),
        ("opened", (OPENED,)),
        ("note:home", (SWEPT,)),
        (coins.txid(3)[:8] + " sent", (SENT,)),
        (views.PEER[:10], (OPENED, SWEPT, HURRIED)),
        (views.CHANNEL, (OPENED, SWEPT, HURRIED)),
        ("month:this", (OPENED, SENT, SWEPT, HURRIED)),
        ("month:last", ()),
    ],
)
def test_it_is_found_by_words(words: str, meant: tuple[TransactionView, ...]) -> None:
    all_of_them = (OPENED, SENT, SWEPT, HURRIED)
    wanted = parse(words)
    assert tuple(one for one in all_of_them if is_meant(wanted, one, views.NOW)) == meant


def test_it_is_found_by_the_name_of_its_peer() -> None:
    assert is_meant(parse("noor"), OPENED, views.NOW, {"noor": {views.PEER}})
    assert not is_meant(parse("noor"), SENT, views.NOW, {"noor": {views.PEER}})
