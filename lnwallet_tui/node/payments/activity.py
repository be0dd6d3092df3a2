"""Payments, gifts and the wallet's transactions in one list, by time: pages of it, and how many.

Payments are in SQL and may be many, the others are at hand and few; a gift stands as a transaction
does. All have one order, in which a transaction is older than the payments that were begun in the
same second: so where it stands in the list is found by counting payments.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from lnwallet_tui.api.activity import (
    ActivityCount,
    ActivityEntry,
    ActivityPage,
    is_gift_meant,
    is_meant,
)
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.filter import Filter, Names
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.node import names as naming
from lnwallet_tui.node import refusing, views
from lnwallet_tui.node.coins import coin_views
from lnwallet_tui.node.payments.finding import MOST_ON_A_PAGE, beside_loop, meaning
from lnwallet_tui.node.payments.payment_views import found_view
from lnwallet_tui.store import activity as stored
from lnwallet_tui.store.activity import Found, Place
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.store.reader import Reader

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

T = TypeVar("T")

_SPOT: Final = re.compile(r"([0-9]{1,12})\.([0-9]{1,12})(?:\.([0-9a-f]{64}))?")
_WAITS: Final = 10**11
"""Seconds: the time of what waits for a block, later than all others."""
_MOST_SKIPPED: Final = 2**40
_NOWHERE: Final = Refused(
    RefusalCode.BAD_INPUT, "This is no place in the list.", "Take one that a page names."
)


class Spot(NamedTuple):
    """Where something stands: its time; a payment's number, from 1 on, or 0 and a txid, or the id
    of the channel with which it was given."""

    time: int
    number: int
    txid: str = ""

    @property
    def place(self) -> Place:
        """As payments are placed."""
        return self.time, self.number

    @property
    def written(self) -> str:
        """To be handed out."""
        return f"{self.time}.{self.number}" + (f".{self.txid}" if self.txid else "")


@dataclass(frozen=True, slots=True)
class _List:
    """All that is looked for; of all but payments where they stand, in the order of the list."""

    reader: Reader
    wanted: Filter
    named: stored.Named
    now: int
    spots: Sequence[Spot]
    gifts: Collection[str]  # their names among the spots
    oldest_first: bool

    def newer(self, than: Place | None) -> int:
        """How many payments are newer than that place; without one, all."""
        return stored.count(self.reader, self.wanted, self.now, self.named, before=than)

    def behind(self, after: Spot | None) -> Sequence[Spot]:
        """The transactions behind that spot."""
        if after is None:
            return self.spots
        return [one for one in self.spots if (one > after if self.oldest_first else one < after)]

    def payments_between(self, after: Spot | None, spot: Spot) -> int:
        """How many payments stand between that spot, or the beginning, and a transaction's."""
        if self.oldest_first:
            return self.newer(None if after is None else after.place) - self.newer(spot.place)
        here = 0 if after is None else self.newer((after.time, after.number - 1))
        return self.newer(spot.place) - here

    def part(self, after: Spot | None, skip: int, limit: int) -> _Part:
        """What a page may hold: of both kinds so many as would fill it."""
        spots = self.behind(after)
        passed = 0
        if skip and spots:

            def place_of(at: int) -> int:
                return at + self.payments_between(after, spots[at])

            passed = bisect_left(range(len(spots)), skip, key=place_of)
        payments = stored.search(
            self.reader,
            self.wanted,
            self.now,
            self.named,
            limit=limit,
            after=None if after is None else after.place,
            skip=skip - passed,
            oldest_first=self.oldest_first,
        )
        return _Part(payments, spots[passed : passed + limit])


@dataclass(frozen=True, slots=True)
class _Part:
    """A page before it is put together."""

    payments: Sequence[Found]
    spots: Sequence[Spot]


