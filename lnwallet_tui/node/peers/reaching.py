"""Being connected to a node that somebody names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.invoice.uri import SEVERAL_NODES, NodeUri, recognise

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


async def reach(board: Switchboard, uri: str) -> bytes | Refused:
    """Be connected to a node, named as people write it; nothing is remembered of it."""
    pasted = _read(uri)
    if isinstance(pasted, Refused):
        return pasted
    peer_id = pasted.node_id
    if peer_id == board.shell.node_id:
        return Refused(RefusalCode.BAD_INPUT, "This is your own node.", "Name somebody else's.")
    record = board.peers.record(peer_id)
    address = _address(pasted) or ("" if record is None else record.address)
    if not address and board.peers.features(peer_id) is None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "It is not known where this node listens.",
            "Add @host:port behind its key.",
        )
    board.reaching.append(peer_id)
    try:
        failure = await board.peers.reach(peer_id, address)
    finally:
        board.reaching.remove(peer_id)
    if failure is not None:
        return Refused(
            RefusalCode.PEER_UNREACHABLE,
            f"The node cannot be reached. {failure}",
            "Check the address, or try again later.",
        )
    return peer_id


def remember(board: Switchboard, uri: str) -> None:
    """A node that was reached, and where: the user has decided on something with it."""
    pasted = _read(uri)
    assert isinstance(pasted, NodeUri), pasted
    board.peers.welcome(pasted.node_id, _address(pasted))


def _read(uri: str) -> NodeUri | Refused:
    pasted = recognise(uri)
    if isinstance(pasted, NodeUri):
        return pasted
    if pasted is SEVERAL_NODES:
        return Refused(RefusalCode.BAD_INPUT, SEVERAL_NODES.message, SEVERAL_NODES.remedy)
    return Refused(
        RefusalCode.BAD_INPUT,
        "This is not the address of a Lightning node.",
        "It looks like 02…@host:port: a public key of 66 digits, then where it listens.",
    )


def _address(uri: NodeUri) -> str:
    return "" if uri.host is None else f"{uri.host}:{uri.port}"
