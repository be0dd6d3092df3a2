"""BOLT 3, Appendices C and F: whole transactions, byte for byte, and through the engine."""

from __future__ import annotations

import dataclasses

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.curve import from_der, sign
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentSpec,
    HtlcOutput,
    HtlcSpec,
    HtlcTransaction,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
    build_commitment,
    commitment_number,
    is_funding_signature,
    is_htlc_signature,
    signed_by_both,
)
from lnwallet_tui.playground.engine import Engine
from tests.channel import bolt3
from tests.channel.bolt3 import Case

CASES = [pytest.param(case, id=case.name) for case in bolt3.cases()]


def build(case: Case) -> BuiltCommitment:
    return build_commitment(case.params, bolt3.per_commitment_point(), case.spec)


def sign_commitment(case: Case, built: BuiltCommitment) -> Tx:
    secrets = bolt3.secrets()
    digest = witnesses.digest(built.tx, built.funding_input)
    return signed_by_both(
        case.params,
        built.tx,
        sign(secrets.local_funding, digest),
        sign(secrets.remote_funding, digest),
    )


def sign_htlc(htlc: HtlcTransaction) -> Tx:
    secrets = bolt3.secrets()
    remote = sign(secrets.remote_htlc, witnesses.digest(htlc.tx, htlc.counterparty_input))
    local = sign(secrets.local_htlc, witnesses.digest(htlc.tx, htlc.holder_input))
    witness = witnesses.htlc_transaction(
        remote,
        htlc.counterparty_input.sighash,
        local,
        None if htlc.htlc.offered else bolt3.preimage(htlc.htlc),
        htlc.witness_script,
    )
    return htlc.tx.with_witness(0, witness)


def test_all_cases_of_both_appendices_are_here() -> None:
    assert len(CASES) == 16 + 9
    assert sum(len(case.htlc_txs) for case in bolt3.cases()) == 33 + 15


@pytest.mark.parametrize("case", CASES)
def test_commitment_is_the_same_byte_for_byte(case: Case, engine: Engine) -> None:
    tx = sign_commitment(case, build(case))
    assert tx.serialize().hex() == case.commit_tx
    funding = TxOut(case.params.funding_value, p2wsh(case.params.funding_script))
    assert engine.verify_inputs(tx, [funding]) is None


@pytest.mark.parametrize("case", CASES)
def test_remote_signatures_are_accepted_and_no_others(case: Case) -> None:
    built = build(case)
    signature = from_der(case.remote_signature)
    assert is_funding_signature(case.params, built.tx, signature)
    assert not is_funding_signature(case.params, built.tx, signature[:-1] + b"\x00")
    signatures = [from_der(htlc.remote_signature) for htlc in case.htlc_txs]
    for htlc, htlc_signature in zip(built.htlc_transactions, signatures, strict=True):
        assert is_htlc_signature(built, htlc, htlc_signature)
        assert not is_htlc_signature(built, htlc, signature)


@pytest.mark.parametrize("case", CASES)
def test_htlc_transactions_are_the_same_byte_for_byte(case: Case, engine: Engine) -> None:
    built = build(case)
    for htlc, expected in zip(built.htlc_transactions, case.htlc_txs, strict=True):
        tx = sign_htlc(htlc)
        assert tx.serialize().hex() == expected.tx
        assert engine.verify_inputs(tx, [built.tx.outputs[htlc.vout]]) is None


@pytest.mark.parametrize("case", CASES)
def test_every_output_is_what_it_is_said_to_be(case: Case) -> None:
    built = build(case)
    for txout, role in zip(built.tx.outputs, built.outputs, strict=True):
        if role.witness_script is None:
            assert isinstance(role, ToRemote)
            assert txout.script_pubkey == p2wpkh(case.params.counterparty.payment)
        else:
            assert txout.script_pubkey == p2wsh(role.witness_script)


@pytest.mark.parametrize("row", bolt3.load("commitment")["cases"], ids=lambda row: row["name"])
def test_the_comments_of_appendix_c_hold(row: dict[str, object]) -> None:
    """Its scripts and fees stand there in comments; they are checked like the rest."""
    case = next(case for case in bolt3.cases() if case.name == row["name"])
    built = build(case)
    paid = sum(txout.value.value for txout in built.tx.outputs)
    if row["actual_fee"] is not None:
        assert case.params.funding_value.value - paid == row["actual_fee"]
    scripts = {
        role.htlc.htlc_id: role.witness_script.hex()
        for role in built.outputs
        if isinstance(role, HtlcOutput)
    }
    listed = row["htlc_outputs"]
    assert isinstance(listed, list)
    assert scripts == {htlc["htlc"]: htlc["wscript"] for htlc in listed}


def test_the_number_can_be_read_back() -> None:
    for case in bolt3.cases():
        assert commitment_number(build(case).tx, case.params.obscuring_factor) == 42


@pytest.mark.parametrize("number", [0, 1, 0xFFFFFF, 0x1000000, 2**48 - 1])
def test_any_number_can_be_read_back(number: int) -> None:
    case = bolt3.cases()[0]
    spec = CommitmentSpec(number, 253, case.spec.to_local, case.spec.to_remote)
    tx = build_commitment(case.params, bolt3.per_commitment_point(), spec).tx
    assert tx.locktime >> 24 == 0x20
    assert tx.inputs[0].sequence >> 24 == 0x80
    assert commitment_number(tx, case.params.obscuring_factor) == number


