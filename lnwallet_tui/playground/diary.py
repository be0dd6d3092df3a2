"""What a folder remembers of a world, so that one can come back to it: its blocks and its time.

The people's wallets lie beside it and remember the rest. Blocks are written as they come; a
transaction that waited for a block is written when the visit ends, and whoever made it would
publish it again anyway.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import msgspec

from lnwallet_tui.bitcoin.amount import AmountError, Msat
from lnwallet_tui.playground.clock import START_OF_TIME
from lnwallet_tui.playground.people import Character
from lnwallet_tui.playground.roads import Opening
from lnwallet_tui.playground.simchain import ChainBlock
from lnwallet_tui.store.errors import from_os
from lnwallet_tui.store.lock import FolderLock

_PAGE: Final = "world.json"
_BLOCKS: Final = "blocks.hex"

VERSION: Final = 2
"""Of what a folder means: goes up whenever one of before cannot be lived in any more, as when keys
are made of the seed in another way. Who lives there is written down, so a new cast is no reason."""


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything but the blocks.

    `visits` counts how often the world was begun: each visit throws dice of its own. `now` is Unix
    time, `birthday` the height from which wallets know the chain, `waiting` the mempool, hex.
    `people` and `roads` are those of the first visit; a version that would make others of the seed
    lets them live on. `notes` are the screen's own. `lives_on` is the node id (hex) of the words
    that the user's wallet is made of, empty where the world's seed made it.
    """

    version: int = VERSION
    seed: int
    people: tuple[Character, ...] = ()
    roads: tuple[Opening, ...] = ()
    visits: int = 0
    now: int = START_OF_TIME
    birthday: int = 0
    waiting: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    lives_on: str = ""


class _Whose(msgspec.Struct, frozen=True):
    """What says whose keys a world's user lives on."""

    lives_on: str = ""


class _Head(msgspec.Struct, frozen=True):
    """What every page has; the first ones named no version."""

    seed: int
    version: int = 1


class DiaryUnreadable(Exception):
    """The folder's page is not one of ours."""

    remedy = "Choose another folder, or a new one."


class DiaryOutdated(DiaryUnreadable):
    """The folder's page is one of ours, of a version that means something else by it."""


def lives_on(folder: Path) -> str:
    """The node id (hex) of the words that the wallet of the world in `folder` is made of; empty
    where the world made it itself, or where there is none that could be read."""
    try:
        return msgspec.json.decode((folder / _PAGE).read_bytes(), type=_Whose).lives_on
    except (OSError, msgspec.MsgspecError):
        return ""


def is_begun(folder: Path) -> bool:
    """Whether a world lives in `folder`, of whatever version."""
    return (folder / _PAGE).exists()


class Diary:
    """The two files of a world in `folder`. Listens to its chain, which no disk stops.

    One process at a time: raises `StoreError` while another has it, or where nothing can be
    written.
    """

    def __init__(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise from_os(error) from error
        self._lock = FolderLock(folder)
        self._page: Final = folder / _PAGE
        self._blocks: Final = folder / _BLOCKS
        self._lengths: list[int] = []
        self._unwritten: list[str] = []

    def read(self) -> Page | None:
        """What was written last; None in a folder without a world.

        Raises `DiaryUnreadable`, or `DiaryOutdated` where another version began the world.
        """
        return self._read(self._page)

    def read_aside(self, name: str) -> Page | None:
        """The page that was put aside under that name."""
        return self._read(self._page.with_name(name))

    def put_aside(self, name: str) -> None:
        """From now on the folder has no world, and its page that name. Raises `StoreError`."""
        try:
            self._page.replace(self._page.with_name(name))
        except OSError as error:
            raise from_os(error) from error

    def _read(self, page: Path) -> Page | None:
        if not page.exists():
            return None
        raw = page.read_bytes()
        try:
            version = msgspec.json.decode(raw, type=_Head).version
            if version == VERSION:
                return msgspec.json.decode(raw, type=Page, dec_hook=_from_plain)
        except (msgspec.MsgspecError, AmountError) as error:
            raise DiaryUnreadable(f"{page} is not the page of a world.") from error
        raise DiaryOutdated(
            f"The playground in {self._page.parent} was begun by another version of this program "
            "and cannot be continued."
        )

    def close(self) -> None:
        """Give the folder free."""
        self._lock.release()

    def write(self, page: Page) -> None:
        """Remember this instead, behind the blocks. Raises `StoreError`."""
        beside = self._page.with_suffix(".new")
        try:
            self._write_blocks()
            beside.write_bytes(msgspec.json.encode(page, enc_hook=_to_plain))
            beside.replace(self._page)
        except OSError as error:
            raise from_os(error) from error

    def blocks(self) -> list[bytes]:
        """The blocks above genesis, in order of height."""
        text = self._blocks.read_text() if self._blocks.exists() else ""
        lines = text.split("\n")[:-1]  # behind the last end of line: nothing, or half a block
        self._lengths = [len(line) + 1 for line in lines]
        with self._blocks.open("a") as file:
            file.truncate(sum(self._lengths))
        return [bytes.fromhex(line) for line in lines]

    def forget_blocks(self) -> None:
        """Begin with none."""
        self._blocks.unlink(missing_ok=True)
        self._lengths, self._unwritten = [], []

    # -- told by the chain

    def block_connected(self, block: ChainBlock) -> None:
        """Add it; on a disk that is full, with the next one or at the end."""
        self._unwritten.append(f"{block.block.serialize().hex()}\n")
        self._try_to_write()

    def block_disconnected(self, _block: ChainBlock) -> None:
        """Strike out the newest."""
        if self._unwritten:
            self._unwritten.pop()
        else:
            self._lengths.pop()
        self._try_to_write()

    def _try_to_write(self) -> None:
        # The chain goes on in memory; `write` says at the end what could not be kept.
        with suppress(OSError):
            self._write_blocks()

    def _write_blocks(self) -> None:
        with self._blocks.open("a") as file:
            file.truncate(sum(self._lengths))  # what left the chain, and half of what failed
            file.write("".join(self._unwritten))
        self._lengths += map(len, self._unwritten)
        self._unwritten.clear()


def _to_plain(value: Any) -> object:
    assert isinstance(value, Msat), "a page holds no other type of ours"
    return value.value


def _from_plain(kind: type[Any], value: Any) -> object:
    assert kind is Msat, "a page holds no other type of ours"
    return Msat(value)
