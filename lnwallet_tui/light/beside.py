"""Reads old blocks once more, beside whoever follows the chain: new blocks do not wait for that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from lnwallet_tui.chain.settled_filters import Alone
from lnwallet_tui.chain.sync import Beginning
from lnwallet_tui.chain.sync_peers import RestartHeaders, SaveHeaders
from lnwallet_tui.light.header_keeper import HeaderKeeper
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.reading import Reading
from lnwallet_tui.light.whom import Whom


class Beside(Reading):
    """With connections and a workplace of its own: a peer that answers slowly, and thousands of
    filters that wait to be matched, hold up nobody else."""

    def __init__(
        self,
        outside: Outside,
        whom: Whom,
        keeper: HeaderKeeper,
        avoided: Callable[[], Collection[str]],
    ) -> None:
        own = replace(outside, workers=outside.workers.another())
        super().__init__(own, whom, _Borrowed(keeper), avoided=avoided)


class _Borrowed:
    """Implements `Headers`: those that another one keeps. What comes here comes there as well."""

    def __init__(self, keeper: HeaderKeeper) -> None:
        self._keeper = keeper

    def beginning(self, outside: Outside, known: Sequence[tuple[int, bytes]]) -> Beginning:
        """As they are on disk."""
        return self._keeper.copied(outside, known)

    def take(self, change: SaveHeaders | RestartHeaders, now_ms: int) -> None:
        """They are kept already, or will be."""

    def keep(self, alone: tuple[Alone, ...], now_ms: int) -> None:
        """These blocks were read long ago."""

    def flush(self, now_ms: int) -> None:
        """Nothing waits here."""
