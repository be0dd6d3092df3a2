"""Channels in words: a row for the list, the numbers of one, why it cannot be closed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from textual.content import Content

from lnwallet_tui.api.views import ChannelState, ChannelView, HtlcView
from lnwallet_tui.ui import cost_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.restored import is_unknown
from lnwallet_tui.ui.widgets.balance_bar import bar
from lnwallet_tui.ui.widgets.words import MUTED, Fact

_COLOURS: Final = {
    ChannelState.OPENING: "$warning",
    ChannelState.READY: "$success",
    ChannelState.OFFLINE: "$warning",
    ChannelState.SHUTTING_DOWN: "$warning",
    ChannelState.CLOSING: "$warning",
    ChannelState.CLOSED: MUTED,
    ChannelState.FROZEN: "$error",
}
_OUR_DELAY: Final = "until yours is free; they chose it"
_THEIR_DELAY: Final = "until theirs is; you chose it"
_NARROW, _LONGEST = 10, 80  # cells of a bar
_ENDING: Final = {ChannelState.SHUTTING_DOWN, ChannelState.CLOSING}
_UNKNOWN: Final = (  # the longest that fits into a row
    "restored from backup: waiting for the peer to close; amount unknown until then",
    "restored from backup: amount unknown until the peer closes",
    "restored; unknown until the peer closes",
)
_KINDS: Final = {
    "cooperative": "in agreement",
    "ours": "by us, alone",
    "theirs": "by the peer, alone",
    "breach by them": "the peer published an old state",
    "unknown": "by a transaction that nobody knows",
}


def ordered(channels: Iterable[ChannelView]) -> list[ChannelView]:
    """The living first; otherwise as the node gives them."""
    return sorted(channels, key=lambda one: one.state is ChannelState.CLOSED)


def who(channel: ChannelView, name: str) -> str:
    """The name that this wallet knows the peer by, or the ends of its id."""
    return name or fmt.short(channel.peer_id)


def _bar_width(columns: int) -> int:
    """What a window leaves of a row; the same short one in all that are narrow."""
    return min(_LONGEST, columns - 82) if columns >= 110 else _NARROW


def heading(columns: int) -> str:
    """What stands above `row` in a window of that width."""
    width = _bar_width(columns)
    return f"{'With':<17} {'State':<13} {'Can send':>14} {'':<{width}} {'Can receive':>14}"


def row(channel: ChannelView, name: str, columns: int) -> Content:
    """Peer, state, both sides; never what others wrote."""
    width = _bar_width(columns)
    first = Content.assemble(
        f"{who(channel, name):<17} ", (f"{channel.state.value:<13} ", _COLOURS[channel.state])
    )
    if is_unknown(channel):
        room = width + 30
        said = next(one for one in _UNKNOWN if len(one) <= room)
        return Content.assemble(first, (f"{said:<{room}}", MUTED))
    is_gone = channel.restored or channel.state is ChannelState.CLOSED
    sides = bar(0, 0, width) if is_gone else bar(channel.local_msat, channel.remote_msat, width)
    return Content.assemble(
        first,
        f"{fmt.msat(channel.can_send_msat):>14} ",
        sides,
        f" {fmt.msat(channel.can_receive_msat):>14}",
    )


def sides(channel: ChannelView) -> list[Fact | None]:
    """What is whose, to the thousandth so that it adds up, and what of it cannot be used."""
    if channel.state is ChannelState.CLOSED:
        return [Fact("It held", fmt.sat(channel.capacity_sat))]
    if channel.restored:
        return _sides_of_restored(channel)
    ours, theirs = channel.our_reserve_sat, channel.their_reserve_sat
    if channel.state in _ENDING:
        ours = theirs = 0
    our_fees, their_fees = _for_fees(channel)
    rows: list[Fact | None] = [
        Fact("Yours", fmt.exact(channel.local_msat), _kept(channel.local_msat, ours, our_fees)),
        Fact(
            "Theirs", fmt.exact(channel.remote_msat), _kept(channel.remote_msat, theirs, their_fees)
        ),
    ]
    if channel.state is ChannelState.CLOSING and channel.coming_home_sat:
        rows[1:1] = _home(channel)
    return rows


def _home(channel: ChannelView) -> list[Fact]:
    """Of a close: what is still on its way, what has come already, and where the rest went."""
    home_sat, came_sat = channel.coming_home_sat, channel.came_home_sat
    less = cost_words.not_home(channel.local_msat, home_sat + came_sat)
    if not came_sat:
        rest = "dust, anchors or a payment"
        if channel.published_txid and not channel.htlcs:  # no block has it, and no payment is in it
            rest = "dust or anchors"
        why = f"{fmt.exact(less)} went to fee, {rest}" if less > 0 else ""
        return [Fact("Coming home", fmt.sat(home_sat), why)]
    why = f"{fmt.exact(less)} went to fees, dust or a payment" if less > 0 else ""
    return [Fact("Coming home", fmt.sat(home_sat)), Fact("Came home", fmt.sat(came_sat), why)]


def _sides_of_restored(channel: ChannelView) -> list[Fact | None]:
    """What the backup and the chain say."""
    holds = Fact("It holds", fmt.sat(channel.capacity_sat))
    if is_unknown(channel):
        why = "from backup: waiting for the peer to close"
        return [Fact("Yours", "unknown until then", why), holds]
    return [Fact("Coming home", fmt.sat(channel.coming_home_sat)), holds]


def _confirmed(channel: ChannelView) -> str:
    there, needed = channel.confirmations, channel.confirmations_needed
    if there < needed:
        return f"{there:,} of {fmt.count(needed, 'block')}"
    if channel.restored:  # a backup does not say how many
        return f"by {fmt.count(there, 'block')}"
    return f"by {fmt.count(there, 'block')}, {needed:,} were needed"


def _for_fees(channel: ChannelView) -> tuple[int, int]:
    """What of either side its opener keeps for on-chain fees, in msat. It is known where nothing
    else keeps a payment from being larger."""
    if channel.state is not ChannelState.READY:
        return 0, 0
    if channel.we_opened:
        side, reserve_sat = channel.local_msat, channel.our_reserve_sat
        most, limits = channel.can_send_msat, channel.our_limits
    else:
        side, reserve_sat = channel.remote_msat, channel.their_reserve_sat
        most, limits = channel.can_receive_msat, channel.their_limits
    if not most or (limits and most >= limits.max_in_flight_msat - limits.in_flight_msat):
        return 0, 0
    fees = max(
        0, side - _under_way(channel, outgoing=channel.we_opened) - reserve_sat * 1000 - most
    )
    return (fees, 0) if channel.we_opened else (0, fees)


def _under_way(channel: ChannelView, *, outgoing: bool) -> int:
    """What that side offers, in msat: it is counted as that side's until it arrives."""
    return sum(one.amount_msat for one in channel.htlcs if one.outgoing is outgoing)


