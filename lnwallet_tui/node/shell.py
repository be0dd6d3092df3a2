"""What every part of the node is given: the ports, the store, the keys, the line of turns, the
feed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final, TypeVar

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.damaged_rows import DamagedRows
from lnwallet_tui.node.feed import Feed
from lnwallet_tui.node.herald import Herald
from lnwallet_tui.node.logbook import Logbook
from lnwallet_tui.node.offload import Inline, Offload
from lnwallet_tui.node.ports import ChainSource, Clock, Dialer, Dice, Doorkeeper, MarkPlace
from lnwallet_tui.node.tasks import Tasks
from lnwallet_tui.node.turns import Turns
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged, StoreError

T = TypeVar("T")

AGAIN_MS: Final = 5_000
"""After a disk that did not take what was asked."""


@dataclass(frozen=True, slots=True)
class Ports:
    """The outside. Without `marks` nobody finds out that the folder is an older copy."""

    chain: ChainSource
    dialer: Dialer
    clock: Clock
    dice: Dice
    doorkeeper: Doorkeeper | None = None
    offload: Offload = field(default_factory=Inline)
    marks: MarkPlace | None = None


class Shell:
    """The node's common ground; made once, before its parts."""

    def __init__(self, config: NodeConfig, ports: Ports, store: Store, keys: KeySchedule) -> None:
        self.config: Final = config
        self.ports: Final = ports
        self.store: Final = store
        self.keys: Final = keys
        self.node_key: Final = keys.node_key()
        self.log: Final = Logbook(self.now)
        self.feed: Final = Feed()
        self.turns: Final = Turns(self.crashed)
        self.tasks: Final = Tasks(self.crashed)
        self.damaged: Final = DamagedRows(self)
        self.herald: Final = Herald(self)
        self._is_telling = False
        store.on_crash = self._effect_failed
        self.is_locked = False
        """Whether whoever serves the node lets nobody move money now: no sentence may offer it."""

    @property
    def node_id(self) -> bytes:
        """Ours, 33 bytes."""
        return self.node_key.public_key

    def now(self) -> int:
        """Unix seconds."""
        return self.ports.clock.now_ms() // 1000

    def number_below(self, most: int) -> int:
        """A random number; the bias of 2^-64 is nothing to what it is used for."""
        return int.from_bytes(self.ports.dice.bytes(8), "big") % most

    def fresh_secret(self) -> bytes:
        """A random secret key."""
        while not curve.is_secret(secret := self.ports.dice.bytes(32)):
            pass
        return secret

    async def a_moment(self) -> None:
        """After a disk did not take something, before it is asked again."""
        clock = self.ports.clock
        await clock.sleep_until(clock.now_ms() + AGAIN_MS)

    async def take_later(self, turn: Callable[[], None]) -> None:
        """Have `turn` taken then."""
        await self.a_moment()
        self.turns.take(turn)

    def notice(self, text: str, remedy: str = "", *, urgent: bool = False) -> None:
        """Tell the user a sentence of ours, outside of any transaction."""
        self.herald.say(InboxKind.NOTICE, text, remedy, urgent=urgent)

    def alone(self, tx: Transaction, work: Callable[[], T]) -> T | None:
        """What must not take others with it: a bug of ours in `work`, or a row of the file that is
        damaged, takes back what it wrote, is told, and the transaction goes on."""
        try:
            with self.store.transaction():
                return work()
        except Exception as error:
            if isinstance(error, StoreError) and not isinstance(error, RowDamaged):
                raise
            tx.after(partial(self.crashed, error))
            return None

    def also(self, tx: Transaction, work: Callable[[], object]) -> None:
        """`work` in the same transaction, at its end; a bug in it takes back only that."""
        tx.also(partial(self.alone, tx, work))

    def _effect_failed(self, error: Exception) -> None:
        """What was asked for is durable, and is answered so."""
        self.crashed(error)

    def crashed(self, error: Exception) -> None:
        """What nobody else caught: a disk that failed, or a bug of ours; the node goes on."""
        if isinstance(error, StoreError):
            self.herald.disk_failed(error)
            return
        self.log.error("node", f"unexpected {type(error).__name__}", error)
        if self._is_telling:
            return  # it is what tells of bugs that has one
        self._is_telling = True
        try:
            self.herald.say(
                InboxKind.BUG,
                f"Something in this program went wrong ({type(error).__name__}).",
                "Your channels are watched as before. Please report it, then start the wallet "
                "again.",
                urgent=True,
            )
        finally:
            self._is_telling = False
