"""Nodes with keys that announce themselves and their channels, as BOLT 7 has them do it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement, ChannelUpdate, NodeAnnouncement
from lnwallet_tui.wire.scid import ShortChannelId

CHAIN = Network.REGTEST.chain_hash
NOW = 1_700_000_000
_UNSIGNED = bytes(64)


def key(name: str) -> bytes:
    """The secret of that name."""
    return sha256(name.encode())


def node_id(name: str) -> bytes:
    return curve.public_key(key(name))


def sign(name: str, digest: bytes) -> bytes:
    return curve.sign(key(name), digest)


def announced(one: str, other: str, number: int = 1, **changes: Any) -> ChannelAnnouncement:
    """A channel between the two, signed by all four keys after the changes."""
    first, second = sorted((one, other), key=node_id)
    fields: dict[str, Any] = {
        "features": b"",
        "chain_hash": CHAIN,
        "short_channel_id": ShortChannelId(100, number, 0),
        "node_id_1": node_id(first),
        "node_id_2": node_id(second),
        "bitcoin_key_1": node_id(f"{first} bitcoin"),
        "bitcoin_key_2": node_id(f"{second} bitcoin"),
    }
    bare = ChannelAnnouncement(_UNSIGNED, _UNSIGNED, _UNSIGNED, _UNSIGNED, **{**fields, **changes})
    digest = bare.digest()
    return replace(
        bare,
        node_signature_1=sign(first, digest),
        node_signature_2=sign(second, digest),
        bitcoin_signature_1=sign(f"{first} bitcoin", digest),
        bitcoin_signature_2=sign(f"{second} bitcoin", digest),
    )


def update(source: str, target: str, number: int = 1, **changes: Any) -> ChannelUpdate:
    """What `source` asks for forwarding to `target`, signed by it after the changes."""
    direction = int(node_id(source) > node_id(target))
    fields: dict[str, Any] = {
        "chain_hash": CHAIN,
        "short_channel_id": ShortChannelId(100, number, 0),
        "timestamp": NOW,
        "message_flags": 1,
        "channel_flags": direction,
        "cltv_expiry_delta": 40,
        "htlc_minimum_msat": Msat(1_000),
        "fee_base_msat": Msat(500),
        "fee_proportional_millionths": 100,
        "htlc_maximum_msat": Msat(9_000_000),
    }
    bare = ChannelUpdate(_UNSIGNED, **{**fields, **changes})
    return replace(bare, signature=sign(source, bare.digest()))


def introduced(name: str, timestamp: int = NOW, features: bytes = b"") -> NodeAnnouncement:
    """A node that says how it is called."""
    alias = name.encode().ljust(32, b"\x00")
    bare = NodeAnnouncement(_UNSIGNED, features, timestamp, node_id(name), bytes(3), alias, b"")
    return replace(bare, signature=sign(name, bare.digest()))
