"""Who was sent a `commitment_signed` and answers too late is disconnected, and dialled again.

A connection that is half dead would else hold an HTLC until its deadline takes the channel to the
chain. Eclair does the same (its `revocation-timeout`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.wire.bolt2 import CommitmentSigned

if TYPE_CHECKING:
    from lnwallet_tui.node.channels.held import Held
    from lnwallet_tui.node.peers.peers import Peers
    from lnwallet_tui.node.shell import Shell
    from lnwallet_tui.wire.message import Message

_TOO_LATE: Final = "The peer did not answer to a new commitment."


class Revocations:
    """What is awaited, by the channel's number: until when (ms), and what rings then."""

    def __init__(self, shell: Shell, peers: Peers) -> None:
        self._shell, self._peers = shell, peers
        self._awaited: dict[int, tuple[int, Alarm]] = {}

    def sent(self, held: Held, message: Message) -> None:
        """A message left; after `commitment_signed` the time runs, again after its repetition."""
        if not isinstance(message, CommitmentSigned):
            return
        _, alarm = self._awaited.get(held.number, (0, None))
        alarm = alarm or Alarm(self._shell, "revocation", partial(self._ring, held))
        until = self._shell.ports.clock.now_ms() + self._patience_ms()
        self._awaited[held.number] = until, alarm
        alarm.set(until)

    def _patience_ms(self) -> int:
        return self._shell.config.policy.revocation_timeout * 1000

    def _ring(self, held: Held) -> None:
        until, alarm = self._awaited[held.number]
        channel = held.state
        if not isinstance(channel, Channel) or channel.their_next is None:
            return
        if self._shell.ports.clock.now_ms() < until:
            alarm.set(until)
        elif channel.link is Link.LIVE:
            self._peers.disconnect(held.peer_id, _TOO_LATE)
