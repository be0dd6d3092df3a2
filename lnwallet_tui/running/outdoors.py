"""The machine's own clock and dice, and how a wallet's process reaches chain and peers."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.ports import ChainSource, Clock, Dialer, Dice, MarkPlace

_LONGEST_NAP_S: Final = 10.0
"""The event loop's clock stands still while a laptop is shut; so soon after it is opened whoever
waited looks at the real one."""


def _since_boot_ms() -> int:
    """Goes on while the machine sleeps, where the system has such a clock, and never jumps."""
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return time.clock_gettime_ns(clock) // 1_000_000


class MachineClock:
    """Implements `node.ports.Clock`: the time of day, as long as that does not go back.

    It runs with the time since boot, and takes over what the machine's clock is put forward: by
    hand, or by the network's time after a start with a wrong one. Where that is put back, it is
    not followed: what was promised for a time comes then, and a new start has the right one.
    """

    def __init__(
        self,
        of_day_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
        since_boot_ms: Callable[[], int] = _since_boot_ms,
    ) -> None:
        self._of_day_ms, self._since_boot_ms = of_day_ms, since_boot_ms
        self._ahead_ms = of_day_ms() - since_boot_ms()

    def now_ms(self) -> int:
        """As `Clock.now_ms`."""
        booted = self._since_boot_ms()
        self._ahead_ms = max(self._ahead_ms, self._of_day_ms() - booted)
        return booted + self._ahead_ms

    async def sleep_until(self, at_ms: int) -> None:
        """As `Clock.sleep_until`."""
        while (left_ms := at_ms - self.now_ms()) > 0:  # noqa: ASYNC110  # nobody tells when
            await asyncio.sleep(min(left_ms / 1000, _LONGEST_NAP_S))


class SystemDice:
    """Implements `node.ports.Dice` with the operating system's randomness."""

    def bytes(self, count: int) -> bytes:
        """As `Dice.bytes`."""
        return os.urandom(count)


Complain = Callable[[str, Exception], None]
"""What went wrong, in a few words, for the log."""


@dataclass(frozen=True, slots=True)
class ChainWanted:
    """What a wallet's process says to whoever follows the chain for it.

    `birthday` is a time (Unix seconds) before which the wallet cannot have had coins. `peers`
    (`host:port`), where there are any, are the only ones that are asked; `proxy` (`host:port`,
    SOCKS5) is empty where there is none.
    """

    folder: Path
    network: Network
    birthday: int
    clock: Clock
    dice: Dice
    complain: Complain
    peers: tuple[str, ...] = ()
    proxy: str = ""


ChainOf = Callable[[ChainWanted], AbstractAsyncContextManager[ChainSource]]
"""Follows the chain from entering to leaving. May raise `Unreachable`."""
DialerOf = Callable[[str], Dialer]
"""Dials through the proxy that is named, or directly. May raise `Unreachable`."""


class Unreachable(Exception):
    """What was asked for cannot be had in this way. The message is a plain sentence, `remedy` what
    to do."""

    code = "unreachable"

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Outdoors:
    """The ways out of the process, and out of the wallet's folder."""

    chain_of: ChainOf
    dialer_of: DialerOf
    marks: MarkPlace | None = None
