"""BIP157's chain of filter headers: what several peers say of it, side by side.

A filter header commits to a block's filter and to the filter header before it, so peers that agree
on one agree on every filter up to it. The first block about whose filter they do not is a
`Conflict`; `filter_conflicts` judges it.

Nothing here raises: that a peer's answer does not fit is a value.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Generic, TypeVar

from lnwallet_tui.bitcoin.hashes import sha256d

Peer = TypeVar("Peer", bound=Hashable)


def filter_header(filter_hash: bytes, previous: bytes) -> bytes:
    """BIP157: "the double-SHA256 of the concatenation of the filter hash with the previous filter
    header"."""
    return sha256d(filter_hash + previous)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a peer says of the filters of consecutive blocks: the content of `cfheaders`.

    `start` is the height of the first, `previous` the filter header before it.
    """

    start: int
    previous: bytes
    hashes: tuple[bytes, ...]

    @property
    def stop(self) -> int:
        """The height of the last."""
        return self.start + len(self.hashes) - 1

    def headers(self) -> tuple[bytes, ...]:
        """The filter header of each block."""
        chained = accumulate(
            self.hashes, lambda previous, own: filter_header(own, previous), initial=self.previous
        )
        return tuple(chained)[1:]


class Misfit(enum.Enum):
    """Why an answer is none."""

    COUNT = "it does not name one filter for each block that was asked for"
    PREVIOUS = "it does not follow on what the same peer said of the block before"


def misfit(batch: Batch, *, stop: int, previous: bytes) -> Misfit | None:
    """What is wrong with a batch that should reach to height `stop`, or None.

    `previous` is the filter header at the block before, as this peer gave it: with `COUNT` it did
    not answer, with `PREVIOUS` it contradicts itself, for which it can be banned.
    """
    if batch.stop != stop:
        return Misfit.COUNT
    if batch.previous != previous:
        return Misfit.PREVIOUS
    return None


@dataclass(frozen=True, slots=True)
class Side(Generic[Peer]):
    """Some peers say the same of one block: a filter header or the hash of a filter."""

    value: bytes
    peers: tuple[Peer, ...]


@dataclass(frozen=True, slots=True)
class Conflict(Generic[Peer]):
    """Peers do not agree on the filter of the block at `height`, and agree on those before.

    To judge it one needs the block, from anybody, and the filter of each side, from one of its
    peers. A side's value is the hash of a filter.
    """

    height: int
    sides: tuple[Side[Peer], ...]


def first_conflict(batches: Mapping[Peer, Batch]) -> Conflict[Peer] | None:
    """The first block about whose filter the peers of these batches do not agree.

    The batches are of the same blocks (`misfit` has none of them). Filters are compared and not
    filter headers: after a conflict that nobody could settle those differ for ever.
    """
    assert len({(batch.start, batch.stop) for batch in batches.values()}) <= 1
    at = _first_difference(batch.hashes for batch in batches.values())
    if at is None:
        return None
    sides = _sides({peer: batch.hashes[at] for peer, batch in batches.items()})
    return Conflict(next(iter(batches.values())).start + at, sides)


def _first_difference(answers: Iterable[tuple[bytes, ...]]) -> int | None:
    different = set(answers)
    if len(different) <= 1:
        return None
    return next(at for at, said in enumerate(zip(*different, strict=True)) if len({*said}) > 1)


def _sides(said: Mapping[Peer, bytes]) -> tuple[Side[Peer], ...]:
    """By what was said, the side of most peers first."""
    peers: dict[bytes, list[Peer]] = {}
    for peer, value in said.items():
        peers.setdefault(value, []).append(peer)
    sides = [Side(value, tuple(who)) for value, who in peers.items()]
    return tuple(sorted(sides, key=lambda side: -len(side.peers)))
