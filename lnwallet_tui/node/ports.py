"""What a node needs from outside: chain, clock, dice and wires, each behind a small Protocol.

Nothing in `node` reads a clock, a random source or a socket by itself, so that several nodes can
live in one process on virtual time and one seed.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.net.link import DialFailed as DialFailed
from lnwallet_tui.net.link import Link
from lnwallet_tui.node.blocks.waiting_port import WaitingSource
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.store.marks import Mark


@dataclass(frozen=True, slots=True)
class BroadcastResult:
    """What became of one transaction. `reason` is the source's word for a refusal, else empty.

    A transaction that the source knows already, in its mempool or in a block, is accepted.
    """

    txid: bytes
    accepted: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FeeReading:
    """A feerate (sat/kw) with where it is from, in words that can stand after "by", and since when
    (Unix seconds). `count` is of the peers or blocks that it is made of.

    It is expected to confirm within `target_blocks`; 0: it is the least that is passed on at all.
    """

    target_blocks: int
    per_kw: int
    source: str
    since: int
    count: int


class ChainSource(WaitingSource, Protocol):
    """A view of the best chain, and the way to publish on it."""

    def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainEvent]:
        """All changes of the best chain after the point the caller stands at, without end.

        `known` are (height, block hash) that the caller has processed, the newest first; empty
        for a caller that knows nothing and starts at the source's first block (its birthday).
        Where the newest known blocks left the best chain, their `BlockDisconnected` come first.
        """
        ...

    def watch(self, scripts: frozenset[bytes]) -> None:
        """From the next block on, deliver the transactions of blocks that touch these too.

        Called before the next event is asked for; a source that delivers whole blocks need not
        care.
        """
        ...

    def know(self, outputs: Mapping[OutPoint, bytes]) -> None:
        """Outputs, with their scripts, that blocks showed the caller before: who hides what spends
        one of them that is watched lies, and can be left.

        Called after `watch` and before `follow`; what that shows, the source notes by itself.
        """
        ...

    def read_beside(
        self, known: Sequence[tuple[int, bytes]], scripts: frozenset[bytes]
    ) -> AsyncGenerator[ChainEvent, None]:
        """As `follow`, with the transactions of the blocks that touch these scripts, beside whoever
        follows: no new block is held up by it. To be closed by whoever reads. Raises `StoreError`.
        """
        ...

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """Publish these as one package, parents before children; one result each.

        Never raises for a transaction that is refused.
        """
        ...

    def feerate_per_kw(self, target_blocks: int) -> int:
        """The feerate (sat/kw) expected to confirm within `target_blocks`; 0: the least that is
        passed on at all."""
        ...

    def feerate_readings(self) -> tuple[FeeReading, ...]:
        """What is known of feerates, the soonest first; nothing where nothing is."""
        ...

    def verified_by(self) -> int:
        """How many peers agree on the tip (0: none is connected)."""
        ...

    def waiting_for(self) -> str:
        """What it waits for before it can tell more, in a plain sentence; empty: for blocks."""
        ...

    def name(self) -> str:
        """What it is, in words that can stand after "by": who reads them must not be misled."""
        ...

    def view(self) -> ChainView:
        """All that it knows of itself, but for the time of the newest block."""
        ...

    async def changed(self) -> None:
        """Return once something of that may be another than when this was last awaited; often.
        One waits at a time."""
        ...

    def try_others(self) -> bool:
        """Hang up, and look for other nodes first. False: there is nobody to choose among."""
        ...


class Clock(Protocol):
    """Time in milliseconds since the Unix epoch; never goes back."""

    def now_ms(self) -> int: ...

    async def sleep_until(self, at_ms: int) -> None:
        """Return when `now_ms()` is at least `at_ms`. Cancelling it leaves nothing behind."""
        ...


class Dice(Protocol):
    """Random bytes: the operating system's, or a seeded stream of a test."""

    def bytes(self, count: int) -> bytes: ...


class Dialer(Protocol):
    """Opens links. The noise handshake on top of them is the node's."""

    async def dial(self, node_id: bytes, address: str) -> Link:
        """A link to `address` (`host:port`). Raises `DialFailed`."""
        ...


class MarkPlace(Protocol):
    """A place outside of the wallet's folder, which no copy of the folder brings along."""

    def read(self, life: bytes) -> Mark | None:
        """What was kept there last for a life of a wallet; None where there is nothing that can be
        read. Raises `StoreError` where the place cannot be asked."""
        ...

    def write(self, life: bytes, mark: Mark) -> None:
        """Put it in place of what is there, durably. Raises `StoreError`; then that is still
        there."""
        ...


Wait = Callable[[], Coroutine[Any, Any, object]]


class Doorkeeper(Protocol):
    """Whoever stands between a channel and what its node does about an HTLC that came.

    A wallet has none. The playground's people have one each, who writes down what the node could
    see, and lets HTLCs of the slow ones wait.
    """

    def came(self, htlc: HtlcArrived) -> Wait | None:
        """An HTLC is irrevocably committed; after a start of the node each that stands comes again.

        None: the node looks at it now. Else it does so when that wait is over, and not at all if
        the channel was closed meanwhile.
        """
        ...
