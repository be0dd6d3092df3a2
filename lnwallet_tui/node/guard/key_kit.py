"""Keeps the guard's key kit: for every channel what it may use while the wallet is closed.

A channel's row is written in the transaction that stores the channel for the first time, so that no
state of it can be revoked, and none be cheated with, before the guard has its keys. It is written
once more when our commitment is published, with the point that its outputs are found by. Nothing
else of a channel is in it: the guard reads the rest where the node wrote it, so nothing is stale.
"""

from __future__ import annotations

from functools import partial

from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.keys.derive import ChannelKeyId
from lnwallet_tui.keys.guard_key import GuardKey, KitUnreadable
from lnwallet_tui.keys.kit import Kit, OurPublished
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.kit import load_kits, save_kit


class KeyKit:
    """Writes the rows."""

    def __init__(self, shell: Shell, channels: Channels) -> None:
        self._shell, self._channels = shell, channels
        self._key = shell.keys.guard_key()
        kits = load_kits(shell.store)
        self._published = {number: _published(self._key, number, kits[number]) for number in kits}

    def start(self) -> None:
        """Of channels that are older than the kit, and of what is not readable any more."""
        lacking = [held for held in self._channels if self._lacks(held)]
        if lacking:
            with self._shell.store.transaction() as tx:
                for held in lacking:
                    self._write(tx, held)

    def changed(self, tx: Transaction, held: Held) -> None:
        """A channel may have begun, or be published, in `tx`."""
        if isinstance(held.state, Channel) and self._lacks(held):
            self._write(tx, held)

    def _lacks(self, held: Held) -> bool:
        channel = held.channel
        # Of one that is lost, what stands there knows more than its stand-in does.
        if channel.phase is Phase.DONE or self._channels.is_stand_in(held):
            return False
        wanted = None if channel.publication is None else channel.our_number
        return self._published.get(held.number, -1) != wanted

    def _write(self, tx: Transaction, held: Held) -> None:
        channel, published = held.channel, None
        if channel.publication is not None:
            number = channel.our_number
            published = OurPublished(number, held.signer.per_commitment_point(number))
        keys = self._shell.keys.channel_keys(ChannelKeyId(held.number, held.salt))
        kit = Kit.of(keys, channel.shutdown_script, published)
        save_kit(tx, held.number, kit.close(self._key, held.number))
        tx.after(partial(self._published.__setitem__, held.number, _number_of(kit)))


def _published(key: GuardKey, number: int, row: bytes) -> int | None:
    """Of which commitment of ours it has the point; -1 for a row that does not open."""
    try:
        return _number_of(Kit.open(key, number, row))
    except KitUnreadable:
        return -1


def _number_of(kit: Kit) -> int | None:
    return None if kit.published is None else kit.published.number
