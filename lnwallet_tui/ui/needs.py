"""What the first screen says besides amounts: whether the money is safe, and what needs you."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.api.custody import CustodyView
from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxEntry, InboxKind
from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.restored import is_unknown

COMPLAINT_LIMIT: Final = 60  # cells
UNLOCK: Final = "Unlock the wallet ({everywhere.unlock}) opens it."
_SEE_CHANNELS: Final = "See Channels ({everywhere.channels})."
_SEND_THEM: Final = "Send them to an address of this wallet."
_THAW: Final = "Thaw coins ({onchain.freeze} on On-chain, {everywhere.onchain})."


_COUNTED: Final = frozenset(
    {InboxKind.RECEIVED, InboxKind.FAILED, InboxKind.STUCK, InboxKind.CLOSE}
)


class Weight(enum.Enum):
    """How a line is marked; the mark carries the meaning, the colour only repeats it."""

    GOOD = "✓"
    PLAIN = "·"
    CARE = "!"
    BAD = "✗"


@dataclass(frozen=True, slots=True)
class Line:
    """One sentence, and what to press or do about it."""

    weight: Weight
    text: str
    remedy: str = ""


def needs(
    picture: Picture,
    *,
    playground: bool,
    who: Callable[[str], str] = fmt.short,
    custody: CustodyView | None = None,
) -> tuple[Line, ...]:
    """What the user should know or do now, the most pressing first; `who` names a node. What is
    wrong comes before all else, for only the first lines are seen at once: that the wallet is
    locked, or that nobody tells of blocks, stands elsewhere on Home, too."""
    lines = (
        *_locked(picture),
        *_nobody_there(picture, playground),
        *_urgent(picture, who),
        *_ending(picture, who),
        *_away(picture, who),
        *_restored(picture, who),
        *_waiting(picture, who, playground),
        *_reserve(picture),
        *_own_words(custody, playground=playground),
        *_first_steps(picture, playground),
        *_told(picture),
    )
    return tuple(sorted(lines, key=lambda one: one.weight is not Weight.BAD))


def _locked(picture: Picture) -> Iterator[Line]:
    if picture.status.locked:
        yield Line(
            Weight.CARE,
            "Your wallet is locked: nothing is paid, sent, opened or closed. It can be paid.",
            UNLOCK,
        )


def _nobody_there(picture: Picture, playground: bool) -> Iterator[Line]:
    """Where nobody tells of blocks now, nothing else here goes on."""
    if _is_alone(picture, playground):
        yield Line(Weight.CARE, picture.status.waiting_for)


def _is_alone(picture: Picture, playground: bool) -> bool:
    status = picture.status
    return not playground and not status.verified_by and bool(status.waiting_for)


def _urgent(picture: Picture, who: Callable[[str], str]) -> Iterator[Line]:
    # What the screen itself has to say stands in no inbox.
    everything: tuple[InboxEntry | Notice, ...] = (*picture.notices, *said_by_node(picture))
    for said in everything:
        if said.urgent and not _stands_already(picture, said) and not _is_over(picture, said):
            yield Line(Weight.BAD, _dated(picture, said), said.remedy)
    yield from _cheats(picture, who)
    for channel in picture.channels:
        if channel.state is ChannelState.FROZEN:
            peer = who(channel.peer_id)
            yield Line(
                Weight.BAD,
                f"The channel with {peer} is frozen.",
                _SEE_CHANNELS,
            )
    unread = {one.payment_hash for one in said_by_node(picture)}
    for payment in picture.payments:
        if payment.status is PaymentStatus.STUCK:
            amount = fmt.msat(payment.amount_msat or 0)
            weight = Weight.BAD if payment.payment_hash in unread else Weight.CARE
            yield Line(weight, f"A payment of {amount} is stuck. {payment.reason}")


def _stands_already(picture: Picture, said: InboxEntry | Notice) -> bool:
    """Whether the payment or the channel that it is about says the same itself, as of now."""
    if isinstance(said, Notice):
        return False
    if said.kind is InboxKind.STUCK:
        payment = picture.payment(said.payment_hash)
        return payment is not None and payment.status is PaymentStatus.STUCK
    channel = picture.channel(said.channel_id)
    return said.kind is InboxKind.BREACH and channel is not None and _is_cheated(channel)


def _is_over(picture: Picture, said: InboxEntry | Notice) -> bool:
    """Whether it was the danger of a close that is final by now: nobody can do anything any more.
    It is history then, and stands among what is only to be read."""
    if isinstance(said, Notice) or said.kind is not InboxKind.CLOSE:
        return False
    channel = picture.channel(said.channel_id)
    return channel is not None and channel.state is ChannelState.CLOSED


def _is_cheated(channel: ChannelView) -> bool:
    """And what was cheated with is still to be taken."""
    is_ending = channel.state is ChannelState.CLOSING
    return is_ending and channel.closing_kind == "breach by them"


def _cheats(picture: Picture, who: Callable[[str], str]) -> Iterator[Line]:
    unread = {one.channel_id for one in said_by_node(picture) if one.kind is InboxKind.BREACH}
    for channel in filter(_is_cheated, picture.channels):
        weight = Weight.BAD if channel.channel_id in unread else Weight.CARE
        text = f"{who(channel.peer_id)}: {channel.explanation}"
        yield Line(weight, text, "See Guard ({everywhere.guard}).")


def _reserve(picture: Picture) -> Iterator[Line]:
    """Channels of which a close could not be paid for; coins that are frozen pay for none."""
    missing = picture.balance.bump_reserve_missing_sat
    if not missing:
        return
    purpose = "pay for closing your channels when fees are high"
    if frozen := picture.balance.onchain_frozen_sat:
        yield Line(
            Weight.CARE,
            f"{fmt.sat(missing)} more would {purpose}. You froze {fmt.sat(frozen)} on chain, "
            "which pay for no close.",
            _THAW if frozen >= missing else f"{_THAW} {_SEND_THEM}",
        )
    else:
        yield Line(Weight.CARE, f"{fmt.sat(missing)} more on chain would {purpose}.", _SEND_THEM)


def _own_words(custody: CustodyView | None, *, playground: bool) -> Iterator[Line]:
    """Words that may not be on paper, and those that another world waits for."""
    if custody is None or custody.keeping is None:
        return
    if not custody.words_verified:
        yield Line(
            Weight.CARE,
            "You have not shown yet that your own words are on paper.",
            "First run ({everywhere.command_palette}) asks three of them back.",
        )
    if playground and not custody.lived_on:
        yield Line(
            Weight.PLAIN,
            "Your own words wait for the next world; this one began without them.",
            "Press {everywhere.new_world} for a new one.",
        )


def _ending(picture: Picture, who: Callable[[str], str]) -> Iterator[Line]:
    """Channels that are being closed: what is still to come, and when."""
    for channel in picture.channels:
        is_ending = channel.state in (ChannelState.SHUTTING_DOWN, ChannelState.CLOSING)
        if is_ending and not _is_cheated(channel):
            yield Line(Weight.PLAIN, f"{who(channel.peer_id)}: {channel.explanation}")


def _away(picture: Picture, who: Callable[[str], str]) -> Iterator[Line]:
    """Peers whose channels cannot be used now, and what they complained of last."""
    known = [one for one in picture.channels if not is_unknown(one)]
    offline = [one for one in known if one.state is ChannelState.OFFLINE]
    complaints = {
        one.peer_id: one.complaint.quoted(COMPLAINT_LIMIT) for one in offline if one.complaint
    }
    addresses = {one.node_id: one.address for one in picture.peers}
    for peer_id in dict.fromkeys(one.peer_id for one in offline):
        ours_msat = sum(one.local_msat for one in offline if one.peer_id == peer_id)
        text = f"{who(peer_id)} is offline: {fmt.msat(ours_msat)} of yours wait there."
        if said := complaints.get(peer_id):
            is_safe = not any(one.may_be_old for one in offline if one.peer_id == peer_id)
            alone = "You can close alone ({everywhere.channels})."
            yield Line(Weight.CARE, text, alone if is_safe else _SEE_CHANNELS)
            # Security: what others write never shares a line with an amount.
            yield Line(Weight.PLAIN, f"{who(peer_id)} last said: {said}.")
        else:
            yield Line(
                Weight.PLAIN,
                f"{text} {coming_back(addresses.get(peer_id, ''))}",
                _SEE_CHANNELS,
            )


def _restored(picture: Picture, who: Callable[[str], str]) -> Iterator[Line]:
    """Channels from the backup, which are in no sum."""
    for channel in picture.channels:
        if is_unknown(channel):
            yield Line(
                Weight.PLAIN,
                f"{who(channel.peer_id)}: a channel with {fmt.sat(channel.capacity_sat)} came back "
                "from the backup. How much of it is yours is unknown, and in no sum, until the "
                "peer closes it.",
                _SEE_CHANNELS,
            )


def _waiting(picture: Picture, who: Callable[[str], str], playground: bool) -> Iterator[Line]:
    """What blocks bring; each opening says for itself at which."""
    opening = [one for one in picture.channels if one.state is ChannelState.OPENING]
    for channel in opening:
        yield Line(Weight.PLAIN, f"{who(channel.peer_id)}: {channel.explanation}")
    if picture.status.waiting_for and not opening and not _is_alone(picture, playground):
        yield Line(Weight.PLAIN, picture.status.waiting_for)


def _first_steps(picture: Picture, playground: bool) -> Iterator[Line]:
    balance = picture.balance
    if not balance.total_msat and not picture.has_read:
        yield Line(Weight.PLAIN, "What is yours on chain is not known yet: no block was read.")
    elif not balance.total_msat and not picture.channels:
        yield Line(
            Weight.PLAIN,
            "No coins have been found so far."
            if picture.status.waiting_for
            else "The wallet is empty, as far as blocks tell.",
            "Press {everywhere.receive}, then {receive.address}, for a Bitcoin address to fill it. "
            "What is in no block yet is seen only there.",
        )
    elif not picture.open_channels():
        yield Line(
            Weight.PLAIN,
            "You have no channel: open one to be able to pay.",
            "Press {home.open_channel}. "
            + ("{everywhere.people} shows who is there." if playground else ""),
        )
    elif (
        not balance.can_receive_msat
        and any(one.state is ChannelState.READY for one in picture.channels)
        and not picture.paying()  # that is what makes room
    ):
        yield Line(
            Weight.PLAIN,
            "Nobody can pay you yet.",
            f"{_pay_first(picture)}, or have somebody open a channel to you"
            + (" ({everywhere.people})." if playground else "."),
        )


def _pay_first(picture: Picture) -> str:
    sat = picture.to_pay_first_sat()
    return f"Pay at least {fmt.sat(sat)} first" if sat else "Pay something first"


def _told(picture: Picture) -> Iterator[Line]:
    for said in _said(picture):
        if not said.urgent:
            yield Line(Weight.PLAIN, _dated(picture, said), said.remedy)
        elif _is_over(picture, said):
            yield Line(Weight.PLAIN, f"Over, its close is final: {_dated(picture, said)}")


def _said(picture: Picture) -> Iterator[InboxEntry | Notice]:
    """By the node, then by the screen itself."""
    yield from said_by_node(picture)
    yield from picture.notices


def _dated(picture: Picture, said: InboxEntry | Notice) -> str:
    if isinstance(said, Notice):
        return said.text
    return with_date(said.text, said.final_at, picture)


def with_date(text: str, final_at: int, picture: Picture) -> str:
    """A sentence, and when it is final as seen from now: a date that was written once would be
    wrong a day later."""
    status = picture.status
    if not final_at:
        return text
    if final_at <= status.height:
        return f"{text} Final since {fmt.height(final_at)}."
    at = fmt.expected(final_at, status.reckoned_from, status.now, status.height)
    return f"{text} Final at {at}."


def said_by_node(picture: Picture) -> tuple[InboxEntry, ...]:
    """What is unread of the inbox and stands on Home, too. What became of payments and closes
    stands there by itself; the inbox only counts it."""
    return tuple(one for one in picture.inbox.newest if one.urgent or one.kind not in _COUNTED)
