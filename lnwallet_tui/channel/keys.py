"""BOLT 3's key derivation: the public keys of one commitment, and the secret twins of each formula.

Points are 33 bytes, secrets 32. The twins are used by the signer only; they stand here so that the
two halves of one formula are read, and tested, together.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from lnwallet_tui.bitcoin.curve import (
    point_add,
    point_mul,
    point_tweak_add,
    public_key,
    secret_add,
    secret_mul,
)
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.channel.signing import Basepoints

_KEPT: Final = 256
"""A commitment is built again whenever it is signed, verified, shown or looked for in a block; a
channel has three at a time. All of it is public."""


def derive_pubkey(basepoint: bytes, per_commitment_point: bytes) -> bytes:
    """`basepoint + SHA256(per_commitment_point || basepoint) * G`."""
    return point_tweak_add(basepoint, sha256(per_commitment_point + basepoint))


def derive_privkey(basepoint_secret: bytes, per_commitment_point: bytes) -> bytes:
    """The secret of `derive_pubkey`."""
    basepoint = public_key(basepoint_secret)
    return secret_add(basepoint_secret, sha256(per_commitment_point + basepoint))


def derive_revocation_pubkey(revocation_basepoint: bytes, per_commitment_point: bytes) -> bytes:
    """The blinded key whose secret takes both a basepoint secret and a per-commitment secret.

    `revocation_basepoint` is the counterparty's, `per_commitment_point` the holder's.
    """
    return point_add(
        point_mul(revocation_basepoint, sha256(revocation_basepoint + per_commitment_point)),
        point_mul(per_commitment_point, sha256(per_commitment_point + revocation_basepoint)),
    )


def derive_revocation_privkey(
    revocation_basepoint_secret: bytes, per_commitment_secret: bytes
) -> bytes:
    """The secret of `derive_revocation_pubkey`, once the holder revealed the second part of it."""
    basepoint = public_key(revocation_basepoint_secret)
    point = public_key(per_commitment_secret)
    return secret_add(
        secret_mul(revocation_basepoint_secret, sha256(basepoint + point)),
        secret_mul(per_commitment_secret, sha256(point + basepoint)),
    )


@dataclass(frozen=True, slots=True)
class CommitmentKeys:
    """The public keys in the scripts of one commitment and its HTLC transactions.

    Named as in BOLT 3: *local* is the holder of the commitment, *remote* the counterparty.
    """

    revocationpubkey: bytes
    local_delayedpubkey: bytes
    local_htlcpubkey: bytes
    remote_htlcpubkey: bytes
    remotepubkey: bytes


@lru_cache(maxsize=_KEPT)
def commitment_keys(
    holder: Basepoints, counterparty: Basepoints, per_commitment_point: bytes
) -> CommitmentKeys:
    """The keys of the commitment that `holder` can publish and whose point this is.

    `CurveError` where the point, which may be a peer's, is none.
    """
    return CommitmentKeys(
        revocationpubkey=derive_revocation_pubkey(counterparty.revocation, per_commitment_point),
        local_delayedpubkey=derive_pubkey(holder.delayed_payment, per_commitment_point),
        local_htlcpubkey=derive_pubkey(holder.htlc, per_commitment_point),
        remote_htlcpubkey=derive_pubkey(counterparty.htlc, per_commitment_point),
        # BOLT 3: "The `remotepubkey` is simply the remote node's `payment_basepoint`."
        remotepubkey=counterparty.payment,
    )
