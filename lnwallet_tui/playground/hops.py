"""What each hop of a payment could see, for a screen: sights with the names of neighbours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.world import HopSight
from lnwallet_tui.onion.payload import HopPayload, PayloadError
from lnwallet_tui.playground.doorman import Sight
from lnwallet_tui.wire.scid import ShortChannelId

if TYPE_CHECKING:
    from lnwallet_tui.playground.world import World


def hops_of(world: World, payment_hash: str) -> tuple[HopSight, ...]:
    """All of one payment; none for a hash that is none."""
    try:
        name = bytes.fromhex(payment_hash)
    except ValueError:
        return ()
    return tuple(_hop(world, sight) for sight in world.sights.of_payment(name))


def _hop(world: World, sight: Sight) -> HopSight:
    payload = _read(sight.payload)
    scid, data = payload.short_channel_id, payload.payment_data
    return HopSight(
        name=sight.name,
        payment_hash=sight.htlc.payment_hash.hex(),
        from_name=_neighbour(world, sight),
        incoming_channel=_place(world, sight),
        amount_msat=sight.htlc.amount.value,
        expiry_height=sight.htlc.cltv_expiry,
        payload=sight.payload.hex(),
        outgoing_channel="" if scid is None else str(scid),
        to_name="" if scid is None else _behind(world, sight.name, scid),
        forward_msat=0 if payload.amt_to_forward is None else payload.amt_to_forward.value,
        forward_expiry_height=payload.outgoing_cltv_value or 0,
        is_last=sight.is_last,
        total_msat=0 if data is None else data.total_msat.value,
    )


def _read(payload: bytes) -> HopPayload:
    """Empty where the hop could not read it either."""
    try:
        return HopPayload.decode(payload)
    except PayloadError:
        return HopPayload()


def _neighbour(world: World, sight: Sight) -> str:
    """Whoever has the incoming channel with them."""
    return partner(world, sight.name, sight.htlc.channel_id)


def _behind(world: World, name: str, scid: ShortChannelId) -> str:
    """Whoever has that channel with them, by whichever of its names; empty where there is none."""
    for channel in world.residents[name].node.channel_states():
        ready = channel.ready
        if scid in (channel.short_channel_id, ready.our_alias, ready.their_alias):
            return partner(world, name, channel.channel_id)
    return ""


def partner(world: World, name: str, channel_id: bytes) -> str:
    """Whoever has that channel with `name`."""
    [other] = (
        one
        for one, resident in world.residents.items()
        if one != name
        and any(channel.channel_id == channel_id for channel in resident.node.channel_states())
    )
    return other


def _place(world: World, sight: Sight) -> str:
    channels = world.residents[sight.name].node.channel_states()
    [channel] = (one for one in channels if one.channel_id == sight.htlc.channel_id)
    return str(channel.short_channel_id)
