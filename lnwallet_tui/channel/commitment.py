"""Commitment transactions: from a state of the channel to the one transaction that both sides sign.

Everything is seen from the holder of the commitment, the one who can publish it: for our own
commitment that is us, for theirs it is them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.fees import ANCHOR_VALUE, funder_cost, is_trimmed
from lnwallet_tui.channel.keys import CommitmentKeys
from lnwallet_tui.channel.scripts import (
    anchor_script,
    funding_script,
    offered_htlc_script,
    received_htlc_script,
    to_local_script,
    to_remote_anchors_script,
)
from lnwallet_tui.channel.signing import Basepoints, SpentOutput

_LOCKTIME_MARK: Final = 0x20
_SEQUENCE_MARK: Final = 0x80
_LOW_24: Final = 0xFFFFFF


@dataclass(frozen=True, slots=True)
class CommitmentParams:
    """What all commitments of one holder in one channel have in common.

    `dust_limit` is the one that the holder announced, `to_self_delay` (blocks) the one that the
    counterparty demands of the holder.
    """

    funding_outpoint: OutPoint
    funding_value: Sat
    holder: Basepoints
    counterparty: Basepoints
    holder_is_funder: bool
    dust_limit: Sat
    to_self_delay: int
    anchors: bool

    @property
    def funding_script(self) -> bytes:
        """The witness script of the funding output."""
        return funding_script(self.holder.funding_pubkey, self.counterparty.funding_pubkey)

    @property
    def funding_input(self) -> SpentOutput:
        """What a signature of a commitment or closing transaction is over."""
        return SpentOutput(0, self.funding_script, self.funding_value, SIGHASH_ALL)

    @property
    def obscuring_factor(self) -> int:
        """The 48 bits that commitment numbers are XORed with; the same for both holders."""
        if self.holder_is_funder:
            return obscuring_factor(self.holder.payment, self.counterparty.payment)
        return obscuring_factor(self.counterparty.payment, self.holder.payment)

    def trims(self, amount: Msat, *, offered: bool, feerate_per_kw: int) -> bool:
        """`fees.is_trimmed` for a commitment of this holder."""
        return is_trimmed(
            amount,
            offered=offered,
            dust_limit=self.dust_limit,
            feerate_per_kw=feerate_per_kw,
            anchors=self.anchors,
        )


class HtlcSpec(msgspec.Struct, frozen=True):
    """An HTLC in a commitment; `offered` is seen from the commitment's holder."""

    offered: bool
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    htlc_id: int


class CommitmentSpec(msgspec.Struct, frozen=True):
    """The state that one commitment fixes.

    `to_local` is the holder's and `to_remote` the counterparty's balance, both without the HTLCs'
    amounts and before fee and anchors are taken from the funder's.
    """

    number: int
    feerate_per_kw: int
    to_local: Msat
    to_remote: Msat
    htlcs: tuple[HtlcSpec, ...] = ()

    def untrimmed(self, params: CommitmentParams) -> tuple[HtlcSpec, ...]:
        """The HTLCs that have outputs in this commitment of `params.holder`."""
        return tuple(htlc for htlc in self.htlcs if not self._trims(params, htlc))

    def _trims(self, params: CommitmentParams, htlc: HtlcSpec) -> bool:
        return params.trims(htlc.amount, offered=htlc.offered, feerate_per_kw=self.feerate_per_kw)


# -- what an output is


@dataclass(frozen=True, slots=True)
class ToLocal:
    """The holder's money, delayed."""

    witness_script: bytes


@dataclass(frozen=True, slots=True)
class ToRemote:
    """The counterparty's money; without anchors a P2WPKH, which has no `witness_script` (None)."""

    witness_script: bytes | None


@dataclass(frozen=True, slots=True)
class LocalAnchor:
    """The holder's anchor."""

    witness_script: bytes


@dataclass(frozen=True, slots=True)
class RemoteAnchor:
    """The counterparty's anchor."""

    witness_script: bytes


@dataclass(frozen=True, slots=True)
class HtlcOutput:
    """An HTLC that was not trimmed."""

    htlc: HtlcSpec
    witness_script: bytes


CommitmentOutput = ToLocal | ToRemote | LocalAnchor | RemoteAnchor | HtlcOutput


@dataclass(frozen=True, slots=True)
class Commitment:
    """An unsigned commitment transaction; `outputs[i]` says what `tx.outputs[i]` is."""

    tx: Tx
    outputs: tuple[CommitmentOutput, ...]


def build_commitment_tx(
    params: CommitmentParams, keys: CommitmentKeys, spec: CommitmentSpec
) -> Commitment:
    """The commitment transaction of `params.holder` for the state `spec`, with the `keys` of it.

    Where the funder's balance is less than fee and anchors, what there is goes to the fee (BOLT 3,
    Fee Payment); a state whose outputs would exceed the funding must have been refused before.
    """
    placed = sorted(_outputs(params, keys, spec), key=_order)
    tx = Tx(
        version=2,
        inputs=(_funding_input(params, spec.number),),
        outputs=tuple(txout for txout, _ in placed),
        locktime=_LOCKTIME_MARK << 24 | _obscured(params, spec.number) & _LOW_24,
    )
    spent = sum((txout.value for txout in tx.outputs), ZERO_SAT)
    assert spent <= params.funding_value, "a commitment pays out more than the channel holds"
    return Commitment(tx, tuple(role for _, role in placed))


