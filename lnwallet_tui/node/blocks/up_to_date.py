"""Whether the chain is known well enough to pay: deadlines are counted in blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.dates import utc
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.block_rate import ENOUGH, TooFew, too_few
from lnwallet_tui.policy import BLIND_SECONDS
from lnwallet_tui.store import chain

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

PACED: Final = frozenset({Network.MAINNET, Network.SIGNET})
"""Where all miners together make a block each ten minutes."""
_ASK_OTHERS: Final = "Look whether other nodes of the Bitcoin network know more blocks."


def is_blind(board: Switchboard) -> bool:
    """Whether no block was read for so long, or so few, that deadlines may be nearer than they
    seem."""
    return _is_old(board) or _too_few(board) is not None


def _is_old(board: Switchboard) -> bool:
    return board.shell.now() - board.chain.time > BLIND_SECONDS


def _too_few(board: Switchboard) -> TooFew | None:
    shell = board.shell
    if shell.config.network not in PACED:
        return None
    return too_few(chain.newest_times(shell.store, ENOUGH), shell.now())


def refusal_to_pay(board: Switchboard) -> Refused | None:
    """Why nothing is paid now, if the newest block that is known is too old."""
    if _is_old(board):
        wait = board.shell.ports.chain.waiting_for() or "Wait for the next block."
        told = _how_old(board.chain.height, board.chain.time, board.shell.now())
        return Refused(RefusalCode.NOT_READY, told, wait)
    if (found := _too_few(board)) is not None:
        return Refused(RefusalCode.NOT_READY, _how_few(found), _ASK_OTHERS)
    return None


def _how_few(found: TooFew) -> str:
    blocks = "1 block" if found.blocks == 1 else f"{found.blocks} blocks"
    return (
        f"Only {blocks} came in the last {found.hours} hours, where about {found.usual} are usual: "
        "others may be kept from this wallet, and a payment's deadlines are counted in blocks."
    )


def _how_old(height: int, time: int, now: int) -> str:
    if not time:
        return "No block was read yet, and a payment's deadlines are counted in blocks."
    hours = (now - time) // 3_600
    return (
        f"The newest block that was read, {height:,}, is {hours:,} hours old "
        f"({utc(time):%-d %b %H:%M} UTC), and a payment's deadlines are counted in blocks."
    )
