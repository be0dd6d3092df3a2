"""BOLT 3 in one import: a state of the channel becomes the transactions that both sides sign."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.closing_transaction import (
    ClosingOutput,
    build_closing,
    closing_fee,
    closing_weight,
    without_output_to,
)
from lnwallet_tui.channel.commitment import (
    CommitmentOutput,
    CommitmentParams,
    CommitmentSpec,
    HtlcOutput,
    HtlcSpec,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
    balances_after_fee,
    build_commitment_tx,
    commitment_number,
)
from lnwallet_tui.channel.fees import (
    ANCHOR_VALUE,
    commitment_fee,
    commitment_weight,
    funder_cost,
    htlc_fee,
    htlc_weight,
    is_trimmed,
)
from lnwallet_tui.channel.htlc_transactions import HtlcTransaction, build_htlc_transactions
from lnwallet_tui.channel.keys import CommitmentKeys, commitment_keys
from lnwallet_tui.channel.signing import SpentOutput

__all__ = [
    "ANCHOR_VALUE",
    "BuiltCommitment",
    "ClosingOutput",
    "CommitmentOutput",
    "CommitmentParams",
    "CommitmentSpec",
    "HtlcOutput",
    "HtlcSpec",
    "HtlcTransaction",
    "LocalAnchor",
    "RemoteAnchor",
    "ToLocal",
    "ToRemote",
    "balances_after_fee",
    "build_closing",
    "build_commitment",
    "closing_fee",
    "closing_weight",
    "commitment_fee",
    "commitment_number",
    "commitment_weight",
    "funder_cost",
    "htlc_fee",
    "htlc_weight",
    "is_funding_signature",
    "is_htlc_signature",
    "is_trimmed",
    "signed_by_both",
    "without_output_to",
]


@dataclass(frozen=True, slots=True)
class BuiltCommitment:
    """A commitment with all that can be signed of it.

    `outputs[i]` says what `tx.outputs[i]` is. `htlc_transactions` are in the order of the outputs,
    which is the order of the signatures in `commitment_signed`. `funding_input` is what both sides'
    signatures of `tx` are over.
    """

    spec: CommitmentSpec
    keys: CommitmentKeys
    tx: Tx
    funding_input: SpentOutput
    outputs: tuple[CommitmentOutput, ...]
    htlc_transactions: tuple[HtlcTransaction, ...]


def build_commitment(
    params: CommitmentParams, per_commitment_point: bytes, spec: CommitmentSpec
) -> BuiltCommitment:
    """The commitment that `params.holder` can publish, at its own `per_commitment_point`."""
    keys = commitment_keys(params.holder, params.counterparty, per_commitment_point)
    commitment = build_commitment_tx(params, keys, spec)
    return BuiltCommitment(
        spec=spec,
        keys=keys,
        tx=commitment.tx,
        funding_input=params.funding_input,
        outputs=commitment.outputs,
        htlc_transactions=build_htlc_transactions(params, keys, spec, commitment),
    )


def is_funding_signature(params: CommitmentParams, tx: Tx, signature: bytes) -> bool:
    """Whether the counterparty of `params.holder` signed this commitment or closing transaction."""
    pubkey = params.counterparty.funding_pubkey
    return witnesses.is_signed_by(pubkey, signature, tx, params.funding_input)


def is_htlc_signature(built: BuiltCommitment, htlc: HtlcTransaction, signature: bytes) -> bool:
    """Whether the counterparty of the holder signed this HTLC transaction of `built`."""
    pubkey = built.keys.remote_htlcpubkey
    return witnesses.is_signed_by(pubkey, signature, htlc.tx, htlc.counterparty_input)


def signed_by_both(
    params: CommitmentParams, tx: Tx, holder_signature: bytes, counterparty_signature: bytes
) -> Tx:
    """The commitment or closing transaction with the witness that the funding output asks for."""
    signatures = {
        params.holder.funding_pubkey: holder_signature,
        params.counterparty.funding_pubkey: counterparty_signature,
    }
    return tx.with_witness(0, witnesses.funding(signatures, params.funding_script))
