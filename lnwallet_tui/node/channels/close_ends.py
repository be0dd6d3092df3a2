"""The commitments of which any may be the end of a channel, and what is ours in each.

Between the offer of an HTLC and its being irrevocably committed, and again while it is removed, it
stands in the peer's commitment and not in ours. Ours counts it as our balance then; but the peer
may publish its own, and take it. So nothing is promised of it, whoever's commitment is looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat, Sat
from lnwallet_tui.channel.htlcs import Htlc, Side, View
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.channel.transactions import BuiltCommitment
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.claims import claims_on_ours, to_remote_claims
from lnwallet_tui.onchain.classify import Ours
from lnwallet_tui.onchain.facts import ChannelFacts, ConfirmedTx


@dataclass(frozen=True, slots=True)
class End:
    """One commitment: the claims on our balance in it, and what of that may go to the peer yet,
    because another commitment, or one to come, has it in an HTLC."""

    claims: tuple[Claim, ...]
    loose: Sat


def end_of_ours(channel: Channel, facts: ChannelFacts, built: BuiltCommitment, height: int) -> End:
    """Our newest commitment, if the block at `height` has it."""
    claims = claims_on_ours(facts, Ours(built), ConfirmedTx(built.tx, height))
    return End(claims, _loose(channel, Side.US, View.SIGNED))


def ends_of_theirs(channel: Channel, facts: ChannelFacts, height: int) -> Iterator[End]:
    """The one or two of theirs that they may publish."""
    for theirs, view in zip(facts.their_commitments, (View.OLDEST, View.SIGNED), strict=False):
        built = facts.build_theirs(theirs)
        claims = to_remote_claims(facts, built.outputs, ConfirmedTx(built.tx, height))
        yield End(tuple(claims), _loose(channel, Side.THEM, view))


def leaving(channel: Channel) -> Msat:
    """What is on its way to others, and counts as ours while it has not arrived."""
    mine = (htlc.amount for htlc in _offered(channel) if not _has_arrived(htlc))
    return sum(mine, ZERO_MSAT)


def arrived(channel: Channel) -> Msat:
    """What has arrived at others, and is listed only because the peer has not revoked yet."""
    gone = (htlc.amount for htlc in _offered(channel) if _has_arrived(htlc))
    return sum(gone, ZERO_MSAT)


def _loose(channel: Channel, owner: Side, view: View) -> Sat:
    """In whole satoshis, rounded up: nothing of it is promised."""
    mine = (
        htlc.amount
        for htlc in _offered(channel)
        if not htlc.fulfilled and not htlc.stands_in(owner, view)
    )
    return Sat(-(-sum(mine, ZERO_MSAT).value // 1000))


def _offered(channel: Channel) -> Iterator[Htlc]:
    return (htlc for htlc in channel.ledger.htlcs if htlc.offered_by is Side.US)


def _has_arrived(htlc: Htlc) -> bool:
    return htlc.fulfilled and not htlc.stands_in(Side.US, View.SIGNED)