def test_a_transaction_without_the_marks_has_no_number() -> None:
    tx = build(bolt3.cases()[0]).tx
    for other in (
        dataclasses.replace(tx, locktime=tx.locktime & 0xFFFFFF),
        dataclasses.replace(tx, inputs=(dataclasses.replace(tx.inputs[0], sequence=0),)),
        dataclasses.replace(tx, inputs=tx.inputs * 2),
    ):
        assert commitment_number(other, 0) is None


def test_both_sides_obscure_with_the_same_factor() -> None:
    ours = bolt3.params(anchors=False)
    theirs = dataclasses.replace(
        ours, holder=ours.counterparty, counterparty=ours.holder, holder_is_funder=False
    )
    expected = int(bolt3.load("commitment")["common"]["obscuring_factor"], 16)
    assert ours.obscuring_factor == theirs.obscuring_factor == expected
    assert ours.funding_script == theirs.funding_script


# -- boundaries


@pytest.mark.parametrize("anchors", [False, True])
@pytest.mark.parametrize("offered", [False, True])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_vuln_022_boundary_in_the_built_transaction(
    anchors: bool, offered: bool, more: int
) -> None:
    """Trimmed below the limit only, in the transaction itself and in its fee."""
    feerate = 2_000
    fee = 0 if anchors else feerate * (663 if offered else 703) // 1000
    amount = Msat((546 + fee + more) * 1000 + 999)
    htlc = HtlcSpec(offered, amount, bytes(32), 500, 0)
    spec = CommitmentSpec(1, feerate, Msat(5_000_000_000), Msat(4_000_000_000), (htlc,))
    built = build_commitment(bolt3.params(anchors=anchors), bolt3.per_commitment_point(), spec)
    present = [role for role in built.outputs if isinstance(role, HtlcOutput)]
    assert len(present) == len(built.htlc_transactions) == (0 if more < 0 else 1)
    if present:
        assert built.htlc_transactions[0].tx.outputs[0].value == Sat(546 + more)


@pytest.mark.parametrize("anchors", [False, True])
@pytest.mark.parametrize("more", [-1, 0, 1])
def test_balances_at_the_dust_limit(anchors: bool, more: int) -> None:
    """`to_local` and `to_remote` exist from exactly the holder's dust limit on."""
    cost = 660 if anchors else 0
    spec = CommitmentSpec(
        1, 0, Sat(546 + more + cost).to_msat() + Msat(999), Sat(546 + more).to_msat()
    )
    built = build_commitment(bolt3.params(anchors=anchors), bolt3.per_commitment_point(), spec)
    kinds = {type(role) for role in built.outputs}
    both: set[type] = {ToLocal, ToRemote} | ({LocalAnchor, RemoteAnchor} if anchors else set())
    assert kinds == (set() if more < 0 else both)


def test_an_anchor_belongs_to_a_balance_or_to_htlcs() -> None:
    """BOLT 3: without HTLCs only the side with an output has an anchor; with one, both do."""
    point, channel = bolt3.per_commitment_point(), bolt3.params(anchors=True)
    alone = CommitmentSpec(1, 253, Msat(10_000_000_000), Msat(0))
    kinds = [type(role) for role in build_commitment(channel, point, alone).outputs]
    assert kinds == [LocalAnchor, ToLocal]
    htlc = HtlcSpec(True, Msat(9_000_000_000), bytes(32), 500, 0)
    with_htlc = CommitmentSpec(1, 253, Msat(1_000_000_000), Msat(0), (htlc,))
    kinds = [type(role) for role in build_commitment(channel, point, with_htlc).outputs]
    assert set(kinds) == {LocalAnchor, RemoteAnchor, ToLocal, HtlcOutput}


def test_the_fundee_pays_no_fee() -> None:
    channel = dataclasses.replace(bolt3.params(anchors=True), holder_is_funder=False)
    spec = CommitmentSpec(1, 1_000, Msat(6_000_000_000), Msat(4_000_000_000))
    built = build_commitment(channel, bolt3.per_commitment_point(), spec)
    values = {
        type(role): out.value for role, out in zip(built.outputs, built.tx.outputs, strict=True)
    }
    assert values[ToLocal] == Sat(6_000_000)
    assert values[ToRemote] == Sat(4_000_000 - 1_124 - 660)


def test_twins_are_ordered_by_expiry() -> None:
    """Equal amount and hash: the outputs are the same, their HTLC transactions are not."""
    twins = tuple(
        HtlcSpec(True, Msat(5_000_000), bytes(32), expiry, 9 - n)
        for n, expiry in enumerate((700, 600, 650))
    )
    spec = CommitmentSpec(1, 253, Msat(6_000_000_000), Msat(3_900_000_000), twins)
    built = build_commitment(bolt3.params(anchors=False), bolt3.per_commitment_point(), spec)
    assert [htlc.tx.locktime for htlc in built.htlc_transactions] == [600, 650, 700]
    assert len({out.script_pubkey for out in built.tx.outputs[:3]}) == 1


def test_a_state_that_pays_out_more_than_the_channel_is_a_bug() -> None:
    spec = CommitmentSpec(1, 0, Msat(6_000_000_000), Msat(4_000_001_000))
    with pytest.raises(AssertionError):
        build_commitment(bolt3.params(anchors=False), bolt3.per_commitment_point(), spec)
