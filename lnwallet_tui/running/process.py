"""The process of one wallet, from its start to its end.

In this order: the node's place in the folder is taken and the socket opened, so that whoever asks
is answered at once; then the wallet is opened, by the keyring or a passphrase, now or when somebody
unlocks it; then the wallet's lock is taken, which a guard may have had until now, and the node
begins. The keys are in no other process.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.api.custody import CustodyRefused, Hidden, Trouble
from lnwallet_tui.api.process import ProcessView
from lnwallet_tui.api.refusals import LOCKED, RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.birthday import FIRST_WALLET
from lnwallet_tui.counter.server import Counter
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.net import tcp
from lnwallet_tui.node.config import NodeConfig
from lnwallet_tui.node.logbook import Logbook
from lnwallet_tui.node.logfile import kept
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.offload import Threads
from lnwallet_tui.node.shell import Ports
from lnwallet_tui.policy import POLICY, REGTEST_POLICY
from lnwallet_tui.running import birthdays, endings, guard_key_file, hand_over, old_backup
from lnwallet_tui.running.asked_custody import AskedCustody
from lnwallet_tui.running.front import NO_WALLET, Front
from lnwallet_tui.running.old_backup import NoUse
from lnwallet_tui.running.outdoors import (
    ChainWanted,
    MachineClock,
    Outdoors,
    SystemDice,
    Unreachable,
)
from lnwallet_tui.running.reminding import Keeper, Sight, of_node
from lnwallet_tui.running.wallet_folder import A_DAY, WalletFolder, other_network
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.errors import StoreError, WalletInUse
from lnwallet_tui.store.lock import FolderLock, is_held

_OPENING: Final = "The wallet is being opened."
_TAKING_OVER: Final = "The node takes the wallet over; a guard closes its files first."
_OPENING_BY_KEYRING: Final = (
    "The wallet is being opened; a keyring may be asking for its password, in a window."
)


class CannotRun(Exception):
    """The process ends. The message is a plain sentence; `code` is stable."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        super().__init__(message)
        self.code, self.remedy = code, remedy