def _kept(side_msat: int, reserve_sat: int, fees_msat: int) -> str:
    """What of a side must stay in the channel: so that cheating always costs something, and for
    the fees that its opener pays."""
    if not reserve_sat:
        return ""
    if side_msat < reserve_sat * 1000:
        return f"the first {fmt.sat(reserve_sat)} stay as a reserve"
    if fees_msat:
        return f"of it {fmt.sat(reserve_sat)} reserve, {fmt.msat(fees_msat)} fees"
    return f"of it {fmt.sat(reserve_sat)} stay as a reserve"


def facts(channel: ChannelView, tip: int, now: int, *, alone_sat: int = 0) -> list[Fact | None]:
    """Every number of a channel as rows; `alone_sat` is what closing it alone costs, where that is
    known."""
    opener = "you, so you pay its on-chain fees" if channel.we_opened else "the peer"
    rows: list[Fact | None] = [*sides(channel), *_limits(channel), None]
    rows += [Fact("Opened by", opener), Fact("Confirmed", _confirmed(channel))]
    rows.append(Fact("Type", channel.channel_type))
    if channel.state is not ChannelState.CLOSED and not channel.restored:
        rate = fmt.feerate(channel.commitment_feerate_per_kw)
        rows += [
            Fact("Fee rate", rate, "of its commitment"),
            Fact("Close alone", fmt.blocks(channel.our_delay_blocks), _OUR_DELAY),
            *([Fact("  its cost", fmt.sat(alone_sat), "about, in no hurry")] if alone_sat else []),
            Fact("Peer alone", fmt.blocks(channel.their_delay_blocks), _THEIR_DELAY),
        ]
    if channel.closing_kind:
        rows.append(Fact("Closed", _KINDS.get(channel.closing_kind, channel.closing_kind)))
    if channel.available_height > tip:
        rows.append(Fact("Money free", fmt.expected(channel.available_height, tip, now)))
    rows += [htlc_fact(htlc, tip, now) for htlc in channel.htlcs]
    return rows


