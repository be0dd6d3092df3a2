"""When peers that are needed are dialled next, and at which address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.peer.reconnect import JITTER_PARTS, Reconnect


@dataclass(slots=True)
class _Redial:
    """Where the dials of one peer stand."""

    schedule: Reconnect[str]
    alarm: Alarm


class Redials:
    """By node id; `ring` is called when the turn of one has come."""

    def __init__(self, shell: Shell, ring: Callable[[bytes], None]) -> None:
        self._shell, self._ring = shell, ring
        self._redials: dict[bytes, _Redial] = {}

    def set(self, peer_id: bytes, address: str) -> None:
        """Dial it when its turn comes."""
        redial = self._of(peer_id, address)
        delay = redial.schedule.delay_ms(self._shell.number_below(JITTER_PARTS))
        redial.alarm.set(self._shell.ports.clock.now_ms() + delay)

    def address(self, peer_id: bytes) -> str:
        """Where to dial it now that its turn has come."""
        return self._redials[peer_id].schedule.address()

    def ended(self, peer_id: bytes, address: str, lived_ms: int = 0) -> None:
        """The dial failed, or the connection ended that had lived so long."""
        redial = self._of(peer_id, address)
        redial.schedule = redial.schedule.ended(lived_ms)

    def next_ms(self, peer_id: bytes) -> int | None:
        """When it is dialled next; None: not at all."""
        redial = self._redials.get(peer_id)
        return None if redial is None else redial.alarm.at_ms

    def stop(self, peer_id: bytes) -> None:
        """It is connected."""
        if redial := self._redials.get(peer_id):
            redial.alarm.stop()

    def stop_all(self) -> None:
        """Dial nobody any more."""
        for redial in self._redials.values():
            redial.alarm.stop()

    def forget(self, peer_id: bytes) -> None:
        """Nobody asks for it any more."""
        self.stop(peer_id)
        self._redials.pop(peer_id, None)

    def _of(self, peer_id: bytes, address: str) -> _Redial:
        """Where the dials of this address stand; another one begins anew."""
        known = self._redials.get(peer_id)
        if known is None or known.schedule.addresses != (address,):
            alarm = Alarm(self._shell, "redial", partial(self._ring, peer_id))
            known = self._redials[peer_id] = _Redial(Reconnect((address,)), alarm)
        return known
