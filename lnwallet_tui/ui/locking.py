"""Locking a wallet of one's own from the screen, and opening it again."""

from __future__ import annotations

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.ui.plain_app import PlainApp
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session

_LOCKED = (  # in one line of 80, for it stands below a page that is drawn anew at that moment
    "Locked. The node goes on watching. To open it: Unlock the wallet ({everywhere.unlock})."
)
_IS_LOCKED = "It is locked already."
_IS_OPEN = "It is not locked."
LOCK = "Lock the wallet"
_NOT_LOCKED = (
    "A playground is not locked: its coins are worth nothing, and its keys are the playground's."
)
_ON_WORDS = "A playground is not locked. Your words, which it lives on, are shut when it ends."


class Locks(PlainApp):
    """What the application can do where the keys are in another process."""

    session: Session

    def action_lock(self) -> None:
        """Have the process forget what was opened."""
        process, front = self.session.process, self.screen
        if process is None or self.session.lacks("lock"):
            self._tell(self.why_not_locked() if process is None else _IS_LOCKED)
        elif isinstance(front, WalletScreen):
            front.order(process.lock(), self._is_locked)

    def why_not_locked(self) -> str:
        """Where there is nothing to lock."""
        view = self.session.custody_view
        return _ON_WORDS if view is not None and view.lived_on else _NOT_LOCKED

    def _is_locked(self, answer: Refused | None) -> None:
        if answer is not None:
            self._tell(f"{answer.message} {answer.remedy}")
            return
        if self.session.custody is not None:
            self.session.custody.forget_started()  # what was typed for it and not kept, too
        self._tell(self.session.with_keys(_LOCKED))

    def action_unlock(self) -> None:
        """Ask for what opens it."""
        from lnwallet_tui.ui.screens.first_run import FirstRunScreen

        if self.session.lacks("unlock"):
            self._tell(_IS_OPEN)
        elif isinstance(self.screen, FirstRunScreen):
            self.screen.path.open()
        else:
            self.push_screen(FirstRunScreen(self.session, opens=True))

    def _tell(self, words: str) -> None:
        front = self.screen
        (front if isinstance(front, WalletScreen) else self).notify(words, timeout=6)