class WalletProcess:
    """Implements `ProcessApi`."""

    def __init__(self, wallet: WalletFolder, wanted: Wanted, outdoors: Outdoors) -> None:
        self._wallet, self._wanted, self._outdoors = wallet, wanted, outdoors
        self._proxy = wanted.proxy_after(wallet.proxy)
        self._clock = MachineClock()
        self._tried, self._opened = asyncio.Event(), asyncio.Event()
        self._begun, self._held, self._stop = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self.complains: Callable[[str], None] = lambda _: None
        """Told once, in a sentence, when another process does not let go of the wallet."""
        self._failure: CannotRun | None = None
        self._logbook: Logbook | None = None
        self._custodian = Custodian(
            wallet.path, wallet.network, lives_on=wallet.node_id, opened=self._is_opened
        )
        self._asked = AskedCustody(self._custodian)
        self._is_new = not self._custodian.has_file
        self._keeper = Keeper(wallet, self._clock, self._sight)
        self.front: Final = Front(
            wallet.network, self._clock, self._custodian, guarded=partial(is_held, wallet.path)
        )

    async def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Until somebody ends it. `ready` is called once it can be asked.

        Raises `CannotRun`, `FolderError`, `StoreError` (`WalletInUse`), `NoPlace`, `OSError`.
        """
        self._wallet.make()
        place = await hand_over.node_place_taken(self._wallet.path)
        try:
            if self._custodian.network not in (None, self._wallet.network):
                raise other_network(self._wallet.path, self._wallet.network)
            self._wallet.note()
            self._say_whether_it_is_being_opened()
            counter = await Counter.opened(
                self.front.api,
                self._wallet.path,
                custody=self._asked.api,
                process=self,
            )
            try:
                async with self._keeper.looking():
                    with endings.heeded(self._end):
                        ready()
                        await self._live_until_stopped()
            finally:
                await counter.close()
        finally:
            place.release()

    # -- what can be asked of it
    async def look(self) -> ProcessView:
        """As `ProcessApi.look`."""
        return ProcessView(
            folder=str(self._wallet.path),
            network=self._wallet.network.value,
            process_id=os.getpid(),
            has_wallet=self._custodian.has_file,
            locked=self.front.locked,
            begun=self.front.begun,
            stays=self._wallet.stays,
            restored=self._wallet.restored,
            guard_prepared=guard_key_file.is_there(self._wallet.path),
            started_with=self._wanted.options(self._proxy),
            shows_notices=self._keeper.shows,
        )

    async def lock(self) -> Refused | None:
        """As `ProcessApi.lock`."""
        if not self._custodian.has_file:
            return NO_WALLET
        if self._custodian.is_open and not self.front.begun:
            return self.front.shut()  # its keys are just wanted
        self._custodian.close()
        self.front.say_status()
        return None

    async def unlock(self, passphrase: Hidden | None = None) -> CustodyRefused | Refused | None:
        """As `ProcessApi.unlock`. Raises `WalletShut` where too many ask for it."""
        if not self._custodian.has_file:
            return NO_WALLET
        if passphrase is None:
            await self._tried.wait()  # what was begun at the start may open it
        if not self._custodian.is_open:
            refused = await self._asked.open(passphrase)
            if refused is not None:
                return refused
        await hand_over.first_of(self._begun, self._held)
        if not self.front.begun:
            return hand_over.held_by_another(self._wallet.path)
        self.front.say_status()
        return None

    async def stop(self) -> None:
        """As `ProcessApi.stop`."""
        asyncio.get_running_loop().call_soon(self._end)  # the answer goes out before

    async def stay(self, stays: bool) -> None:
        """As `ProcessApi.stay`."""
        self._wallet.note(stays=stays)

    async def born(self, birthday: int) -> Refused | None:
        """As `ProcessApi.born`."""
        if self._custodian.has_file:
            return Refused(
                RefusalCode.NOT_READY,
                "There is a wallet here already.",
                "Its birthday was fixed when it was made.",
            )
        self._wallet.note(birthday=birthday)
        return None

    async def restores(self, birthday: int, backup: str) -> Refused | None:
        """As `ProcessApi.restores`."""
        if (to_come := birthdays.refused(birthday, self._clock.now_ms() // 1000)) is not None:
            return to_come
        if (refused := await self.born(birthday or FIRST_WALLET)) is not None or not backup:
            return refused
        keys = self._custodian.keys_to_keep()
        if keys is None:
            return Refused(
                RefusalCode.NOT_READY,
                "A channel backup is opened by the words that wrote it.",
                "Type the words first.",
            )
        try:
            file = old_backup.read(Path(backup))
            old_backup.put(file, keys, self._wallet.path, self._wallet.network)
        except NoUse as error:
            return Refused(RefusalCode.BAD_INPUT, str(error), error.remedy)
        except StoreError as error:
            return Refused(RefusalCode.DISK, str(error), error.remedy)
        return None

    async def prepare_guard(self, passphrase: Hidden) -> Refused | None:
        """As `ProcessApi.prepare_guard`."""
        if not self._custodian.has_file:
            return NO_WALLET
        keys = None if self.front.locked else self._custodian.keys()
        if keys is None:
            return LOCKED
        if self._custodian.was_opened_by(passphrase):
            return guard_key_file.THE_WALLETS
        return await guard_key_file.write(self._wallet.path, keys, passphrase)

    # -- living
    async def _live_until_stopped(self) -> None:
        opening = asyncio.create_task(self._open_at_start(), name="open the wallet")
        try:
            await self._opened.wait()
            if self._failure is not None:
                raise self._failure
            if not self._stop.is_set():
                await self._take_over_and_live()
        except StoreError as error:
            raise CannotRun("disk", str(error), error.remedy) from error
        except Unreachable as error:
            raise CannotRun(error.code, str(error), error.remedy) from error
        finally:
            self.front.end()
            opening.cancel()
            await asyncio.gather(opening, return_exceptions=True)

    def _say_whether_it_is_being_opened(self) -> None:
        """It is where something is at hand that may open it."""
        keeping = self._custodian.view().keeping
        needs_passphrase = keeping is not None and keeping.needs_passphrase
        if self._is_new or (needs_passphrase and self._wanted.passphrase is None):
            return
        by_keyring = keeping is None or keeping.needs_keyring
        self.front.is_being_opened = True
        self.front.waits_for = _OPENING_BY_KEYRING if by_keyring else _OPENING

    async def _open_at_start(self) -> None:
        """By the passphrase that was given, else as far as that is possible without one."""
        if self._is_new:
            self._tried.set()
            return
        refused = await self._custodian.open(self._wanted.passphrase)
        self.front.waits_for = ""
        self.front.is_being_opened = False
        self._tried.set()
        if refused is None or refused.trouble is Trouble.PASSPHRASE_NEEDED:
            return
        if self._wanted.passphrase is not None:
            self._failure = CannotRun(refused.trouble.value, refused.message, refused.remedy)
            self._end()
        self.front.waits_for = f"{refused.message} {refused.remedy}"

    def _is_opened(self) -> None:
        """By whomever: at the start, by `unlock`, or on a page of the screen's."""
        self._opened.set()
        self.front.say_status()

    def _end(self) -> None:
        self._stop.set()
        self._opened.set()  # nobody waits for it any more

    async def _take_over_and_live(self) -> None:
        """A guard that watches until now does so again afterwards."""
        self.front.waits_for = _TAKING_OVER
        while not self._stop.is_set():
            try:
                lock = await hand_over.folder_taken(self._wallet.path)
            except WalletInUse:
                self._is_held_by_another()
                continue
            self.front.waits_for, self.front.held = "", None
            try:
                if not self._stop.is_set():
                    await self._live(lock)
            finally:
                lock.release()
            return

    def _is_held_by_another(self) -> None:
        """A guard that hangs, most likely. It is asked again and again: a node that ended here
        would leave nobody who could say why."""
        held = hand_over.held_by_another(self._wallet.path)
        self.front.waits_for, self.front.held = f"{held.message} {held.remedy}", held
        if not self._held.is_set():
            self.complains(self.front.waits_for)
        self._held.set()

    async def _live(self, lock: FolderLock) -> None:
        """The node's life, from its first moment to its last."""
        keys = self._custodian.keys()
        assert keys is not None, "an open wallet has keys"
        if self._is_new and self._custodian.view().words_verified:
            self._wallet.note(restored=True)  # nobody has words on paper that were made just now
        self._note_birth()
        wanted = ChainWanted(
            folder=self._wallet.path,
            network=self._wallet.network,
            birthday=self._wallet.birthday,
            clock=self._clock,
            dice=SystemDice(),
            complain=self._complain,
            peers=self._wanted.chain_peers,
            proxy=self._proxy,
        )
        async with self._outdoors.chain_of(wanted) as chain:
            self._wallet.note(proxy=self._proxy)  # who wanted Tor once is not dialled without it
            with closing(Threads()) as threads:
                ports = Ports(
                    chain=chain,
                    dialer=self._outdoors.dialer_of(self._proxy),
                    clock=self._clock,
                    dice=SystemDice(),
                    offload=threads,
                    marks=self._outdoors.marks,
                )
                config = self._config()
                node = Node(config, ports, self._wallet.path, keys, lock=lock)
                del keys
                with self._logged(node):
                    try:
                        await self._serve(node)
                    finally:
                        self.front.end()
                        await node.stop()

    def _config(self) -> NodeConfig:
        """Who has peers dial in wants channels of theirs; as many as the policy says."""
        network = self._wallet.network
        return NodeConfig(
            network,
            accept_all_inbound=self._wanted.listen is not None,
            policy=REGTEST_POLICY if network is Network.REGTEST else POLICY,
            keeps_room=True,
        )

    async def _serve(self, node: Node) -> None:
        await node.start()
        listener = await self._listener(node)
        self.front.begin(node)
        await self._keeper.note()  # the date that stands there is of the last time
        self._begun.set()
        self.front.say_status()  # to whoever waits for it
        try:
            await self._stop.wait()
            await self._keeper.note()
        finally:
            if listener is not None:
                listener.close()

    async def _sight(self) -> Sight | None:
        return await of_node(self.front.api) if self.front.begun else None

    async def _listener(self, node: Node) -> tcp.Listener | None:
        if self._wanted.listen is None:
            return None
        host, port = self._wanted.listen
        try:
            return await tcp.listen(node.accept, host, port)
        except OSError as error:
            raise CannotRun(
                "cannot_listen",
                f"Peers cannot dial {host}:{port} ({error.strerror}).",
                "Name another port, or leave --listen out.",
            ) from error

    def _note_birth(self) -> None:
        """Words that nobody has on paper yet were made just now, whatever was said before of others
        that were typed; those may be as old as the program. From now on no wallet of other words is
        opened here."""
        birthday = None if self._wallet.has_birthday else FIRST_WALLET
        if self._is_new and not self._custodian.view().words_verified:
            birthday = self._clock.now_ms() // 1000 - A_DAY
        self._custodian.lives_on = self._custodian.node_id
        self._wallet.note(birthday=birthday, node_id=self._custodian.node_id)

    @contextmanager
    def _logged(self, node: Node) -> Iterator[None]:
        """The log is kept in the folder, and has what nobody caught."""

        def complain(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            error = context.get("exception")
            node.logbook.error("process", str(context.get("message", "")), error)

        loop = asyncio.get_running_loop()
        self._logbook = node.logbook
        with kept(node.logbook, node.log_folder):
            loop.set_exception_handler(complain)
            try:
                yield
            finally:
                loop.set_exception_handler(None)

    def _complain(self, text: str, error: Exception) -> None:
        if self._logbook is not None:  # nothing happens there before the node follows
            self._logbook.error("chain", text, error)
