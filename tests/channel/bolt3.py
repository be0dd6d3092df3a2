"""The vectors of BOLT 3's appendices as our own types."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, txid_from_hex
from lnwallet_tui.channel.keys import derive_privkey
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.transactions import CommitmentParams, CommitmentSpec, HtlcSpec

FOLDER = Path(__file__).resolve().parents[1] / "vectors" / "bolts"
UNUSED = public_key(bytes(31) + b"\x01")  # basepoints that a commitment of local does not use


@cache
def load(name: str) -> Any:
    """The vectors in `bolt3-<name>.json`."""
    return json.loads((FOLDER / f"bolt3-{name}.json").read_text())


def _privkey(name: str) -> bytes:
    secret = bytes.fromhex(load("commitment")["keys"][name])
    assert len(secret) == 33
    assert secret[-1] == 1
    return secret[:32]


def _point(name: str) -> bytes:
    return bytes.fromhex(load("commitment")["keys"][name])


@dataclass(frozen=True)
class Secrets:
    """The keys that sign in appendices C and F."""

    local_funding: bytes
    remote_funding: bytes
    local_htlc: bytes
    remote_htlc: bytes


def secrets() -> Secrets:
    point = per_commitment_point()
    return Secrets(
        local_funding=_privkey("local_funding_privkey"),
        remote_funding=_privkey("remote_funding_privkey"),
        local_htlc=derive_privkey(_privkey("local_payment_basepoint_secret"), point),
        remote_htlc=derive_privkey(_privkey("remote_payment_basepoint_secret"), point),
    )


def per_commitment_point() -> bytes:
    return _point("local_per_commitment_point")


def params(*, anchors: bool, dust_limit: int | None = None) -> CommitmentParams:
    """The channel of appendices C and F, seen from local, whose commitments they are."""
    common = load("commitment")["common"]
    return CommitmentParams(
        funding_outpoint=OutPoint(
            txid_from_hex(common["funding_tx_id"]), common["funding_output_index"]
        ),
        funding_value=Sat(common["funding_amount_satoshi"]),
        holder=Basepoints(
            funding_pubkey=_point("local_funding_pubkey"),
            revocation=UNUSED,
            payment=_point("local_payment_basepoint"),
            delayed_payment=_point("local_delayed_payment_basepoint"),
            htlc=_point("local_htlc_basepoint"),
        ),
        counterparty=Basepoints(
            funding_pubkey=_point("remote_funding_pubkey"),
            revocation=_point("remote_revocation_basepoint"),
            payment=_point("remote_payment_basepoint"),
            delayed_payment=UNUSED,
            htlc=_point("remote_htlc_basepoint"),
        ),
        holder_is_funder=True,
        dust_limit=Sat(common["local_dust_limit_satoshi"] if dust_limit is None else dust_limit),
        to_self_delay=common["local_delay"],
        anchors=anchors,
    )


def preimage(htlc: HtlcSpec) -> bytes:
    return bytes.fromhex(load("commitment")["htlcs"][htlc.htlc_id]["payment_preimage"])


def htlcs(ids: list[int]) -> tuple[HtlcSpec, ...]:
    rows = [load("commitment")["htlcs"][number] for number in ids]
    return tuple(
        HtlcSpec(
            offered=row["offered"],
            amount=Msat(row["amount_msat"]),
            payment_hash=sha256(bytes.fromhex(row["payment_preimage"])),
            cltv_expiry=row["expiry"],
            htlc_id=row["id"],
        )
        for row in rows
    )


@dataclass(frozen=True)
class Case:
    """A commitment of appendix C or F, with what must come out."""

    name: str
    params: CommitmentParams
    spec: CommitmentSpec
    remote_signature: bytes  # DER
    commit_tx: str
    htlc_txs: tuple[HtlcCase, ...]


@dataclass(frozen=True)
class HtlcCase:
    """An HTLC transaction of a case, in the order of the outputs."""

    remote_signature: bytes  # DER
    tx: str


def cases() -> list[Case]:
    return [_appendix_c(row) for row in load("commitment")["cases"]] + [
        _appendix_f(row) for row in load("commitment-anchors")["cases"]
    ]


def _appendix_c(row: Any) -> Case:
    return Case(
        name=row["name"],
        params=params(anchors=False),
        spec=CommitmentSpec(
            number=42,
            feerate_per_kw=row["local_feerate_per_kw"],
            to_local=Msat(row["to_local_msat"]),
            to_remote=Msat(row["to_remote_msat"]),
            htlcs=htlcs(row["htlcs"]),
        ),
        remote_signature=bytes.fromhex(row["remote_signature"]),
        commit_tx=row["commit_tx"],
        htlc_txs=tuple(
            HtlcCase(bytes.fromhex(htlc["remote_htlc_signature"]), htlc["tx"])
            for htlc in row["htlc_txs"]
        ),
    )


def _appendix_f(row: Any) -> Case:
    return Case(
        name="anchors: " + row["Name"],
        params=params(anchors=True, dust_limit=row["DustLimitSatoshis"]),
        spec=CommitmentSpec(
            number=42,
            feerate_per_kw=row["FeePerKw"],
            to_local=Msat(row["LocalBalance"]),
            to_remote=Msat(row["RemoteBalance"]),
            htlcs=htlcs(row["htlcs"]),
        ),
        remote_signature=bytes.fromhex(row["RemoteSigHex"]),
        commit_tx=row["ExpectedCommitmentTxHex"],
        htlc_txs=tuple(
            HtlcCase(bytes.fromhex(htlc["RemoteSigHex"]), htlc["ResolutionTxHex"])
            for htlc in row["HtlcDescs"]
        ),
    )
