"""Who is called how: what a node calls itself, and whose name has a word in it.

Names are not looked for on the loop: a public network has some ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.filter import Names, fold
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.node import typed

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

_MOST_FOLDED: Final = 1 << 15
Called = tuple[tuple[bytes, str | bytes], ...]
"""Node ids with a name; a node may stand there several times."""


def calls_itself(board: Switchboard, node_id: bytes) -> Untrusted:
    """What a node told us or announced; empty where it said nothing."""
    record = board.peers.record(node_id)
    if record is not None and record.alias:
        return record.alias
    return Untrusted(board.network.alias(node_id))


def called(board: Switchboard, names: Names) -> Called:
    """All names of now, with those of who asks; they stay as they are while they are read."""
    peers = ((one.node_id, one.alias.raw()) for one in board.peers.records())
    given = ((typed.name(node_id), name) for node_id, name in names)
    known = ((node_id, name) for node_id, name in given if node_id)
    return (*board.network.aliases(), *peers, *known)


def meant(words: Iterable[str], names: Called) -> dict[str, frozenset[bytes]]:
    """Of each word (as `fold` makes it) the nodes in whose name it is."""
    return {
        word: frozenset(node_id for node_id, name in names if word in _folded(name))
        for word in set(words)
    }


@lru_cache(maxsize=_MOST_FOLDED)
def _folded(name: str | bytes) -> str:
    return fold(name if isinstance(name, str) else name.decode("utf-8", "replace"))
