"""What tests do with public channels: bury them, look at their halves, and make halves by hand."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.effects import Announced, Effect
from lnwallet_tui.channel.events import (
    FundingConfirmed,
    FundingReorganised,
    NewTip,
)
from lnwallet_tui.channel.resume import wake
from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.policy import POLICY
from lnwallet_tui.wire.bolt7 import AnnouncementSignatures, ChannelAnnouncement
from lnwallet_tui.wire.scid import ShortChannelId
from tests.channel.two import (
    ANCHORS,
    Party,
    Two,
    msat,
    node_key,
)

PLACE = ShortChannelId(101, 1, 1)
MOVED = ShortChannelId(110, 7, 1)
EITHER = pytest.mark.parametrize("who", [0, 1], ids=["funder", "fundee"])


def buried(blocks: int, *, policy: object = POLICY, channel_type: ChannelType = ANCHORS) -> Two:
    """A public channel whose funding has that many confirmations."""
    two = Two.relays(policy=policy)  # type: ignore[arg-type]  # a policy
    two.open(channel_type=channel_type, push=msat(300_000))
    two.bury(blocks)
    return two


def mine(two: Two, blocks: int = 1) -> None:
    """Blocks for both; nothing is delivered."""
    for _ in range(blocks):
        for party in two.both:
            party.height += 1
            party.do(NewTip())


def deep() -> Two:
    """A public channel at the very block in which both may announce; nothing is delivered."""
    two = buried(5)
    mine(two)
    return two


def public() -> Two:
    """A channel that both have announced."""
    two = deep()
    two.exchange()
    return two


def halves(party: Party) -> list[AnnouncementSignatures]:
    return party.said(AnnouncementSignatures)


def announcing(party: Party) -> Announcing:
    known = party.channel.announcing
    assert known is not None
    return known


def announced(party: Party) -> list[ChannelAnnouncement]:
    return [effect.announcement for effect in party.all(Announced)]


def half_of(two: Two, party: Party, place: ShortChannelId = PLACE) -> AnnouncementSignatures:
    """The half that the party would send for a place, made by hand."""
    ids = [
        (node_key(one.name).public_key, one.signer.basepoints.funding_pubkey) for one in two.both
    ]
    (node_id_1, key_1), (node_id_2, key_2) = sorted(ids)
    none = bytes(64)
    draft = ChannelAnnouncement(
        none, none, none, none, b"", Network.REGTEST.chain_hash, place,
        node_id_1, node_id_2, key_1, key_2,
    )  # fmt: skip
    return AnnouncementSignatures(
        party.channel.channel_id,
        place,
        node_key(party.name).sign(draft.digest()),
        party.signer.sign_announcement(draft),
    )


def move(two: Two, place: ShortChannelId = MOVED) -> None:
    """A reorganisation takes the funding to another block, and buries it there."""
    for party in two.both:
        party.do(FundingReorganised())
        party.height = place.block
        party.do(FundingConfirmed(two.funding_tx, place.block, place.tx_index))
    mine(two, 5)


def told(effects: tuple[Effect, ...]) -> list[ChannelAnnouncement]:
    return [effect.announcement for effect in effects if isinstance(effect, Announced)]


def restart(party: Party) -> tuple[Effect, ...]:
    """A crash and a start: what was to be sent is gone."""
    party.outbox.clear()
    signer = party.signer
    woken = wake(party.state, party.env(signer))
    party.state, party.memory = woken.state, signer.memory
    party.effects += woken.effects
    return woken.effects
