"""What is not known while blocks are unread: a wallet that came back, or was off, may have coins
that it does not know yet. Nobody is told then that they are not enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.chain import ChainStage
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.coins.refusals import CoinsRefused, InsufficientFunds, MustStay, TooManyWaiting
from lnwallet_tui.node import refusing
from lnwallet_tui.node.coins import cluster

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def of_coins(board: Switchboard, error: CoinsRefused) -> Refused:
    """What the coins do not allow, or why that is not known yet."""
    if isinstance(error, TooManyWaiting):
        return refusing.of_coins(error, to_hurry=cluster.to_hurry(board, error))
    if not isinstance(error, InsufficientFunds | MustStay) or not is_unread(board):
        return _with_frozen(board, refusing.of_coins(error))
    if not has_read(board):
        return Refused(
            RefusalCode.NOT_READY,
            _and_why(board, "What this wallet has on chain is not known yet: no block was read."),
            "Try again once the chain is read.",
        )
    what = (
        "The coins that are known are not enough for that, and what came after block "
        f"{board.chain.height:,} is not read yet."
    )
    return Refused(RefusalCode.NOT_READY, _and_why(board, what), "Try again once that is read.")


def _with_frozen(board: Switchboard, refused: Refused) -> Refused:
    """Who has coins that are frozen need not send more."""
    frozen = board.wallet.balance().frozen
    if refused.code not in (RefusalCode.NOT_ENOUGH, RefusalCode.MUST_STAY) or not frozen:
        return refused
    thaw = f"Or thaw coins: {frozen.value:,} sat are frozen, and nothing spends them."
    return Refused(refused.code, refused.message, f"{refused.remedy} {thaw}".lstrip())


def of_nothing(board: Switchboard) -> str:
    """Why there is nothing to be seen, where that is not because there is nothing."""
    if not is_unread(board) or has_read(board):
        return ""
    return _and_why(board, "What is yours on chain is not known yet: no block was read.")


def has_read(board: Switchboard) -> bool:
    """Whether any block but the first, which is in the program, was ever read."""
    return board.chain.height > 0 and board.chain.time > 0


def is_unread(board: Switchboard) -> bool:
    """Whether there may be blocks that this wallet has not seen."""
    is_alone = board.shell.ports.chain.view().stage is ChainStage.NODES
    return is_alone or not board.catching_up.is_over


def _and_why(board: Switchboard, what: str) -> str:
    """With what is waited for, which says what to do."""
    return f"{what} {board.shell.ports.chain.waiting_for()}".rstrip()
