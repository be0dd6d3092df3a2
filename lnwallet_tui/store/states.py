"""Old states of the counterparty on disk, packed: twelve bytes each, some dozens in a row."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.old_states import PACKED, OldState
from lnwallet_tui.store.codec import decode, encode
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import RowDamaged
from lnwallet_tui.store.rows import Rows

_IN_A_ROW: Final = 64
_SELECT: Final = "SELECT body FROM singles WHERE name = ?"


def save_state(tx: Transaction, number: int, signed: CommitmentSpec) -> None:
    """Keep the newest commitment of the peer's in channel `number`, with the step that signed it
    (C6): long before it can be revoked."""
    name, at = _name(number, signed.number // _IN_A_ROW), signed.number % _IN_A_ROW * PACKED
    rows = tx.read(_SELECT, (name,))
    packed = _packed(rows[0][0]) if rows else b""
    packed = packed[:at].ljust(at, b"\0") + OldState.of(signed).packed()
    tx.write("INSERT OR REPLACE INTO singles VALUES (?, ?)", (name, encode(packed)))


def forget_states(tx: Transaction, number: int) -> None:
    """Of a channel that nothing came of."""
    tx.write("DELETE FROM singles WHERE name GLOB ?", (f"{_prefix(number)}*",))


def load_states(store: Rows, number: int) -> dict[int, OldState]:
    """Those of channel `number` that were kept, by their own numbers."""
    states: dict[int, OldState] = {}
    prefix = _prefix(number)
    for name, body in store.read(
        "SELECT name, body FROM singles WHERE name GLOB ?", (f"{prefix}*",)
    ):
        assert isinstance(name, str)
        first, packed = int(name.removeprefix(prefix)) * _IN_A_ROW, _packed(body)
        for at in range(0, len(packed), PACKED):
            state = OldState.unpacked(packed[at : at + PACKED])
            if state is not None:
                states[first + at // PACKED] = state
    return dict(sorted(states.items()))


def _name(number: int, row: int) -> str:
    return f"{_prefix(number)}{row}"


def _prefix(number: int) -> str:
    return f"states {number} "


def _packed(body: object) -> bytes:
    """Nothing where the row is damaged: those states are not known any more, and the channel, in
    which none of them is needed, goes on."""
    assert isinstance(body, bytes)
    try:
        return decode(body, bytes)
    except RowDamaged:
        return b""
