"""A revoked commitment: every output of it is taken, and every output of what was made of them.

All it needs is the per-commitment secret, which reveals the keys of any age, and the rows that say
which HTLCs that state held. What cannot be known again is left out of the claims and reported by
`resolve`, never silently.
"""

from __future__ import annotations

from collections.abc import Iterator

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.channel.scripts import to_local_script
from lnwallet_tui.channel.transactions import (
    HtlcOutput,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    ToRemote,
)
from lnwallet_tui.onchain.claim import Claim, PenaltyKey
from lnwallet_tui.onchain.claims import to_remote_claims
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.deadlines import after_delay, after_expiry
from lnwallet_tui.onchain.facts import ChannelFacts, ConfirmedTx


def penalties(facts: ChannelFacts, close: Revoked, confirmed: ConfirmedTx) -> tuple[Claim, ...]:
    """The claims on the revoked commitment itself: both balances and every HTLC, either way."""
    return (
        *to_remote_claims(facts, close.roles, confirmed),
        *_penalties(facts, close, confirmed),
    )


def _penalties(facts: ChannelFacts, close: Revoked, confirmed: ConfirmedTx) -> Iterator[Claim]:
    for vout, role in enumerate(close.roles):
        match role:
            case ToLocal(script):
                yield _delayed_penalty(facts, close, confirmed, vout, script)
            case HtlcOutput():
                yield _htlc_penalty(facts, close, confirmed, vout, role)
            case ToRemote() | LocalAnchor() | RemoteAnchor() | None:
                pass  # ours without a penalty; worth less than its spend; unknown


def second_stage_penalties(
    facts: ChannelFacts, close: Revoked, confirmed: ConfirmedTx
) -> tuple[Claim, ...]:
    """The claims on a transaction with which the cheat took HTLC outputs of the commitment.

    All of its outputs are looked at: on anchors it may have joined many HTLC transactions in one.
    """
    script = to_local_script(
        close.keys.revocationpubkey, facts.theirs.to_self_delay, close.keys.local_delayedpubkey
    )
    return tuple(
        _delayed_penalty(facts, close, confirmed, vout, script)
        for vout, txout in enumerate(confirmed.tx.outputs)
        if txout.script_pubkey == p2wsh(script)
    )


def _delayed_penalty(
    facts: ChannelFacts, close: Revoked, confirmed: ConfirmedTx, vout: int, script: bytes
) -> Claim:
    free = after_delay(confirmed.height, facts.theirs.to_self_delay)
    return Claim(
        outpoint=confirmed.tx.outpoint(vout),
        value=confirmed.tx.outputs[vout].value,
        script_code=script,
        key=PenaltyKey(close.secret, None),
        earliest=confirmed.height,
        deadline=free,
    )


def _htlc_penalty(
    facts: ChannelFacts, close: Revoked, confirmed: ConfirmedTx, vout: int, role: HtlcOutput
) -> Claim:
    # An HTLC that the cheat offered it can time out; one that it received it can take with the
    # preimage at once. Either way its own money is delayed again, and ours to punish until then.
    possible = after_delay(confirmed.height, 1 if facts.theirs.anchors else 0)
    expired = after_expiry(role.htlc.cltv_expiry)
    spendable = max(possible, expired) if role.htlc.offered else possible
    return Claim(
        outpoint=confirmed.tx.outpoint(vout),
        value=confirmed.tx.outputs[vout].value,
        script_code=role.witness_script,
        key=PenaltyKey(close.secret, close.keys.revocationpubkey),
        earliest=confirmed.height,
        deadline=after_delay(spendable, facts.theirs.to_self_delay),
    )
