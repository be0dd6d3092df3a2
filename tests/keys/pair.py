"""Two signers of one channel, and commitments between them, built and signed for real."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wpkh, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentParams,
    CommitmentSpec,
    HtlcSpec,
    build_commitment,
)
from lnwallet_tui.keys.derive import ChannelKeyId, ChannelKeys, KeySchedule
from lnwallet_tui.keys.seed import words_of
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory

FUNDING_VALUE = Sat(1_000_000)
FUNDING = OutPoint(sha256(b"funding transaction"), 1)
PREIMAGE = sha256(b"a preimage")
OFFERED = HtlcSpec(True, Msat(60_000_000), sha256(PREIMAGE), 500, 0)
RECEIVED = HtlcSpec(False, Msat(70_000_000), sha256(PREIMAGE), 600, 0)
HTLCS = (OFFERED, RECEIVED)
HOME = p2wpkh(b"\x02" + bytes(31) + b"\x01")


@cache
def keys_of(name: str, index: int = 0) -> ChannelKeys:
    """The channel keys of a person."""
    seed = words_of(sha256(name.encode())).seed()
    key_id = ChannelKeyId(index, sha256(b"salt"))
    return KeySchedule(seed, Network.REGTEST).channel_keys(key_id)


@cache
def basepoints_of(name: str) -> Basepoints:
    return keys_of(name).basepoints()


def signer(name: str = "alice", memory: SignerMemory | None = None) -> Signer:
    return Signer(keys_of(name), memory)


def params(holder: str, *, anchors: bool) -> CommitmentParams:
    """Alice opened the channel to Bob; the commitments are `holder`'s."""
    counterparty = "bob" if holder == "alice" else "alice"
    return CommitmentParams(
        funding_outpoint=FUNDING,
        funding_value=FUNDING_VALUE,
        holder=basepoints_of(holder),
        counterparty=basepoints_of(counterparty),
        holder_is_funder=holder == "alice",
        dust_limit=Sat(546),
        to_self_delay=144,
        anchors=anchors,
    )


@cache
def commitment(
    holder: str,
    number: int,
    *,
    anchors: bool = True,
    htlcs: tuple[HtlcSpec, ...] = HTLCS,
    moved: int = 0,
) -> BuiltCommitment:
    """A commitment of `holder`; `moved` msat more are with the counterparty."""
    in_htlcs = sum(htlc.amount.value for htlc in htlcs)
    spec = CommitmentSpec(
        number=number,
        feerate_per_kw=1_000,
        to_local=Msat(600_000_000 - in_htlcs - moved),
        to_remote=Msat(400_000_000 + moved),
        htlcs=htlcs,
    )
    point = signer(holder).per_commitment_point(number)
    return build_commitment(params(holder, anchors=anchors), point, spec)


def closing(anchors: bool = True) -> Tx:
    """A cooperative close."""
    outputs = (TxOut(Sat(399_000), HOME), TxOut(Sat(600_000), p2wsh(b"bob")))
    return Tx(2, (TxIn(params("alice", anchors=anchors).funding_outpoint),), outputs)


@dataclass(frozen=True)
class Spend:
    """A transaction with one input, which is still to be signed, and what it spends."""

    tx: Tx
    spent: TxOut


def spend(
    built: BuiltCommitment, vout: int, *, sequence: int = 0xFFFF_FFFD, locktime: int = 0
) -> Spend:
    """Take output `vout` of a commitment home."""
    output = built.tx.outputs[vout]
    value = output.value.minus_or_zero(Sat(200))
    txin = TxIn(built.tx.outpoint(vout), sequence=sequence)
    return Spend(Tx(2, (txin,), (TxOut(value, HOME),), locktime), output)
