"""Lets some payments wait at the door, so that channels are closed with HTLCs in them."""

from __future__ import annotations

import asyncio

from lnwallet_tui.node.ports import Wait
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.playground.dice import SeededDice


class Door:
    """One node's door. Implements `node.ports.Doorkeeper`. A payment that has waited once waits
    again after a start, until everybody is let in."""

    def __init__(self, dice: SeededDice, slow_percent: int) -> None:
        self._dice, self._slow = dice, slow_percent
        self._waits: dict[bytes, asyncio.Event] = {}
        self._seen: set[bytes] = set()
        self.is_open = False

    def came(self, htlc: HtlcArrived) -> Wait | None:
        """As the port says."""
        name = htlc.payment_hash
        if self.is_open:
            return None
        if name not in self._seen:
            self._seen.add(name)
            if self._dice.between(1, 100) <= self._slow:
                self._waits[name] = asyncio.Event()
        event = self._waits.get(name)
        return None if event is None or event.is_set() else event.wait

    def let_in(self, *, everybody: bool = False) -> None:
        """The one that has waited longest, or all, now and from now on."""
        self.is_open |= everybody
        for event in [one for one in self._waits.values() if not one.is_set()]:
            event.set()
            if not everybody:
                return
