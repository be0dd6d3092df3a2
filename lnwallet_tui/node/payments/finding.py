"""Finding payments by a filter, or by any of their words, beside the loop (`api.node.NodeApi`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from lnwallet_tui.api.filter import LONGEST, Filter, FilterError, Names, fold, parse
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.node import names as naming
from lnwallet_tui.node import refusing
from lnwallet_tui.node.payments.payment_views import found_view
from lnwallet_tui.node.views import with_name
from lnwallet_tui.store import activity as stored
from lnwallet_tui.store.activity import Found
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.reader import Reader, reading

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

T = TypeVar("T")

MOST_ON_A_PAGE: Final = 1_000
_MOST_AT_ONCE: Final = 20
_MOST_WORDS: Final = 8


class Finding:
    """A part of the node."""

    _board: Switchboard

    async def search_payments(
        self, words: str, limit: int = 50
    ) -> tuple[PaymentView, ...] | Refused:
        wanted = meaning(self._board, words)
        if isinstance(wanted, Refused):
            return wanted
        return await self._look(wanted, max(1, min(limit, MOST_ON_A_PAGE)))

    async def find_payments(
        self, text: str, limit: int = 5, *, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        words = tuple(fold(word) for word in text[:LONGEST].split()[:_MOST_WORDS])
        if not words:
            return ()
        return await self._look(Filter(words=words), max(1, min(limit, _MOST_AT_ONCE)), names)

    async def _look(
        self, wanted: Filter, limit: int, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        board = self._board
        now, called = board.shell.now(), naming.called(board, names)

        def ask(reader: Reader) -> list[Found]:
            named = naming.meant(wanted.words, called)
            return stored.search(reader, wanted, now, named, limit=limit)

        try:
            found = await beside_loop(board, ask)
        except StoreError as error:
            return refusing.of_disk(error)
        return tuple(with_name(board, found_view(one, now)) for one in found)


def meaning(board: Switchboard, text: str) -> Filter | Refused:
    """What the words of a filter mean now."""
    try:
        return parse(text, board.shell.now())
    except FilterError as error:
        return Refused(RefusalCode.BAD_INPUT, error.message, error.remedy)


async def beside_loop(board: Switchboard, ask: Callable[[Reader], T]) -> T:
    """The answer of a question that is put to the disk beside the loop."""

    def answer() -> T:
        with reading(board.shell.store.path) as reader:
            return ask(reader)

    return await board.shell.ports.offload.run(answer)
