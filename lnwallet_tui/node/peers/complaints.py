"""What peers said last in an `error` or `warning`, kept of each channel that it was about: what was
said of one that is closed is no word about another that lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeGuard

from msgspec.structs import replace

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.store.peers import PeerRecord

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_ALL_CHANNELS: Final = bytes(32)
_KEPT_BYTES: Final = 400
_NOTHING: Final = Untrusted("")


def concerned(board: Switchboard, peer_id: bytes, channel_id: bytes) -> tuple[Held, ...]:
    """What a message of the peer's is about."""
    # BOLT 1: "`channel_id` is all zero [...] all channels with the sending node"
    mine = board.channels.of_peer(peer_id)
    if channel_id == _ALL_CHANNELS:
        return mine
    return tuple(held for held in mine if channel_id in held.names)


def noted(record: PeerRecord, data: bytes, about: tuple[Held, ...]) -> PeerRecord:
    """The same peer, after it said so."""
    channels = (held.state for held in about)
    ids = {one.channel_id for one in channels if _lives(one)}
    others = (one for one in record.complaints if one[0] not in ids)
    said = Untrusted(data[:_KEPT_BYTES])
    return replace(
        record,
        last_error=said,
        complaints=(*others, *((channel_id, said) for channel_id in sorted(ids))),
    )


def of(record: PeerRecord | None, channel_id: bytes) -> Untrusted:
    """What was said last of that channel."""
    return dict(() if record is None else record.complaints).get(channel_id, _NOTHING)


def _lives(state: object) -> TypeGuard[Channel]:
    return isinstance(state, Channel) and state.phase is not Phase.DONE
