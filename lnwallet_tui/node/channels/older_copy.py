"""Finds out that the wallet's folder is an older copy, whose commitments may be revoked.

Soon after a change, the number of each channel's newest commitment is kept outside of the folder
(store/marks.py), once it is durable in the folder. What is found there after a start:

    outside                         the folder               so it is
    ──────────────────────────────  ───────────────────────  ─────────────────────────────────────
    further than here               may know it or not       an older copy
    not further                     knows it                 the newest, as far as one can tell
    nothing, or another's           was marked elsewhere     moved, or copied: maybe an older one
    nothing, or not further         was never marked         of an older program
    what cannot be read             goes on, asks again      not known

Where it is an older copy, or may be one, each channel is suspected, durably, until its peer has
taken it up with our state, or it is closed: none is taken to chain for a deadline meanwhile
(node/channels/last_resort.py), and by command alone. Of which a newer state is known, that peer is
not believed if it agrees with ours, for it would gain by it: once it is there it is asked to close
the channel (channel/reestablish.py). What is kept of these outside stays as it is.
"""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.words import copy_words
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.life import life_of
from lnwallet_tui.store.marks import Mark, Marked, load_marked, save_marked

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_SOON_MS: Final = 10_000
"""After a change: a payment of many parts is one writing. A copy that lacks only what came in this
time before a power cut is not found out."""
_AGAIN_MS: Final = 600_000
_NAME_LENGTH: Final = 8
_SUBJECT: Final = "older copy"


