"""A `CustodyApi` whose custodian is in another process: the node's, which alone has the keys.

Some of its questions are answered at once where they are asked in the same process, and a page asks
them while it draws. Here they have a connection of their own and are waited for: whoever answers
them does so within a millisecond, for they touch neither disk nor keyring.
"""

from __future__ import annotations

import socket
from itertools import count
from pathlib import Path
from typing import Any, Final, cast

import msgspec

from lnwallet_tui.api.custody import (
    CustodyRefused,
    CustodyView,
    Hidden,
    Keeping,
    KeyringView,
    WordsVerdict,
)
from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.counter.client import Visitor, result_of
from lnwallet_tui.counter.messages import (
    LENGTH,
    MOST_ANSWERED,
    VERSION,
    Ask,
    BadMessage,
    FromNode,
    Hello,
    framed,
    packed,
    unpacked,
)
from lnwallet_tui.counter.place import socket_in
from lnwallet_tui.counter.verbs import CUSTODY, verbs

_PATIENCE_S: Final = 30.0
"""A node that does not answer for so long is as good as gone."""


class FarCustody:
    """Implements `CustodyApi`. Every verb raises `NodeGone` once the node's process has ended."""

    def __init__(self, visitor: Visitor, folder: Path) -> None:
        self._visitor, self._line = visitor, _Line(folder)
        self._view = CustodyView()
        self.look_again()

    def close(self) -> None:
        """Hang up."""
        self._line.close()

    def view(self) -> CustodyView:
        """As it was when something that changes it was last asked here."""
        return self._view

    def look_again(self) -> None:
        """Have the view as it is now."""
        self._view = cast("CustodyView", self._line.ask("view"))

    def forget_started(self) -> None:
        self._line.ask("forget_started")
        self.look_again()  # a page begins with this

    def make_words(self) -> None:
        self._line.ask("make_words")

    def take_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        return cast("WordsVerdict", self._line.ask("take_words", typed))

    def look_at_words(self, typed: tuple[Hidden, ...]) -> WordsVerdict:
        return cast("WordsVerdict", self._line.ask("look_at_words", typed))

    def completions(self, start: Hidden) -> tuple[Hidden, ...]:
        return cast("tuple[Hidden, ...]", self._line.ask("completions", start))

    async def find_keyring(self) -> KeyringView:
        return cast("KeyringView", await self._awaited("find_keyring"))

    async def keep(self, keeping: Keeping, passphrase: Hidden | None) -> CustodyRefused | None:
        return cast("CustodyRefused | None", await self._awaited("keep", keeping, passphrase))

    async def stop_keeping(self) -> bool:
        return cast("bool", await self._awaited("stop_keeping"))  # behind `keep`, on its line

    async def open(self, passphrase: Hidden | None = None) -> CustodyRefused | None:
        return cast("CustodyRefused | None", await self._awaited("open", passphrase))

    def words(self) -> Hidden:
        return cast("Hidden", self._line.ask("words"))

    def questions(self) -> tuple[int, ...]:
        return cast("tuple[int, ...]", self._line.ask("questions"))

    async def answer(
        self, positions: tuple[int, ...], typed: tuple[Hidden, ...]
    ) -> tuple[int, ...] | CustodyRefused:
        answer = await self._awaited("answer", positions, typed)
        return cast("tuple[int, ...] | CustodyRefused", answer)

    async def _awaited(self, name: str, *args: object) -> object:
        """Asked where other answers are awaited, for it may take long."""
        answer: object = await getattr(self._visitor.custody, name)(*args)
        self._view = await self._visitor.custody.view()
        return answer


class _Line:
    """A connection on which one question at a time is asked, and its answer waited for."""

    def __init__(self, folder: Path) -> None:
        self._numbers = count(1)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.settimeout(_PATIENCE_S)
        try:
            self._socket.connect(str(socket_in(folder)))
            self._socket.sendall(framed(Hello(VERSION)))
            self._hear()
        except OSError as error:
            self._socket.close()
            raise NodeGone from error
        except BaseException:
            self._socket.close()
            raise

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, name: str, *args: object) -> object:
        """What the custodian answers. Raises `NodeGone`, `NodeFailed`, `WalletShut`."""
        verb = verbs(CUSTODY)[name]
        arguments = msgspec.Raw(packed(verb.bind(args, {})))
        try:
            self._socket.sendall(framed(Ask(next(self._numbers), name, arguments, CUSTODY)))
            answer = self._hear()
        except OSError as error:
            raise NodeGone from error
        return result_of(verb, answer)

    def _hear(self) -> Any:
        length = int.from_bytes(self._exactly(LENGTH), "big")
        if not 0 < length <= MOST_ANSWERED:
            raise NodeGone
        try:
            return unpacked(self._exactly(length), FromNode)
        except BadMessage as error:
            raise NodeGone from error

    def _exactly(self, wanted: int) -> bytes:
        parts = bytearray()
        while len(parts) < wanted:
            part = self._socket.recv(wanted - len(parts))
            if not part:
                raise NodeGone
            parts += part
        return bytes(parts)
