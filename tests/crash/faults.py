"""What may go wrong around one commit of one node, and the hooks by which it does."""

from __future__ import annotations

import enum
import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.effects import Broadcast, Effect, Send
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.node import Node
from lnwallet_tui.store import db
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import DiskFailed
from lnwallet_tui.wire.message import Message
from tests.crash.calls import Call, Kind


class Fault(enum.Enum):
    """As in the contract."""

    BEFORE_COMMIT = "killed before the commit"
    BEFORE_SEND = "killed after the commit, before it is sent"
    AFTER_SEND = "killed after it was sent"
    EIO = "the sync fails"
    ENOSPC = "the disk is full"
    POWER_CUT = "the power is cut"

    @property
    def is_kept(self) -> bool:
        """Whether the commit was reported as durable."""
        return self in (Fault.BEFORE_SEND, Fault.AFTER_SEND, Fault.POWER_CUT)


@dataclass(frozen=True)
class Commit:
    """A transaction right before its commit: what waits for it, what it wrote, and the channels."""

    waiting: Sequence[Callable[[], None]]
    tables: frozenset[str]
    before: dict[int, Channel]
    channels: dict[int, Channel]

    @property
    def effects(self) -> list[Effect]:
        """What channels have asked for."""
        return [effect for one in self.waiting if (effect := effect_of(one)) is not None]

    def says(self, kind: type[Message]) -> bool:
        """Whether a message of that kind leaves after it."""
        return any(isinstance(one, Send) and isinstance(one.message, kind) for one in self.effects)


def effect_of(waiting: Callable[[], None]) -> Effect | None:
    """The effect of a channel that waits for the commit, if it is one."""
    if isinstance(waiting, partial) and len(waiting.args) == 2:
        effect = waiting.args[1]
        if type(effect).__module__ == Send.__module__:
            return effect  # type: ignore[no-any-return]  # partial has Any
    return None


def publishes(waiting: Callable[[], None]) -> bool:
    """Whether it hands transactions to the network."""
    if isinstance(effect_of(waiting), Broadcast):
        return True
    first = waiting.args[0] if isinstance(waiting, partial) and waiting.args else ()
    return isinstance(first, tuple) and any(isinstance(one, Tx) for one in first)


Moment = Callable[[Commit], bool]
Leaving = Callable[[Callable[[], None]], bool]


@dataclass
class Trap:
    """Waits at a node for the moment, then lets the fault happen.

    `leaves` says which of what waits for the commit is what the row is about: a node that is killed
    after it was sent does that, and nothing that comes after it. Where none does, it is the answer
    to a command that leaves, and whoever gave the command springs the trap.
    """

    node: Node
    folder: Path
    fault: Fault
    moment: Moment
    leaves: Leaving
    is_delivered: bool
    on_death: Callable[[], None]
    on_commit: Callable[[], None]
    sprung: bool = False
    dead: bool = False
    has_left: bool = False
    _before: dict[int, Channel] = field(default_factory=dict)
    _is_armed: bool = False
    _answer: int = 0

    def __post_init__(self) -> None:
        self._before = states(self.node)

    def watch_call(self, call: Call) -> int:
        """What the disk says to the node's calls."""
        if not self._answer or not call.path.startswith(str(self.folder)):
            return 0
        if self._answer == errno.EIO and call.kind is Kind.SYNC:
            self._answer = 0
            return errno.EIO
        if self._answer == errno.ENOSPC and call.kind in (Kind.WRITE, Kind.CREATE):
            return errno.ENOSPC
        return 0

    def make_room(self) -> None:
        """The disk takes what it is given again."""
        self._answer = 0

    def die(self) -> None:
        """The process ends here: it neither writes nor says anything more."""
        if self.dead:
            return
        self.sprung = self.dead = True
        self.node._store._failed = DiskFailed("killed")
        board: Any = self.node._board
        board.peers.send = lambda *_: None
        board.publish = lambda *_: None
        board.publishing.publish = lambda *_: None
        self.on_death()

    # -- told by the hooks
    def finish(self, transaction: Transaction, tables: frozenset[str]) -> None:
        """Everything of a transaction is written, and nothing durable."""
        channels = states(self.node)
        commit = Commit(transaction.effects(), tables, self._before, channels)
        if self.sprung or not self.moment(commit):
            return
        match self.fault:
            case Fault.BEFORE_COMMIT:
                self.die()
                raise DiskFailed("killed")
            case Fault.EIO | Fault.ENOSPC:
                self.sprung = True
                self._answer = errno.EIO if self.fault is Fault.EIO else errno.ENOSPC
            case Fault.BEFORE_SEND | Fault.AFTER_SEND | Fault.POWER_CUT:
                self.sprung = self._is_armed = True

    def perform(self, effects: Sequence[Callable[[], None]], really: Callable[[Any], None]) -> None:
        """Everything is durable: what waited for it leaves."""
        self.on_commit()
        self._before = states(self.node)
        if self.dead:
            return
        if self._is_armed and not self._may_leave:
            self.die()
            return
        leaving = [at for at, one in enumerate(effects) if self._is_armed and self.leaves(one)]
        if not leaving:
            really(effects)
            return
        really(effects[: leaving[0] + 1])
        self.has_left = True
        self.die()

    @property
    def _may_leave(self) -> bool:
        cut_after = self.fault is Fault.POWER_CUT and self.is_delivered
        return self.fault is Fault.AFTER_SEND or cut_after


def states(node: Node) -> dict[int, Channel]:
    """All channels of a node as memory has them."""
    return {held.number: held.channel for held in node._board.channels}


@contextmanager
def trapped(trap: Trap) -> Iterator[None]:
    """As long as this lasts, the node's commits are watched."""
    finish, perform, write = Transaction.finish, db._perform, Transaction.write
    store: Store = trap.node._store
    tables: set[str] = set()

    def written(transaction: Transaction, sql: str, values: Sequence[db.Value] = ()) -> int:
        words = sql.split()
        if transaction._connection is store._connection and words[0] in ("INSERT", "UPDATE"):
            tables.add(words[words.index("INTO") + 1] if "INTO" in words else words[1])
        return write(transaction, sql, values)

    def finished(transaction: Transaction) -> None:
        finish(transaction)
        if transaction._connection is store._connection:
            told = frozenset(tables)
            tables.clear()
            owners.append(transaction.effects())
            trap.finish(transaction, told)

    def performed(
        effects: Sequence[Callable[[], None]], on_crash: Callable[[Exception], None]
    ) -> None:
        if any(effects is one for one in owners):
            owners.clear()
            trap.perform(effects, partial(perform, on_crash=on_crash))
        else:
            trap.on_commit()
            perform(effects, on_crash)

    owners: list[object] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Transaction, "write", written)
        patch.setattr(Transaction, "finish", finished)
        patch.setattr(db, "_perform", performed)
        yield