async def search(  # what it asks for is a page: which, of what, and how it is sorted
    board: Switchboard,
    text: str,
    limit: int,
    after: str,
    skip: int,
    *,
    oldest_first: bool,
    names: Names,
) -> ActivityPage | Refused:
    """A page of what the words say."""
    spot = _spot(after)
    if isinstance(spot, Refused):
        return spot
    size, skipped = max(1, min(limit, MOST_ON_A_PAGE)), max(0, min(skip, _MOST_SKIPPED))
    part = await _ask(
        board, text, names, lambda found: found.part(spot, skipped, size), oldest_first
    )
    return part if isinstance(part, Refused) else _page(board, part, size, oldest_first)


async def count(
    board: Switchboard, text: str, before: str, names: Names
) -> ActivityCount | Refused:
    """How many the words mean; with `before`, how many are newer than that place."""
    spot = _spot(before)
    if isinstance(spot, Refused):
        return spot

    def ask(found: _List) -> ActivityCount:
        payments = found.newer(None if spot is None else spot.place)
        newer = [one for one in found.spots if spot is None or one > spot]
        of_gifts = sum(one.txid in found.gifts for one in newer)
        return ActivityCount(payments=payments, transactions=len(newer) - of_gifts, gifts=of_gifts)

    return await _ask(board, text, names, ask, oldest_first=False)


async def _ask(
    board: Switchboard,
    text: str,
    names: Names,
    ask: Callable[[_List], T],
    oldest_first: bool,  # the last of what every question has
) -> T | Refused:
    """The answer to a question about the list, beside the loop."""
    wanted = meaning(board, text)
    if isinstance(wanted, Refused):
        return wanted
    now, called = board.shell.now(), naming.called(board, names)
    try:
        known, gifts = coin_views.outlines(board), _gifts(board)

        def answer(reader: Reader) -> T:
            named = naming.meant(wanted.words, called)
            ids = {word: {one.hex() for one in nodes} for word, nodes in named.items()}
            meant = [_spot_of(one) for one in known if is_meant(wanted, one, now, ids)]
            got = [
                Spot(one.time, 0, name)
                for name, one in gifts.items()
                if is_gift_meant(wanted, one, ids)
            ]
            spots = sorted((*meant, *got), reverse=not oldest_first)
            return ask(_List(reader, wanted, named, now, spots, gifts.keys(), oldest_first))

        return await beside_loop(board, answer)
    except StoreError as error:
        return refusing.of_disk(error)


def _page(
    board: Switchboard,
    part: _Part,
    size: int,
    oldest_first: bool,  # as above
) -> ActivityPage | Refused:
    now = board.shell.now()
    payments = {Spot(*one.place): one for one in part.payments}
    spots = sorted((*payments, *part.spots), reverse=not oldest_first)[:size]
    try:
        told = coin_views.named(board, [one.txid for one in spots if one.txid])
    except StoreError as error:
        return refusing.of_disk(error)
    by_txid, gifts = {one.txid: one for one in told}, _gifts(board)
    return ActivityPage(
        entries=tuple(
            ActivityEntry(
                place=one.written,
                payment=views.with_name(board, found_view(payments[one], now))
                if one in payments
                else None,
                transaction=by_txid.get(one.txid),
                gift=gifts.get(one.txid),
            )
            for one in spots
            # it may have been replaced meanwhile
            if one in payments or one.txid in by_txid or one.txid in gifts
        )
    )


def _gifts(board: Switchboard) -> dict[str, GiftView]:
    """By their channels' ids."""
    found = (views.gift(board, held) for held in board.channels)
    return {one.channel_id: one for one in found if one is not None}


def _spot_of(one: TransactionView) -> Spot:
    return Spot(one.time if one.height else _WAITS, 0, one.txid)


def _spot(text: str) -> Spot | Refused | None:
    if not text:
        return None
    read = _SPOT.fullmatch(text)
    return _NOWHERE if read is None else Spot(int(read[1]), int(read[2]), read[3] or "")
