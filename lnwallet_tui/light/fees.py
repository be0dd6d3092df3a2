"""What a transaction should pay, from what peers and blocks told this light node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.blocks import BlockConnected, BlockDisconnected, ChainEvent
from lnwallet_tui.chain.feerates import (
    LEAST,
    BlockFees,
    PeersFloor,
    Reading,
    estimate,
    fees_of,
    relay_floor,
)
from lnwallet_tui.node.ports import FeeReading
from lnwallet_tui.policy import BLOCK_FEES_KEPT
from lnwallet_tui.store import block_fees
from lnwallet_tui.store.db import Store
from lnwallet_tui.store.errors import StoreError

_SOON, _TODAY = 6, 144
_TARGETS: Final = (2, 6, 144, 1_008)
"""Blocks within which somebody could want to confirm: now, soon, today, this week."""
GUESSED: Final = (2_500, 1_250, 500)
"""Sat/kw for soon, today, whenever, where nobody said anything yet: 10, 5 and 2 sat/vB. Dear enough
to confirm in most weeks of the last years, and what is too cheap can be bumped."""


class Fees:
    """What was heard so far. What blocks took is kept in `store`, as few of them are read: a start
    goes on with it. What peers say ends with their connection, and they say it anew."""

    def __init__(
        self, network: Network, store: Store, complain: Callable[[StoreError], None]
    ) -> None:
        self._network, self._store, self._complain = network, store, complain
        self._floors: dict[int, tuple[int, int]] = {}  # by connection: sat/kvB, since
        self._blocks = block_fees.load(store)  # ascending

    def heard(self, number: int, sat_per_kvb: int, now: int) -> None:
        """A peer passes on nothing that pays less."""
        self._floors[number] = sat_per_kvb, now

    def lost(self, number: int) -> None:
        """Its word is gone with it."""
        self._floors.pop(number, None)

    def chain_moved(self, event: ChainEvent) -> None:
        """A block came or left."""
        match event:
            case BlockConnected():
                if (fees := fees_of(event, self._network)) is not None:
                    others = [one for one in self._blocks if one.height != event.height]
                    self._keep(*others, fees)  # a block is read again after a disk took nothing
            case BlockDisconnected():
                self._keep(*(one for one in self._blocks if one.height < event.height))

    def _keep(self, *blocks: BlockFees) -> None:
        """A disk that takes nothing costs a start what it would know."""
        kept = tuple(sorted(blocks, key=lambda one: one.height)[-BLOCK_FEES_KEPT:])
        if kept == self._blocks:
            return
        self._blocks = kept
        try:
            with self._store.transaction() as tx:
                block_fees.save(tx, kept)
        except StoreError as error:
            self._complain(error)

    def reading(self, target_blocks: int, reach: Mapping[int, int], tip: int) -> Reading | None:
        """The feerate to confirm within so many blocks; `reach` says by connection up to which
        height it has the chain. None: nobody said anything."""
        floor = self._floor(reach, tip)
        return estimate(target_blocks, floor, self._blocks, tip)

    def per_kw(self, target_blocks: int, reach: Mapping[int, int], tip: int) -> int:
        """The same in sat/kw, or a guess; 0: what peers pass on at all."""
        if not target_blocks:
            floor = self._floor(reach, tip)
            return LEAST if floor is None else floor.per_kw
        reading = self.reading(target_blocks, reach, tip)
        if reading is not None:
            return reading.per_kw
        if self._network is Network.REGTEST:
            return LEAST  # blocks are as empty as their maker likes
        return GUESSED[0 if target_blocks <= _SOON else 1 if target_blocks <= _TODAY else 2]

    def readings(self, reach: Mapping[int, int], tip: int) -> tuple[FeeReading, ...]:
        """For whoever shows them; without what is a guess."""
        said = ((blocks, self.reading(blocks, reach, tip)) for blocks in _TARGETS)
        return tuple(
            FeeReading(blocks, one.per_kw, one.source.value, one.since, one.count)
            for blocks, one in said
            if one is not None
        )

    def _floor(self, reach: Mapping[int, int], tip: int) -> Reading | None:
        said = [
            PeersFloor(sat_per_kvb, since, reach[number])
            for number, (sat_per_kvb, since) in self._floors.items()
            if number in reach
        ]
        return relay_floor(said, tip)
