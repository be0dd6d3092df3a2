"""When a coin may be spent, and which scripts are ours."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.script import p2wpkh
from lnwallet_tui.coins.coin import Coin, KeyPath, own_scripts, script_at
from lnwallet_tui.store.codec import decode, encode
from tests.coins.wallet import CHANGE, RECEIVING, fake_coin, keys, own


def test_scripts_lead_to_the_keys_that_spend_them() -> None:
    assert len(own()) == RECEIVING + CHANGE
    for script, path in own().items():
        secret = keys().coin_key(path.change, path.index).reveal()
        assert p2wpkh(public_key(secret)) == script == script_at(keys().account(), path)


def test_more_scripts_begin_with_those_there_were() -> None:
    more = own_scripts(keys().account(), RECEIVING + 1, CHANGE + 2)
    assert own().items() <= more.items()
    assert len(more) == len(own()) + 3
    assert KeyPath(True, CHANGE + 1) in more.values()


def test_no_keys_no_scripts() -> None:
    assert own_scripts(keys().account(), 0, 0) == {}


def test_a_confirmed_coin_is_spendable_a_doubtful_reserved_or_frozen_one_is_not() -> None:
    assert fake_coin(1, height=100).is_spendable(101)
    assert fake_coin(1, height=None, certain=True).is_spendable(101)
    assert not fake_coin(1, height=None).is_spendable(101)
    assert not replace(fake_coin(1), reserved_for=b"a channel").is_spendable(101)
    assert not replace(fake_coin(1), frozen=True).is_spendable(101)


@pytest.mark.parametrize(("next_height", "mature"), [(101, False), (199, False), (200, True)])
def test_a_coinbase_ripens(next_height: int, mature: bool) -> None:
    coin = fake_coin(1, height=100, coinbase=True)
    assert coin.is_mature(next_height) is mature
    assert coin.is_spendable(next_height) is mature
    assert not replace(coin, height=None).is_mature(next_height)


def test_it_survives_the_store() -> None:
    coin = fake_coin(5, height=None)
    assert decode(encode(coin), Coin) == coin
