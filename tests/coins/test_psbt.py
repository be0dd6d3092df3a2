"""Partially signed transactions: the BIPs' own, and ours through all hands until Core takes it."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.bip32 import ExtendedKey
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_DEFAULT, SIGHASH_NONE
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.coins.build import BuiltTx, Conditions, build_payment
from lnwallet_tui.coins.coin import Coin, KeyPath, script_at
from lnwallet_tui.coins.psbt import MAGIC, Psbt, PsbtError, entries, key
from lnwallet_tui.coins.psbt_rules import Global, In, Out
from lnwallet_tui.coins.psbt_spend import Origins, extracted, finalised, spent_output, unsigned
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.psbt_signer import sign_own
from lnwallet_tui.keys.seed import words_of
from tests.bips import vectors
from tests.bitcoin.core import core_accepts
from tests.coins.wallet import SHOP, change, keys, own, receiving
from tests.psbt_combiner import combined

BIP174, BIP371 = vectors("bip174"), vectors("bip371")
FLOW: dict[str, str] = BIP174["workflow"]
Case = dict[str, Any]


def titled(case: Case) -> str:
    return str(case["title"])[:60]


# -- the BIPs


@pytest.mark.parametrize("case", BIP174["invalid"] + BIP371["invalid"], ids=titled)
def test_what_is_invalid_is_refused(case: Case) -> None:
    with pytest.raises(PsbtError) as refused:
        Psbt.from_text(case["psbt"])
    assert str(refused.value)


@pytest.mark.parametrize("case", BIP174["valid"] + BIP371["valid"], ids=titled)
def test_what_is_valid_comes_out_as_it_went_in(case: Case) -> None:
    psbt = Psbt.from_text(case["psbt"])
    assert psbt.to_text() == case["psbt"]
    assert finalised(psbt).tx == psbt.tx


def test_the_creator() -> None:
    tx = Psbt.from_text(FLOW["created"]).tx
    assert Psbt.of(tx).to_text() == FLOW["created"]
    assert [output.value for output in tx.outputs] == [Sat(149_990_000), Sat(100_000_000)]


def test_the_combiner() -> None:
    first, second = (Psbt.from_text(FLOW[f"signed_by_{one}"]) for one in ("first", "second"))
    both = combined(first, second)
    assert both == Psbt.from_text(FLOW["combined"])
    assert combined(second, first) == both == combined(both, first)
    unknown = (Psbt.from_text(FLOW[f"unknown_{one}"]) for one in ("first", "second"))
    assert combined(*unknown).to_text() == FLOW["unknown_combined"]
    with pytest.raises(PsbtError, match="different transactions"):
        combined(first, Psbt.from_text(FLOW["unknown_first"]))


def test_the_extractor() -> None:
    tx = extracted(Psbt.from_text(FLOW["finalised"]))
    assert tx is not None
    assert tx.serialize().hex() == FLOW["transaction"]
    for name in ("created", "updated", "with_sighash", "combined"):
        assert extracted(Psbt.from_text(FLOW[name])) is None


def test_what_contradicts_itself_is_not_signed() -> None:
    updated = Psbt.from_text(FLOW["updated"])
    assert spent_output(updated, 0) is not None
    name = key(In.NON_WITNESS_UTXO)
    [at] = [at for at, fields in enumerate(updated.inputs) if name in fields][:1]
    parent = Tx.parse(updated.inputs[at][name])
    wrong = replace(parent, locktime=parent.locktime + 1).serialize()
    with pytest.raises(PsbtError, match="another transaction"):
        spent_output(updated.with_input(at, {name: wrong}), at)
    made = parent.outputs[updated.tx.inputs[at].outpoint.vout]
    lie = replace(made, value=made.value + Sat(1)).serialize()
    fields = {**updated.inputs[at], key(In.WITNESS_UTXO): lie}
    with pytest.raises(PsbtError, match="two different outputs"):
        spent_output(updated.with_input(at, fields), at)


def test_a_taproot_input_that_is_signed_is_finalised() -> None:
    [text] = [case["psbt"] for case in BIP371["valid"] if "and signature" in case["title"]]
    psbt = Psbt.from_text(text)
    tx, spent = extracted(finalised(psbt)), spent_output(psbt, 0)
    assert tx is not None
    assert spent is not None
    assert core_accepts(tx, [spent])


# -- ours


def origins() -> Origins:
    return Origins(keys().fingerprint, 1, keys().account(), keys().taproot_account())


def taproot_coin(value: int, index: int = 0) -> Coin:
    path = KeyPath(False, index, taproot=True)
    return Coin(
        outpoint=OutPoint(bytes([7]) * 32, index),
        value=Sat(value),
        script_pubkey=script_at(keys().taproot_account(), path),
        path=path,
        height=100,
        certain=True,
    )


def older_coin(value: int, index: int = 0) -> tuple[Coin, Tx]:
    made = TxOut(Sat(value), receiving(index))
    parent = Tx(2, (TxIn(OutPoint(bytes([index + 1]) * 32, 0)),), (made,))
    coin = Coin(
        outpoint=parent.outpoint(0),
        value=Sat(value),
        script_pubkey=receiving(index),
        path=own()[receiving(index)],
        height=100,
        certain=True,
    )
    return coin, parent


def spend(*coins: Coin) -> BuiltTx:
    value = sum(coin.value.value for coin in coins) // 2 + min(c.value.value for c in coins) // 3
    conditions = Conditions(1_000, 131, bytes(32))
    return build_payment(coins, [TxOut(Sat(value), SHOP)], change(), conditions)


@pytest.mark.parametrize("kinds", ["older", "taproot", "both"])
def test_through_all_hands_to_core(kinds: str) -> None:
    older, parent = older_coin(80_000)
    coins = {"older": [older], "taproot": [taproot_coin(80_000)]}.get(
        kinds, [older, taproot_coin(80_000)]
    )
    built = spend(*coins)
    assert len(built.coins) == len(coins)
    psbt = unsigned(built, own()[change()], origins(), {parent.txid: parent})
    assert Psbt.from_text(psbt.to_text()) == psbt
    assert extracted(finalised(psbt)) is None
    signed = sign_own(KeyCoinSigner(keys()), psbt, coins)
    assert signed.tx == psbt.tx
    final = finalised(combined(psbt, signed))
    tx = extracted(final)
    assert tx is not None
    assert core_accepts(tx, [coin.output for coin in built.coins])
    known = {key(In.WITNESS_UTXO), key(In.NON_WITNESS_UTXO), key(In.FINAL_SCRIPTWITNESS)}
    assert all(name in known for fields in final.inputs for name in fields)
    assert final.outputs == psbt.outputs
    assert finalised(final) == final


def test_what_others_read_in_it() -> None:
    older, parent = older_coin(80_000)
    built = spend(older, taproot_coin(80_000))
    psbt = unsigned(built, own()[change()], origins(), {parent.txid: parent})
    root = ExtendedKey.from_seed(words_of(bytes(16)).seed().reveal())
    assert root.public().fingerprint == keys().fingerprint
    for coin, fields in zip(built.coins, psbt.inputs, strict=True):
        taproot = coin.path.taproot
        kind = In.TAP_BIP32_DERIVATION if taproot else In.BIP32_DERIVATION
        [(name, origin)] = entries(fields, kind).items()
        assert (key(In.NON_WITNESS_UTXO) in fields) is not taproot
        origin = origin.removeprefix(b"\0") if taproot else origin
        steps = [int.from_bytes(origin[at : at + 4], "little") for at in range(4, len(origin), 4)]
        derived = root
        for step in steps:
            derived = derived.child(step)
        assert origin[:4] == root.public().fingerprint
        assert derived.pubkey.endswith(name)
    assert built.change is not None
    assert entries(psbt.outputs[built.change], Out.BIP32_DERIVATION)
    assert sum(bool(fields) for fields in psbt.outputs) == 1


def test_the_change_of_a_taproot_wallet() -> None:
    built = spend(taproot_coin(80_000))
    psbt = unsigned(built, KeyPath(True, 3, taproot=True), origins(), {})
    assert built.change is not None
    assert key(Out.TAP_INTERNAL_KEY) in psbt.outputs[built.change]
    assert Psbt.parse(psbt.serialize()) == psbt


def test_only_what_is_ours_is_signed() -> None:
    mine, parent = older_coin(80_000)
    theirs = Coin(
        outpoint=OutPoint(bytes([9]) * 32, 1),
        value=Sat(50_000),
        script_pubkey=SHOP,
        path=KeyPath(False, 0),
        height=1,
        certain=True,
    )
    inputs = (TxIn(theirs.outpoint), TxIn(mine.outpoint))
    psbt = Psbt.of(Tx(2, inputs, (TxOut(Sat(1_000), SHOP),)))
    signed = sign_own(KeyCoinSigner(keys()), psbt, [mine, taproot_coin(1)])
    assert signed.inputs[0] == {}
    assert entries(signed.inputs[1], In.PARTIAL_SIG)
    assert extracted(finalised(signed)) is None
    assert parent.txid == mine.outpoint.txid


def test_what_is_said_of_our_coins_is_compared() -> None:
    mine, _ = older_coin(80_000)
    psbt = unsigned(spend(mine), None, origins(), {})
    signer = KeyCoinSigner(keys())
    lie = replace(mine.output, value=Sat(80_001)).serialize()
    wrong = psbt.with_input(0, {**psbt.inputs[0], key(In.WITNESS_UTXO): lie})
    with pytest.raises(PsbtError, match="another than it is"):
        sign_own(signer, wrong, [mine])
    for asked in (SIGHASH_NONE, SIGHASH_DEFAULT, SIGHASH_ALL | 0x80, 0x101):
        fields = {**psbt.inputs[0], key(In.SIGHASH_TYPE): asked.to_bytes(4, "little")}
        with pytest.raises(PsbtError, match="open to change"):
            sign_own(signer, psbt.with_input(0, fields), [mine])
    fields = {**psbt.inputs[0], key(In.SIGHASH_TYPE): SIGHASH_ALL.to_bytes(4, "little")}
    assert extracted(finalised(sign_own(signer, psbt.with_input(0, fields), [mine]))) is not None


def test_a_taproot_input_is_signed_only_where_all_others_are_known() -> None:
    mine, other = taproot_coin(80_000), OutPoint(bytes([9]) * 32, 1)
    psbt = Psbt.of(Tx(2, (TxIn(mine.outpoint), TxIn(other)), (TxOut(Sat(1_000), SHOP),)))
    signer = KeyCoinSigner(keys())
    with pytest.raises(PsbtError, match="is not said"):
        sign_own(signer, psbt, [mine])
    theirs = TxOut(Sat(5_000), SHOP)
    psbt = psbt.with_input(1, {key(In.WITNESS_UTXO): theirs.serialize()})
    signed = sign_own(signer, psbt, [mine])
    assert len(signed.inputs[0][key(In.TAP_KEY_SIG)]) == 64


def test_a_signature_of_another_kind_than_asked_for_is_not_finalised() -> None:
    mine, _ = older_coin(80_000)
    psbt = sign_own(KeyCoinSigner(keys()), unsigned(spend(mine), None, origins(), {}), [mine])
    asked = {**psbt.inputs[0], key(In.SIGHASH_TYPE): SIGHASH_NONE.to_bytes(4, "little")}
    assert extracted(finalised(psbt.with_input(0, asked))) is None


def test_another_judge() -> None:
    """The library that other wallets are built on reads ours, and finishes it to the same bytes."""
    bdk = pytest.importorskip("bdkpython")
    older, parent = older_coin(80_000)
    built = spend(older, taproot_coin(80_000))
    psbt = unsigned(built, own()[change()], origins(), {parent.txid: parent})
    theirs = bdk.Psbt(psbt.to_text())
    assert theirs.fee() == built.fee.value
    assert Psbt.from_text(theirs.serialize()) == psbt
    signed = sign_own(KeyCoinSigner(keys()), psbt, built.coins)
    finished = bdk.Psbt(signed.to_text()).finalize()
    assert finished.could_finalize
    tx = extracted(finalised(signed))
    assert tx is not None
    assert bytes(finished.psbt.extract_tx().serialize()) == tx.serialize()


# -- anything


@pytest.mark.parametrize("text", ["", "x", "é", "cHNidA==", "====", "cHNidP8=\n", "A" * 8_000_000])
def test_what_is_none(text: str) -> None:
    with pytest.raises(PsbtError):
        Psbt.from_text(text)


@given(data=st.data())
def test_broken_bytes_are_refused_or_come_out_as_they_went_in(data: st.DataObject) -> None:
    raw = bytearray(base64.b64decode(data.draw(st.sampled_from(BIP174["valid"]))["psbt"]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(len(MAGIC), len(raw) - 1))
        raw[at] = data.draw(st.integers(0, 255))
    try:
        psbt = Psbt.parse(bytes(raw))
    except PsbtError:
        return
    assert psbt.serialize() == bytes(raw)


def test_another_version_is_not_read() -> None:
    psbt = Psbt.from_text(FLOW["created"])
    zero = replace(psbt, fields={key(Global.VERSION): bytes(4)})
    assert Psbt.parse(zero.serialize()) == zero
    with pytest.raises(PsbtError):
        Psbt.parse(replace(psbt, fields={key(Global.VERSION): b"\2\0\0\0"}).serialize())


def test_the_network_stands_in_the_path() -> None:
    assert origins().coin_type == Network.REGTEST.coin_type
