"""A wallet that came back from its words, and without a channel backup: what may lack, and why."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.views import ChannelState, ChannelView
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor

VERBS: Final = frozenset({"balance", "channels", "status"})
_WHAT_MAY_LACK: Final = (
    "This wallet came back from its words without a channel backup: of channels that it had then "
    "nothing is counted. What a peer pays you when it closes one comes home by itself; what you "
    "closed alone, and what a peer does not close, comes home only with the backup. If you find "
    "the file, whose name begins with “channels”, restore both in an empty folder: lnwallet-tui "
    "restore --backup FILE --network {network} --datadir NEW_FOLDER"
)


async def noted(visitor: Visitor, answer: Answer, *, as_json: bool) -> Answer:
    """With fields for scripts, with sentences for people where that is so. `not_counted_sat` of a
    balance is what channels hold of which nobody knows how much is ours; null where not even they
    are known."""
    alone = await _is_so(visitor)
    lost = [] if alone or "total_msat" not in answer else await _not_counted(visitor)
    if as_json:
        held = {"not_counted_sat": None if alone else _held_sat(lost)}
        more = held if "total_msat" in answer else {}
        return {**answer, **more, "channel_backup_missing": alone}
    if alone:
        lacking = _WHAT_MAY_LACK.format(network=(await visitor.process.look()).network)
    else:
        lacking = _said_of(lost)
    if not lacking:
        return answer
    said = answer.get("explanation", "")
    return {**answer, "explanation": f"{said} {lacking}".lstrip()}


async def _not_counted(visitor: Visitor) -> list[ChannelView]:
    """Of channels that came back from a backup no sum knows anything; each says so by itself."""
    over = {ChannelState.CLOSING, ChannelState.CLOSED}
    channels = await visitor.node.channels()
    return [one for one in channels if one.restored and one.state not in over]


def _held_sat(channels: Iterable[ChannelView]) -> int:
    return sum(one.capacity_sat for one in channels)


def _said_of(lost: list[ChannelView]) -> str:
    if not lost:
        return ""
    which, it = ("A channel", "it") if len(lost) == 1 else (f"{len(lost):,} channels", "them")
    return (
        f"{which} with {_held_sat(lost):,} sat came back from the channel backup: how much of {it} "
        f"is yours is unknown, and in no sum, until the peer closes {it}."
    )


async def _is_so(visitor: Visitor) -> bool:
    """Until a backup is taken over: channels that are opened since replace none that is lost."""
    try:
        process = await visitor.process.look()
        return process.restored and process.begun and not (await visitor.node.backup()).taken
    except WalletShut:  # a node in its screen's process, or one that just begins
        return False
