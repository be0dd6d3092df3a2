"""Whether the other side is still there: the time for the handshake, `ping`, and its answer."""

from __future__ import annotations

from lnwallet_tui.peer.errors import NoAnswer, SetUpTooSlow
from lnwallet_tui.policy import ANSWER_MS, SET_UP_MS, SILENCE_MS


class Liveness:
    """Asked at `deadline_ms`, and told of every message. Times are the caller's, in ms."""

    __slots__ = ("_heard_ms", "_measuring_ms", "_pinged_ms", "_ready", "latency_ms")

    def __init__(self, now_ms: int) -> None:
        self._heard_ms = now_ms
        self._pinged_ms: int | None = None
        self._ready = False
        self._measuring_ms: int | None = None  # when the `ping` was sent whose answer is awaited
        self.latency_ms: int | None = None
        """How long the last answer to a `ping` took; None before the first."""

    @property
    def heard_ms(self) -> int:
        """When the last message came."""
        return self._heard_ms

    def ready(self, now_ms: int) -> None:
        """`init` was received: from now on silence counts."""
        self._ready = True
        self.heard(now_ms)

    def heard(self, now_ms: int) -> None:
        """A message came. Before `ready` it does not prolong the time for setting up.

        Any message shows that the peer is alive: a `pong` may have to wait behind much gossip.
        """
        if self._ready:
            self._heard_ms, self._pinged_ms = now_ms, None

    def answered(self, now_ms: int) -> None:
        """A `pong` came. They come in order, so the first one answers what is being measured."""
        if self._measuring_ms is not None:
            self.latency_ms = max(0, now_ms - self._measuring_ms)
            self._measuring_ms = None

    def deadline_ms(self) -> int:
        """When `is_ping_due` wants to be asked next."""
        if not self._ready:
            return self._heard_ms + SET_UP_MS
        if self._pinged_ms is not None:
            return self._pinged_ms + ANSWER_MS
        return self._heard_ms + SILENCE_MS

    def is_recent(self, now_ms: int) -> bool:
        """Whether the last message came of late: so lately that no `ping` is due."""
        return self._ready and now_ms < self._heard_ms + SILENCE_MS

    def is_ping_wanted(self, now_ms: int) -> bool:
        """Whether a `ping` is to be sent so that the peer says something; it counts as sent."""
        if self._pinged_ms is not None:
            return False
        self._ask(now_ms)
        return True

    def is_ping_due(self, now_ms: int) -> bool:
        """Whether a `ping` is to be sent now; it counts as sent. Raises the `RemoteError` of a
        peer that is gone."""
        if now_ms < self.deadline_ms():
            return False
        if not self._ready:
            raise SetUpTooSlow
        if self._pinged_ms is not None:
            raise NoAnswer
        self._ask(now_ms)
        return True

    def _ask(self, now_ms: int) -> None:
        self._pinged_ms = now_ms
        if self._measuring_ms is None:
            self._measuring_ms = now_ms
