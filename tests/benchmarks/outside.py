"""What a node of a benchmark stands on: a chain on which nothing happens any more, real time, and
the system's dice."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from os import urandom
from pathlib import Path
from typing import Final

from lnwallet_tui.api.chain import ChainStage, ChainView
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.chain.broadcasts import Broadcasted
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.net.link import Link, in_memory_pair
from lnwallet_tui.net.tcp import DialError, dial
from lnwallet_tui.node.blocks.waiting_port import Heard
from lnwallet_tui.node.ports import BroadcastResult, DialFailed, FeeReading
from lnwallet_tui.playground.dice import SeededDice

OWNER, SEED = "ada", b"a full wallet"  # of `wallets`, which takes longer to import
_NOW: Final = "now"


class StillChain:
    """Implements `ChainSource`."""

    async def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainEvent]:
        """Nothing, without end."""
        assert known, "the chain was followed before"
        never: asyncio.Queue[ChainEvent] = asyncio.Queue()
        while True:
            yield await never.get()

    async def read_beside(
        self, known: Sequence[tuple[int, bytes]], scripts: frozenset[bytes]
    ) -> AsyncGenerator[ChainEvent, None]:
        """Nothing either."""
        assert scripts
        async for event in self.follow(known):
            yield event

    def watch(self, scripts: frozenset[bytes]) -> None:
        """There will be no block."""

    def know(self, outputs: Mapping[OutPoint, bytes]) -> None:
        """There is nobody who could hide them."""

    async def broadcast(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        """Nobody mines it."""
        return tuple(BroadcastResult(tx.txid, accepted=True) for tx in txs)

    def how_far(self, txid: bytes) -> Broadcasted | None:
        """Nobody asks for it here."""
        return None

    def listen(self, scripts: frozenset[bytes]) -> None:
        """There is nothing to hear."""

    def heard(self) -> tuple[Heard, ...]:
        """Nothing."""
        return ()

    async def waiting_changed(self) -> None:
        """It does not."""
        await asyncio.Event().wait()

    def feerate_per_kw(self, target_blocks: int) -> int:
        """As the playground's in calm weather."""
        if not target_blocks:
            return 250
        return 2_500 if target_blocks <= 6 else 1_000

    def feerate_readings(self) -> tuple[FeeReading, ...]:
        """Nobody asks for them here."""
        return ()

    def verified_by(self) -> int:
        """One."""
        return 1

    def waiting_for(self) -> str:
        """Nothing."""
        return ""

    def name(self) -> str:
        """Where the blocks come from."""
        return "a chain that stands still"

    def view(self) -> ChainView:
        """All of it is here."""
        return ChainView(
            network="regtest", source=self.name(), height=0, tip_time=0, now=0, verified_by=1,
            stage=ChainStage.CAUGHT_UP, since=0, waiting_for="", told_height=0, headers=0,
            filter_headers=0, filters=0, blocks_missing=0, per_minute=0, seconds_left=-1,
            is_stale=False, clock_doubted=False, wanted=0, nodes=(), useless=(), doubted=(),
        )  # fmt: skip

    async def changed(self) -> None:
        """Never."""
        await asyncio.get_running_loop().create_future()

    def try_others(self) -> bool:
        """There is one chain."""
        return False


class RunningClock:
    """Real time, going on from where a simulated one stopped. Implements `Clock`."""

    def __init__(self, start_ms: int) -> None:
        self._ahead_ms = start_ms - _real_ms()

    @classmethod
    def of(cls, folder: Path) -> RunningClock:
        """From when `stop_at` wrote."""
        return cls(int((folder / _NOW).read_text()))

    def now_ms(self) -> int:
        """Milliseconds since the Unix epoch."""
        return _real_ms() + self._ahead_ms

    async def sleep_until(self, at_ms: int) -> None:
        """Wait."""
        await asyncio.sleep(max(0, at_ms - self.now_ms()) / 1000)


def stop_at(folder: Path, now_ms: int) -> None:
    """Remember when the simulated time stopped."""
    (folder / _NOW).write_text(str(now_ms))


def _real_ms() -> int:
    return time.monotonic_ns() // 1_000_000


class SystemDice:
    """Implements `Dice`."""

    def bytes(self, count: int) -> bytes:
        """From the operating system."""
        return urandom(count)


class TcpDialer:
    """Implements `Dialer`."""

    async def dial(self, node_id: bytes, address: str) -> Link:
        """A link over TCP."""
        assert node_id
        try:
            return await dial(address)
        except DialError as error:
            raise DialFailed(str(error)) from None


class HalfMilliseconds:
    """Real time for wires in memory, whose latency is counted in these. Implements `Scheduler`."""

    def call_later(self, delay_ms: int, callback: Callable[[], None]) -> None:
        """After so many halves of a millisecond."""
        asyncio.get_running_loop().call_later(delay_ms / 2_000, callback)


class Wires:
    """Connects nodes of one process, each as far from the others. Implements `Dialer`."""

    def __init__(self, round_trip_ms: int) -> None:
        self._round_trip_ms = round_trip_ms
        self.answers: dict[bytes, Callable[[Link], None]] = {}

    async def dial(self, node_id: bytes, address: str) -> Link:
        """A link in memory: there in half the round trip, and back in the other half."""
        if node_id not in self.answers:
            raise DialFailed(f"Nobody answers at {address}.")
        ours, theirs = in_memory_pair(HalfMilliseconds(), self._round_trip_ms)
        self.answers[node_id](theirs)
        return ours


def keys_of(seed: bytes, name: str) -> KeySchedule:
    """As `tests.node.town` makes them."""
    return KeySchedule(Secret(SeededDice(seed, name).bytes(64)), Network.REGTEST)
