"""Who was of no use lately, and why: so that a person can see whom to ask, or what to mend."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.chain.questions import Ending, Refusal
from lnwallet_tui.light.whom import Whom
from lnwallet_tui.node.ports import Clock
from lnwallet_tui.p2p.addresses import PeerAddress

KEPT: Final = 20
LATELY_MS: Final = 600_000
"""Everybody is tried again before; what was so then may have another reason now."""


@dataclass(frozen=True, slots=True)
class Useless:
    """`why` is None where nobody answered; `at` in milliseconds."""

    address: str
    why: Ending | None
    at: int


class Remembered:
    """Implements `Whom` by another one, and remembers whose connections ended. Each stands here
    once, with its last ending, until it is met again."""

    def __init__(self, whom: Whom, clock: Clock) -> None:
        self._whom, self._clock = whom, clock
        self._useless: dict[str, Useless] = {}  # the oldest first

    def newest(self) -> tuple[Useless, ...]:
        """The last of them, the newest first."""
        return tuple(reversed(self._useless.values()))

    def refusal(self) -> Refusal | None:
        """Why the last that was reached lately was of no use, through nobody's fault."""
        now = self._clock.now_ms()
        lately = (one.why for one in self.newest() if now - one.at <= LATELY_MS)
        return next((why for why in lately if isinstance(why, Refusal)), None)

    async def next(self, connected: Collection[str]) -> str | None:
        """As `Whom.next`."""
        return await self._whom.next(connected)

    def met(self, address: str, services: int, latency_ms: int | None) -> None:
        """As `Whom.met`."""
        self._useless.pop(address, None)
        self._whom.met(address, services, latency_ms)

    def failed(self, address: str) -> None:
        """As `Whom.failed`."""
        self._remember(address, None)
        self._whom.failed(address)

    def ended(self, address: str, why: Ending) -> None:
        """As `Whom.ended`."""
        self._remember(address, why)
        self._whom.ended(address, why)

    def told(self, source: str, addresses: Sequence[PeerAddress]) -> None:
        """As `Whom.told`."""
        self._whom.told(source, addresses)

    def _remember(self, address: str, why: Ending | None) -> None:
        self._useless.pop(address, None)
        self._useless[address] = Useless(address, why, self._clock.now_ms())
        if len(self._useless) > KEPT:
            del self._useless[next(iter(self._useless))]
