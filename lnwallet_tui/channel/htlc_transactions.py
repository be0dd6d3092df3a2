"""HTLC-timeout and HTLC-success transactions: the second stage of a commitment's HTLC outputs."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_SINGLE_ANYONECANPAY
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.commitment import (
    Commitment,
    CommitmentParams,
    CommitmentSpec,
    HtlcOutput,
    HtlcSpec,
)
from lnwallet_tui.channel.fees import htlc_fee
from lnwallet_tui.channel.keys import CommitmentKeys
from lnwallet_tui.channel.scripts import to_local_script
from lnwallet_tui.channel.signing import SpentOutput


@dataclass(frozen=True, slots=True)
class HtlcTransaction:
    """An unsigned HTLC transaction; it spends output `vout` of the commitment, worth `value`.

    `output_script` is the witness script of its own output (the form of `to_local`).
    """

    htlc: HtlcSpec
    tx: Tx
    vout: int
    value: Sat
    witness_script: bytes
    output_script: bytes
    anchors: bool

    @property
    def counterparty_input(self) -> SpentOutput:
        """What the counterparty's signature, sent with `commitment_signed`, is over."""
        # BOLT 5: "`SIGHASH_SINGLE|SIGHASH_ANYONECANPAY` MUST be used on the HTLC signatures
        # received from the peer" (on anchors).
        sighash = SIGHASH_SINGLE_ANYONECANPAY if self.anchors else SIGHASH_ALL
        return SpentOutput(0, self.witness_script, self.value, sighash)

    @property
    def holder_input(self) -> SpentOutput:
        """What the holder's own signature is over, when it publishes."""
        # BOLT 5: "The local signature MUST use `SIGHASH_ALL`, otherwise anyone can attach
        # additional inputs and outputs to the tx."
        return SpentOutput(0, self.witness_script, self.value, SIGHASH_ALL)


def build_htlc_transactions(
    params: CommitmentParams, keys: CommitmentKeys, spec: CommitmentSpec, commitment: Commitment
) -> tuple[HtlcTransaction, ...]:
    """One for each HTLC output, in the order of the outputs, which is that of the signatures."""
    txid = commitment.tx.txid
    return tuple(
        _build(params, keys, spec.feerate_per_kw, OutPoint(txid, vout), output)
        for vout, output in enumerate(commitment.outputs)
        if isinstance(output, HtlcOutput)
    )


def _build(
    params: CommitmentParams,
    keys: CommitmentKeys,
    feerate_per_kw: int,
    outpoint: OutPoint,
    output: HtlcOutput,
) -> HtlcTransaction:
    htlc = output.htlc
    value = htlc.amount.floor_sat()
    script = to_local_script(keys.revocationpubkey, params.to_self_delay, keys.local_delayedpubkey)
    tx = Tx(
        version=2,
        inputs=(TxIn(outpoint, sequence=1 if params.anchors else 0),),
        outputs=(
            TxOut(value - htlc_fee(feerate_per_kw, htlc.offered, params.anchors), p2wsh(script)),
        ),
        locktime=htlc.cltv_expiry if htlc.offered else 0,
    )
    return HtlcTransaction(
        htlc, tx, outpoint.vout, value, output.witness_script, script, params.anchors
    )