class OlderCopy:
    """Of all channels."""

    def __init__(self, board: Switchboard) -> None:
        self._board, self._shell = board, board.shell
        self._place = board.shell.ports.marks
        self._marked = Marked() if self._place is None else load_marked(board.shell.store)
        self._lost = {one.number for one in board.channels.lost}  # whose states nobody knows
        self._name = b""  # of the mark, once it was looked for
        self._there: Mark | None = None
        self._is_told = False  # that the place cannot be used
        self._alarm = Alarm(board.shell, "mark", self._ring)

    # -- questions
    def suspects(self, held: Held) -> bool:
        """Whether its state may be older than one that this wallet had."""
        return held.number in self._marked.suspects

    @property
    def standing(self) -> str:
        """What is waited for, in a sentence; empty where nothing is suspected."""
        count = len(self._marked.suspects)
        return copy_words.standing(count) if count else ""

    # -- life
    def start(self) -> None:
        """Before anything is done for a channel. Raises `StoreError`."""
        if self._place is None:
            return
        self._alarm.set(self._shell.ports.clock.now_ms() + _SOON_MS)
        for held in self._board.channels:
            held.is_older = held.number in self._marked.older
        self._look()
        self._catch_up()

    def changed(self, tx: Transaction) -> None:
        """A channel may have come further, been taken up, or ended in `tx`."""
        if self._place is not None:
            tx.after(self._catch_up)

    async def stop(self) -> None:
        """Keep at once what was to be kept soon."""
        with suppress(StoreError):
            if self._is_due:
                mark = self._wanted()
                await self._write(mark)
                self._know(mark)

    # -- what is found
    def _look(self) -> None:
        life = life_of(self._shell.store)
        if self._place is None or life is None:
            return  # it gets its name with its first start: nothing was kept of it before
        try:
            self._there = self._place.read(life.name)
        except StoreError as error:
            self._failed(error)
            return
        self._name = (
            self._shell.ports.dice.bytes(_NAME_LENGTH) if self._there is None else self._there.name
        )
        ahead, named = self._ahead(), self._marked.name
        if ahead - {held.channel.channel_id for held in self._board.channels if held.is_older}:
            self._suspect(ahead, *copy_words.older(), urgent=True)
        elif named and named != self._name:
            self._suspect(ahead, *copy_words.elsewhere(), urgent=False)

    def _known(self) -> dict[bytes, Held]:
        """The channels of whose states something is known, by their ids."""
        all_here = self._board.channels
        return {held.channel.channel_id: held for held in all_here if held.number not in self._lost}

    def _ahead(self) -> set[bytes]:
        """The open channels that had a newer state than here, by their ids. One that is not here at
        all is one of them, unless it may be a lost one."""
        known, before = self._known(), {} if self._there is None else self._there.reached
        return {
            name
            for name, reached in before.items()
            if (
                _is_open(known[name]) and reached > known[name].channel.our_number
                if name in known
                else not self._lost
            )
        }

    def _suspect(self, ahead: set[bytes], text: str, remedy: str, *, urgent: bool) -> None:
        ours = [held for held in self._board.channels if held.channel.channel_id in ahead]
        for held in filter(_is_open, ours):
            held.is_older, held.agreed = True, False  # where it was asked too late for that
            if held.channel.link is not Link.OFFLINE:
                self._board.peers.disconnect(held.peer_id, "our state of a channel is an old one")
        found = [held for held in self._board.channels if _may_be_old(held)]
        older = {held.number for held in found if held.is_older}
        marked = Marked(
            self._name,
            tuple(sorted({held.number for held in found}.union(self._marked.suspects))),
            tuple(sorted(older.union(self._marked.older))),
        )
        with self._shell.store.transaction() as tx:
            save_marked(tx, marked)
            if found:
                self._shell.herald.tell(
                    tx, InboxKind.NOTICE, text, remedy, urgent=urgent, subject=_SUBJECT
                )
        self._marked = marked
        self._board.tell_status()

    # -- what is kept
    def _catch_up(self) -> None:
        """After a commit. Raises `StoreError`."""
        self._let_go()
        if self._is_due:
            self._alarm.set(self._shell.ports.clock.now_ms() + _SOON_MS)

    def _let_go(self) -> None:
        """Of those that need not be suspected any more."""
        may_be_old = {held.number for held in self._board.channels if _may_be_old(held)}
        left = tuple(one for one in self._marked.suspects if one in may_be_old)
        if left == self._marked.suspects:
            return
        older = tuple(one for one in self._marked.older if one in left)
        marked = Marked(self._marked.name, left, older)
        with self._shell.store.transaction() as tx:
            save_marked(tx, marked)
            if not left:
                self._shell.herald.tell(tx, InboxKind.NOTICE, copy_words.OVER, subject=_SUBJECT)
        self._marked = marked
        self._board.tell_status()

    @property
    def _is_due(self) -> bool:
        """Whether something else is to be kept than what stands there. Raises `StoreError`."""
        if not self._name:
            return False
        wanted = self._wanted()
        return bool(wanted.reached or self._marked.name) and wanted != self._there

    def _wanted(self) -> Mark:
        """Of those that are suspected, or lost here, what stands there counts on."""
        known, before = self._known(), {} if self._there is None else self._there.reached
        reached = {name: held.channel.our_number for name, held in known.items()}
        for name, number in before.items():
            if self.suspects(known[name]) if name in known else self._lost:
                reached[name] = max(reached.get(name, 0), number)
        return Mark(self._name, {name: number for name, number in reached.items() if number})

    def _ring(self) -> None:
        if not self._name:
            self._look()
        if self._is_due:
            self._shell.tasks.start(self._keep(self._wanted()), "mark")
        elif self._there is not None:
            self._know(self._there)

    async def _keep(self, mark: Mark) -> None:
        try:
            await self._write(mark)
        except StoreError as error:
            self._shell.turns.take(partial(self._failed, error))
        else:
            self._shell.turns.take(partial(self._kept, mark))

    async def _write(self, mark: Mark) -> None:
        """Beside the loop. Raises `StoreError`."""
        life, place = life_of(self._shell.store), self._place
        if life is not None and place is not None:
            await self._shell.ports.offload.run(partial(place.write, life.name, mark))

    def _kept(self, mark: Mark) -> None:
        self._there, self._is_told = mark, False
        self._know(mark)
        self._catch_up()

    def _know(self, mark: Mark) -> None:
        """Only of a mark that stands there: else its lack would look like another place."""
        if mark.name != self._marked.name:
            marked = replace(self._marked, name=mark.name)
            with self._shell.store.transaction() as tx:
                save_marked(tx, marked)
            self._marked = marked

    def _failed(self, error: StoreError) -> None:
        """Nothing waits for it: it is told in the log, once, and tried again."""
        if not self._is_told:
            self._is_told = True
            what = "how far channels have come is not kept outside of the wallet's folder"
            self._shell.log.warning("channels", f"{what}: {error}")
        self._alarm.set(self._shell.ports.clock.now_ms() + _AGAIN_MS)


def _is_open(held: Held) -> bool:
    """Whether our commitment could be published for what happens."""
    channel = held.state
    if not isinstance(channel, Channel) or channel.phase in (Phase.ON_CHAIN, Phase.DONE):
        return False
    return channel.publication is None and not channel.old_state  # nor restored from a backup


def _may_be_old(held: Held) -> bool:
    """Whether moreover nobody has shown since our start whether its state is the newest."""
    return _is_open(held) and not held.agreed
