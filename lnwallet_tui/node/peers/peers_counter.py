"""What can be asked of the peers, and done with them (`api.node.NodeApi`)."""

from __future__ import annotations

from lnwallet_tui.api.peers import PeersView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PeerView
from lnwallet_tui.node.peers import peer_views
from lnwallet_tui.node.peers.reaching import reach, remember
from lnwallet_tui.node.switchboard import Switchboard


class PeersCounter:
    """The peers' part of the node."""

    _board: Switchboard

    async def peers(self) -> tuple[PeerView, ...]:
        return self._board.peers.views()

    async def known_peers(self) -> PeersView:
        return peer_views.peers(self._board)

    async def connect(self, uri: str) -> PeerView | Refused:
        peer_id = await reach(self._board, uri)
        if isinstance(peer_id, Refused):
            return peer_id
        remember(self._board, uri)
        return self._board.peers.view(peer_id)

    async def disconnect(self, node_id: str) -> PeerView | Refused:
        return peer_views.disconnect(self._board, node_id)

    async def forget_peer(self, node_id: str) -> PeerView | Refused:
        return peer_views.forget(self._board, node_id)
