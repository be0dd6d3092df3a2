"""The guard's process: watches a wallet's channels while no node does, without the wallet's keys.

It holds the wallet's lock while it watches, so that no node lives beside it. A node that is about
to live asks for the lock over the socket (`hand_over`); from then on the guard stands by, and takes
the lock again as soon as it is free: the node may have been stopped, have crashed or been killed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from lnwallet_tui.api.custody import CustodyRefused, Hidden
from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import GuardEntry
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.counter.place import GUARDS_SOCKET_NAME, SOCKET_NAME
from lnwallet_tui.counter.server import Counter
from lnwallet_tui.keys.guard_file import GuardFileUnusable
from lnwallet_tui.keys.guard_key import GuardKey
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.guard.charges import read_charges
from lnwallet_tui.node.guard.following import Outlook
from lnwallet_tui.node.guard.guard_duty import GuardDuty
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.policy import POLICY, REGTEST_POLICY
from lnwallet_tui.running import endings, guard_key_file, service
from lnwallet_tui.running.away_date import read_date
from lnwallet_tui.running.guard_front import ONLY_THE_GUARD, GuardFront, NoCustody
from lnwallet_tui.running.hand_over import met
from lnwallet_tui.running.outdoors import (
    ChainWanted,
    MachineClock,
    Outdoors,
    SystemDice,
    Unreachable,
)
from lnwallet_tui.running.process import CannotRun
from lnwallet_tui.running.reminding import Keeper, Sight, of_guard
from lnwallet_tui.running.wallet_folder import WalletFolder
from lnwallet_tui.store.db import DATABASE_NAME, Store
from lnwallet_tui.store.duty import FOLDER
from lnwallet_tui.store.errors import StoreError, WalletInUse
from lnwallet_tui.store.lock import GUARD_LOCK_NAME, FolderLock, is_held
from lnwallet_tui.store.reader import reading

_LOOK_AGAIN_MS: Final = 1_000
_AFTER_YOU_MS: Final = 3_000
"""So long a node that asked for the wallet is given to take it; one that is slower asks again."""


@dataclass(frozen=True, slots=True)
class GuardWanted:
    """As `wanted.Wanted`; the passphrase is the guard's own. `by_hand`: somebody typed it. `proxy`
    is None for the one that the node was started with."""

    passphrase: Hidden
    by_hand: bool = False
    chain_peers: tuple[str, ...] = ()
    proxy: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """To whom it is told when it begins to watch (channels, closes), stands by (whether there is
    another guard already), and does something."""

    watches: Callable[[int, int], None] = lambda *_: None
    stands_by: Callable[[bool], None] = lambda _: None
    did: Callable[[GuardEntry], None] = lambda _: None


def expect_prepared(folder: Path) -> None:
    """Before anybody is asked for a passphrase: that there is something to guard, and a file that
    it would open. Raises `CannotRun`."""
    if not (folder / DATABASE_NAME).exists():
        raise CannotRun(
            "no_wallet",
            f"There is no wallet in {folder} to guard.",
            "Name its folder with --datadir, or its --network.",
        )
    if not guard_key_file.is_there(folder):
        raise CannotRun(
            "guard_key",
            "The guard of this wallet is not prepared: nobody has chosen a passphrase for it yet.",
            "Do that first, while the wallet's node runs and is unlocked: lnwallet-tui guard "
            "--prepare",
        )


class GuardProcess:
    """Implements `ProcessApi`, as far as there is something to do."""

    def __init__(
        self, wallet: WalletFolder, wanted: GuardWanted, outdoors: Outdoors, told: Told
    ) -> None:
        self._wallet, self._wanted, self._outdoors, self._told = wallet, wanted, outdoors, told
        self._clock = MachineClock()
        self._stop, self._let_go = asyncio.Event(), asyncio.Event()
        self._stands_by = False
        self._seen: FolderLock | None = None
        self._duty: GuardDuty | None = None
        self._keeper = Keeper(wallet, self._clock, self._sight)

    async def run(self) -> None:
        """Until somebody ends it. Raises `CannotRun`, `StoreError`, `NoPlace`, `OSError`."""
        key = await self._key()
        service.tell(service.READY)
        beating = asyncio.create_task(service.beat(self._clock), name="still there")
        try:
            with endings.heeded(self._end), self._uncaught():
                async with self._keeper.looking():
                    while not self._stop.is_set():
                        await self._take_a_turn(key)
        finally:
            if self._seen is not None:
                self._seen.release()
            beating.cancel()
            await asyncio.gather(beating, return_exceptions=True)

    async def _take_a_turn(self, key: GuardKey) -> None:
        """Stand by until the wallet is free, watch it until somebody wants it."""
        lock = await self._lock()
        if lock is None:
            return
        try:
            await self._watch(key)
        except Unreachable as error:
            raise CannotRun(error.code, str(error), error.remedy) from error
        finally:
            lock.release()
        if not self._stop.is_set():
            self._stands_by = True
            self._told.stands_by(False)
            await self._after_you()

    async def _key(self) -> GuardKey:
        folder = self._wallet.path
        expect_prepared(folder)
        try:
            return await guard_key_file.read(folder, self._wanted.passphrase)
        except GuardFileUnusable as error:
            raise CannotRun("guard_key", str(error), error.remedy) from error

    async def _lock(self) -> FolderLock | None:
        """The wallet's, as soon as no node holds it; None where the guard is to end first."""
        while not self._stop.is_set():
            self._be_seen()
            try:
                return FolderLock(self._wallet.path, reads=True)
            except WalletInUse:
                if not self._stands_by:
                    self._told.stands_by(self._is_second())
                self._stands_by = True
            await self._wait(_LOOK_AGAIN_MS)
        return None

    def _be_seen(self) -> None:
        """Whoever asks for the wallet is told that there is a guard, also while it stands by."""
        if self._seen is None:
            with suppress(StoreError):  # another guard shows it, or nothing can be written there
                self._seen = FolderLock(self._wallet.path, GUARD_LOCK_NAME, reads=True)

    def _is_second(self) -> bool:
        """Whether another guard shows that it is there."""
        with suppress(StoreError):
            return self._seen is None and is_held(self._wallet.path, GUARD_LOCK_NAME)
        return False

    async def _after_you(self) -> None:
        """Until the node that asked for the wallet has it, or has had time enough."""
        until = self._clock.now_ms() + _AFTER_YOU_MS
        while self._clock.now_ms() < until and not self._stop.is_set():
            await self._wait(_LOOK_AGAIN_MS)
            if is_held(self._wallet.path):
                return

    async def _wait(self, milliseconds: int) -> None:
        """So long, or until the end."""
        sleeping = asyncio.create_task(
            self._clock.sleep_until(self._clock.now_ms() + milliseconds), name="standing by"
        )
        ending = asyncio.create_task(self._stop.wait(), name="the end")
        await asyncio.wait((sleeping, ending), return_when=asyncio.FIRST_COMPLETED)
        for task in (sleeping, ending):
            task.cancel()
        await asyncio.gather(sleeping, ending, return_exceptions=True)

    # -- watching
    async def _watch(self, key: GuardKey) -> None:
        """Until somebody wants the wallet, or ends the guard."""
        self._let_go.clear()
        self._stands_by = False
        wallet = self._wallet
        front = GuardFront(
            wallet.network,
            self._clock,
            by_hand=self._wanted.by_hand,
            node_waits=partial(met, wallet.path, SOCKET_NAME),
        )
        try:
            async with self._asked(front):
                with reading(wallet.path / DATABASE_NAME, alone=True) as rows:
                    charges = read_charges(rows, key)
                async with self._chain() as chain:
                    with self._journal() as journal:
                        outlook = Outlook(chain, self._clock)
                        duty = GuardDuty(charges, journal, self._config(), outlook, self._told.did)
                        front.begin(duty, chain)
                        self._told.watches(duty.watched, duty.closes)
                        await self._until_let_go(duty)
        finally:
            front.end()

    @asynccontextmanager
    async def _asked(self, front: GuardFront) -> AsyncIterator[None]:
        """Where there can be no socket, nobody can ask for the wallet: a cheat does not wait."""
        try:
            counter = await Counter.opened(
                front.api,
                self._wallet.path,
                custody=NoCustody().api,
                process=self,
                name=GUARDS_SOCKET_NAME,
                wanted=self._let_go.set,
            )
        except OSError as error:
            self._complain(
                f"The guard has no socket ({error.strerror}), so no node can ask it for the "
                "wallet: before you open the wallet, end the guard."
            )
            yield
            return
        try:
            yield
        finally:
            await counter.close()

    @asynccontextmanager
    async def _chain(self) -> AsyncIterator[ChainSource]:
        """What it reads is kept in the wallet's folder, and else where there is room."""
        wanted = self._chain_wanted()
        async with AsyncExitStack() as entered:
            try:
                chain = await entered.enter_async_context(self._outdoors.chain_of(wanted))
            except StoreError as error:
                self._complain(
                    f"The guard cannot keep blocks in the wallet's folder ({error}), and reads all "
                    "of them again."
                )
                folder = entered.enter_context(TemporaryDirectory(prefix="lnwallet-guard-"))
                elsewhere = replace(wanted, folder=Path(folder))
                chain = await entered.enter_async_context(self._outdoors.chain_of(elsewhere))
            yield chain

    @contextmanager
    def _journal(self) -> Iterator[Store | None]:
        """None where it cannot be opened: a cheat does not wait for a disk."""
        try:
            journal = Store(self._wallet.path / FOLDER)
        except StoreError as error:
            self._complain(f"The guard cannot open its journal ({error}), and goes on without.")
            yield None
            return
        with journal:
            yield journal

    @contextmanager
    def _uncaught(self) -> Iterator[None]:
        """What the disk does not take is told once, not with every block."""
        told = set[type[StoreError]]()

        def tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            if not isinstance(error, StoreError):
                loop.default_exception_handler(context)
            elif type(error) not in told:
                told.add(type(error))
                self._complain(f"The guard cannot keep what it reads ({error}), and watches on.")

        loop = asyncio.get_running_loop()
        loop.set_exception_handler(tell)
        try:
            yield
        finally:
            loop.set_exception_handler(None)

    def _complain(self, text: str) -> None:
        now = self._clock.now_ms() // 1000
        self._told.did(GuardEntry(height=0, time=now, text=text, txid=""))

    async def _until_let_go(self, duty: GuardDuty) -> None:
        self._duty = duty
        watching = asyncio.create_task(duty.run(), name="guard")
        letting_go = asyncio.create_task(self._let_go.wait(), name="let go")
        try:
            await asyncio.wait((watching, letting_go), return_when=asyncio.FIRST_COMPLETED)
            if watching.done():
                await watching  # it ends only by a failure, which is raised here
            await self._keeper.note()
        finally:
            self._duty = None
            for task in (watching, letting_go):
                task.cancel()
            await asyncio.gather(watching, letting_go, return_exceptions=True)

    async def _sight(self) -> Sight | None:
        if self._duty is None:
            return None
        return of_guard(self._duty, read_date(self._wallet.path), self._clock.now_ms() // 1000)

    def _chain_wanted(self) -> ChainWanted:
        return ChainWanted(
            folder=self._wallet.path,
            network=self._wallet.network,
            birthday=self._wallet.birthday,
            clock=self._clock,
            dice=SystemDice(),
            complain=lambda _, __: None,
            peers=self._wanted.chain_peers,
            proxy=self._proxy(),
        )

    def _proxy(self) -> str:
        """A node may have noted another since this one began."""
        said = self._wanted.proxy
        return WalletFolder.at(self._wallet.path, None).proxy if said is None else said

    def _config(self) -> NodeConfig:
        network = self._wallet.network
        policy = REGTEST_POLICY if network is Network.REGTEST else POLICY
        return NodeConfig(network, policy=policy)

    def _end(self) -> None:
        self._stop.set()
        self._let_go.set()

    # -- what can be asked of it (ProcessApi)
    async def look(self) -> ProcessView:
        """As `ProcessApi.look`."""
        return ProcessView(
            folder=str(self._wallet.path),
            network=self._wallet.network.value,
            process_id=os.getpid(),
            has_wallet=True,
            locked=True,
            begun=False,
            stays=self._wallet.stays,
            guards=True,
            guard_prepared=True,
            shows_notices=self._keeper.shows,
        )

    async def stop(self) -> None:
        """As `ProcessApi.stop`."""
        asyncio.get_running_loop().call_soon(self._end)

    async def lock(self) -> Refused | None:
        """It is."""
        return ONLY_THE_GUARD

    async def unlock(self, passphrase: Hidden | None = None) -> CustodyRefused | Refused | None:
        """It has nothing to open a wallet with."""
        return _not_here(passphrase)

    async def stay(self, stays: bool) -> None:
        """As `ProcessApi.stay`; a node may have noted more since this one began."""
        WalletFolder.at(self._wallet.path, None).note(stays=stays)

    async def born(self, birthday: int) -> Refused | None:
        """There is a wallet."""
        return _not_here(birthday)

    async def restores(self, birthday: int, backup: str) -> Refused | None:
        """There is a wallet."""
        return _not_here(birthday, backup)

    async def prepare_guard(self, passphrase: Hidden) -> Refused | None:
        """It cannot make its own key."""
        return _not_here(passphrase)


def _not_here(*_: object) -> Refused:
    return ONLY_THE_GUARD
