"""Checks headers that come in bulk: links, proof of work, difficulty, times, versions, checkpoints.

A `headers` message is one string of 80-byte records. No object is made for a header: what is looked
at is a column of numbers, and only where a column says that something is wrong it is asked where.
"""

from __future__ import annotations

import enum
import sys
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import accumulate, chain, compress, count, groupby, islice, pairwise
from operator import le
from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE, work_from_bits
from lnwallet_tui.bitcoin.consensus import (
    MAX_FUTURE_SECONDS,
    MAX_TIMEWARP_SECONDS,
    MEDIAN_SPAN,
    MIN_DIFFICULTY_SECONDS,
    PERIOD,
    ChainRules,
)

HASH_SIZE: Final = 32
CONTEXT: Final = PERIOD + MEDIAN_SPAN
"""So many headers before one are all that its rules look at."""

_WORDS: Final = HEADER_SIZE // 4
_VERSION, _TIME, _BITS = 0, 17, 18  # which word of a header


class Reason(enum.Enum):
    """Why headers are refused, and what that says of who sent them."""

    MALFORMED = "is not a row of headers, or of more than a message may hold"
    BROKEN_LINK = "does not follow the one before it"
    UNCONNECTED = "follows a block that we do not know"
    TOO_DEEP = "leaves our chain deeper than we can follow"
    CHECKPOINT = "is not the block that is known to stand at its height"
    WRONG_BITS = "has another difficulty than the chain asks for"
    NO_WORK = "does not meet its difficulty"
    TOO_OLD = "has a time not above the median of those before it"
    TOO_NEW = "has a time more than two hours ahead of our clock"
    TIME_WARP = "begins a period too long before the last block"
    OLD_VERSION = "has a version that is not valid any more"
    LOW_WORK = "is of a chain with less work than the real one had at its height"

    @property
    def is_a_lie(self) -> bool:
        """Whether no honest peer, with a clock right or wrong, on any fork, can have sent it."""
        return self not in (Reason.UNCONNECTED, Reason.TOO_DEEP, Reason.TOO_NEW)


class HeadersRefused(Exception):
    """Nothing of a batch was taken. `position` is the first header that is wrong; the ones before
    it may be sent again alone, which is what to do where only our clock is behind (`TOO_NEW`)."""

    def __init__(self, reason: Reason, position: int = 0) -> None:
        super().__init__(f"header {position} {reason.value}")
        self.reason: Final = reason
        self.position: Final = position


@dataclass(frozen=True, slots=True, repr=False)
class Run:
    """Headers one after the other (80 bytes each) and their hashes (32 bytes each, wire order)."""

    headers: bytes = b""
    hashes: bytes = b""

    @classmethod
    def of(cls, headers: bytes) -> Run:
        """Hash each header. `HeadersRefused` unless each follows the one before it."""
        hashes = [
            sha256(sha256(headers[at : at + HEADER_SIZE]).digest()).digest()
            for at in range(0, len(headers), HEADER_SIZE)
        ]
        run = cls(headers, b"".join(hashes))
        # Each byte of all parents against that of all hashes: 32 comparisons, not one a header.
        first = HEADER_SIZE + 4  # where the second header names the first
        for byte in range(HASH_SIZE):
            if headers[first + byte :: HEADER_SIZE] != run.hashes[byte:-HASH_SIZE:HASH_SIZE]:
                raise HeadersRefused(Reason.BROKEN_LINK, run.first_broken_link())
        return run

    def __repr__(self) -> str:
        return f"Run({len(self)} headers)"  # a window of them would fill a log

    def __len__(self) -> int:
        return len(self.hashes) // HASH_SIZE

    def __add__(self, other: Run) -> Run:
        return Run(self.headers + other.headers, self.hashes + other.hashes)

    def part(self, first: int, end: int | None = None) -> Run:
        """The headers from `first` to before `end`."""
        stop = len(self) if end is None else end
        return Run(
            self.headers[first * HEADER_SIZE : stop * HEADER_SIZE],
            self.hashes[first * HASH_SIZE : stop * HASH_SIZE],
        )

    def header(self, index: int) -> bytes:
        """The 80 bytes of one."""
        return self.headers[index * HEADER_SIZE : (index + 1) * HEADER_SIZE]

    def hash(self, index: int) -> bytes:
        """The hash of one."""
        return self.hashes[index * HASH_SIZE : (index + 1) * HASH_SIZE]

    def first_broken_link(self) -> int:
        """The first that does not follow the one before it."""
        return next(at for at in range(1, len(self)) if self.header(at)[4:36] != self.hash(at - 1))

    def find(self, block_hash: bytes) -> int | None:
        """Which one has that hash; looked for from the end, where it mostly is."""
        at = self.hashes.rfind(block_hash)
        while at >= 0 and at % HASH_SIZE:
            at = self.hashes.rfind(block_hash, 0, at + HASH_SIZE - 1)
        return at // HASH_SIZE if at >= 0 else None

    def in_common(self, other: Run) -> int:
        """How many are the same at the beginning of both."""
        least = min(len(self), len(other))
        return next((at for at in range(least) if self.hash(at) != other.hash(at)), least)


