"""The scripts of BOLT 3, from public keys and numbers to bytes.

*Local* is the holder of the commitment, *remote* the counterparty, *offered* and *received* are
seen from the holder.
"""

from __future__ import annotations

from functools import lru_cache

from lnwallet_tui.bitcoin.hashes import hash160, ripemd160
from lnwallet_tui.bitcoin.script import (
    OP_1,
    OP_2,
    OP_16,
    OP_CHECKLOCKTIMEVERIFY,
    OP_CHECKMULTISIG,
    OP_CHECKSEQUENCEVERIFY,
    OP_CHECKSIG,
    OP_CHECKSIGVERIFY,
    OP_DROP,
    OP_DUP,
    OP_ELSE,
    OP_ENDIF,
    OP_EQUAL,
    OP_EQUALVERIFY,
    OP_HASH160,
    OP_IF,
    OP_IFDUP,
    OP_NOTIF,
    OP_SIZE,
    OP_SWAP,
    assemble,
    script_number,
)
from lnwallet_tui.channel.keys import CommitmentKeys

_PREIMAGE_SIZE = 32


def funding_script(one: bytes, other: bytes) -> bytes:
    """The 2-of-2 of the funding output; the lesser key comes first, however they are given."""
    first, second = sorted((one, other))
    return assemble(OP_2, first, second, OP_2, OP_CHECKMULTISIG)


def to_local_script(revocationpubkey: bytes, to_self_delay: int, delayedpubkey: bytes) -> bytes:
    """The holder's own money, after `to_self_delay` blocks; also what HTLC transactions pay to."""
    return (
        assemble(OP_IF, revocationpubkey, OP_ELSE)
        + script_number(to_self_delay)
        + assemble(OP_CHECKSEQUENCEVERIFY, OP_DROP, delayedpubkey, OP_ENDIF, OP_CHECKSIG)
    )


def to_remote_anchors_script(remotepubkey: bytes) -> bytes:
    """The counterparty's money on an anchors channel: theirs one block after confirmation."""
    return assemble(remotepubkey, OP_CHECKSIGVERIFY, OP_1, OP_CHECKSEQUENCEVERIFY)


def anchor_script(funding_pubkey: bytes) -> bytes:
    """An anchor: its owner's at once, anybody's after 16 blocks."""
    return assemble(
        funding_pubkey,
        OP_CHECKSIG,
        OP_IFDUP,
        OP_NOTIF,
        OP_16,
        OP_CHECKSEQUENCEVERIFY,
        OP_ENDIF,
    )


def offered_htlc_script(keys: CommitmentKeys, payment_hash: bytes, anchors: bool) -> bytes:
    """An HTLC that the holder offers: the counterparty's with the preimage, else back in time."""
    return (
        _htlc_head(keys)
        + assemble(
            OP_NOTIF,
            # to the holder through the HTLC-timeout transaction
            *(OP_DROP, OP_2, OP_SWAP, keys.local_htlcpubkey, OP_2, OP_CHECKMULTISIG),
            OP_ELSE,
            # to the counterparty with the preimage
            *(OP_HASH160, ripemd160(payment_hash), OP_EQUALVERIFY, OP_CHECKSIG),
            OP_ENDIF,
        )
        + _htlc_tail(anchors)
    )


def received_htlc_script(
    keys: CommitmentKeys, payment_hash: bytes, cltv_expiry: int, anchors: bool
) -> bytes:
    """An HTLC that the holder receives: theirs with the preimage, else back at `cltv_expiry`."""
    return (
        _htlc_head(keys)
        + assemble(
            OP_IF,
            # to the holder through the HTLC-success transaction
            *(OP_HASH160, ripemd160(payment_hash), OP_EQUALVERIFY),
            *(OP_2, OP_SWAP, keys.local_htlcpubkey, OP_2, OP_CHECKMULTISIG),
            OP_ELSE,
            OP_DROP,
        )
        # back to the counterparty
        + script_number(cltv_expiry)
        + assemble(OP_CHECKLOCKTIMEVERIFY, OP_DROP, OP_CHECKSIG, OP_ENDIF)
        + _htlc_tail(anchors)
    )


@lru_cache(maxsize=8)
def _htlc_head(keys: CommitmentKeys) -> bytes:
    """The revocation branch, and the question that both other branches begin with: the same for all
    HTLCs of a commitment."""
    return (
        assemble(
            *(OP_DUP, OP_HASH160, hash160(keys.revocationpubkey), OP_EQUAL),
            *(OP_IF, OP_CHECKSIG, OP_ELSE),
            *(keys.remote_htlcpubkey, OP_SWAP, OP_SIZE),
        )
        + script_number(_PREIMAGE_SIZE)
        + assemble(OP_EQUAL)
    )


def _htlc_tail(anchors: bool) -> bytes:
    """On anchors nothing but an anchor can be spent in the commitment's own block."""
    delay = assemble(OP_1, OP_CHECKSEQUENCEVERIFY, OP_DROP) if anchors else b""
    return delay + assemble(OP_ENDIF)
