"""When a block comes, reckoned from the newest that there is: while the node catches up, that is
not the one that it reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.dates import expected, expected_at

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def tip(board: Switchboard) -> int:
    """The newest block of which the header is known, read or not."""
    return max(board.chain.height, board.shell.ports.chain.view().headers)


def when(board: Switchboard, height: int) -> str:
    """A height to come, with its date."""
    return expected(height, tip(board), board.shell.now(), board.chain.height)


def time_of(board: Switchboard, height: int) -> int:
    """About when that block comes, Unix seconds."""
    return expected_at(height, tip(board), board.shell.now())
