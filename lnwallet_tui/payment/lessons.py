"""What a failed attempt teaches about the way it took, for the next attempts of the same payment.

BOLT 4: an update that came with a failure MAY be used to retry this payment and "MUST NOT" be
applied "to the local network graph": who erred could tell from that who we are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.onion.messages import (
    AmountBelowMinimum,
    ChannelDisabled,
    ExpiryTooSoon,
    Failure,
    FeeInsufficient,
    IncorrectCltvExpiry,
    MppTimeout,
    TemporaryChannelFailure,
)
from lnwallet_tui.payment.records import Lessons, Passage, Room, Route
from lnwallet_tui.routing.graph import Hop, HopKey
from lnwallet_tui.wire.bolt7 import ChannelUpdate
from lnwallet_tui.wire.codec import decode
from lnwallet_tui.wire.errors import WireError

NOTHING: Final = -1
"""The room of a hop that is not to be used."""

_DISABLE: Final = 2


def learn(
    known: Lessons,
    route: Route,
    carried_msat: tuple[int, ...],
    answer: tuple[int, Failure] | None,
    beside: Mapping[HopKey, int] | None = None,
) -> Lessons:
    """What is known after hop number `answer[0]` of `route` returned that failure.

    Each time something is left out for the next attempt, so that attempts come to an end; but not
    where only other parts of the payment were missing.

    `carried_msat` has what went to each hop, `beside` what other parts carry over hops. None:
    nobody signed the error, so any of them may have spoiled it.
    """
    hops = range(len(route.hops))
    if answer is None:
        return _unused(known, route, hops)
    at, failure = answer
    known = _passed(known, route, carried_msat[: at + 1])
    if isinstance(failure, MppTimeout):
        return known
    if at >= hops[-1]:
        return _unused(known, route, hops[-1:])  # the payee spoke: perhaps it likes another way
    if failure.is_about_node:
        return replace(known, avoided=(*known.avoided, route.hops[at].node_id))
    update = _update_in(failure)
    if isinstance(failure, TemporaryChannelFailure):
        used = (beside or {}).get(_key(route, at + 1), 0)
        return _narrow(known, route, at + 1, carried_msat[at + 1] - 1 + used)
    corrected = _corrected(route, at + 1, update) if update is not None else None
    if corrected is None or any(corrected.key == one.key for one in known.corrected):
        return _unused(known, route, (at + 1,))  # who corrects itself twice is not to be trusted
    return replace(known, corrected=(*known.corrected, corrected))


def own_channel(known: Lessons, channel_id: bytes, most_msat: int) -> Lessons:
    """A channel of ours would not carry more than that."""
    return replace(known, ours=(*known.ours, (channel_id, most_msat)))


def _passed(known: Lessons, route: Route, carried_msat: tuple[int, ...]) -> Lessons:
    """The hops up to the one that spoke had as much."""
    keys = [_key(route, number) for number in range(1, len(carried_msat))]
    passages = [Passage(*key, msat) for key, msat in zip(keys, carried_msat[1:], strict=True)]
    return replace(known, passages=(*known.passages, *passages))


def _key(route: Route, number: int) -> HopKey:
    """Of hop `number`, which is not our own."""
    short_channel_id = route.hops[number].short_channel_id
    assert short_channel_id is not None, "only our own channel has no name in a route"
    return int(short_channel_id), route.hops[number - 1].node_id


def _narrow(known: Lessons, route: Route, number: int, most_msat: int) -> Lessons:
    """To hop `number` goes no more than that; to the first one by our own channel."""
    if number == 0:
        return own_channel(known, route.channel_id, most_msat)
    room = Room(*_key(route, number), most_msat)
    return replace(known, rooms=(*known.rooms, room))


def _unused(known: Lessons, route: Route, numbers: Iterable[int]) -> Lessons:
    for number in numbers:
        known = _narrow(known, route, number, NOTHING)
    return known


def _update_in(failure: Failure) -> bytes | None:
    match failure:
        case (
            AmountBelowMinimum(channel_update=update)
            | FeeInsufficient(channel_update=update)
            | IncorrectCltvExpiry(channel_update=update)
            | ExpiryTooSoon(channel_update=update)
            | ChannelDisabled(channel_update=update)
        ):
            return update
        case _:
            return None


def _corrected(route: Route, number: int, update: bytes) -> Hop | None:
    """The hop with the terms that `update` names; None unless its source signed them for it."""
    source, target = route.hops[number - 1].node_id, route.hops[number].node_id
    try:
        # Some nodes leave the type in front away; BOLT 4 has it there.
        message = decode(update if update[:2] == b"\x01\x02" else b"\x01\x02" + update)
    except WireError:
        return None
    if not isinstance(message, ChannelUpdate):
        return None
    if message.short_channel_id != route.hops[number].short_channel_id:
        return None
    if not curve.verify(source, message.digest(), message.signature):
        return None
    return Hop(
        short_channel_id=int(message.short_channel_id),
        source=source,
        target=target,
        fee_base_msat=message.fee_base_msat.value,
        fee_proportional_millionths=message.fee_proportional_millionths,
        cltv_expiry_delta=message.cltv_expiry_delta,
        htlc_minimum_msat=message.htlc_minimum_msat.value,
        htlc_maximum_msat=message.htlc_maximum_msat.value,
        is_disabled=bool(message.channel_flags & _DISABLE),
    )
