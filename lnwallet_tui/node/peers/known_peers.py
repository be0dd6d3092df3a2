"""What is known of peers, connected or not: in memory of all, on disk of those worth knowing."""

from __future__ import annotations

from functools import partial

from msgspec.structs import replace

from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.peers import PeerRecord, forget_peer, load_peers, save_peer


class KnownPeers:
    """One record of each, by node id."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        known = load_peers(shell.store, shell.damaged.met)
        self._records = {record.node_id: record for record in known}
        self._complained = set[bytes]()  # who has since what is on disk

    def __contains__(self, peer_id: bytes) -> bool:
        return peer_id in self._records

    def get(self, peer_id: bytes) -> PeerRecord | None:
        """What is known of a peer; None where nothing is."""
        return self._records.get(peer_id)

    def of(self, peer_id: bytes) -> PeerRecord:
        """The same; of a stranger a record that says nothing."""
        return self._records.get(peer_id) or PeerRecord(node_id=peer_id)

    def ids(self) -> list[bytes]:
        """Whose records there are, in order."""
        return sorted(self._records)

    def note(self, record: PeerRecord) -> bool:
        """Know this from now on; whether it is new, and worth being saved at once. What a peer
        complains of is not: it may do so a thousand times."""
        known = self._records.get(record.node_id)
        self._records[record.node_id] = record
        if known is None or record == known:
            return known is None
        if record.last_error != known.last_error:
            self._complained.add(record.node_id)
        return record != replace(known, last_error=record.last_error)

    def save(self, peer_id: bytes) -> None:
        """Keep on disk what is known; nothing of it is worth refusing a connection for a disk that
        is full."""
        try:
            with self._shell.store.transaction() as tx:
                save_peer(tx, self._records[peer_id])
                tx.after(partial(self._complained.discard, peer_id))
        except StoreError as error:
            self._shell.crashed(error)

    def save_complaint(self, peer_id: bytes) -> None:
        """Its connection has ended: what it complained of last is kept."""
        if peer_id in self._complained:
            self.save(peer_id)

    def drop(self, peer_id: bytes) -> None:
        """A guest has left: know nothing of it, which was never on disk."""
        self._records.pop(peer_id, None)
        self._complained.discard(peer_id)

    def forget(self, peer_id: bytes) -> None:
        """Know nothing of a peer, on disk neither. Raises `StoreError`."""
        with self._shell.store.transaction() as tx:
            forget_peer(tx, peer_id)
        self._records.pop(peer_id, None)
        self._complained.discard(peer_id)
