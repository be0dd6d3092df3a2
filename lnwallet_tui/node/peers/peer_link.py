"""One connection on one link: the machine of `peer` with its reader and its timer.

What is sent in one go is written in one go, and what came in one go is told in one go where it is
about the commitments of one channel: a peer's updates and its signature of them then share a
transaction, so the disk is waited for once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from lnwallet_tui.net.link import Link
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.peer.connection import (
    Closed,
    Event,
    Handshaken,
    InitReceived,
    MessageReceived,
    PeerConnection,
    StillThere,
)
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.message import Message

_OF_COMMITMENTS: Final = (
    bolt2.UpdateAddHtlc,
    bolt2.UpdateFulfillHtlc,
    bolt2.UpdateFailHtlc,
    bolt2.UpdateFailMalformedHtlc,
    bolt2.UpdateFee,
    bolt2.CommitmentSigned,
    bolt2.RevokeAndAck,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What the peer said; more than one message only where all are about one channel's
    commitments."""

    messages: tuple[Message, ...]


Told = Said | Handshaken | InitReceived | StillThere | Closed


@dataclass(frozen=True, slots=True)
class Pulse:
    """When a connection began, when the last message came, how long the last `ping` took."""

    began_ms: int
    heard_ms: int
    latency_ms: int | None


class PeerLink:
    """Runs from construction until `Closed` was told; each event is a turn of its own.

    `dialled`: whether we opened the link. `ready` is done when `init` was exchanged (None) or the
    connection ended before (a sentence).
    """

    def __init__(
        self,
        shell: Shell,
        link: Link,
        connection: PeerConnection,
        on_event: Callable[[PeerLink, Told], None],
        *,
        dialled: bool,
    ) -> None:
        self.node_id = b""  # known once the handshake is done
        self.dialled = dialled
        self.began_ms = shell.ports.clock.now_ms()
        self.ready: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._shell = shell
        self._link = link
        self._connection = connection
        self._on_event = on_event
        self._ended = False
        self._hung_up = False
        self._will_flush = False
        self._may_read = asyncio.Event()
        self._may_read.set()
        self._alarm = Alarm(shell, "peer timer", self._on_timer)
        shell.tasks.start(self._read_loop(), "peer reader")
        self._pump()

    def send(self, message: Message) -> None:
        """Send a message, in one go with all that is sent now; forgotten once the connection has
        ended."""
        self._connection.send(message)
        if not self._will_flush:
            self._will_flush = True
            asyncio.get_running_loop().call_soon(self._flush)

    def _flush(self) -> None:
        self._will_flush = False
        self._link.write(self._connection.data_to_send())

    def pulse(self) -> Pulse:
        """Since when it lives, and how."""
        connection = self._connection
        return Pulse(self.began_ms, connection.heard_ms, connection.latency_ms)

    def was_heard(self) -> bool:
        """Whether the peer has said something recently."""
        return self._connection.was_heard(self._shell.ports.clock.now_ms())

    def ask_whether_there(self) -> None:
        """Have `StillThere` told, once it is so."""
        self._connection.ask_whether_there(self._shell.ports.clock.now_ms())
        self._pump()

    def close(self, reason: str) -> None:
        """End the connection; what was sent before still leaves. What had come and waits to be
        heard is not: it may build on what was lost, and the peer says it again."""
        self._hung_up = True
        self._connection.close(reason)
        self._pump()

    def pause(self, *, paused: bool) -> None:
        """Leave what the peer sends where it is, or go on reading."""
        if paused:
            self._may_read.clear()
        else:
            self._may_read.set()

    def answer_ready(self, failure: str | None) -> None:
        """Tell whoever waits for `ready`; a second time does nothing."""
        if not self.ready.done():
            self.ready.set_result(failure)

    def _on_timer(self) -> None:
        self._connection.handle_timer(self._shell.ports.clock.now_ms())
        self._pump()

    def _on_data(self, data: bytes) -> None:
        self._connection.receive_data(data, self._shell.ports.clock.now_ms())
        self._pump()

    def _pump(self) -> None:
        """Pass on what the machine has to say and to send."""
        for event in _told(iter(self._connection.next_event, None)):
            if isinstance(event, Closed):
                self._ended = True
                self._may_read.set()
            self._shell.turns.take(partial(self._tell, event))
        self._link.write(self._connection.data_to_send())
        if self._ended:
            self._link.close()
        self._alarm.set(self._connection.next_deadline_ms())

    def _tell(self, event: Told) -> None:
        if not (self._hung_up and isinstance(event, Said | StillThere)):
            self._on_event(self, event)

    async def _read_loop(self) -> None:
        while not self._ended:
            await self._may_read.wait()
            data = await self._link.read()
            self._shell.turns.take(partial(self._on_data, data))


def _told(events: Iterator[Event | None]) -> Iterator[Told]:
    """The events in their order, with what belongs together as one."""
    together: list[Message] = []
    for event in events:
        assert event is not None
        message = event.message if isinstance(event, MessageReceived) else None
        if together and (message is None or not _belong_together(together[-1], message)):
            yield Said(tuple(together))
            together.clear()
        if message is not None:
            together.append(message)
        elif not isinstance(event, MessageReceived):
            yield event
    if together:
        yield Said(tuple(together))


def _belong_together(one: Message, next_one: Message) -> bool:
    return (
        isinstance(one, _OF_COMMITMENTS)
        and isinstance(next_one, _OF_COMMITMENTS)
        and one.channel_id == next_one.channel_id
    )
