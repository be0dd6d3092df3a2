"""Leaves of taproot outputs: what relay policy forbids in them, judged without running them.

No channel of today has one. So this is on the safe side: a leaf of which it cannot be seen at a
glance that Core would relay it is refused.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin import script as op
from lnwallet_tui.playground.policy_machine import LONGEST_LOCK, expect_minimal
from lnwallet_tui.playground.policy_parse import Operation, operations
from lnwallet_tui.playground.policy_signature import PolicyViolation

_SUCCESS: Final = frozenset(
    {80, 98, *range(126, 130), *range(131, 135), 137, 138, 141, 142, *range(149, 154)}
    | set(range(187, 255))
)  # BIP342
_CHECKS: Final = frozenset({op.OP_CHECKSIG, 0xAD})
_LOCKS: Final = frozenset({op.OP_CHECKLOCKTIMEVERIFY, op.OP_CHECKSEQUENCEVERIFY})
_USUAL: Final = frozenset(
    {op.OP_IF, op.OP_NOTIF, op.OP_ELSE, op.OP_ENDIF, 0x69, op.OP_DROP, op.OP_DUP, op.OP_SIZE}
    | {op.OP_EQUAL, op.OP_EQUALVERIFY, 0xA6, 0xA8, op.OP_HASH160, 0xAA}
)


def check_leaf(script: bytes) -> None:
    """`PolicyViolation` unless every operation is one that Core relays, whatever it meets."""
    before: Operation | None = None
    for operation in operations(script):
        if operation.opcode in _SUCCESS:
            raise PolicyViolation("OP_SUCCESSx reserved for soft-fork upgrades")
        _check(operation, before)
        before = operation


def _check(operation: Operation, before: Operation | None) -> None:
    if operation.pushes:
        if not operation.is_minimal:
            raise PolicyViolation("Data push larger than necessary")
    elif operation.opcode in _CHECKS:
        if before is None or len(before.data or b"") != 32:
            raise PolicyViolation("Public key version reserved for soft-fork upgrades")
    elif operation.opcode in _LOCKS:
        _check_lock(before)
    elif operation.opcode not in _USUAL:
        raise PolicyViolation(f"opcode 0x{operation.opcode:02x} is not relayed in the playground")


def _check_lock(before: Operation | None) -> None:
    if before is not None and before.small_number() is not None:
        return
    if before is None or before.data is None:
        raise PolicyViolation("a time lock that is computed is not relayed in the playground")
    expect_minimal(before.data, LONGEST_LOCK)
