"""A wallet that came back from its words, and without a channel backup: what may lack, and why."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.gone import WalletShut
from lnwallet_tui.api.views import ChannelState
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
    """With a field for scripts, with sentences for people where that is so."""
    alone = await _is_so(visitor)
    if as_json:
        return {**answer, "channel_backup_missing": alone}
    if alone:
        lacking = _WHAT_MAY_LACK.format(network=(await visitor.process.look()).network)
    else:
        lacking = await _not_counted(visitor, answer)
    if not lacking:
        return answer
    said = answer.get("explanation", "")
    return {**answer, "explanation": f"{said} {lacking}".lstrip()}


async def _not_counted(visitor: Visitor, answer: Answer) -> str:
    """Of channels that came back from a backup no sum knows anything; each says so by itself."""
    if "total_msat" not in answer:
        return ""
    over = {ChannelState.CLOSING, ChannelState.CLOSED}
    channels = [one for one in await visitor.node.channels() if one.restored]
    count = sum(one.state not in over for one in channels)
    if not count:
        return ""
    held = sum(one.capacity_sat for one in channels if one.state not in over)
    which, it = ("A channel", "it") if count == 1 else (f"{count:,} channels", "them")
    return (
        f"{which} with {held:,} sat came back from the channel backup: how much of {it} is yours "
        f"is unknown, and in no sum, until the peer closes {it}."
    )


async def _is_so(visitor: Visitor) -> bool:
    """Until a backup is taken over: channels that are opened since replace none that is lost."""
    try:
        process = await visitor.process.look()
        return process.restored and process.begun and not (await visitor.node.backup()).taken
    except WalletShut:  # a node in its screen's process, or one that just begins
        return False
