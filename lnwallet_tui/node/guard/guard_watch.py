"""The list of all that the guard looks for: funding outputs, closes and their outputs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.guard import WatchKind, WatchView
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.words.block_dates import when
from lnwallet_tui.node.words.guard_words import kind_word
from lnwallet_tui.node.words.justice_words import anchors_of
from lnwallet_tui.onchain.classify import Revoked
from lnwallet_tui.onchain.home import stages_home
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.spoils import at_first

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_KINDS: Final = {
    Part.HTLC_OFFERED: WatchKind.HTLC,
    Part.HTLC_RECEIVED: WatchKind.HTLC,
    Part.OUR_SECOND_STAGE: WatchKind.SECOND_STAGE,
    Part.THEIR_SECOND_STAGE: WatchKind.SECOND_STAGE,
}
_ANCHORS: Final = (Part.OUR_ANCHOR, Part.THEIR_ANCHOR)
_CLOSES: Final = {
    "cooperative": "Closed in agreement",
    "ours": "Closed by us alone",
    "theirs": "Closed by the peer alone",
    "breach by them": "The peer CHEATED with an old state",
    "unknown": "Closed by something unknown",
}


def watched(board: Switchboard) -> tuple[WatchView, ...]:
    """Everything, channel by channel in the order of their opening; what is done is left out."""
    found = [
        view
        for held in board.channels
        if held.channel.phase is not Phase.DONE
        for view in _of_channel(board, held)
    ]
    return tuple(found)


def _of_channel(board: Switchboard, held: Held) -> Iterator[WatchView]:
    resolution = board.guard.resolution(held)
    if resolution is None:
        yield _funding(held)
        return
    yield _close(board, held, resolution)
    homes = stages_home(resolution, held.channel.theirs.to_self_delay, board.chain.height)
    for output in resolution.outputs:
        if output.fate is not Fate.THEIRS and output.part not in _ANCHORS:
            yield _output(board, held, output, homes.get(output.outpoint))


def _funding(held: Held) -> WatchView:
    channel = held.channel
    outpoint = channel.funding.outpoint
    return WatchView(
        kind=WatchKind.FUNDING,
        channel_id=channel.channel_id.hex(),
        peer_id=held.peer_id.hex(),
        txid=txid_to_hex(outpoint.txid),
        vout=outpoint.vout,
        amount_sat=channel.funding.value.value,
        explanation=_if_spent(channel),
    )


def _if_spent(channel: Channel) -> str:
    revoked = channel.their_secrets.revoked
    if channel.funding.confirmed is None:
        return "In no block yet."
    if not revoked:
        return "Unspent. There is no old state to cheat with yet."
    states = "The old state" if revoked == 1 else f"Any of {revoked:,} old states"
    return f"Unspent. {states} would be punished."


def _close(board: Switchboard, held: Held, resolution: Resolution) -> WatchView:
    closing = resolution.closing
    words = _CLOSES[kind_word(resolution.close)]
    whole = held.channel.funding.value
    return WatchView(
        kind=WatchKind.CLOSE,
        channel_id=held.channel.channel_id.hex(),
        peer_id=held.peer_id.hex(),
        txid=txid_to_hex(closing.tx.txid),
        vout=-1,
        amount_sat=whole.value,
        explanation=f"{words}, in block {closing.height:,}. {_final(board, resolution)}"
        f"{_less(whole, resolution)}",
    )


def _less(whole: Sat, resolution: Resolution) -> str:
    """Why the outputs of a cheat hold less than the channel did."""
    if not isinstance(resolution.close, Revoked):
        return ""
    cheat = at_first(whole, resolution)
    anchors = anchors_of(cheat.anchors)
    known = ((cheat.published, "the fee of the old state"), (cheat.anchors, anchors))
    parts = [f"{amount.value:,} sat of it are {what}" for amount, what in known if amount]
    return f" {', '.join(parts)}." if parts else ""


def _final(board: Switchboard, resolution: Resolution) -> str:
    if resolution.final_at is None:
        return "Some of it is still to come home."
    return f"Final at {when(board, resolution.final_at)}."


def _output(board: Switchboard, held: Held, output: OutputReport, home: int | None) -> WatchView:
    """`home` is from when on it can be spent, where it waits once more after it was taken."""
    kind = _KINDS.get(output.part, WatchKind.BALANCE)
    return WatchView(
        kind=kind,
        channel_id=held.channel.channel_id.hex(),
        peer_id=held.peer_id.hex(),
        txid=txid_to_hex(output.outpoint.txid),
        vout=output.outpoint.vout,
        amount_sat=output.value.value,
        explanation=f"{output.part.value.capitalize()}: {_fate(board, output, home)}",
        by_height=output.deadline or 0 if output.is_open else 0,
        is_open=output.is_open,
    )


def _fate(board: Switchboard, output: OutputReport, home: int | None) -> str:
    match output.fate:
        case Fate.WAITING:
            assert output.earliest is not None, "what waits says until when"
            spent = "" if home is None else f", and spent from {when(board, home)} on"
            return f"can be taken from {when(board, output.earliest)} on{spent}."
        case Fate.CLAIMABLE if output.deadline is not None:
            return f"being taken, in time before {when(board, output.deadline)}."
        case Fate.CLAIMABLE:
            return "being taken."
        case Fate.TAKEN:
            return "taken."
        case Fate.MOVED:
            return "moved to a second stage, which is watched, too."
        case Fate.LOST:
            return "taken by somebody else."
        case Fate.LEFT:
            return "left: it costs more than it brings."
        case Fate.PAID_OUT:
            return "paid to this wallet."
        case Fate.THEIRS:
            return "not ours."
