"""Gossip of a wallet: empty answers, updates of our own channels, names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.node.peers.gossip import (
    DONT_FORWARD,
    BadGossipSignature,
    answer,
    our_announcement,
    our_update,
    read_alias,
    read_update,
)
from lnwallet_tui.store.updates import PeerPolicy
from lnwallet_tui.wire.bolt1 import Ping
from lnwallet_tui.wire.bolt7 import (
    ChannelUpdate,
    GossipTimestampFilter,
    QueryChannelRange,
    QueryShortChannelIds,
    ReplyChannelRange,
    ReplyShortChannelIdsEnd,
)
from lnwallet_tui.wire.features import OUR_NODE_FEATURES, Features
from lnwallet_tui.wire.scid import ShortChannelId

CHAIN = b"\x06" * 32
SECRETS = (b"\x11" * 32, b"\x22" * 32)
IDS = tuple(curve.public_key(secret) for secret in SECRETS)
NOW = 1_800_000_000
POLICY = PeerPolicy(
    timestamp=NOW,
    cltv_expiry_delta=40,
    htlc_minimum=Msat(1_000),
    htlc_maximum=Msat(900_000_000),
    fee_base=Msat(1_000),
    fee_proportional_millionths=100,
    disabled=False,
)


def made_by(sender: int, policy: PeerPolicy = POLICY) -> ChannelUpdate:
    """The update that one of the two sends to the other."""
    return our_update(
        chain_hash=CHAIN,
        short_channel_id=ShortChannelId(1, 2, 3),
        node_id=IDS[sender],
        peer_id=IDS[1 - sender],
        policy=policy,
        sign=lambda digest: curve.sign(SECRETS[sender], digest),
    )


def read_by(
    reader: int, update: ChannelUpdate, known: PeerPolicy | None = None
) -> PeerPolicy | None:
    """What the other of the two makes of it."""
    return read_update(
        update,
        chain_hash=CHAIN,
        node_id=IDS[reader],
        peer_id=IDS[1 - reader],
        known=known,
        now=NOW,
    )


def test_vuln_067_gossip_queries_are_answered_empty() -> None:
    """LND <= 0.18.2 loaded its whole graph for each request; a wallet has none to load."""
    assert answer(QueryChannelRange(CHAIN, 100, 500)) == ReplyChannelRange(
        CHAIN, 100, 500, 1, b"\x00"
    )
    assert answer(QueryShortChannelIds(CHAIN, b"\x00" + bytes(8))) == ReplyShortChannelIdsEnd(
        CHAIN, 0
    )
    assert answer(GossipTimestampFilter(CHAIN, 0, 2**32 - 1)) is None
    assert answer(Ping(0)) is None


@pytest.mark.parametrize("sender", [0, 1])
def test_an_update_is_understood_by_the_peer_and_ignored_when_it_comes_back(sender: int) -> None:
    update = made_by(sender)
    assert update.message_flags & DONT_FORWARD
    assert update.channel_flags == (0 if IDS[sender] < IDS[1 - sender] else 1)
    assert read_by(1 - sender, update) == POLICY
    assert read_by(sender, update) is None


def test_a_forged_update_is_an_error_of_the_peer() -> None:
    forged = replace(made_by(0), fee_base_msat=Msat(0))
    with pytest.raises(BadGossipSignature):
        read_by(1, forged)


@pytest.mark.parametrize(
    ("timestamp", "known", "heard"),
    [
        (NOW, NOW - 1, True),
        (NOW, NOW, False),
        (NOW, NOW + 1, False),
        (0, None, False),
        (NOW + 86_400, None, True),
        (NOW + 86_401, None, False),
        (2**32 - 1, None, False),
    ],
)
def test_vuln_068_odd_timestamps_are_dropped(
    timestamp: int, known: int | None, heard: bool
) -> None:
    """LND < 0.20.1 panicked at a timestamp of 0."""
    kept = None if known is None else replace_timestamp(known)
    update = made_by(0, replace_timestamp(timestamp))
    assert (read_by(1, update, kept) is not None) == heard


def replace_timestamp(timestamp: int) -> PeerPolicy:
    """The policy as of another second."""
    return PeerPolicy(timestamp, 40, Msat(1_000), Msat(900_000_000), Msat(1_000), 100, False)


def test_an_update_of_another_chain_or_without_room_is_ignored() -> None:
    assert read_by(1, replace(made_by(0), chain_hash=bytes(32))) is None
    nothing = PeerPolicy(NOW, 40, Msat(2), Msat(1), Msat(0), 0, False)
    assert read_by(1, made_by(0, nothing)) is None


def test_a_name_is_taken_from_its_bearer_only() -> None:
    said = our_announcement("Ada's café", IDS[0], NOW, lambda d: curve.sign(SECRETS[0], d))
    assert read_alias(said, IDS[0]) == "Ada's café".encode()
    assert read_alias(said, IDS[1]) is None
    assert Features.from_bytes(said.features) == OUR_NODE_FEATURES
    with pytest.raises(BadGossipSignature):
        read_alias(replace(said, alias=b"x" * 32), IDS[0])
