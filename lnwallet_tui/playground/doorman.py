"""At everybody's door: who writes down what a node could see, and lets HTLCs wait.

What is written down is what BOLT 4 gives a hop and nothing else: the HTLC as its neighbour offered
it, and the one layer of the onion that its own key opens.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.node.ports import Wait
from lnwallet_tui.onion.sphinx import OnionError, peel_onion
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.playground.clock import WorldClock


@dataclass(frozen=True, slots=True)
class Sight:
    """An HTLC that came to `name`, and its layer of the onion: empty where it cannot be opened.

    `is_last`: the onion has no further layer.
    """

    name: str
    htlc: HtlcArrived
    payload: bytes
    is_last: bool


class Sights:
    """What everybody saw on this visit, in the order in which it came."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, bytes, int], Sight] = {}

    def note(self, sight: Sight) -> None:
        """After a start of a node the same HTLC comes once more; it is the same sight."""
        name = sight.name, sight.htlc.channel_id, sight.htlc.htlc_id
        self._seen.setdefault(name, sight)

    def of_payment(self, payment_hash: bytes) -> tuple[Sight, ...]:
        """What was seen of one payment, of all its parts and attempts."""
        return tuple(one for one in self._seen.values() if one.htlc.payment_hash == payment_hash)


class Doorman:
    """At the door of `name`; implements `node.ports.Doorkeeper`.

    `answers_after` (seconds): how long every HTLC waits.
    """

    def __init__(
        self, name: str, key: NodeKey, clock: WorldClock, sights: Sights, answers_after: int
    ) -> None:
        self._name, self._key, self._clock, self._sights = name, key, clock, sights
        self._answers_after_ms: Final = answers_after * 1000
        self._open = asyncio.Event()
        self._open.set()

    def came(self, htlc: HtlcArrived) -> Wait | None:
        """As `Doorkeeper.came`."""
        self._sights.note(self._look_at(htlc))
        if self._open.is_set() and not self._answers_after_ms:
            return None
        return partial(self._wait, self._clock.now_ms() + self._answers_after_ms)

    @contextmanager
    def shut(self) -> Iterator[None]:
        """Nothing is let in meanwhile."""
        self._open.clear()
        try:
            yield
        finally:
            self._open.set()

    async def _wait(self, until_ms: int) -> None:
        await self._open.wait()
        await self._clock.sleep_until(until_ms)

    def _look_at(self, htlc: HtlcArrived) -> Sight:
        try:
            peeled = peel_onion(self._key.ecdh, htlc.onion, htlc.payment_hash)
        except OnionError:
            return Sight(self._name, htlc, b"", is_last=False)
        return Sight(self._name, htlc, peeled.payload, is_last=peeled.next_packet is None)
