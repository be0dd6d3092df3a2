"""The channel backup: what is kept of a channel outside of the wallet, and what comes back of it.

It is written when a channel begins and when it ends, so nothing in it may change in between: no
balance, no commitment, no secret of the peer. From what is left a wallet that has lost everything
else can do three things: find the peer and have it close the channel (its id and addresses, the
funding output), know the transaction that closes it for what it is (the peer's basepoints, who
opened, the type, the scripts of an agreed close), and take what is ours in it: `to_remote` of a
commitment of theirs by `number` alone, and `to_local` of one that a copy of this wallet published,
by `salt` and the delay. Payments that were under way are lost with their preimages and hashes.

What comes back is a channel that is `restored`: it never signs a commitment and publishes none.
"""

from __future__ import annotations

from typing import Final

import msgspec

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.htlcs import Ledger, Side
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.state import (
    Channel,
    ChannelType,
    Funding,
    OurCommitment,
    Phase,
    Ready,
    Terms,
    TheirCommitment,
    channel_id_of,
)
from lnwallet_tui.wire.scid import ShortChannelId

_NO_FEERATE: Final = 253
_NO_SIGNATURE: Final = bytes(64)
_DUST: Final = Sat(546)


class BackedUp(msgspec.Struct, frozen=True, kw_only=True, tag="channel-1"):
    """One channel. Another version of it gets another tag.

    `life` names the life of the wallet (store/life.py) that wrote it: what is of the same one, and
    not known there, came to nothing. `number` and `salt` are those of its keys (keys/derive.py),
    `addresses` where the peer was reached (`host:port`), `begun` the height at which the opening
    began. `our_delay` is what *we* wait for (blocks). The scripts are those of an agreed close,
    empty where they are not fixed.
    """

    life: bytes
    number: int
    salt: bytes
    peer_id: bytes
    addresses: tuple[str, ...]
    outpoint: OutPoint
    value: Sat
    begun: int
    we_fund: bool
    channel_type: bytes
    their_basepoints: Basepoints
    our_delay: int
    their_delay: int
    our_script: bytes
    their_script: bytes

    @property
    def channel_id(self) -> bytes:
        """By which the peer knows it."""
        return channel_id_of(self.outpoint)


class Whereabouts(msgspec.Struct, frozen=True, kw_only=True):
    """What the wallet knows beside the channel itself: `life`, `number` and `salt` as above."""

    life: bytes
    number: int
    salt: bytes
    peer_id: bytes
    addresses: tuple[str, ...] = ()


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """All of a wallet's channels that are not over. `time` (Unix seconds) and `height` say how old
    it is."""

    network: Network
    time: int
    height: int
    channels: tuple[BackedUp, ...]


def backed_up(channel: Channel, where: Whereabouts) -> BackedUp:
    """What is kept of a channel."""
    return BackedUp(
        life=where.life,
        number=where.number,
        salt=where.salt,
        peer_id=where.peer_id,
        addresses=where.addresses,
        outpoint=channel.funding.outpoint,
        value=channel.funding.value,
        begun=channel.funding.begun,
        we_fund=channel.we_fund,
        channel_type=channel.channel_type.feature_bytes,
        their_basepoints=channel.theirs.basepoints,
        our_delay=channel.theirs.to_self_delay,
        their_delay=channel.ours.to_self_delay,
        our_script=channel.closing.our_script or channel.shutdown_script,
        their_script=channel.closing.their_script or channel.theirs.upfront_shutdown_script,
    )


def restored(kept: BackedUp, ours: Basepoints) -> Channel:
    """The channel as far as it is known; `ours` are the basepoints of its keys.

    Nothing of its value counts as ours, since nobody knows how much is. The commitments stand for
    those that are lost, as the funder's who has paid nobody yet: they are built and never signed.
    """
    funder, everything = Side.US if kept.we_fund else Side.THEM, kept.value.to_msat()
    lost = {Side.US: ZERO_MSAT, Side.THEM: ZERO_MSAT} | {funder: everything}
    return Channel(
        channel_id=kept.channel_id,
        temporary_channel_id=kept.channel_id,
        funder=funder,
        channel_type=ChannelType(kept.channel_type),
        ours=_terms(kept.their_delay, ours),
        theirs=_terms(kept.our_delay, kept.their_basepoints, kept.their_script),
        phase=Phase.READY,
        funding=Funding(
            outpoint=kept.outpoint, value=kept.value, tx=None, minimum_depth=1, begun=kept.begun
        ),
        ready=Ready(sent=True, received=True, our_alias=ShortChannelId(0, 0, 0)),
        shutdown_script=kept.our_script,
        ledger=Ledger(funder=funder, ours=ZERO_MSAT, theirs=everything, feerate_per_kw=_NO_FEERATE),
        our_commitment=OurCommitment(
            spec=_lost(lost[Side.US], lost[Side.THEM]), signature=_NO_SIGNATURE
        ),
        # Of their commitments only the keys that need no point are known; some point must stand.
        their_current=TheirCommitment(
            spec=_lost(lost[Side.THEM], lost[Side.US]), point=kept.their_basepoints.payment
        ),
        old_state=True,
        restored=True,
    )


def _lost(to_local: Msat, to_remote: Msat) -> CommitmentSpec:
    return CommitmentSpec(
        number=0, feerate_per_kw=_NO_FEERATE, to_local=to_local, to_remote=to_remote
    )


def _terms(delay: int, basepoints: Basepoints, upfront: bytes = b"") -> Terms:
    """Limits bind offers, of which there will be none."""
    return Terms(
        dust_limit=_DUST,
        reserve=ZERO_SAT,
        max_htlc_value_in_flight=ZERO_MSAT,
        htlc_minimum=ZERO_MSAT,
        to_self_delay=delay,
        max_accepted_htlcs=0,
        basepoints=basepoints,
        upfront_shutdown_script=upfront,
    )
