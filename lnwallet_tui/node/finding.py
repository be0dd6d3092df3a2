"""Finding a payment by any of its words, beside the loop (`api.node.NodeApi`)."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.filter import LONGEST, Filter, Names, fold
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.node import names as naming
from lnwallet_tui.node import refusing
from lnwallet_tui.node.payment_views import found_view
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.node.views import with_name
from lnwallet_tui.store import activity as stored
from lnwallet_tui.store.activity import Found
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.reader import reading

MOST: Final = 20
_MOST_WORDS: Final = 8


class Finding:
    """A part of the node."""

    _board: Switchboard

    async def find_payments(
        self, text: str, limit: int = 5, *, names: Names = ()
    ) -> tuple[PaymentView, ...] | Refused:
        shell = self._board.shell
        words = tuple(fold(word) for word in text[:LONGEST].split()[:_MOST_WORDS])
        path, now = shell.store.path, shell.now()
        if not words:
            return ()
        called = naming.called(self._board, names)

        def look() -> list[Found]:
            with reading(path) as reader:
                limited = max(1, min(limit, MOST))
                named = naming.meant(words, called)
                return stored.search(reader, Filter(words=words), now, named, limit=limited)

        try:
            found = await shell.ports.offload.run(look)
        except StoreError as error:
            return refusing.of_disk(error)
        return tuple(with_name(self._board, found_view(one, now)) for one in found)
