"""What each peer last said in its `channel_update` for our channel: a route hint's numbers."""

from __future__ import annotations

import msgspec

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Store, Transaction


class PeerPolicy(msgspec.Struct, frozen=True):
    """What a peer asks for forwarding to us over one channel."""

    timestamp: int
    cltv_expiry_delta: int
    htlc_minimum: Msat
    htlc_maximum: Msat
    fee_base: Msat
    fee_proportional_millionths: int
    disabled: bool


def save_policy(tx: Transaction, channel: int, policy: PeerPolicy) -> None:
    """Write or replace the policy of channel number `channel`."""
    tx.write("INSERT OR REPLACE INTO peer_policies VALUES (?, ?)", (channel, encode(policy)))


def load_policies(store: Store, damaged: OnDamage) -> dict[int, PeerPolicy]:
    """By channel number; without those that are damaged."""
    policies: dict[int, PeerPolicy] = {}
    for channel, body in store.read("SELECT channel, body FROM peer_policies ORDER BY channel"):
        assert isinstance(channel, int)
        row = Damaged(Kind.PEER_POLICY, f"{channel}")
        policy = read_whole(body, PeerPolicy, row, damaged)
        if policy is not None:
            policies[channel] = policy
    return policies
