"""The chain, mempool and time that LDK nodes share with a node of ours.

Every transaction that anybody publishes goes through the mempool's relay policy and, when mined,
through Bitcoin Core's engine; `published` says what became of each.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.clock import START_OF_TIME
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.playground.faucet import Faucet, FaucetKey
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.miner import Miner
from lnwallet_tui.playground.policy_package import Outcome, check_package_form, submit_package
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from lnwallet_tui.playground.simchain import SimChain
from tests.peers.ldk.clock import RunningClock
from tests.peers.ldk.process import PATIENCE_SECONDS

_SEED: Final = b"with LDK"
_BLOCKS: Final = 130  # the faucet's coins need 100 blocks to mature
_LOOK_AGAIN_SECONDS: Final = 0.005
T = TypeVar("T")

LOST_RACES: Final = frozenset(
    {
        Reason.MISSING_INPUTS,
        Reason.INSUFFICIENT_FEE,
        Reason.REPLACEMENT_FAILED,
        Reason.SPENDS_CONFLICTING,
    }
)
"""Refusals that only say that another transaction came first or pays more: no fault of its form."""


@dataclass(frozen=True, slots=True)
class Published:
    """One transaction, who published it, and why the mempool refused it (None: it did not)."""

    who: str
    tx: Tx
    refused: Rejection | None


class Inhabitant(Protocol):
    """Somebody who has to be told of every block."""

    async def catch_up(self) -> None:
        """Return when the chain's newest block has been worked on."""
        ...


class World:
    """A chain of 130 blocks and a faucet; blocks are mined only when a test says so.

    Its time begins at `start`, in Unix seconds.
    """

    def __init__(self, engine: Engine, folder: Path, start: int = START_OF_TIME) -> None:
        self.folder = folder
        self.clock = RunningClock(start)
        key = FaucetKey.from_seed(_SEED)
        self.chain = SimChain(engine, self.clock.now, _SEED, key.script)
        self.mempool = Mempool(self.chain)
        self.miner = Miner(self.chain, self.mempool)
        self.faucet = Faucet(key, self.chain)
        self.published: list[Published] = []
        self.inhabitants: list[Inhabitant] = []
        for _ in range(_BLOCKS):
            self.miner.mine()

    async def mine(self, count: int = 1) -> None:
        """So many blocks, one by one; each is worked on by everybody before the next."""
        for _ in range(count):
            self.miner.mine()
            for one in self.inhabitants:
                await one.catch_up()
            # What a node of ours publishes leaves it by a task that has begun, if it has not run:
            # let it run, or whether the next block has it were a matter of chance.
            await asyncio.sleep(0)

    async def give(self, script: bytes, *values: int) -> Tx:
        """Confirmed coins of these values (sat) for `script`, as the first outputs of one
        transaction."""
        tx = self.faucet.pay([TxOut(Sat(value), script) for value in values])
        self.publish("faucet", (tx,))
        await self.mine()
        return tx

    def publish(self, who: str, txs: Sequence[Tx]) -> tuple[Outcome, ...]:
        """Show transactions to the mempool, as one package if they are one."""
        try:
            check_package_form(txs)
        except Rejection:
            outcomes = tuple(submit_package(self.mempool, (tx,))[0] for tx in txs)
        else:
            outcomes = submit_package(self.mempool, txs)
        self.published += [
            Published(who, tx, outcome.refused) for tx, outcome in zip(txs, outcomes, strict=True)
        ]
        return outcomes

    def faults(self) -> list[str]:
        """What the mempool refused for any other reason than a race that was lost."""
        return [
            f"{one.who}: {one.refused} {one.tx.serialize().hex()}"
            for one in self.published
            if one.refused is not None and one.refused.reason not in LOST_RACES
        ]

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait for what another process brings about; `AssertionError` if it never does."""

        async def look() -> bool:
            return is_so()

        await self.ask_until(look, bool, what)

    async def ask_until(
        self,
        ask: Callable[[], Awaitable[T]],
        is_so: Callable[[T], bool],
        what: str,
        pause: float = _LOOK_AGAIN_SECONDS,
    ) -> T:
        """Ask until the answer is so, and return it; `AssertionError` if it never is.

        `pause`: seconds between an answer and the next question.
        """
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not is_so(answer := await ask()):  # noqa: ASYNC110  # nobody tells us when
                    await asyncio.sleep(pause)
        except TimeoutError:
            raise AssertionError(f"it never came: {what}") from None
        return answer
