"""`create` and `restore`: words are kept in a wallet's folder.

Where a node runs there that has no wallet yet, it is asked to keep them, and lives on them at once;
else this process does it, alone with the folder, and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Protocol, TypeVar

from lnwallet_tui.api.custody import (
    CustodyRefused,
    Hidden,
    Keeping,
    KeyringView,
    Trouble,
    WordsVerdict,
)
from lnwallet_tui.api.gone import NodeFailed, NodeGone
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.birthday import FIRST_WALLET
from lnwallet_tui.cli import answers, asking_back, backing, passphrases, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.errand import say
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, Visitor, visit
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.custodian.troubles import GIVEN_UP
from lnwallet_tui.running import birthdays
from lnwallet_tui.running.hand_over import node_place_taken
from lnwallet_tui.running.hardening import NotHardened, harden
from lnwallet_tui.running.wallet_folder import (
    A_DAY,
    FolderError,
    WalletFolder,
    meant,
    network_of,
)
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.errors import StoreError, WalletInUse

_KEEPINGS: Final = {
    "keyring": Keeping.KEYRING,
    "passphrase": Keeping.PASSPHRASE,
    "both": Keeping.BOTH,
}


class Keeper(Protocol):
    """Whoever keeps the words: this process, or the one of the node."""

    async def find_keyring(self) -> KeyringView: ...
    async def has_wallet(self) -> bool: ...
    async def has_running_wallet(self) -> bool: ...
    async def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict: ...
    async def keep_new(
        self, keeping: Keeping, passphrase: Hidden | None
    ) -> CustodyRefused | Hidden: ...
    async def keep_taken(
        self, keeping: Keeping, passphrase: Hidden | None, birthday: int, backup: Path | None
    ) -> CustodyRefused | Refused | None: ...
    async def stop_keeping(self) -> bool: ...
    async def questions(self) -> tuple[int, ...]: ...
    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused: ...
    async def node_id(self) -> str: ...
    @property
    def wallet(self) -> WalletFolder: ...


Kept = TypeVar("Kept")
Make = Callable[[Keeper, argparse.Namespace], Awaitable[Answer]]


def run(options: argparse.Namespace, make: Make) -> int:
    """Make it and say what came of it; the exit code."""
    return say(asyncio.run(_answer(options, make)), options)


async def create(keeper: Keeper, options: argparse.Namespace) -> Answer:
    """The answer has the words, unless they were shown before: whoever asked for them writes them
    down."""
    if await keeper.has_wallet():
        return answers.not_kept(_THERE)
    keeping, passphrase = await _how(keeper, options)
    words = await _to_its_end(keeper, keeper.keep_new(keeping, passphrase))
    if isinstance(words, CustodyRefused):
        return answers.not_kept(words)
    made: Answer = {"node_id": await keeper.node_id(), "keeping": keeping.value}
    shown = words.reveal().split()
    if options.json:
        return {**made, "words": shown}
    if asking_back.can_ask():
        next_ = asking_back.what_comes_next(shown=await asking_back.are_on_paper(keeper, shown))
        return {**made, "explanation": next_}
    next_ = asking_back.what_comes_next(shown=False)
    return {**made, "words": shown, "explanation": next_}


async def _to_its_end(
    keeper: Keeper, keeping: Coroutine[None, None, Kept]
) -> Kept | CustodyRefused:
    """Also where ctrl+c comes between: nothing is kept then, or all of it, and said as ever. A file
    whose words nobody has seen would be in the way of the next one."""
    task = asyncio.create_task(keeping)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await keeper.stop_keeping()
    kept = await task
    if kept == GIVEN_UP:
        return _INTERRUPTED
    sys.stderr.write(told.question(_WRITTEN))
    return kept


async def restore(keeper: Keeper, options: argparse.Namespace) -> Answer:
    """A wallet of the same words whose file does not open any more is put aside, no other.
    `second_file` is empty as in `backup`: no second place is set; null where it is as before."""
    birthday = options.birthday or FIRST_WALLET
    if (to_come := birthdays.refused(options.birthday or 0, int(time.time()))) is not None:
        return answers.error(to_come)
    backup = backing.given(options, has_wallet=await keeper.has_running_wallet())
    # Its own would know a second place.
    has_database = (keeper.wallet.path / DATABASE_NAME).exists()
    typed = passphrases.words()
    verdict = await keeper.take_words(typed)
    if verdict.message:
        return answers.failure("bad_words", verdict.message, verdict.remedy)
    channels = 0 if backup is None else backing.look(backup, typed, keeper.wallet.network)
    keeping, passphrase = await _how(keeper, options)
    refused = await _to_its_end(
        keeper, keeper.keep_taken(keeping, passphrase, birthday, options.backup)
    )
    if isinstance(refused, Refused):
        return answers.error(refused)
    if refused is not None:
        return answers.not_kept(refused)
    made: Answer = {
        "node_id": await keeper.node_id(),
        "keeping": keeping.value,
        "birthday_at": birthday,
        "channels_in_backup": channels,
    }
    if options.json:
        return {**made, "second_file": None if has_database else ""}
    return made if has_database else {**made, "explanation": _NO_SECOND}


_NO_SECOND: Final = (
    "No second place for the channel backup is set: neither the words nor the backup remember the "
    "one that there was. Once the node runs, name one: lnwallet-tui backup --second DIR"
)
_THERE: Final = CustodyRefused(
    Trouble.FILE_EXISTS,
    "There is a wallet here already.",
    "Start its node with lnwallet-tui node, or name another folder with --datadir.",
)


_INTERRUPTED: Final = CustodyRefused(
    Trouble.GIVEN_UP,
    "Nothing was kept: it was interrupted before anything was written.",
    "Begin anew.",
)
_WRITTEN: Final = "The wallet was being written already when you interrupted this: it is made."


async def _how(keeper: Keeper, options: argparse.Namespace) -> tuple[Keeping, Hidden | None]:
    """What shall open the file, and the passphrase where it takes one. Raises `NotGiven`."""
    passphrase = passphrases.given(options)
    keep = options.keep
    if keep is None and passphrase is None:
        keep = "keyring" if (await keeper.find_keyring()).name else None
    if keep is None and passphrase is None and not passphrases.can_ask():
        raise NotGiven(
            "no_keyring",
            "This system has no keyring that keeps secrets safe.",
            "Name a passphrase that shall open the wallet: --passphrase-file PATH",
        )
    keeping = _KEEPINGS[keep or "passphrase"]
    if not keeping.needs_passphrase or passphrase is not None:
        return keeping, passphrase if keeping.needs_passphrase else None
    if not passphrases.can_ask():
        raise NotGiven(
            "passphrase_needed", "No passphrase was given.", "Name one: --passphrase-file PATH"
        )
    return keeping, passphrases.asked_twice("A passphrase that shall open the wallet: ")


async def _answer(options: argparse.Namespace, make: Make) -> Answer:
    try:
        harden()
        network = None if options.network is None else Network(options.network)
        place = meant(options.datadir, network)
        wallet = WalletFolder.at(place, network_of(options.datadir, network))
        async with _keeper(wallet) as keeper:
            made = await make(keeper, options)
    except (FolderError, NotGiven) as error:
        return answers.failure(error.code, str(error), error.remedy)
    except (NoPlace, OtherVersion) as error:
        return answers.failure("other_version", str(error), error.remedy)
    except (WalletInUse, NobodyThere):
        return answers.failure(
            "in_use", "Another window has this wallet open.", "Make it there, or end that one."
        )
    except StoreError as error:
        return answers.failure("disk", str(error), error.remedy)
    except NotHardened as error:
        return answers.failure("not_hardened", str(error), error.remedy)
    except (NodeGone, NodeFailed) as error:
        return answers.failure("node_gone", f"The node did not do it: {error}.", "Look at its log.")
    if "error" in made:
        return made
    return {"network": wallet.network.value, "folder": str(wallet.path), **made}


@asynccontextmanager
async def _keeper(wallet: WalletFolder) -> AsyncIterator[Keeper]:
    """A guard that watches there goes on: it needs nothing of what is made."""
    wallet.make()
    try:
        place = await node_place_taken(wallet.path)
    except WalletInUse:
        visitor = await visit(wallet.path)
        try:
            yield _There(visitor, wallet)
        finally:
            await visitor.leave()
        return
    try:
        yield _Here(wallet)
    finally:
        place.release()


class _Here:
    """This process, which holds the place of a node there."""

    def __init__(self, wallet: WalletFolder) -> None:
        self.wallet = wallet
        self._custodian = Custodian(wallet.path, wallet.network, lives_on=wallet.node_id)

    async def find_keyring(self) -> KeyringView:
        return await self._custodian.find_keyring()

    async def has_wallet(self) -> bool:
        return self._custodian.has_file or bool(self.wallet.node_id)

    async def has_running_wallet(self) -> bool:
        return False

    async def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        return self._custodian.take_words(typed)

    async def keep_new(
        self, keeping: Keeping, passphrase: Hidden | None
    ) -> CustodyRefused | Hidden:
        self._custodian.make_words()
        refused = await self._keep(keeping, passphrase, int(time.time()) - A_DAY)
        return self._custodian.words() if refused is None else refused

    async def keep_taken(
        self, keeping: Keeping, passphrase: Hidden | None, birthday: int, backup: Path | None
    ) -> CustodyRefused | None:
        refused = await self._keep(keeping, passphrase, birthday)
        if refused is None:
            self.wallet.note(restored=True)
            if backup is not None:
                backing.take(backup, self._custodian.keys(), self.wallet)
        return refused

    async def _keep(
        self, keeping: Keeping, passphrase: Hidden | None, birthday: int
    ) -> CustodyRefused | None:
        if self._custodian.has_file and not self.wallet.node_id:
            return _THERE  # nobody knows of which words
        refused = await self._custodian.keep(keeping, passphrase)
        if refused is None:
            self.wallet.note(birthday=birthday, node_id=self._custodian.node_id)
        return refused

    async def stop_keeping(self) -> bool:
        return await self._custodian.stop_keeping()

    async def questions(self) -> tuple[int, ...]:
        return self._custodian.questions()

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        return await self._custodian.answer(positions, typed)

    async def node_id(self) -> str:
        return self._custodian.node_id


class _There:
    """The process of the node that runs in the folder."""

    def __init__(self, visitor: Visitor, wallet: WalletFolder) -> None:
        self.wallet = wallet
        self._visitor = visitor

    async def find_keyring(self) -> KeyringView:
        found: KeyringView = await self._visitor.custody.find_keyring()
        return found

    async def has_wallet(self) -> bool:
        return (await self._visitor.process.look()).has_wallet

    async def has_running_wallet(self) -> bool:
        return await self.has_wallet()

    async def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        verdict: WordsVerdict = await self._visitor.custody.take_words(typed)
        return verdict

    async def keep_new(
        self, keeping: Keeping, passphrase: Hidden | None
    ) -> CustodyRefused | Hidden:
        await self._visitor.custody.make_words()
        refused: CustodyRefused | None = await self._visitor.custody.keep(keeping, passphrase)
        if refused is not None:
            return refused
        words: Hidden = await self._visitor.custody.words()
        return words

    async def keep_taken(
        self, keeping: Keeping, passphrase: Hidden | None, birthday: int, backup: Path | None
    ) -> CustodyRefused | Refused | None:
        if await self.has_wallet():
            return _THERE
        file = backing.named(backup)
        not_so: Refused | None = await self._visitor.process.restores(birthday, file)
        if not_so is not None:
            return not_so
        refused: CustodyRefused | None = await self._visitor.custody.keep(keeping, passphrase)
        return refused

    async def stop_keeping(self) -> bool:
        stopped: bool = await self._visitor.custody.stop_keeping()
        return stopped

    async def questions(self) -> tuple[int, ...]:
        positions: tuple[int, ...] = await self._visitor.custody.questions()
        return positions

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        wrong: tuple[int, ...] | CustodyRefused
        wrong = await self._visitor.custody.answer(positions, typed)
        return wrong

    async def node_id(self) -> str:
        await self._visitor.process.unlock()  # which it is: this waits until its node has begun
        return (await self._visitor.node.status()).node_id
