"""Whether the chain is known well enough to pay: deadlines are counted in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.policy import BLIND_SECONDS

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def is_blind(board: Switchboard) -> bool:
    """Whether no block was read for so long that deadlines may be nearer than they seem."""
    return board.shell.now() - board.chain.time > BLIND_SECONDS


def refusal_to_pay(board: Switchboard) -> Refused | None:
    """Why nothing is paid now, if the newest block that is known is too old."""
    chain, now = board.chain, board.shell.now()
    if not is_blind(board):
        return None
    wait = board.shell.ports.chain.waiting_for() or "Wait for the next block."
    return Refused(RefusalCode.NOT_READY, _how_old(chain.height, chain.time, now), wait)


def _how_old(height: int, time: int, now: int) -> str:
    if not time:
        return "No block was read yet, and a payment's deadlines are counted in blocks."
    hours = (now - time) // 3_600
    return (
        f"The newest block that was read, {height:,}, is {hours:,} hours old "
        f"({utc(time):%-d %b %H:%M} UTC), and a payment's deadlines are counted in blocks."
    )