def work_of(headers: bytes) -> int:
    """What all these headers took to find."""
    return sum(work_from_bits(bits) * (end - at) for at, end, bits in _same(_bits(headers)))


def check(rules: ChainRules, before: bytes, height: int, run: Run, now: int) -> int:
    """The work of `run`, the first of which is at `height` and follows the last of `before`.

    `before` are the headers before it, `CONTEXT` of them or all that there are. Links are not
    looked at (`Run.of` has). Raises `HeadersRefused` for the first header that is wrong.
    """
    batch = _Batch(rules, before, height, run, now)
    findings = [(at, number, why) for number, (at, why) in enumerate(batch.findings())]
    if findings:
        position, _, reason = min(findings)
        raise HeadersRefused(reason, position)
    return batch.work


class _Batch:
    """The columns of a batch; what stands before it has negative positions."""

    def __init__(self, rules: ChainRules, before: bytes, height: int, run: Run, now: int) -> None:
        self._rules, self._before, self._height, self._now = rules, before, height, now
        self._run = run
        self._times = _column(run.headers, "I", _TIME)
        self._bits = _bits(run.headers)
        self.work = 0

    def _time(self, at: int) -> int:
        return self._times[at] if at >= 0 else _word(self._before, at, _TIME)

    def _bits_of(self, at: int) -> int:
        return self._bits[at] if at >= 0 else _word(self._before, at, _BITS)

    def _times_from(self, first: int) -> list[int]:
        """The times from that position on, those before the batch included."""
        if first >= 0:
            return self._times[first:]
        return [*_column(self._before[first * HEADER_SIZE :], "I", _TIME), *self._times]

    def findings(self) -> Iterator[tuple[int, Reason]]:
        """The first header that breaks each rule."""
        yield from self._checkpoints()
        yield from self._wrong_bits()
        yield from self._without_work()
        yield from self._too_old()
        yield from self._too_new()
        yield from self._old_versions()

    def _checkpoints(self) -> Iterator[tuple[int, Reason]]:
        for height, block_hash in self._rules.checkpoints.items():
            at = height - self._height
            if 0 <= at < len(self._run) and self._run.hash(at) != block_hash:
                yield at, Reason.CHECKPOINT

    def _wrong_bits(self) -> Iterator[tuple[int, Reason]]:
        """Period by period, since within one there is one difficulty."""
        at, end = 0, len(self._run)
        while at < end:
            into = (self._height + at) % PERIOD
            stop = min(at + PERIOD - into, end)
            if not into:
                yield from self._bad_beginning(at)
            # What a wrong beginning wants of those after it does not matter: it comes first.
            yield from self._unlike(at + (not into), stop, self._bits_of(at - into))
            at = stop

    def _bad_beginning(self, at: int) -> Iterator[tuple[int, Reason]]:
        first, last = at - PERIOD, at - 1
        wanted = self._rules.next_bits(
            (self._time(first), self._bits_of(first)), (self._time(last), self._bits_of(last))
        )
        if self._bits[at] != wanted:
            yield at, Reason.WRONG_BITS
        if self._rules.bip94 and self._times[at] < self._time(last) - MAX_TIMEWARP_SECONDS:
            yield at, Reason.TIME_WARP

    def _unlike(self, at: int, stop: int, first_bits: int) -> Iterator[tuple[int, Reason]]:
        found = self._bits[at:stop]
        if self._rules.min_difficulty_when_late:
            wanted = self._wanted_when_late(at, stop, first_bits)
        else:
            wanted = [first_bits] * len(found)
        if found != wanted:
            pairs = zip(found, wanted, strict=True)
            first = next(index for index, (one, other) in enumerate(pairs) if one != other)
            yield at + first, Reason.WRONG_BITS

    def _wanted_when_late(self, at: int, stop: int, first_bits: int) -> list[int]:
        # BIP94 rule 1; whoever is not late has the difficulty that the period began with, however
        # many late ones stand between.
        limit = self._rules.limit_bits
        times = self._times_from(at - 1)[: stop - at + 1]
        return [
            limit if time > before + MIN_DIFFICULTY_SECONDS else first_bits
            for before, time in pairwise(times)
        ]

    def _without_work(self) -> Iterator[tuple[int, Reason]]:
        for at, stop, bits in _same(self._bits):
            target = self._rules.target(bits)
            hashes = self._run.hashes[at * HASH_SIZE : stop * HASH_SIZE]
            above = 0 if target is None else _first_above(hashes, target)
            if above is not None:
                yield at + above, Reason.NO_WORK
                return
            self.work += work_from_bits(bits) * (stop - at)

    def _too_old(self) -> Iterator[tuple[int, Reason]]:
        """A time above the six oldest of the eleven before it is above their median: only where it
        is not even above all up to those, they are sorted."""
        known = min(len(self._before) // HEADER_SIZE, MEDIAN_SPAN)
        times = self._times_from(-known)
        newest = islice(accumulate(times, max), MEDIAN_SPAN // 2, None)
        doubtful = compress(count(MEDIAN_SPAN), map(le, times[MEDIAN_SPAN:], newest))
        for at in chain(range(known, min(MEDIAN_SPAN, len(times))), doubtful):
            if times[at] <= _median(times[max(at - MEDIAN_SPAN, 0) : at]):
                yield at - known, Reason.TOO_OLD
                return

    def _too_new(self) -> Iterator[tuple[int, Reason]]:
        most = self._now + MAX_FUTURE_SECONDS
        if max(self._times) > most:
            first = next(at for at, time in enumerate(self._times) if time > most)
            yield first, Reason.TOO_NEW

    def _old_versions(self) -> Iterator[tuple[int, Reason]]:
        versions = _column(self._run.headers, "i", _VERSION)
        if min(versions) < self._rules.least_version(self._height + len(versions) - 1):
            for at, version in enumerate(versions):
                if version < self._rules.least_version(self._height + at):
                    yield at, Reason.OLD_VERSION
                    return


def _first_above(hashes: bytes, target: int) -> int | None:
    """The first of these hashes that, as a number, is above `target`.

    Byte by byte from the highest, all hashes at once. Where the target has zeros, they must have;
    at its first other byte what has more is above, and what has as much is compared whole.
    """
    above = []
    for byte, least in enumerate(target.to_bytes(HASH_SIZE, "big"), 1):
        column = hashes[HASH_SIZE - byte :: HASH_SIZE]
        if max(column) > least if least else column.count(0) < len(column):
            above.append(next(at for at, found in enumerate(column) if found > least))
        if least:
            alike = (at for at in _positions(column, least) if _number(hashes, at) > target)
            above += islice(alike, 1)
            break
    return min(above, default=None)


def _positions(column: bytes, value: int) -> Iterator[int]:
    at = column.find(value)
    while at >= 0:
        yield at
        at = column.find(value, at + 1)


def _number(hashes: bytes, at: int) -> int:
    return int.from_bytes(hashes[at * HASH_SIZE : (at + 1) * HASH_SIZE], "little")


def _median(times: list[int]) -> int:
    return sorted(times)[len(times) // 2]


def _same(numbers: list[int]) -> Iterator[tuple[int, int, int]]:
    """Where each row of equal numbers begins and ends, and the number."""
    if numbers and numbers.count(numbers[0]) == len(numbers):  # as nearly always
        yield 0, len(numbers), numbers[0]
        return
    at = 0
    for number, row in groupby(numbers):
        end = at + len(list(row))
        yield at, end, number
        at = end


def _bits(headers: bytes) -> list[int]:
    return _column(headers, "I", _BITS)


def _column(headers: bytes, kind: str, word: int) -> list[int]:
    words: array[int] = array(kind, headers)
    if sys.byteorder == "big":
        words.byteswap()
    return words[word::_WORDS].tolist()


def _word(headers: bytes, at: int, word: int) -> int:
    """One number of the header at `at`, counted back from the end."""
    first = len(headers) + at * HEADER_SIZE + word * 4
    return int.from_bytes(headers[first : first + 4], "little")