def htlc_fact(htlc: HtlcView, tip: int, now: int) -> Fact:
    """An HTLC with its direction, how far it is, and when it ends at the latest."""
    way = "going out" if htlc.outgoing else "coming in"
    until = fmt.expected(htlc.expiry_height, tip, now)
    remark = f"{way} until {until}; {htlc.state}"
    return Fact("Under way", fmt.exact(htlc.amount_msat), remark)


def limits(channel: ChannelView) -> list[Fact | None]:
    """What both sides may have under way at once, and how small it may be."""
    if channel.restored or channel.state is ChannelState.CLOSED:
        return []
    rows: list[Fact | None] = []
    for who, side in (("You offer", channel.our_limits), ("They offer", channel.their_limits)):
        if side is not None:
            most = f"{fmt.msat(side.in_flight_msat)} of {fmt.msat(side.max_in_flight_msat)} at once"
            slots = f"{side.htlcs:,} of {side.max_htlcs:,} payments"
            small = f"each from {fmt.exact(side.htlc_minimum_msat)}"
            dust = f"no output below {fmt.sat(side.dust_limit_sat)}"
            rows += [Fact(who, f"{most}, {slots}"), Fact("", f"{small}; {dust}", style=MUTED)]
    return rows


def _limits(channel: ChannelView) -> list[Fact]:
    """What can go through it; nothing where it is closed, or came back to be closed."""
    if channel.restored or channel.state is ChannelState.CLOSED:
        return []
    rows = [
        Fact("Can send", fmt.msat(channel.can_send_msat)),
        Fact("Can receive", fmt.msat(channel.can_receive_msat)),
        Fact("Capacity", fmt.sat(channel.capacity_sat)),
    ]
    offered_msat = _under_way(channel, outgoing=True)
    held_msat = channel.local_msat - offered_msat - channel.can_send_msat
    if channel.state is ChannelState.READY and held_msat > 0:
        has_fees = held_msat > channel.our_reserve_sat * 1000
        why = "the reserve and on-chain fees" if has_fees else "the reserve"
        rows.insert(1, Fact("Held back", fmt.msat(held_msat), why))
    return rows


def ids(channel: ChannelView) -> list[Fact | None]:
    """The long identifiers, whole, so that they can be selected."""
    rows: list[Fact | None] = [
        Fact("Channel", channel.channel_id),
        Fact("Peer", channel.peer_id),
        Fact("Funding", f"{channel.funding_txid}:{channel.funding_vout}"),
    ]
    if channel.short_channel_id:
        rows.append(Fact("Place", channel.short_channel_id, "block x transaction x output"))
    if channel.closing_txid:
        rows.append(Fact("Closing", channel.closing_txid))
    return rows


def why_not_close(channel: ChannelView) -> str:
    """A sentence where there is nothing left to close, else empty."""
    match channel.state:
        case ChannelState.CLOSED:
            return "This channel is closed already."
        case ChannelState.CLOSING:
            return "This channel is closing already; its line says what it waits for."
        case _ if channel.restored:
            return "Only the peer can close a channel that came back from the backup; it is asked."
        case _:
            return ""
