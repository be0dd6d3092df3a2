"""Which HTLCs each of the counterparty's commitments held: what it takes to punish any of them.

An HTLC is in an unbroken run of commitments, so one row with the first and the last number says it
for all of them: about 60 bytes an HTLC, however many states there were. A row is begun and ended in
the transaction that stores the commitment we sign (`changes`), long before that one can be revoked.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from lnwallet_tui.channel.commitment import CommitmentSpec, HtlcSpec


class HtlcEntered(msgspec.Struct, frozen=True, tag=True):
    """A row to insert: the counterparty's commitment `first` is the first that holds `htlc`."""

    htlc: HtlcSpec
    first: int


class HtlcLeft(msgspec.Struct, frozen=True, tag=True):
    """A row to end: `last` is the last of the counterparty's commitments that holds the HTLC."""

    offered: bool
    htlc_id: int
    last: int


class HeldHtlc(msgspec.Struct, frozen=True):
    """A stored row; `last` is None while the newest commitment holds the HTLC.

    `htlc.offered` is seen from the counterparty, whose commitments these are.
    """

    htlc: HtlcSpec
    first: int
    last: int | None = None


def changes(
    previous: CommitmentSpec | None, signed: CommitmentSpec
) -> tuple[HtlcEntered | HtlcLeft, ...]:
    """What to write with the counterparty's commitment `signed`, the next one after `previous`."""
    before = previous.htlcs if previous is not None else ()
    known, kept = set(map(_key, before)), set(map(_key, signed.htlcs))
    left = (
        HtlcLeft(htlc.offered, htlc.htlc_id, signed.number - 1)
        for htlc in before
        if _key(htlc) not in kept
    )
    entered = (HtlcEntered(htlc, signed.number) for htlc in signed.htlcs if _key(htlc) not in known)
    return (*left, *entered)


def _key(htlc: HtlcSpec) -> tuple[bool, int]:
    return htlc.offered, htlc.htlc_id


def held_in(rows: Iterable[HeldHtlc], number: int) -> tuple[HtlcSpec, ...]:
    """The HTLCs, trimmed ones too, of the counterparty's commitment `number`."""
    return tuple(
        row.htlc for row in rows if row.first <= number and (row.last is None or number <= row.last)
    )
