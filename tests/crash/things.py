"""What lies in a wallet's folder, each written in a small life of its own, and judged when found.

A life counts in `Recorder.left` what has been reported as durable: all that could have been sent or
shown by then hangs on it. Whatever is found must be one of the states that were written, whole, and
none before the last that was reported.
"""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.headers import extend
from lnwallet_tui.keys import envelope, seed_file
from lnwallet_tui.keys.custody_errors import NoSeedFile
from lnwallet_tui.keys.envelope import Header, Parts, Way
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import words_of
from lnwallet_tui.store import backup_file
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.headers import HeaderFile
from tests.crash.platter import Recorder
from tests.headers import EASY, FAR_FUTURE, chain

FOLDER: Final = "home/wallet"
"""Below what was there before."""


class Thing(Protocol):
    """`found` returns how many of its states are in what it finds; raises where it is damaged."""

    name: str

    def live(self, folder: Path, recorder: Recorder) -> None: ...
    def found(self, folder: Path) -> int: ...


class Database:
    """A wallet's database, opened again in the middle of its life; its log is put back often."""

    name = "the database"
    commits: Final = 18
    opened_again: Final = (7, 13)

    def live(self, folder: Path, recorder: Recorder) -> None:
        store = self._open(folder)
        for number in range(1, self.commits + 1):
            if number in self.opened_again:
                store.close()
                store = self._open(folder)
            with store.transaction() as tx:
                tx.write("INSERT INTO peers VALUES (?, ?)", (self._key(number), self._body(number)))
                tx.write("INSERT OR REPLACE INTO counters VALUES ('number', ?)", (number,))
                if number % 4 == 0:
                    tx.write("DELETE FROM peers WHERE node_id = ?", (self._key(number - 3),))
            recorder.left = number
        store.close()

    @staticmethod
    def _open(folder: Path) -> Store:
        store = Store(folder)
        store.read("PRAGMA wal_autocheckpoint = 40")
        return store

    @staticmethod
    def _key(number: int) -> bytes:
        return number.to_bytes(33, "big")

    @staticmethod
    def _body(number: int) -> bytes:
        dice = random.Random(number)
        return dice.randbytes(dice.choice((50, 700, 9_000)))

    def found(self, folder: Path) -> int:
        with Store(folder) as store:
            number = sum(int(row[0] or 0) for row in store.read("SELECT value FROM counters"))
            rows = store.read("SELECT node_id, body FROM peers ORDER BY node_id")
        gone = {one - 3 for one in range(4, number + 1, 4)}
        kept = [one for one in range(1, number + 1) if one not in gone]
        assert rows == [(self._key(one), self._body(one)) for one in kept]
        return number


class Headers:
    """The file of block headers, with a reorganisation in it."""

    name = "block headers"

    def __init__(self) -> None:
        trunk = [EASY.genesis.serialize(), *chain(EASY, 12)]
        fork = chain(EASY, 4, after=trunk[:-2], salt=1)
        self._batches = (trunk[1:5], trunk[5:6], trunk[6:], fork[:3], fork[3:])
        self._tips: dict[bytes, int] = {}

    def live(self, folder: Path, recorder: Recorder) -> None:
        with Store(folder) as store:
            file = HeaderFile(store, EASY)
            tree = file.load()
            self._tips[tree.tip] = 0
            for number, batch in enumerate(self._batches, 1):
                change = extend(tree, b"".join(batch), FAR_FUTURE)
                tree = change.tree
                self._tips[tree.tip] = number
                with store.transaction() as tx:
                    file.save(tx, change)
                recorder.left = number
            file.close()

    def found(self, folder: Path) -> int:
        with Store(folder) as store:
            file = HeaderFile(store, EASY)
            tree = file.load()
            assert file.read(tree.start, 100) == tree.best.headers
            file.close()
        assert file.lost == 0, file.lost
        return self._tips[tree.tip]


class SeedFile:
    """The seed, encrypted, and once more under another passphrase."""

    name = "the seed file"

    def __init__(self) -> None:
        header = Header("00112233aabbccdd", Network.REGTEST, 700, words_verified=False)
        words, key = words_of(bytes(range(16))), Parts(Secret(bytes(range(32))))
        self._written = [
            envelope.seal(words, header, [Way.KEYRING], key, random.Random(number).randbytes)
            for number in range(3)
        ]

    def live(self, folder: Path, recorder: Recorder) -> None:
        for number, one in enumerate(self._written, 1):
            if number == 1:
                seed_file.write_new(folder, one)
            else:
                seed_file.replace(folder, one)
            recorder.left = number

    def found(self, folder: Path) -> int:
        with suppress(NoSeedFile):
            return self._written.index(seed_file.read(folder)) + 1
        return 0


class BackupFile:
    """The channel backup, which the next one takes the place of."""

    name = "the channel backup"

    def live(self, folder: Path, recorder: Recorder) -> None:
        Store(folder).close()
        for number in range(1, 4):
            backup_file.write(folder / "channels.backup", self._text(number))
            recorder.left = number

    @staticmethod
    def _text(number: int) -> bytes:
        return random.Random(number).randbytes(900 + number)

    def found(self, folder: Path) -> int:
        text = backup_file.read(folder / "channels.backup")
        return [None, *map(self._text, range(1, 4))].index(text)


def things() -> tuple[Thing, ...]:
    """All of them."""
    return Database(), Headers(), SeedFile(), BackupFile()
