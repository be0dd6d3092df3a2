"""The verb `invoice`: asking to be paid, and whether anybody could."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView
from lnwallet_tui.cli import answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.told import sats


async def invoice(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """Make one. `warning` says why nobody could pay it now; empty where somebody may."""
    made = await node.create_invoice(options.amount_msat, options.note, options.expiry_seconds)
    if isinstance(made, Refused):
        return made
    room = (await node.balance()).can_receive_msat
    warning = why_unpayable(options.amount_msat, room, await node.channels())
    if options.json:
        return {**answers.invoice(made), "warning": warning}
    said: Answer = {"explanation": warning} if warning else {}
    return {**answers.invoice(made), **said}


def why_unpayable(amount_msat: int | None, room_msat: int, channels: Sequence[ChannelView]) -> str:
    """Of an invoice for that much (None: it leaves that open); empty where it can be paid."""
    ready = [one for one in channels if one.state is ChannelState.READY]
    if not ready:
        waits = any(one.state in (ChannelState.OPENING, ChannelState.OFFLINE) for one in channels)
        why = "no channel is ready" if waits else "this wallet has no channel"
        return f"Nobody can pay it now: {why}."
    if room_msat < 1000:
        lacking = [one.lacking_msat for one in ready if one.lacking_msat]
        first = f"at least {sats(-(-min(lacking) // 1000) * 1000)}" if lacking else "something"
        return f"Nobody can pay it now: no channel has room on its other side. Pay {first} first."
    if amount_msat is not None and amount_msat > room_msat:
        return f"It cannot be paid now: at most {sats(room_msat)} can be received."
    if all(one.unreachable for one in ready):
        # Of several channels with one peer the same is so.
        said = dict.fromkeys(f"{one.peer_id[:8]}: {one.unreachable}" for one in ready)
        return " ".join(said)
    return ""
