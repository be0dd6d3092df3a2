"""Keeps the channel backup: one file beside the wallet, and one at a second place.

A channel that begins is in the file beside the wallet before anything of it leaves: before our
funding transaction is broadcast, and before a peer has our signature for its own. Where that file
cannot be written, the channel does not begin. It is written before the commit, so it may list a
channel that came to nothing, and never lacks one.

Nothing else waits for a backup. When channels change later, which is when they close, and at the
second place, a failure is told and tried again: the second place is often a disk that is not there,
and without it the words alone bring the money home all the same, once the peer closes by itself.

What an older file lists and this wallet does not know is never thrown away by writing. A wallet
that has seen no block yet takes it over by itself (node/channels/restoring.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Final

from lnwallet_tui.channel.backup import BackedUp, Backup, Whereabouts, backed_up
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.keys.backup_key import BackupUnreadable
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.peers.peers import Peers
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.backup_file import BackupNotWritten
from lnwallet_tui.store.backup_taken import is_backup_taken
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import SchemaTooNew, StoreError, WalletCorrupt
from lnwallet_tui.store.life import Life, life_of, save_life
from lnwallet_tui.store.second_place import save_second_place, second_place

_AGAIN_MS: Final = 60_000
_LIFE_LENGTH: Final = 8
_SUBJECT: Final = "channel backup"

_Ends = tuple[bytes, bytes]
_Version = dict[int, _Ends]


class BackupOfOtherNetwork(BackupUnreadable):
    """Of the same words, on another chain."""

    remedy = "Choose the backup of this network, or start the wallet on that one."


class Backups:
    """Writes the backup whenever what it says has changed."""

    def __init__(
        self, shell: Shell, channels: Channels, peers: Peers, height: Callable[[], int]
    ) -> None:
        self._shell, self._channels, self._peers = shell, channels, peers
        self._height = height
        self._key = shell.keys.backup_key()
        self._life = b""
        self._begun: set[int] = {held.number for held in channels}
        self._written: _Version = {}
        self._unknown: tuple[BackedUp, ...] = ()
        self._trouble: set[Path] = set()
        self._second = second_place(shell.store, shell.damaged.met)
        self.written_at = 0
        """When the file beside the wallet was written last, in this run of the node."""
        self._tries_again = False

    @property
    def places(self) -> tuple[Path, ...]:
        """Where it is kept: beside the wallet, then at the second place if there is one."""
        name = backup_file.name_of(self._shell.config.network, self._shell.node_id)
        others = () if self._second is None else (self._second / name,)
        return (self._shell.store.folder / name, *others)

    @property
    def is_kept(self) -> bool:
        """Whether there is one at all."""
        return self._shell.config.backs_up

    @property
    def trouble(self) -> tuple[Path, ...]:
        """The places at which it could not be written."""
        return tuple(place for place in self.places if place in self._trouble)

    @property
    def listed_count(self) -> int:
        """How many channels are in it."""
        return len(self._version()) + len(self._unknown)

    @property
    def is_taken(self) -> bool:
        """Whether this wallet took one over from an earlier life of its words."""
        return is_backup_taken(self._shell.store)

    def name_second(self, folder: Path | None) -> None:
        """Keep a copy there from now on; None: nowhere. Raises `BackupNotWritten`, and then
        everything is as before, or `StoreError`."""
        before = self._second
        self._second = folder
        try:
            for place in self.places[1:]:
                self._take_note_of(self._listed(place) or ())
                backup_file.write(place, self._file())
            with self._shell.store.transaction() as tx:
                save_second_place(tx, folder)
        except StoreError:
            self._second = before
            raise
        self._trouble &= set(self.places)

    def _take_note_of(self, listed: Iterable[BackedUp]) -> None:
        """What is not known here, and is of another life or has lost its state, is kept on."""
        known = {held.channel.channel_id for held in self._channels}
        lost = {(one.number, one.salt) for one in self._channels.lost}
        others = {one.channel_id: one for one in (*self._unknown, *listed)}
        self._unknown = tuple(
            one
            for name, one in others.items()
            if name not in known and (one.life != self._life or (one.number, one.salt) in lost)
        )

    # -- reading
    def read(self, file: bytes) -> Backup:
        """What a file says. Raises `BackupUnreadable` or `StoreError`."""
        backup, ours = decode(self._key.open(file), Backup), self._shell.config.network
        if backup.network is not ours:
            raise BackupOfOtherNetwork(
                f"This channel backup is of {backup.network.value}, and the wallet is on "
                f"{ours.value}."
            )
        return backup

    def start(self) -> None:
        """Look at what is there, and bring it up to date."""
        if not self.is_kept:
            return
        listed = list(chain.from_iterable(self.lists().values()))
        self._life = self._named(listed)
        self._take_note_of(listed)
        self._begun |= {held.number for held in self._channels}
        if self._unknown:
            self._tell_of_unknown()
        if listed or self._begun:
            self._refresh()

    def _named(self, listed: Iterable[BackedUp]) -> bytes:
        """Where the name is damaged, channels that are here have it in their backup."""
        life = life_of(self._shell.store)
        if life is None:
            known = {
                held.channel.channel_id for held in self._channels if not held.channel.restored
            }
            names = (one.life for one in listed if one.channel_id in known)
            life = Life(next(names, b"") or self._shell.ports.dice.bytes(_LIFE_LENGTH))
            with self._shell.store.transaction() as tx:
                save_life(tx, life)
        return life.name

    def _tell_of_unknown(self) -> None:
        count = len(self._unknown)
        self._shell.notice(
            f"The channel backup lists {count} channel{'s' * (count > 1)} that this wallet does "
            "not know. What their peers pay you comes home all the same, once they close them.",
            "To have the peers asked to close them, restore your words in an empty folder, with "
            f"the file {self.places[0].name} copied into it first.",
        )

    def lists(self) -> dict[Path, tuple[BackedUp, ...]]:
        """What is listed, by the places at which it can be read."""
        if not self.is_kept:
            return {}
        read = {place: self._listed(place) for place in self.places}
        return {place: listed for place, listed in read.items() if listed is not None}

    def _listed(self, place: Path) -> tuple[BackedUp, ...] | None:
        """What the file at that place lists; one that cannot be read is put aside, and told of."""
        try:
            file = backup_file.read(place)
            return None if file is None else self.read(file).channels
        except (BackupUnreadable, WalletCorrupt, SchemaTooNew) as error:
            aside = backup_file.put_aside(place)
            text = f"{error} It lay in {place.parent}; now its name is {aside.name}."
            self._shell.notice(text, error.remedy, urgent=True)
        except StoreError as error:
            self._shell.log.warning("backup", f"{place.name} cannot be read: {error}")
        return None

    # -- writing
    def changed(self, tx: Transaction, held: Held) -> None:
        """A channel may have begun or ended in `tx`."""
        if not self.is_kept:
            return
        if isinstance(held.state, Channel) and held.number not in self._begun:
            tx.last((_SUBJECT, held.number), partial(self._begin, tx, held))
        elif _ends(held) != self._written.get(held.number):  # of one: it comes with each payment
            tx.after(self._catch_up)

    def _version(self) -> _Version:
        """What changes with the content, in short: payments leave it as it is."""
        version = {held.number: _ends(held) for held in self._channels}
        return {number: ends for number, ends in version.items() if ends is not None}

    def _begin(self, tx: Transaction, held: Held) -> None:
        """What fails here ends the opening."""
        try:
            backup_file.write(self.places[0], self._file())
        except BackupNotWritten as error:
            held.backup_refused = error
            raise
        self.written_at = self._shell.now()
        tx.after(partial(self._begun.add, held.number))
        tx.after(partial(setattr, self, "_written", self._version()))
        tx.after(self._write_second)

    def _catch_up(self) -> None:
        if self._version() != self._written:  # several channels may have asked for it
            self._refresh()

    def _refresh(self) -> None:
        """Write both; what cannot be written is told and tried again."""
        version, place = self._version(), self.places[0]
        try:
            backup_file.write(place, self._file())
        except BackupNotWritten as error:
            self._failed(error, place)
        else:
            self._written, self.written_at = version, self._shell.now()
            self._went_well(place)
        self._write_second()

    def _write_second(self) -> None:
        for place in self.places[1:]:
            self._shell.tasks.start(self._copy_to(place, self._file()), "second channel backup")

    async def _copy_to(self, place: Path, file: bytes) -> None:
        """Beside the loop: a disk of a network may keep it waiting."""
        try:
            await self._shell.ports.offload.run(partial(backup_file.write, place, file))
        except BackupNotWritten as error:
            self._shell.turns.take(partial(self._failed, error, place))
        else:
            self._shell.turns.take(partial(self._went_well, place))

    def _file(self) -> bytes:
        channels = tuple(
            backed_up(held.channel, self._whereabouts(held))
            for held in self._channels
            if held.channel.phase is not Phase.DONE
        )
        backup = Backup(
            network=self._shell.config.network,
            time=self._shell.now(),
            height=self._height(),
            channels=(*channels, *self._unknown),
        )
        return self._key.close(encode(backup))

    def _whereabouts(self, held: Held) -> Whereabouts:
        record = self._peers.record(held.peer_id)
        return Whereabouts(
            life=self._life,
            number=held.number,
            salt=held.salt,
            peer_id=held.peer_id,
            addresses=(record.address,) if record is not None and record.address else (),
        )

    # -- what did not work
    def _failed(self, error: BackupNotWritten, place: Path) -> None:
        """Told once, until it works again."""
        if place in self._trouble:
            return
        self._trouble.add(place)
        self._shell.notice(
            f"{error} Its folder is {place.parent}.",
            "Connect that disk, or make room or the folder writable; the wallet tries again by "
            "itself. Your channels work as before.",
            urgent=True,
        )
        if not self._tries_again:
            self._tries_again = True
            self._shell.tasks.start(self._again(), "channel backup, again")

    def _went_well(self, place: Path) -> None:
        if place in self._trouble:
            self._trouble.remove(place)
            self._shell.notice(f"The channel backup in {place.parent} is up to date again.")

    async def _again(self) -> None:
        clock = self._shell.ports.clock
        while self._trouble:
            await clock.sleep_until(clock.now_ms() + _AGAIN_MS)
            # A second place may be away for weeks: the first one is not written for its sake.
            first_failed = self.places[0] in self._trouble
            self._shell.turns.take(self._refresh if first_failed else self._write_second)
        self._tries_again = False


def _ends(held: Held) -> _Ends | None:
    """What of a channel changes while it is in the backup; None while it is not."""
    channel = held.state
    if not isinstance(channel, Channel) or channel.phase is Phase.DONE:
        return None
    return channel.closing.our_script, channel.closing.their_script
