"""Ways for payments of ours: over the channels that are live now, through what is known."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.channel.state import Link, Phase
from lnwallet_tui.node.blocks.up_to_date import refusal_to_pay
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.holdings.stakes import sendable
from lnwallet_tui.payment.records import Way
from lnwallet_tui.payment.ways import Need, find_ways
from lnwallet_tui.routing.graph import FirstHop
from lnwallet_tui.routing.known import Drawing

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


async def ways_for(board: Switchboard, need: Need) -> tuple[Way, ...] | Refused:
    """The routes that meet `need`, or the limit that binds, as things stand when it is asked.

    On a network like mainnet this takes ten milliseconds and sometimes a tenth of a second, so it
    is not done on the loop; nor is what was heard since put together to a graph there.
    """
    if (refused := refusal_to_pay(board)) is not None:
        return refused
    # A hint, or an announced channel of ours, may lead through us: we would pay ourselves, or be
    # refused by ourselves.
    avoided = (*need.lessons.avoided, board.shell.node_id)
    elsewhere = replace(need, lessons=msgspec.structs.replace(need.lessons, avoided=avoided))
    first_hops = _first_hops(board)
    search = partial(_search, board.network.drawing(), first_hops, elsewhere)
    found = await board.shell.ports.offload.run(search)
    now_msat = sum(one.can_send_msat for one in first_hops)
    if isinstance(found, Refused) and now_msat:
        return _or_wait(board, found, need.amount.value - now_msat)
    return found


def _or_wait(board: Switchboard, refused: Refused, lacking_msat: int) -> Refused:
    """Where channels lack room, and peers that are away have enough of it, that costs nothing."""
    away = [held for held in board.channels if _is_away(held)]
    most = sum(held.limits(board.shell.config.policy)[0].floor_sat().value for held in away)
    if refused.code is not RefusalCode.NOT_ENOUGH or most * 1_000 < max(lacking_msat, 1):
        return refused
    whom = "a peer is" if len(away) == 1 else f"{len(away)} peers are"
    wait = f"{most:,} sat more can be sent once {whom} back: wait for that."
    return msgspec.structs.replace(refused, remedy=f"{wait} {refused.remedy}")


def _is_away(held: Held) -> bool:
    channel = held.channel
    return channel.phase is Phase.READY and channel.link is not Link.LIVE and not held.frozen


def _search(
    drawing: Drawing, first_hops: tuple[FirstHop, ...], need: Need
) -> tuple[Way, ...] | Refused:
    return find_ways(drawing.graph(), first_hops, need)


def _first_hops(board: Switchboard) -> tuple[FirstHop, ...]:
    """Every channel of ours with what it can send now."""
    return tuple(
        FirstHop(
            channel_id=held.channel.channel_id,
            peer_id=held.peer_id,
            minimum_msat=held.channel.theirs.htlc_minimum.value,
            can_send_msat=sendable(board, held).value,
        )
        for held in board.channels
    )
