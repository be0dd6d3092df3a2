"""Channels on disk: the state, the signer's memory and the HTLCs that old commitments held."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import assert_never

import msgspec

from lnwallet_tui.channel.commitment import HtlcSpec
from lnwallet_tui.channel.env import Record
from lnwallet_tui.channel.held_htlcs import HeldHtlc, HtlcEntered, HtlcLeft
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.store import counters, spares
from lnwallet_tui.store.codec import checked_version, encode
from lnwallet_tui.store.damage import Damaged, Kind, OnDamage, not_asked, read_whole
from lnwallet_tui.store.db import Store, Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.kit import forget_kit
from lnwallet_tui.store.late import forget_late
from lnwallet_tui.store.rows import Rows
from lnwallet_tui.store.states import forget_states

_COUNTER = "channel keys"


class ChannelRow(msgspec.Struct, frozen=True, kw_only=True):
    """A channel as it is stored.

    `number` is the index of its keys and `salt` what else they are made of. `signer` is the memory
    of its signer, as `keys` encodes it. `frozen` names the bug of ours that froze it, else empty.
    """

    number: int
    peer_id: bytes
    salt: bytes
    frozen: str
    signer: bytes
    state: Channel


class LostChannel(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of a channel whose state is damaged; all of `row`, where its keys are not those
    of its state."""

    number: int
    peer_id: bytes
    salt: bytes
    row: ChannelRow | None = None


def take_number(tx: Transaction) -> int:
    """The index of a new channel's keys; durable before a public key of it is shown (C1)."""
    return counters.take(tx, _COUNTER, beyond="channels")


def numbers_taken(store: Store) -> int:
    """How many indexes were used."""
    return counters.value_of(store, _COUNTER)


def skip_numbers(tx: Transaction, below: int) -> None:
    """Use no index below this: a channel had them before the wallet was restored."""
    counters.raise_to(tx, _COUNTER, below)
    spares.use_numbers(tx, range(below))


def save_channel(tx: Transaction, row: ChannelRow) -> None:
    """Write or replace."""
    values = (row.number, row.peer_id, row.salt, row.frozen, row.signer, encode(row.state))
    tx.write(
        "INSERT INTO channels VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (number) DO UPDATE SET"
        " frozen = excluded.frozen, signer = excluded.signer, body = excluded.body",
        values,
    )


def lost(row: ChannelRow) -> LostChannel:
    """Of one whose keys are not those of its state."""
    return LostChannel(number=row.number, peer_id=row.peer_id, salt=row.salt, row=row)


def put_right(tx: Transaction, number: int, row: ChannelRow) -> None:
    """Whose the channel is that stands under that number."""
    changed = tx.write(
        "UPDATE channels SET number = ?, peer_id = ?, salt = ? WHERE number = ?",
        (row.number, row.peer_id, row.salt, number),
    )
    assert changed == 1, "there is such a channel"


def save_records(tx: Transaction, number: int, records: Iterable[Record]) -> None:
    """Write what a step recorded of the counterparty's commitments (C6)."""
    for record in records:
        match record:
            case HtlcEntered(htlc, first):
                tx.write(
                    "INSERT OR REPLACE INTO held_htlcs VALUES (?, ?, ?, ?, NULL, ?)",
                    (number, htlc.offered, htlc.htlc_id, first, encode(htlc)),
                )
            case HtlcLeft(offered, htlc_id, last):
                changed = tx.write(
                    "UPDATE held_htlcs SET last = ?"
                    " WHERE channel = ? AND offered = ? AND htlc_id = ?",
                    (last, number, offered, htlc_id),
                )
                assert changed == 1, "an HTLC enters a commitment before it leaves one"
            case _:
                assert_never(record)


def load_channels(store: Rows, lost: Callable[[LostChannel], None]) -> tuple[ChannelRow, ...]:
    """All that ever were, in the order in which they were opened; those whose state is damaged are
    told to `lost` instead."""
    rows: list[ChannelRow] = []
    for number, peer_id, salt, frozen, signer, body in store.read(
        "SELECT number, peer_id, salt, frozen, signer, body FROM channels ORDER BY number"
    ):
        assert isinstance(number, int)
        assert isinstance(peer_id, bytes)
        assert isinstance(salt, bytes)
        assert isinstance(frozen, str)
        assert isinstance(signer, bytes)
        state = read_whole(body, Channel, Damaged(Kind.CHANNEL), not_asked)
        if state is None:
            lost(LostChannel(number=number, peer_id=peer_id, salt=salt))
            continue
        rows.append(
            ChannelRow(
                number=number,
                peer_id=peer_id,
                salt=salt,
                frozen=frozen,
                signer=signer,
                state=state,
            )
        )
    return tuple(rows)


def held_htlcs(store: Rows, number: int, damaged: OnDamage) -> tuple[HeldHtlc, ...]:
    """Which HTLCs the counterparty's commitments of channel `number` held; without those that are
    damaged."""
    rows = store.read(
        "SELECT first, last, body FROM held_htlcs WHERE channel = ?"
        " ORDER BY first, offered, htlc_id",
        (number,),
    )
    held: list[HeldHtlc] = []
    for first, last, body in rows:
        assert isinstance(first, int)
        assert last is None or isinstance(last, int)
        htlc = read_whole(body, HtlcSpec, Damaged(Kind.HELD_HTLC, f"{number}"), damaged)
        if htlc is not None:
            held.append(HeldHtlc(htlc, first, last))
    return tuple(held)


def look_over_held(store: Rows, number: int, damaged: OnDamage) -> None:
    """Tell if one of those is damaged; nothing is made of them, for there may be very many."""
    for (body,) in store.read("SELECT body FROM held_htlcs WHERE channel = ?", (number,)):
        assert isinstance(body, bytes)
        try:
            checked_version(body)
        except RowDamaged:
            damaged(Damaged(Kind.HELD_HTLC, f"{number}"))


def forget_channel(tx: Transaction, number: int) -> None:
    """Drop a channel that nothing came of; the index of its keys stays used."""
    for table in ("held_htlcs", "peer_policies", "closes"):
        tx.write(f"DELETE FROM {table} WHERE channel = ?", (number,))  # noqa: S608 - our own names
    tx.write("DELETE FROM channels WHERE number = ?", (number,))
    forget_kit(tx, number)
    forget_late(tx, number)
    forget_states(tx, number)
