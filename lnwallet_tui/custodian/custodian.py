"""Makes or takes the words of the wallet in one folder, keeps them, opens them, and says so."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from lnwallet_tui.api.custody import (
    CustodyRefused,
    CustodyView,
    Hidden,
    Keeping,
    KeyringView,
    WordsVerdict,
)
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.custodian import typed_words
from lnwallet_tui.custodian.troubles import FILE_GONE, GIVEN_UP, OTHER_WORDS, refused
from lnwallet_tui.custodian.unwaited import GivenUp, Question, ask
from lnwallet_tui.keys import custody, custody_errors, keyring_vault, seed, seed_file
from lnwallet_tui.keys.custody_errors import CustodyError
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.keyring_vault import Backend, KeyringVault
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import SeedWords

WORDS: Final = 24
_ASKED_BACK: Final = 3
_PATIENCE_S: Final = 5.0
"""How long the end of the program waits for a keyring."""


class Custodian:
    """`lives_on` is the node id (hex) of the keys that the wallet in the folder was made of, empty
    where these are not the user's own words."""

    def __init__(
        self,
        folder: Path,
        network: Network,
        *,
        lives_on: str = "",
        open_vault: Callable[[], KeyringVault] = KeyringVault.open,
        find_backend: Callable[[], Backend | None] = keyring_vault.find_backend,
        opened: Callable[[], None] = lambda: None,
    ) -> None:
        """`opened` is called whenever the wallet has been opened, or kept for the first time."""
        self._folder, self._network = folder, network
        self._open_vault, self._find_backend = open_vault, find_backend
        self.lives_on = lives_on
        self._tell_opened = opened
        self._started: SeedWords | None = None
        self._from_paper = False
        self._keeping: Question | None = None  # while words are being kept
        self._opened: custody.Unlocked | None = None
        self._asked_back: tuple[int, ...] = ()  # the last time
        self._node_id = ""  # of the open wallet
        self._closed: custody.Closed | None = None
        self._keyring = ""
        self._look()

    # -- for whoever starts the wallet
    @property
    def has_file(self) -> bool:
        """Whether something is kept here, of whatever state."""
        return (self._folder / seed_file.SEED_FILE).exists()

    def keys(self) -> KeySchedule | None:
        """Those of the open wallet."""
        return self._schedule(self._opened.words) if self._opened is not None else None

    def keys_to_keep(self) -> KeySchedule | None:
        """Those of the words that were made or taken, and are not kept yet."""
        return self._schedule(self._started) if self._started is not None else None

    @property
    def is_open(self) -> bool:
        """Whether its words are known here."""
        return self._opened is not None

    def was_opened_by(self, passphrase: Hidden) -> bool:
        """Whether that is what opened the wallet, by itself or beside a keyring."""
        return self._opened is not None and self._opened.parts.passphrase == _secret(passphrase)

    @property
    def node_id(self) -> str:
        """Of the open wallet (hex); empty while it is closed."""
        return self._node_id

    @property
    def network(self) -> Network | None:
        """For which the seed file was written; None where there is none that can be read."""
        return None if self._closed is None else self._closed.header.network

    def close(self) -> None:
        """Forget what was opened, as if it never had been. Keys that a node was made of are the
        node's."""
        self._opened, self._started, self._node_id = None, None, ""

    def forget_key(self) -> None:
        """Nobody will open this wallet again: its folder ends with the program. The keyring need
        not keep its key; where it does not answer, it does, and no harm is done."""
        if self._closed is None or not any(way.needs_keyring for way in self._closed.ways):
            return
        wallet = self._closed.header.wallet

        def forget() -> None:
            with suppress(CustodyError):
                self._open_vault().forget(wallet)

        thread = threading.Thread(target=forget, name="custody", daemon=True)
        thread.start()
        thread.join(_PATIENCE_S)

    # -- what the screen asks
    def view(self) -> CustodyView:
        if self._closed is None:
            return CustodyView()
        return CustodyView(
            keeping=Keeping(self._closed.ways[0].value),
            keyring=self._keyring,
            is_open=self._opened is not None,
            words_verified=self._closed.header.words_verified,
            lived_on=bool(self.lives_on) and self._node_id == self.lives_on,
        )

    def forget_started(self) -> None:
        self._started = None
        self._stop_keeping()

    def make_words(self) -> None:
        self._started, self._from_paper = seed.new_words(WORDS), False

    def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        words = typed_words.read(typed)
        if isinstance(words, WordsVerdict):
            return words
        if self._are_others(words):
            return WordsVerdict(OTHER_WORDS.message, OTHER_WORDS.remedy)
        self._started, self._from_paper = words, True
        return WordsVerdict()

    def look_at_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        return typed_words.judged(typed)

    def completions(self, start: Hidden) -> tuple[Hidden, ...]:
        return tuple(map(Hidden, seed.completions(typed_words.plain(start))))

    async def find_keyring(self) -> KeyringView:
        def find(_: Question) -> KeyringView:
            found = self._find_backend()
            if found is None:
                return KeyringView("")
            return KeyringView(found.name, keyring_vault.is_locked(found))

        view = await ask(find)
        self._keyring = view.name
        return view

    async def keep(self, keeping: Keeping, passphrase: Hidden | None) -> CustodyRefused | None:
        if self._started is None:
            return (
                refused(custody_errors.SeedFileExists(self._folder)) if self.has_file else GIVEN_UP
            )
        words, from_paper = self._started, self._from_paper
        secret = _secret(passphrase) if keeping.needs_passphrase else None

        def create(question: Question) -> custody.Unlocked:
            return custody.create(
                self._folder,
                words,
                [Way(keeping.value)],
                network=self._network,
                words_verified=from_paper,
                passphrase=secret,
                open_vault=self._named_vault,
                before_writing=question.go_on,
                putting_aside=from_paper and self._opened is None,
            )

        self._keeping = question = Question()
        try:
            opened = await ask(create, question)
        except GivenUp:
            return GIVEN_UP
        except CustodyError as error:
            return refused(error)
        finally:
            if self._keeping is question:  # else somebody else keeps words by now
                self._keeping = None
            self._look()
        self._is_open(opened)
        self._started = None
        return None

    async def stop_keeping(self) -> bool:
        return self._stop_keeping()

    async def open(self, passphrase: Hidden | None = None) -> CustodyRefused | None:
        secret = None if passphrase is None else _secret(passphrase)

        def load(_: Question) -> custody.Unlocked:
            return custody.load(self._folder, passphrase=secret, open_vault=self._named_vault)

        try:
            opened = await ask(load)
        except custody_errors.NoSeedFile as error:
            return FILE_GONE if self.lives_on else refused(error)
        except CustodyError as error:
            return refused(error)
        finally:
            self._look()
        if self._are_others(opened.words):
            return OTHER_WORDS
        self._is_open(opened)
        return None

    def words(self) -> Hidden:
        assert self._opened is not None, "only an open wallet has words"
        return Hidden(" ".join(self._opened.words.reveal()))

    def questions(self) -> tuple[int, ...]:
        assert self._opened is not None, "only of an open wallet words are asked back"
        positions = range(1, len(self._opened.words.reveal()) + 1)
        others = [position for position in positions if position not in self._asked_back]
        self._asked_back = tuple(sorted(secrets.SystemRandom().sample(others, _ASKED_BACK)))
        return self._asked_back

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        assert self._opened is not None, "only of an open wallet words are asked back"
        opened, words = self._opened, self._opened.words.reveal()
        wrong = tuple(
            position
            for position, word in zip(positions, typed, strict=True)
            if typed_words.plain(word) != words[position - 1]
        )
        if wrong:
            return wrong

        def note(_: Question) -> custody.Unlocked:
            return custody.words_were_verified(self._folder, opened)

        try:
            self._opened = await ask(note)
        except CustodyError as error:
            return refused(error)
        self._look()
        return ()

    # -- inside
    def _stop_keeping(self) -> bool:
        stopped = self._keeping is None or self._keeping.give_up()
        self._look()  # it may be there, whether or not it was read back
        return stopped

    def _look(self) -> None:
        try:
            self._closed = custody.look(self._folder)
        except CustodyError:  # `open` says what it is
            self._closed = None

    def _named_vault(self) -> KeyringVault:
        vault = self._open_vault()
        self._keyring = vault.name
        return vault

    def _is_open(self, opened: custody.Unlocked) -> None:
        self._opened, self._node_id = opened, _node_id(self._schedule(opened.words))
        self._tell_opened()

    def _are_others(self, words: SeedWords) -> bool:
        """Whether another wallet than that of these words lives here."""
        return bool(self.lives_on) and _node_id(self._schedule(words)) != self.lives_on

    def _schedule(self, words: SeedWords) -> KeySchedule:
        return KeySchedule(words.seed(), self._network)


def _secret(typed: Hidden | None) -> Secret | None:
    return None if typed is None else Secret(typed.reveal().encode())


def _node_id(keys: KeySchedule) -> str:
    return keys.node_key().public_key.hex()
