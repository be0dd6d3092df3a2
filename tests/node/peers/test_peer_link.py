"""What comes in one go: which messages are told together."""

from __future__ import annotations

from lnwallet_tui.node.peers.peer_link import Said, _told
from lnwallet_tui.peer.events import Closed, Event, MessageReceived
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import CommitmentSigned, UpdateFee
from lnwallet_tui.wire.message import Message

ONE, OTHER = b"\x01" * 32, b"\x02" * 32
SIGNATURE = bytes(64)


def fee(channel_id: bytes) -> UpdateFee:
    return UpdateFee(channel_id=channel_id, feerate_per_kw=253)


def signed(channel_id: bytes) -> CommitmentSigned:
    return CommitmentSigned(channel_id=channel_id, signature=SIGNATURE, htlc_signature=())


def told(*events: Message | Closed) -> list[object]:
    came: list[Event] = [e if isinstance(e, Closed) else MessageReceived(e) for e in events]
    return list(_told(iter(came)))


def test_what_is_about_the_commitments_of_one_channel_is_told_together() -> None:
    assert told(fee(ONE), signed(ONE)) == [Said((fee(ONE), signed(ONE)))]


def test_another_channel_is_another_matter() -> None:
    assert told(fee(ONE), signed(OTHER), fee(OTHER), signed(ONE)) == [
        Said((fee(ONE),)),
        Said((signed(OTHER), fee(OTHER))),
        Said((signed(ONE),)),
    ]


def test_everything_else_is_told_alone_and_in_its_order() -> None:
    error, end = Error(ONE, b"no"), Closed("over", ours=False)
    assert told(fee(ONE), error, error, signed(ONE), end) == [
        Said((fee(ONE),)),
        Said((error,)),
        Said((error,)),
        Said((signed(ONE),)),
        end,
    ]
    assert told() == []
