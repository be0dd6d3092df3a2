"""The peers we know: how to reach them and what they last said."""

from __future__ import annotations

import msgspec

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.store.codec import encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, read_whole
from lnwallet_tui.store.db import Store, Transaction


class PeerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A peer. `address` is `host:port`, empty for one that only ever dialled us.

    `named` says that the user dialled or named it, so that it may open channels to us. `features`
    are those of its last `init`. `complaints` are the beginnings of what it said last in an `error`
    or `warning` of each channel, by the channels' ids; `last_error` is that of any.
    """

    node_id: bytes
    address: str = ""
    named: bool = False
    alias: Untrusted = Untrusted("")
    features: bytes = b""
    last_error: Untrusted = Untrusted("")
    complaints: tuple[tuple[bytes, Untrusted], ...] = ()


def save_peer(tx: Transaction, peer: PeerRecord) -> None:
    """Write or replace."""
    tx.write("INSERT OR REPLACE INTO peers VALUES (?, ?)", (peer.node_id, encode(peer)))


def forget_peer(tx: Transaction, node_id: bytes) -> None:
    """Nothing is known of it any more."""
    tx.write("DELETE FROM peers WHERE node_id = ?", (node_id,))


def load_peers(store: Store, damaged: OnDamage) -> tuple[PeerRecord, ...]:
    """All, ordered by node id; of one that is damaged that there is such a peer."""
    peers: list[PeerRecord] = []
    for node_id, body in store.read("SELECT node_id, body FROM peers ORDER BY node_id"):
        assert isinstance(node_id, bytes)
        row = Damaged(Kind.PEER, node_id.hex()[:8])
        peers.append(read_whole(body, PeerRecord, row, damaged) or PeerRecord(node_id=node_id))
    return tuple(peers)
