"""The legacy closing transaction: amounts, dust, order, weight, and the engine's opinion."""

from __future__ import annotations

import dataclasses

import pytest

from lnwallet_tui.bitcoin.amount import AmountError, Msat, Sat
from lnwallet_tui.bitcoin.curve import sign
from lnwallet_tui.bitcoin.script import p2tr, p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.transactions import (
    ClosingOutput,
    build_closing,
    closing_weight,
    is_funding_signature,
    signed_by_both,
    without_output_to,
)
from lnwallet_tui.playground.engine import Engine
from tests.channel import bolt3

OURS, THEIRS = p2wpkh(bolt3.UNUSED), p2wsh(b"theirs")


def closing(ours_msat: int, theirs_msat: int, fee: int, *, holder_is_funder: bool = True) -> Tx:
    params = dataclasses.replace(bolt3.params(anchors=True), holder_is_funder=holder_is_funder)
    return build_closing(
        params,
        ClosingOutput(Msat(ours_msat), OURS),
        ClosingOutput(Msat(theirs_msat), THEIRS),
        Sat(fee),
    )


def test_the_funder_pays_and_millisatoshis_are_dropped() -> None:
    tx = closing(7_000_000_999, 2_999_999_001, 1_000)
    assert tx.outputs == (TxOut(Sat(2_999_999), THEIRS), TxOut(Sat(6_999_000), OURS))
    tx = closing(7_000_000_999, 2_999_999_001, 1_000, holder_is_funder=False)
    assert tx.outputs == (TxOut(Sat(2_998_999), THEIRS), TxOut(Sat(7_000_000), OURS))
    assert (tx.version, tx.locktime, tx.inputs[0].sequence) == (2, 0, 0xFFFFFFFF)


@pytest.mark.parametrize("more", [-1, 0, 1])
def test_an_output_below_the_dust_limit_is_left_out(more: int) -> None:
    tx = closing(9_000_000_000, (546 + more) * 1000 + 999, 0)
    assert len(tx.outputs) == (1 if more < 0 else 2)
    tx = closing((546 + more + 300) * 1000, 9_000_000_000, 300)
    assert len(tx.outputs) == (1 if more < 0 else 2)


def test_a_fee_above_the_funders_balance_is_an_error() -> None:
    closing(1_000_000, 9_000_000_000, 1_000)
    with pytest.raises(AmountError):
        closing(1_000_999, 9_000_000_000, 1_001)


def test_equal_amounts_are_ordered_by_script() -> None:
    tx = closing(5_000_000_000, 5_000_000_000, 0)
    assert [out.script_pubkey for out in tx.outputs] == sorted([OURS, THEIRS])


def test_a_side_may_give_up_its_output() -> None:
    tx = closing(7_000_000_000, 3_000_000_000, 1_000)
    assert without_output_to(tx, OURS).outputs == (TxOut(Sat(3_000_000), THEIRS),)
    assert without_output_to(tx, THEIRS).outputs == (TxOut(Sat(6_999_000), OURS),)


@pytest.mark.parametrize("scripts", [(OURS, THEIRS), (OURS, p2tr(bytes(32))), (OURS, OURS)])
def test_signed_it_is_valid_and_as_heavy_as_expected(
    scripts: tuple[bytes, bytes], engine: Engine
) -> None:
    params, secrets = bolt3.params(anchors=False), bolt3.secrets()
    ours, theirs = (ClosingOutput(Msat(5_000_000_000), script) for script in scripts)
    tx = build_closing(params, ours, theirs, Sat(500))
    digest = witnesses.digest(tx, params.funding_input)
    remote = sign(secrets.remote_funding, digest)
    assert is_funding_signature(params, tx, remote)
    signed = signed_by_both(params, tx, sign(secrets.local_funding, digest), remote)
    funding = TxOut(params.funding_value, p2wsh(params.funding_script))
    assert engine.verify_inputs(signed, [funding]) is None
    # Expected: signatures of 73 bytes each; low-S ones of RFC 6979 have 71 or 72 with the sighash.
    assert 2 <= closing_weight(*scripts) - signed.weight <= 6
