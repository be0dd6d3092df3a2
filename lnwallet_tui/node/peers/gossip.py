"""BOLT 7 as far as a wallet speaks it: updates of its own channels, and empty answers.

A wallet keeps no graph for others. Deployed peers hang up on a node without `gossip_queries`, so
the bit is set and every query is answered at once with an empty, complete reply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.routing.network import BadGossipSignature
from lnwallet_tui.store.updates import PeerPolicy
from lnwallet_tui.wire.bolt7 import (
    ChannelUpdate,
    NodeAnnouncement,
    QueryChannelRange,
    QueryShortChannelIds,
    ReplyChannelRange,
    ReplyShortChannelIdsEnd,
    encode_short_ids,
)
from lnwallet_tui.wire.features import OUR_NODE_FEATURES
from lnwallet_tui.wire.message import Message
from lnwallet_tui.wire.scid import ShortChannelId

MUST_BE_ONE: Final = 1
DONT_FORWARD: Final = 2
DIRECTION: Final = 1
DISABLE: Final = 2
_UNSIGNED: Final = bytes(64)
_TOO_FAR_AHEAD_S: Final = 86_400

__all__ = [
    "BadGossipSignature",
    "answer",
    "our_announcement",
    "our_update",
    "read_alias",
    "read_update",
]


def answer(query: Message) -> Message | None:
    """The reply to a gossip query, None for a message that is none."""
    match query:
        case QueryShortChannelIds():
            # BOLT 7: "if does not maintain up-to-date channel information for `chain_hash`:
            # MUST set `full_information` to 0".
            return ReplyShortChannelIdsEnd(chain_hash=query.chain_hash, full_information=0)
        case QueryChannelRange():
            return ReplyChannelRange(
                chain_hash=query.chain_hash,
                first_blocknum=query.first_blocknum,
                number_of_blocks=query.number_of_blocks,
                sync_complete=1,
                encoded_short_ids=encode_short_ids(()),
            )
        case _:
            return None


def our_update(
    *,
    chain_hash: bytes,
    short_channel_id: ShortChannelId,
    node_id: bytes,
    peer_id: bytes,
    policy: PeerPolicy,
    sign: Callable[[bytes], bytes],
    public: bool = False,
) -> ChannelUpdate:
    """Our `channel_update` for everybody; or for the peer alone, and then `short_channel_id` is an
    alias it gave or the scid.

    BOLT 7: "MUST set `dont_forward` to 1", "MUST NOT send a created `channel_update` before
    `channel_ready` has been received" (the caller's part).
    """
    direction = 0 if node_id < peer_id else DIRECTION
    update = ChannelUpdate(
        signature=_UNSIGNED,
        chain_hash=chain_hash,
        short_channel_id=short_channel_id,
        timestamp=policy.timestamp,
        message_flags=MUST_BE_ONE | (0 if public else DONT_FORWARD),
        channel_flags=direction | (DISABLE if policy.disabled else 0),
        cltv_expiry_delta=policy.cltv_expiry_delta,
        htlc_minimum_msat=policy.htlc_minimum,
        fee_base_msat=policy.fee_base,
        fee_proportional_millionths=policy.fee_proportional_millionths,
        htlc_maximum_msat=policy.htlc_maximum,
    )
    return replace(update, signature=sign(update.digest()))


def read_update(
    update: ChannelUpdate,
    *,
    chain_hash: bytes,
    node_id: bytes,
    peer_id: bytes,
    known: PeerPolicy | None,
    now: int,
) -> PeerPolicy | None:
    """The peer's policy for one of our channels, or None where the update is to be ignored.

    `now` in Unix seconds. Raises `BadGossipSignature`.
    """
    if update.chain_hash != chain_hash:
        return None
    if bool(update.channel_flags & DIRECTION) != (peer_id > node_id):
        return None  # our own update, sent back to us
    if not curve.verify(peer_id, update.digest(), update.signature):
        raise BadGossipSignature
    if not 0 < update.timestamp <= now + _TOO_FAR_AHEAD_S:
        return None
    if known is not None and update.timestamp <= known.timestamp:
        return None
    if update.htlc_maximum_msat < update.htlc_minimum_msat:
        return None
    return PeerPolicy(
        timestamp=update.timestamp,
        cltv_expiry_delta=update.cltv_expiry_delta,
        htlc_minimum=update.htlc_minimum_msat,
        htlc_maximum=update.htlc_maximum_msat,
        fee_base=update.fee_base_msat,
        fee_proportional_millionths=update.fee_proportional_millionths,
        disabled=bool(update.channel_flags & DISABLE),
    )


def our_announcement(
    alias: str, node_id: bytes, timestamp: int, sign: Callable[[bytes], bytes]
) -> NodeAnnouncement:
    """How a node that wants a name is called, and what it can do."""
    announcement = NodeAnnouncement(
        signature=_UNSIGNED,
        features=OUR_NODE_FEATURES.to_bytes(),
        timestamp=timestamp,
        node_id=node_id,
        rgb_color=bytes(3),
        alias=alias.encode()[:32].ljust(32, b"\x00"),
        addresses=b"",
    )
    return replace(announcement, signature=sign(announcement.digest()))


def read_alias(announcement: NodeAnnouncement, peer_id: bytes) -> bytes | None:
    """The name that a peer gives itself; None for anybody else's announcement.

    Raises `BadGossipSignature`.
    """
    if announcement.node_id != peer_id:
        return None
    if not curve.verify(peer_id, announcement.digest(), announcement.signature):
        raise BadGossipSignature
    return announcement.alias.rstrip(b"\x00")
