"""Taking scripts apart: operations one by one, whether they only push, how many signature checks.

Only relay policy looks into scripts like this; consensus runs them (`engine`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin import script as op
from lnwallet_tui.bitcoin.script import push

OP_CHECKMULTISIGVERIFY: Final = 0xAF
MAX_KEYS_PER_MULTISIG: Final = 20
_LENGTH_BYTES: Final = {op.OP_PUSHDATA1: 1, op.OP_PUSHDATA2: 2, op.OP_PUSHDATA4: 4}


class ScriptEndsEarly(ValueError):
    """A push announces more bytes than the script has."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation: its opcode and, for a push by length, what it pushes."""

    opcode: int
    data: bytes | None = None

    @property
    def pushes(self) -> bool:
        """Whether it pushes and does nothing else (Core counts the reserved 0x50 among them)."""
        return self.opcode <= op.OP_16

    @property
    def is_minimal(self) -> bool:
        """Whether no shorter operation pushes the same (MINIMALDATA)."""
        if self.data is None:
            return True
        return push(self.data)[0] == self.opcode

    def small_number(self) -> int | None:
        """0 to 16 for OP_0 to OP_16."""
        if self.opcode == op.OP_0:
            return 0
        return self.opcode - op.OP_1 + 1 if op.OP_1 <= self.opcode <= op.OP_16 else None


def operations(script: bytes) -> Iterator[Operation]:
    """The operations in order; `ScriptEndsEarly` where the script breaks off inside a push."""
    at = 0
    while at < len(script):
        opcode = script[at]
        at += 1
        if opcode > op.OP_PUSHDATA4:
            yield Operation(opcode)
            continue
        width = _LENGTH_BYTES.get(opcode, 0)
        length = int.from_bytes(script[at : at + width], "little") if width else opcode
        at += width + length
        if at > len(script):
            raise ScriptEndsEarly
        yield Operation(opcode, script[at - length : at])


def is_push_only(script: bytes) -> bool:
    """Whether the script is whole and does nothing but push."""
    try:
        return all(operation.pushes for operation in operations(script))
    except ScriptEndsEarly:
        return False


def last_push(script: bytes) -> bytes:
    """What the last operation pushes: the redeem script of a P2SH input; empty if there is none."""
    found = b""
    for operation in operations(script):
        found = operation.data or b""
    return found


def count_sigops(script: bytes, *, accurate: bool) -> int:
    """Signature checks in a script, as Core counts them.

    A multisig counts as the number of its keys where `accurate` and where that number stands
    right before it, else as twenty. Counting stops where the script breaks off.
    """
    total = 0
    before: Operation | None = None
    try:
        for operation in operations(script):
            total += _sigops_of(operation, before if accurate else None)
            before = operation
    except ScriptEndsEarly:
        pass
    return total


def _sigops_of(operation: Operation, before: Operation | None) -> int:
    if operation.opcode in {op.OP_CHECKSIG, op.OP_CHECKSIGVERIFY}:
        return 1
    if operation.opcode not in {op.OP_CHECKMULTISIG, OP_CHECKMULTISIGVERIFY}:
        return 0
    return (before and before.small_number()) or MAX_KEYS_PER_MULTISIG