_Placed = tuple[TxOut, CommitmentOutput]


def _order(placed: _Placed) -> tuple[int, bytes, int, int]:
    """BOLT 3's order: value, script, expiry; the id only makes the order of twins definite."""
    txout, role = placed
    expiry, htlc_id = (
        (role.htlc.cltv_expiry, role.htlc.htlc_id) if isinstance(role, HtlcOutput) else (0, 0)
    )
    return txout.value.value, txout.script_pubkey, expiry, htlc_id


def _outputs(params: CommitmentParams, keys: CommitmentKeys, spec: CommitmentSpec) -> list[_Placed]:
    htlcs = [_htlc_output(htlc, keys, params.anchors) for htlc in spec.untrimmed(params)]
    to_local, to_remote = balances_after_fee(params, spec)
    has_local, has_remote = to_local >= params.dust_limit, to_remote >= params.dust_limit
    outputs = list(htlcs)
    if has_local:
        outputs.append(_to_local(params, keys, to_local))
    if has_remote:
        outputs.append(_to_remote(keys, to_remote, params.anchors))
    # BOLT 3: "if `to_local` exists or there are untrimmed HTLCs, add a `to_local_anchor` output",
    # and the same of `to_remote`.
    if params.anchors and (has_local or htlcs):
        script = anchor_script(params.holder.funding_pubkey)
        outputs.append((TxOut(ANCHOR_VALUE, p2wsh(script)), LocalAnchor(script)))
    if params.anchors and (has_remote or htlcs):
        script = anchor_script(params.counterparty.funding_pubkey)
        outputs.append((TxOut(ANCHOR_VALUE, p2wsh(script)), RemoteAnchor(script)))
    return outputs


def balances_after_fee(params: CommitmentParams, spec: CommitmentSpec) -> tuple[Sat, Sat]:
    """What is left to holder and counterparty after fee and anchors, before dust is dropped."""
    cost = funder_cost(spec.feerate_per_kw, len(spec.untrimmed(params)), params.anchors)
    to_local, to_remote = spec.to_local.floor_sat(), spec.to_remote.floor_sat()
    if params.holder_is_funder:
        return to_local.minus_or_zero(cost), to_remote
    return to_local, to_remote.minus_or_zero(cost)


def _to_local(params: CommitmentParams, keys: CommitmentKeys, value: Sat) -> _Placed:
    script = to_local_script(keys.revocationpubkey, params.to_self_delay, keys.local_delayedpubkey)
    return TxOut(value, p2wsh(script)), ToLocal(script)


def _to_remote(keys: CommitmentKeys, value: Sat, anchors: bool) -> _Placed:
    if not anchors:
        return TxOut(value, p2wpkh(keys.remotepubkey)), ToRemote(None)
    script = to_remote_anchors_script(keys.remotepubkey)
    return TxOut(value, p2wsh(script)), ToRemote(script)


def _htlc_output(htlc: HtlcSpec, keys: CommitmentKeys, anchors: bool) -> _Placed:
    script = htlc_script(htlc, keys, anchors)
    return TxOut(htlc.amount.floor_sat(), p2wsh(script)), HtlcOutput(htlc, script)


def htlc_script(htlc: HtlcSpec, keys: CommitmentKeys, anchors: bool) -> bytes:
    """The witness script of the HTLC's output."""
    if htlc.offered:
        return offered_htlc_script(keys, htlc.payment_hash, anchors)
    return received_htlc_script(keys, htlc.payment_hash, htlc.cltv_expiry, anchors)


# -- the obscured commitment number


def obscuring_factor(funder_payment_basepoint: bytes, fundee_payment_basepoint: bytes) -> int:
    """The lower 48 bits of the hash of both payment basepoints, funder's first."""
    return int.from_bytes(sha256(funder_payment_basepoint + fundee_payment_basepoint)[-6:], "big")


def _obscured(params: CommitmentParams, number: int) -> int:
    return number ^ params.obscuring_factor


def _funding_input(params: CommitmentParams, number: int) -> TxIn:
    sequence = _SEQUENCE_MARK << 24 | _obscured(params, number) >> 24
    return TxIn(params.funding_outpoint, sequence=sequence)


def commitment_number(tx: Tx, factor: int) -> int | None:
    """The number in `tx` if it has the marks of a commitment transaction, else None.

    It is what the transaction says: anybody can write any number there.
    """
    if len(tx.inputs) != 1:
        return None
    sequence = tx.inputs[0].sequence
    if sequence >> 24 != _SEQUENCE_MARK or tx.locktime >> 24 != _LOCKTIME_MARK:
        return None
    return ((sequence & _LOW_24) << 24 | tx.locktime & _LOW_24) ^ factor
