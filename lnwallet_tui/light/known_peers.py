"""Whom to dial on the Bitcoin network: those that we know, or those that the user named.

Both implement `Whom`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.address_book import AddressBook
from lnwallet_tui.chain.questions import Ending
from lnwallet_tui.light.seeds import PORTS, SEEDS, Resolve, ask, questions
from lnwallet_tui.net.address import join_address, split_address
from lnwallet_tui.node.ports import Clock
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress
from lnwallet_tui.store import chain_peers
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError

IN_VAIN: Final = 8
"""After so many who were dialled and did not introduce themselves, what we know is old, or
somebody filled it with his own: the seeds are asked before more of it is tried."""
ENOUGH: Final = 64
"""Seeds are asked until they told of so many; most do not serve filters, or are gone."""
SEEDS_AT_ONCE: Final = 3
ASK_AGAIN: Final = 600
"""Seconds; what a seed answers changes as slowly…"""
ASK_SOON: Final = 60
"""…but where none answered there was no network."""
SAVE_EVERY: Final = 60
"""Seconds: what is lost with power is learned again."""

_PLAIN: Final = frozenset({NetworkId.IPV4, NetworkId.IPV6})
_BY_PROXY: Final = _PLAIN | {NetworkId.TORV3}


class KnownPeers:
    """Those in the address book, which is kept in `store`. `resolve` is None where there is a
    proxy: then no name is looked up here, the seeds are dialled through it by their names, and it
    is the proxy's affair whom that leads to; each of them knows others."""

    def __init__(
        self,
        network: Network,
        store: Store,
        clock: Clock,
        choose: Callable[[int], int],
        resolve: Resolve | None,
    ) -> None:
        self._network, self._store, self._clock = network, store, clock
        self._choose, self._resolve = choose, resolve
        dialled = _BY_PROXY if resolve is None else _PLAIN
        self._book: Final = AddressBook(dialled, chain_peers.load(store), self._now)
        self._asked_at: int | None = None
        self._named_at: dict[str, int] = {}
        self._saved_at = 0
        self._in_vain = 0

    async def next(self, connected: Collection[str]) -> str | None:
        """As `Whom.next`."""
        if self._in_vain < IN_VAIN:
            found = self._in_book(connected) or await self._by_seeds(connected)
        else:
            found = await self._by_seeds(connected) or self._in_book(connected)
        self._in_vain += found is not None
        return found

    def met(self, address: str, services: int, latency_ms: int | None) -> None:
        """As `Whom.met`."""
        self._in_vain = 0
        self._book.met(address, services, latency_ms, self._now)
        self._save_sometimes()

    def failed(self, address: str) -> None:
        """As `Whom.failed`."""
        self._book.failed(address, self._now)
        self._save_sometimes()

    def ended(self, address: str, why: Ending) -> None:
        """As `Whom.ended`."""
        self._book.ended(address, why, self._now)
        self._save_sometimes()

    def told(self, source: str, addresses: Sequence[PeerAddress]) -> None:
        """As `Whom.told`."""
        self._book.hear(source, addresses, self._now, self._choose)
        self._save_sometimes()

    def save(self) -> None:
        """Keep all of it now. Raises `StoreError`."""
        self._saved_at = self._now
        with self._store.transaction() as tx:
            chain_peers.save(tx, self._book.memory())

    # -- inside

    @property
    def _now(self) -> int:
        return self._clock.now_ms() // 1_000

    def _save_sometimes(self) -> None:
        if self._now >= self._saved_at + SAVE_EVERY:
            with suppress(StoreError):  # others tell the user; nothing of worth is lost here
                self.save()

    def _in_book(self, connected: Collection[str]) -> str | None:
        return self._book.next(connected, self._now, self._choose)

    async def _by_seeds(self, connected: Collection[str]) -> str | None:
        if self._resolve is None:
            return self._next_name(connected)
        if not self._may_ask():
            return None
        await self._ask_seeds(self._resolve)
        return self._in_book(connected)

    def _may_ask(self) -> bool:
        return self._asked_at is None or self._now >= self._asked_at + ASK_AGAIN

    async def _ask_seeds(self, resolve: Resolve) -> None:
        """A few at once, in any order, until there is enough."""
        self._asked_at, before = self._now, len(self._book)
        seeds = self._shuffled(SEEDS[self._network])
        for first in range(0, len(seeds), SEEDS_AT_ONCE):
            some = seeds[first : first + SEEDS_AT_ONCE]
            for source, told in await ask(resolve, self._network, some, self._now):
                self._book.hear(source, told, self._now, self._choose)
            if len(self._book) >= before + ENOUGH:
                return
        if len(self._book) == before:
            self._asked_at = self._now - ASK_AGAIN + ASK_SOON

    def _next_name(self, connected: Collection[str]) -> str | None:
        """A seed to dial by its name: those that know what we need first."""
        asked = [questions(seed) for seed in self._shuffled(SEEDS[self._network])]
        for name in [of[0].name for of in asked] + [of[-1].name for of in asked]:
            address = f"{name}:{PORTS[self._network]}"
            named_at = self._named_at.get(address)
            is_due = named_at is None or self._now >= named_at + ASK_AGAIN
            if is_due and address not in connected:
                self._named_at[address] = self._now
                return address
        return None

    def _shuffled(self, seeds: Sequence[str]) -> list[str]:
        left, drawn = list(seeds), []
        while left:
            drawn.append(left.pop(self._choose(len(left))))
        return drawn


class FixedPeers:
    """Those that the user named, and nobody else; one after the other. Raises `ValueError`, a
    sentence, for what is no address."""

    def __init__(self, network: Network, addresses: Iterable[str]) -> None:
        named = [join_address(*split_address(one, PORTS[network])) for one in addresses]
        self._in_turn: Final = deque(dict.fromkeys(named))

    async def next(self, connected: Collection[str]) -> str | None:
        """As `Whom.next`."""
        for _ in range(len(self._in_turn)):
            self._in_turn.rotate(-1)
            if self._in_turn[-1] not in connected:
                return self._in_turn[-1]
        return None

    def met(self, address: str, services: int, latency_ms: int | None) -> None:
        """As `Whom.met`; the user knows it already."""

    def failed(self, address: str) -> None:
        """As `Whom.failed`; there is nobody else."""

    def ended(self, address: str, why: Ending) -> None:
        """As `Whom.ended`; it stays the user's choice."""

    def told(self, source: str, addresses: Sequence[PeerAddress]) -> None:
        """As `Whom.told`; nobody else is dialled."""
