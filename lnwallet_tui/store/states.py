"""Old states of the counterparty on disk, packed: twelve bytes each, some dozens in a row."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.old_states import PACKED, OldState
from lnwallet_tui.store import singles
from lnwallet_tui.store.codec import decode_or
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.rows import Rows

_IN_A_ROW: Final = 64
_NOT_KNOWN: Final = b""
"""Of a row that is damaged: none of those states is needed in the channel, which goes on."""


def save_state(tx: Transaction, number: int, signed: CommitmentSpec) -> None:
    """Keep the newest commitment of the peer's in channel `number`, with the step that signed it
    (C6): long before it can be revoked."""
    name, at = _name(number, signed.number // _IN_A_ROW), signed.number % _IN_A_ROW * PACKED
    packed = singles.load_or(tx, name, _NOT_KNOWN)
    singles.save(tx, name, packed[:at].ljust(at, b"\0") + OldState.of(signed).packed())


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
        first = int(name.removeprefix(prefix)) * _IN_A_ROW
        packed = decode_or(body, _NOT_KNOWN)
        for at in range(0, len(packed), PACKED):
            state = OldState.unpacked(packed[at : at + PACKED])
            if state is not None:
                states[first + at // PACKED] = state
    return dict(sorted(states.items()))


def _name(number: int, row: int) -> str:
    return f"{_prefix(number)}{row}"


def _prefix(number: int) -> str:
    return f"states {number} "
