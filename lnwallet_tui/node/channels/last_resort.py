"""Takes a channel to chain for a payment's deadline, once its peer has been asked.

After a start the chain is read before anybody is dialled, and each old block may find a payment
late. But the peer may have it ready to give back, and it alone can tell that this wallet's folder
is an older copy, whose commitment would lose all of the channel. So the first word is the peer's,
as long as waiting for it loses nothing:

    what is late                             the peer has agreed   it has not
    ───────────────────────────────────────  ────────────────────  ─────────────────────────────────
    an incoming one before its expiry        at once               dialled, and it is high time
    an outgoing one that somebody waits for  at once               dialled
    an incoming one past its expiry          at once               the user is told: half a day
    an outgoing one of our own               had time to answer    the user is told: half a day

It has agreed when it took the channel up with our state, since the start of this program. Before
that, where the folder is suspected of being an older copy (node/channels/older_copy.py), nothing is
done for any of them but to tell the user.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.dates import BLOCK_SECONDS
from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.channel.close_record import PendingHtlc
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.node.alarm import Alarm
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.words import copy_words
from lnwallet_tui.onchain.deadlines import Deadline
from lnwallet_tui.payment.events import HtlcOverdue
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.late import LateHtlc, load_late, save_late

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_DIALLED: Final = 60
"""Seconds after the newest block was read: a peer that is there has taken its channels up."""
_AT_MOST: Final = 3_600
"""Seconds after a start: if the chain is not read by then, a race does not wait for that."""


class LastResort:
    """Of all channels. When something was found to be late is remembered in memory alone: who was
    asleep meanwhile, the whole machine maybe, has to give the peer its time."""

    def __init__(self, board: Switchboard) -> None:
        self._board = board
        self._started = board.shell.now()
        self._read_at: int | None = None  # when the newest block was read first
        self._late: dict[tuple[int, bool, int], int] = {}
        self._alarm = Alarm(board.shell, "deadlines", self._ring)

    def start(self) -> None:
        """All blocks are read, and the peers are dialled."""
        self._read_at = self._board.shell.now()
        self._set_alarm()

    def _set_alarm(self) -> None:
        assert self._read_at is not None, "before that nobody was dialled"
        answered = self._board.shell.config.policy.closing_answer_time
        ends = (self._read_at + _DIALLED, self._read_at + answered)
        coming = [at for at in ends if at > self._board.shell.now()]
        if coming:
            self._alarm.set(min(coming) * 1000)

    def _ring(self) -> None:
        """No block need have come meanwhile."""
        self._set_alarm()
        with self._board.shell.store.transaction() as tx:
            for held in self._board.channels:
                if held.channel.phase is not Phase.DONE:
                    self._board.shell.alone(tx, partial(self.look, tx, held))

    def look(self, tx: Transaction, held: Held) -> bool:
        """Whether it is taken to chain now."""
        if not isinstance(held.state, Channel):
            return False
        by = self._decided(tx, held)
        if by is None:
            return False
        self._board.shell.herald.tell(
            tx,
            InboxKind.CLOSE,
            f"The channel with {_name(held)} was taken to chain: "
            "a payment in it had to be settled before its deadline.",
            urgent=True,
            channel_id=held.channel.channel_id,
        )
        due = PendingHtlc(
            htlc_id=by.htlc.htlc_id,
            outgoing=by.outgoing,
            amount=by.htlc.amount,
            cltv_expiry=by.htlc.cltv_expiry,
        )
        self._board.take_to_chain(held, CloseReason.HTLC_DEADLINE, due)
        return True

    def _decided(self, tx: Transaction, held: Held) -> Deadline | None:
        """For which HTLC, if at all."""
        height, deadlines = self._board.chain.height, self._board.guard.deadlines(held)
        for by in deadlines:
            if by.height <= height and self._is_race(by) and self._may_race(tx, held, by):
                return by
        late = [by for by in deadlines if not self._is_race(by) and self._is_late(by)]
        for by in late[:1]:
            if self._had_its_time(tx, held, by) and by.height <= height:
                return by
        if self._read_at is not None:  # else it is not known yet how late they are
            for htlc in self._board.guard.overdue(held):
                self._tell_overdue(tx, held, htlc)
        return None

    def _is_late(self, by: Deadline) -> bool:
        """Whether the peer should have given it back, or we should have taken it."""
        grace = self._board.shell.config.policy.timeout_grace if by.outgoing else 0
        return self._board.chain.height >= by.htlc.cltv_expiry + grace

    # -- what the peer could take if we waited
    def _is_race(self, by: Deadline) -> bool:
        expired = self._board.chain.height >= by.htlc.cltv_expiry
        return by.waited_for if by.outgoing else not expired

    def _may_race(self, tx: Transaction, held: Held, by: Deadline) -> bool:
        if held.agreed:
            return True
        if self._is_held_back(tx, held, by):
            return False
        height, policy = self._board.chain.height, self._board.shell.config.policy
        if not by.outgoing and height < by.htlc.cltv_expiry - policy.security_delay:
            return False
        now = self._board.shell.now()
        if self._read_at is None:
            return now >= self._started + _AT_MOST
        return now >= self._read_at + _DIALLED

    # -- what nobody takes, or somebody could have taken already
    def _had_its_time(self, tx: Transaction, held: Held, by: Deadline) -> bool:
        if held.agreed and not by.outgoing:
            return True
        found = self._board.shell.now()
        since = self._late.setdefault((held.number, by.outgoing, by.htlc.htlc_id), found)
        if self._read_at is None:
            return False
        policy, now = self._board.shell.config.policy, self._board.shell.now()
        if now < max(since, self._read_at) + policy.closing_answer_time:
            return False
        if held.agreed:
            return True
        if self._is_held_back(tx, held, by):
            return False
        return now >= self._told(tx, held, by) + policy.unproved_patience

    def _is_held_back(self, tx: Transaction, held: Held, by: Deadline) -> bool:
        """Whether our commitment may be revoked for all that is known; the user is told once."""
        if not self._board.older_copy.suspects(held):
            return False
        subject = f"held back {_subject(held, by)}"
        if self._board.shell.herald.inbox.about(subject) is None:
            whose, expiry = f"{_whose(by)} in the channel with", by.htlc.cltv_expiry
            verb = "expires" if self._board.chain.height < expiry else "expired"
            payment = f"{whose} {_name(held)} {verb} at block {expiry:,}."
            self._board.shell.herald.tell(
                tx,
                InboxKind.CLOSE,
                *copy_words.held_back(payment, _name(held)),
                urgent=True,
                subject=subject,
                channel_id=held.channel.channel_id,
            )
        return True

    def _told(self, tx: Transaction, held: Held, by: Deadline) -> int:
        """When the user was told that the peer stays away; that outlives a restart, and the inbox,
        which keeps only so much."""
        late, htlc_id = load_late(tx, held.number), by.htlc.htlc_id
        told = late.told(htlc_id, outgoing=by.outgoing)
        if told is not None:
            return told
        now = self._board.shell.now()
        one = LateHtlc(outgoing=by.outgoing, htlc_id=htlc_id, told=now)
        save_late(tx, held.number, late.and_also(one))
        self._tell_late(tx, held, by)
        return now

    def _tell_late(self, tx: Transaction, held: Held, by: Deadline) -> None:
        channel_id = held.channel.channel_id
        blocks = self._board.shell.config.policy.unproved_patience // BLOCK_SECONDS
        until = max(by.height, self._board.chain.height + blocks)
        self._board.shell.herald.tell(
            tx,
            InboxKind.CLOSE,
            f"{_whose(by)} in the channel with {_name(held)} expired at block "
            f"{by.htlc.cltv_expiry:,}. Since this start {_name(held)} has not taken the channel "
            "up, which alone would show that this wallet's state of it is the newest. If it stays "
            f"away, the wallet closes the channel alone at about block {until:,}.",
            "If this wallet's folder is no older copy that was put back, there is nothing to do; "
            "you can close alone now. If it is one, closing would lose the whole channel: quit, "
            f"and start again when {_name(held)} can be reached.",
            urgent=True,
            subject=f"late {_subject(held, by)}",
            channel_id=channel_id,
        )

    def _tell_overdue(self, tx: Transaction, held: Held, htlc: HtlcSpec) -> None:
        """The user may want to close the channel alone; we do it when a day is over."""
        patience, until = self._board.shell.config.policy.timeout_patience, 0
        if held.agreed or not self._board.older_copy.suspects(held):
            until = max(htlc.cltv_expiry + patience, self._board.chain.height + patience // 2)
        event = HtlcOverdue(held.channel.channel_id, htlc.htlc_id, until)
        self._board.payments.open_still(tx, htlc.payment_hash, event)


def _whose(by: Deadline) -> str:
    return "A payment of yours" if by.outgoing else "A payment to you"


def _subject(held: Held, by: Deadline) -> str:
    way = "ours" if by.outgoing else "theirs"
    return f"{held.channel.channel_id.hex()} {way} {by.htlc.htlc_id}"


def _name(held: Held) -> str:
    return held.peer_id.hex()[:8]
