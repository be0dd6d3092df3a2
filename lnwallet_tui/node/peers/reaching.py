"""Being connected to a node that somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.invoice.uri import SEVERAL_NODES, NodeUri, recognise

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


async def reach(board: Switchboard, uri: str) -> bytes | Refused:
    """Be connected to a node, named as people write it."""
    pasted = recognise(uri)
    if pasted is SEVERAL_NODES:
        return Refused(RefusalCode.BAD_INPUT, SEVERAL_NODES.message, SEVERAL_NODES.remedy)
    if not isinstance(pasted, NodeUri):
        return Refused(
            RefusalCode.BAD_INPUT,
            "This is not the address of a Lightning node.",
            "It looks like 02…@host:port: a public key of 66 digits, then where it listens.",
        )
    peer_id = pasted.node_id
    if peer_id == board.shell.node_id:
        return Refused(RefusalCode.BAD_INPUT, "This is your own node.", "Name somebody else's.")
    if pasted.host is not None:
        address = f"{pasted.host}:{pasted.port}"
    else:
        record = board.peers.record(peer_id)
        address = record.address if record is not None else ""
    if not address and board.peers.features(peer_id) is None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "It is not known where this node listens.",
            "Add @host:port behind its key.",
        )
    board.reaching.append(peer_id)
    try:
        failure = await board.peers.connect(peer_id, address)
    finally:
        board.reaching.remove(peer_id)
    if failure is not None:
        return Refused(
            RefusalCode.PEER_UNREACHABLE,
            f"The node cannot be reached. {failure}",
            "Check the address, or try again later.",
        )
    return peer_id
