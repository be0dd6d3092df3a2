"""Known peers on disk."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.peers import PeerRecord, load_peers, save_peer
from tests.store.whole import expect_whole


def test_peers_round_trip_and_are_replaced(tmp_path: Path) -> None:
    first = PeerRecord(node_id=b"\x02" * 33, address="localhost:9735", named=True)
    second = PeerRecord(node_id=b"\x03" * 33, last_error=Untrusted("no\x1b"))
    with Store(tmp_path) as store:
        with store.transaction() as tx:
            save_peer(tx, second)
            save_peer(tx, PeerRecord(node_id=first.node_id))
            save_peer(tx, first)
        assert load_peers(store, expect_whole) == (first, second)
