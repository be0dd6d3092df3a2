"""What to do next for a step of the story, from where the user stands now. Pure."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus
from lnwallet_tui.api.world import Person, Spending
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.story import FAR, Scene, Step

CHANNEL_SAT: Final = 1_000_000
INVOICE_SAT: Final = 50_000
LARGE_SAT: Final = 400_000
"""More than any one channel to the shop holds, less than all of them."""

_BY_TIME: Final = (
    "{everywhere.mine_one} mines a block, {everywhere.mine_until} mines until something happens."
)
_NOBODY: Final = Person("somebody", "", "", "")


class Where(enum.Enum):
    """Where enter leads from a step."""

    OPEN = "open"  # the wizard, to a person
    PEOPLE = "people"  # a person
    RECEIVE = "receive"
    CHANNEL = "channel"  # one in the list
    GUARD = "guard"


@dataclass(frozen=True, slots=True)
class Hint:
    """`short` fits beside the step's number in a line; `whole` says what each key brings.

    `who` is a person's name or a channel's id.
    """

    short: str
    whole: str
    where: Where
    who: str = ""


def hint(step: Step, scene: Scene) -> Hint:
    """What to do for it, now."""
    match step:
        case Step.OPEN:
            return _open(scene)
        case Step.BE_PAID:
            return _be_paid(scene)
        case Step.PAY_FAR:
            return _pay_far(scene)
        case Step.PAY_IN_PARTS:
            return _pay_in_parts(scene)
        case Step.CLOSE:
            return _close(scene)
        case Step.CATCH:
            return _catch(scene)


# -- the steps
def _open(scene: Scene) -> Hint:
    ours = [one for one in _opening(scene.picture) if one.we_opened]
    if ours:
        return _wait_for(ours[0], f"Your channel with {_peer(scene, ours[0])}")
    return _open_to(_gateway(scene), scene, theirs=next(iter(_usable(scene.picture)), None))


def _open_to(person: Person, scene: Scene, *, theirs: ChannelView | None = None) -> Hint:
    """`theirs` is one that somebody else opened, where there is none of ours."""
    most_sat = scene.picture.balance.onchain_confirmed_sat
    amount = fmt.sat(CHANNEL_SAT)
    if not most_sat:
        return Hint(
            "Your coins wait for a block: {everywhere.mine_one}.",
            f"The wallet has no coins that are confirmed, to open a channel with. {_BY_TIME}",
            Where.OPEN,
            person.name,
        )
    yourself, so_far = "", ""
    if theirs is not None:
        yourself = " yourself,"
        so_far = (
            f"{_peer(scene, theirs)} opened one to you; in one that you open all is yours at "
            f"first. "
        )
    return Hint(
        f"Open a channel{yourself} to {person.name}: {{everywhere.story}}, enter.",
        f"{so_far}Press enter: the page for a channel to {person.name} opens. Type {amount}, "
        f"press enter, "
        f"look at what it costs, then choose Open with → and enter.",
        Where.OPEN,
        person.name,
    )


def _be_paid(scene: Scene) -> Hint:
    picture = scene.picture
    cheat = _of_role(scene, "cheat")
    waiting = [
        one for one in picture.payments if one.status is PaymentStatus.WAITING and not one.outgoing
    ]
    room_msat = picture.balance.can_receive_msat
    payable = next((one for one in waiting if (one.amount_msat or 0) <= room_msat), None)
    if room_msat and payable is not None:
        payer = _payer(scene).name
        what = "" if payable.amount_msat is None else f" of {fmt.msat(payable.amount_msat)}"
        return Hint(
            f"Have {payer} pay your invoice: {{everywhere.story}}, enter, {{people.they_pay}}.",
            f"Your invoice{what} waits. Press enter: People opens at {payer}. Press "
            f"{{people.they_pay}}: they pay "
            "it, as anybody could to whom you show it.",
            Where.PEOPLE,
            payer,
        )
    if room_msat:
        amount = fmt.sat(_invoice_sat(room_msat // 1000))
        return Hint(
            f"Make an invoice of {amount}: press {{everywhere.receive}}.",
            f"You have room for {fmt.msat(room_msat)}. Press enter: Receive opens. Type {amount} "
            "and press enter twice: an invoice is made, to be shown to whoever pays you.",
            Where.RECEIVE,
        )
    theirs = [one for one in _opening(picture) if not one.we_opened]
    if theirs:
        return _wait_for(theirs[0], f"The channel from {_peer(scene, theirs[0])}")
    return Hint(
        f"Have {cheat.name} open a channel to you: {{everywhere.story}}, enter, "
        f"{{people.they_open}}.",
        "Nobody can pay you yet: no channel has anything on its other side. Press enter: People "
        f"opens at {cheat.name}. Press {{people.they_open}}: they open a channel to you. "
        f"({cheat.name} is not to be "
        "trusted. With Lightning you need not trust; the last step shows why.)",
        Where.PEOPLE,
        cheat.name,
    )


def _pay_far(scene: Scene) -> Hint:
    lacking = _lacks_a_channel(scene)
    if lacking is not None:
        return lacking
    shop, friend = _of_role(scene, "shop"), _of_role(scene, "neighbour")
    steps = [_peer_person(scene, one).channels_to_shop for one in _usable(scene.picture)]
    nearest = 1 + min((one for one in steps if one >= 0), default=-1)
    if not nearest:  # from none of them there is a way
        return _open_to(_gateway(scene), scene)
    if nearest >= FAR:
        return Hint(
            f"Buy at the {shop.name}, {nearest} or more hops away: {{everywhere.story}}, enter, "
            f"{{people.buy}}.",
            f"From you to the {shop.name} it is {nearest} hops at least, a channel each; the way "
            "that the wallet finds may have more, and stands on the page where you look. "
            f"Press enter: People opens at {shop.name}. Press {{people.buy}}: they make an "
            "invoice, and Send opens with it. Look at what it costs, then choose Pay with → and "
            "enter.",
            Where.PEOPLE,
            shop.name,
        )
    gateway = _gateway(scene)
    to_gateway = [one for one in _opening(scene.picture) if one.peer_id in gateway.uri]
    if to_gateway:
        return _wait_for(to_gateway[0], f"Your channel with {gateway.name}")
    if all(one.peer_id not in gateway.uri for one in _usable(scene.picture)):
        return Hint(
            f"The {shop.name} is too near. Open to {gateway.name}: {{everywhere.story}}, enter.",
            f"From you to the {shop.name} it is {fmt.count(nearest, 'channel')}. From "
            f"{gateway.name} it is further: press enter to open a channel to them. Or buy from "
            f"{friend.name}, who lives behind a private channel ({{everywhere.people}}, "
            f"{{people.buy}}).",
            Where.OPEN,
            gateway.name,
        )
    return Hint(
        f"Buy from {friend.name}: {{everywhere.story}}, enter, {{people.buy}}.",
        f"One of your channels is nearer to the {shop.name}, and a short way costs least. Close "
        f"that one (step 5), or try {friend.name}, who lives behind a private channel: press "
        "enter, People opens there, then {people.buy}.",
        Where.PEOPLE,
        friend.name,
    )


def _pay_in_parts(scene: Scene) -> Hint:
    lacking = _lacks_a_channel(scene)
    if lacking is not None:
        return lacking
    shop, amount = _of_role(scene, "shop"), fmt.sat(LARGE_SAT)
    can_msat = scene.picture.balance.can_send_msat
    if can_msat < LARGE_SAT * 1000:
        ours = [one for one in _opening(scene.picture) if one.we_opened]
        if ours:
            return _wait_for(ours[0], f"Your channel with {_peer(scene, ours[0])}")
        gateway = _gateway(scene)
        return Hint(
            f"You can send {fmt.msat(can_msat)}. Open one more: {{everywhere.story}}, enter.",
            f"It takes about {amount} to need more than one way, and you can send "
            f"{fmt.msat(can_msat)} now. Press enter to open another channel to {gateway.name}.",
            Where.OPEN,
            gateway.name,
        )
    return Hint(
        f"Buy for {amount}: {{everywhere.story}}, enter, tab, {LARGE_SAT}, enter, {{people.buy}}.",
        f"Press enter: People opens at {shop.name}. Press tab, type {amount}, press enter, then "
        "{people.buy}: an invoice of that size opens in Send. Look at what it costs, then "
        "choose Pay with → "
        "and enter.",
        Where.PEOPLE,
        shop.name,
    )


def _close(scene: Scene) -> Hint:
    picture = scene.picture
    breach = "breach by them"
    going = [
        one
        for one in picture.channels
        if one.state in (ChannelState.SHUTTING_DOWN, ChannelState.CLOSING)
        and one.closing_kind != breach
    ]
    if going:
        peer = _peer(scene, going[0])
        return Hint(
            f"The close with {peer} waits for blocks: {{everywhere.mine_until}}.",
            f"Your channel with {peer} is being closed. {_BY_TIME} What is yours comes back by "
            "itself.",
            Where.CHANNEL,
            going[0].channel_id,
        )
    usable = _usable(picture)
    cheat = _of_role(scene, "cheat")
    others = [one for one in usable if one.peer_id not in cheat.uri]
    if not usable:
        return _lacks_a_channel(scene) or _open_to(_gateway(scene), scene)
    chosen = (others or usable)[0]
    peer = _peer(scene, chosen)
    return Hint(
        f"Close your channel with {peer}: {{everywhere.story}}, enter, {{channels.close_channel}}.",
        f"Press enter: Channels opens at the one with {peer}. Press "
        f"{{channels.close_channel}}, look at both ways to close "
        "and what each costs, take Together with enter, then choose Close with → and enter. What "
        "is yours is back with the next block: {everywhere.mine_one}.",
        Where.CHANNEL,
        chosen.channel_id,
    )


def _catch(scene: Scene) -> Hint:
    cheat, picture = _of_role(scene, "cheat"), scene.picture
    theirs = [one for one in picture.open_channels() if one.peer_id in cheat.uri]
    if any(one.closing_kind == "breach by them" for one in theirs):
        return Hint(
            f"{cheat.name} cheated, your guard takes it all: {{everywhere.mine_until}}.",
            f"{cheat.name} published an old state, and your guard has seen it. {_BY_TIME} Guard "
            "({everywhere.guard}) says what it does.",
            Where.GUARD,
        )
    if any(one.what is Spending.CHEAT and one.peer == cheat.name for one in scene.spendings()):
        return Hint(
            f"{cheat.name} published an old state: {{everywhere.mine_one}}.",
            f"{cheat.name} published an old state of the channel; it waits for a block. "
            "{everywhere.mine_one} mines the one in which your guard sees it, "
            "{everywhere.mine_until} the others. Guard ({everywhere.guard}) says what it does.",
            Where.GUARD,
        )
    if any(one.state is ChannelState.OPENING for one in theirs):
        return _wait_for(theirs[0], f"The channel with {cheat.name}")
    if not theirs:
        return Hint(
            f"Have {cheat.name} open a channel to you: {{everywhere.story}}, enter, "
            f"{{people.they_open}}.",
            f"Press enter: People opens at {cheat.name}. Press {{people.they_open}}: they "
            f"open a channel to you. {{everywhere.mine_until}} "
            "mines until it can be used. Then make an invoice ({everywhere.receive}) and have "
            "them pay it ({everywhere.people}, {people.they_pay}): so "
            "they have an old state in which that money was still theirs.",
            Where.PEOPLE,
            cheat.name,
        )
    return Hint(
        f"Have {cheat.name} cheat: {{everywhere.story}}, enter, {{people.cheat}}; then "
        f"{{everywhere.mine_one}}.",
        f"Press enter: People opens at {cheat.name}. Press {{people.cheat}}: they publish an "
        f"old state of the "
        "channel. {everywhere.mine_one} mines the block in which your guard sees it, "
        "{everywhere.mine_until} the others. (Where they have "
        "no old state yet, have them pay you something first: {everywhere.receive}, then "
        "{everywhere.people} and {people.they_pay}.)",
        Where.PEOPLE,
        cheat.name,
    )


# -- where the user stands
def _lacks_a_channel(scene: Scene) -> Hint | None:
    """What to do first where there is no channel to pay from; None where there is one."""
    if any(one.can_send_msat for one in _usable(scene.picture)):
        return None
    opening = _opening(scene.picture)
    if opening:
        return _wait_for(opening[0], f"Your channel with {_peer(scene, opening[0])}")
    away = [one for one in scene.picture.channels if one.state is ChannelState.OFFLINE]
    if away:
        peer = _peer(scene, away[0])
        return Hint(
            f"{peer} is away: {{everywhere.story}}, enter, {{people.vanish}}.",
            f"{peer}, with whom you have a channel, is away. Press enter: People opens there. "
            "Press {people.vanish} to call them back.",
            Where.PEOPLE,
            peer,
        )
    return _open_to(_gateway(scene), scene)


def _wait_for(channel: ChannelView, what: str) -> Hint:
    """It needs blocks."""
    missing = max(1, channel.confirmations_needed - channel.confirmations)
    return Hint(
        f"{what} waits for {fmt.count(missing, 'block')}: {{everywhere.mine_until}}.",
        f"{what} waits for {fmt.count(missing, 'block')}. {_BY_TIME}",
        Where.CHANNEL,
        channel.channel_id,
    )


def _invoice_sat(room_sat: int) -> int:
    """A round amount that fits."""
    round_sat = room_sat - room_sat % 1000
    return min(INVOICE_SAT, round_sat or room_sat)


def _opening(picture: Picture) -> list[ChannelView]:
    return [one for one in picture.channels if one.state is ChannelState.OPENING]


def _usable(picture: Picture) -> list[ChannelView]:
    return [one for one in picture.channels if one.state is ChannelState.READY]


def _gateway(scene: Scene) -> Person:
    """The relay from whom it is furthest to the shop; it need not be far."""
    relays = [one for one in scene.people if one.role == "relay"]
    return max(relays, key=lambda one: one.channels_to_shop, default=_NOBODY)


def _payer(scene: Scene) -> Person:
    """Who can pay: the cheat, where they have a channel with you (the last step needs that), else
    the neighbour."""
    cheat = _of_role(scene, "cheat")
    have_one = any(one.peer_id in cheat.uri for one in _usable(scene.picture))
    return cheat if have_one else _of_role(scene, "neighbour")


def _of_role(scene: Scene, role: str) -> Person:
    return next((one for one in scene.people if one.role == role), _NOBODY)


def _peer_person(scene: Scene, channel: ChannelView) -> Person:
    peer_id = channel.peer_id
    return next((one for one in scene.people if one.uri.startswith(peer_id)), _NOBODY)


def _peer(scene: Scene, channel: ChannelView) -> str:
    person = _peer_person(scene, channel)
    return fmt.short(channel.peer_id) if person is _NOBODY else person.name
