"""Says when no block has come for long: who looks only at blocks would not notice.

What is shown as checked is true of the newest block that was seen. While none comes, the guard sees
nothing new, and a cheat neither. So the node's clock is looked at, too, whatever the chain does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.policy import BLIND_SECONDS

_AGAIN_SECONDS: Final = 600
"""How long it has been silent is told anew so often."""


def silent_since(block_time: int, now: int) -> int:
    """The time of the newest block where that is too long ago, else 0."""
    return block_time if now - block_time > BLIND_SECONDS else 0


class Lookout:
    """Tells (by `tell`) that a silence has become too long, and while it lasts that it goes on."""

    def __init__(self, shell: Shell, block_time: Callable[[], int], tell: Callable[[], None]):
        self._shell = shell
        self._block_time = block_time
        self._tell = tell
        self._alarm = Alarm(shell, "lookout", self._ring)

    def start(self) -> None:
        """From now on; the newest block may be old already."""
        self._set(self._block_time() + BLIND_SECONDS + 1)

    def _ring(self) -> None:
        now = self._shell.now()
        if silent_since(self._block_time(), now):
            self._tell()
            self._set(now + _AGAIN_SECONDS)
        else:
            self.start()

    def _set(self, at: int) -> None:
        self._alarm.set(max(at, self._shell.now() + 1) * 1000)
