"""A script interpreter that looks for what only relay policy forbids.

Whether a script lets its input spend is the engine's to say, and it was asked before. This runs
the same script again for the rules that the engine does not know: MINIMALDATA, MINIMALIF,
NULLFAIL, the encodings of `policy_signature`, and operations reserved for upgrades. It knows the
operations that Lightning and usual wallets need; a script with another one is not relayed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from lnwallet_tui.bitcoin import script as op
from lnwallet_tui.bitcoin.hashes import hash160, ripemd160, sha256, sha256d
from lnwallet_tui.bitcoin.script import encode_number
from lnwallet_tui.playground.policy_parse import OP_CHECKMULTISIGVERIFY, Operation, operations
from lnwallet_tui.playground.policy_signature import PolicyViolation, SignatureChecker

_TRUE: Final = b"\x01"
_LONGEST_NUMBER: Final = 4  # bytes
LONGEST_LOCK: Final = 5  # bytes
_RESERVED_NOPS: Final = frozenset({0xB0, *range(0xB3, 0xBA)})
_BRANCHES: Final = frozenset({op.OP_IF, op.OP_NOTIF, op.OP_ELSE, op.OP_ENDIF})


class ScriptFails(Exception):
    """The script does not let the input spend: then the engine and we disagree."""


class Machine:
    """Runs scripts over one stack. `segwit` switches on the rules of witness version 0."""

    def __init__(self, stack: list[bytes], checker: SignatureChecker) -> None:
        self.stack = stack
        self._checker = checker
        self._branches: list[bool] = []
        self._script = b""

    def run(self, script: bytes) -> None:
        """Run one script; `PolicyViolation` or `ScriptFails`."""
        self._script = script
        for operation in operations(script):
            self._step(operation)
        if self._branches:
            raise ScriptFails("an IF without ENDIF")

    def _step(self, operation: Operation) -> None:
        live = all(self._branches)
        if operation.opcode in _BRANCHES:
            self._branch(operation.opcode, live)
        elif live and operation.pushes:
            self._push(operation)
        elif live:
            self._operate(operation.opcode)

    def _push(self, operation: Operation) -> None:
        if not operation.is_minimal:
            raise PolicyViolation("Data push larger than necessary")
        if operation.data is not None:
            self.stack.append(operation.data)
        elif operation.opcode == op.OP_1NEGATE:
            self.stack.append(b"\x81")
        else:
            self.stack.append(encode_number(operation.small_number() or 0))

    def pop(self) -> bytes:
        """Take the top item; `ScriptFails` from an empty stack."""
        if not self.stack:
            raise ScriptFails("an empty stack")
        return self.stack.pop()

    def _pop_number(self) -> int:
        item = self.pop()
        return expect_minimal(item, _LONGEST_NUMBER)

    def _branch(self, opcode: int, live: bool) -> None:
        if opcode in {op.OP_IF, op.OP_NOTIF}:
            self._branches.append(live and self._condition() == (opcode == op.OP_IF))
        elif not self._branches:
            raise ScriptFails("ELSE or ENDIF without IF")
        elif opcode == op.OP_ELSE:
            self._branches[-1] = not self._branches[-1]
        else:
            self._branches.pop()

    def _condition(self) -> bool:
        item = self.pop()
        if self._checker.segwit and item not in (b"", _TRUE):
            raise PolicyViolation("OP_IF/NOTIF argument must be minimal")
        return is_true(item)

    def _operate(self, opcode: int) -> None:
        if opcode in _RESERVED_NOPS:
            raise PolicyViolation("NOPx reserved for soft-fork upgrades")
        action = _ACTIONS.get(opcode)
        if action is None:
            raise PolicyViolation(f"opcode 0x{opcode:02x} is not relayed in the playground")
        action(self)

    # -- operations

    def _lock(self) -> None:
        """A time lock: the engine has checked it, and it leaves the stack alone."""
        number = self.pop()
        expect_minimal(number, LONGEST_LOCK)
        self.stack.append(number)

    def _verify(self) -> None:
        if not is_true(self.pop()):
            raise ScriptFails("VERIFY")

    def _equal(self) -> None:
        self._answer(self.pop() == self.pop())

    def _answer(self, yes: bool) -> None:
        self.stack.append(_TRUE if yes else b"")

    def _if_dup(self) -> None:
        top = self.pop()
        self.stack.extend([top, top] if is_true(top) else [top])

    def _swap(self) -> None:
        top, second = self.pop(), self.pop()
        self.stack.extend([top, second])

    def _over(self) -> None:
        top, second = self.pop(), self.pop()
        self.stack.extend([second, top, second])

    def _dup(self) -> None:
        top = self.pop()
        self.stack.extend([top, top])

    def _size(self) -> None:
        top = self.pop()
        self.stack.extend([top, encode_number(len(top))])

    def _add(self) -> None:
        self.stack.append(encode_number(self._pop_number() + self._pop_number()))

    def _hash(self, function: Callable[[bytes], bytes]) -> None:
        self.stack.append(function(self.pop()))

    def _check_signature(self) -> None:
        pubkey, signature = self.pop(), self.pop()
        holds = self._checker.holds(signature, pubkey, self._script)
        if signature and not holds:
            raise PolicyViolation("Signature must be zero for failed CHECK(MULTI)SIG operation")
        self._answer(holds)

    def _check_signatures(self) -> None:
        pubkeys = [self.pop() for _ in range(self._pop_number())]
        signatures = [self.pop() for _ in range(self._pop_number())]
        self.pop()  # the dummy that consensus wants empty (BIP147)
        left = list(signatures)
        for pubkey in pubkeys:  # last key and last signature first, as consensus does
            if left and self._checker.holds(left[0], pubkey, self._script):
                left.pop(0)
        if left and any(signatures):
            raise PolicyViolation("Signature must be zero for failed CHECK(MULTI)SIG operation")
        self._answer(not left)


def expect_minimal(item: bytes, longest: int) -> int:
    """The number; `PolicyViolation` unless it is written as short as it can be."""
    number = _decode_number(item)
    if encode_number(number) != item or len(item) > longest:
        raise PolicyViolation("Script number overflowed or is non-minimally encoded")
    return number


def _decode_number(item: bytes) -> int:
    if not item:
        return 0
    magnitude = int.from_bytes(item, "little")
    sign = 1 << (8 * len(item) - 1)
    return -(magnitude & ~sign) if magnitude & sign else magnitude


def is_true(item: bytes) -> bool:
    """Whether a stack item counts as true: not zero, nor minus zero."""
    return any(item[:-1]) or item[-1:] not in (b"", b"\x00", b"\x80")


def _fail(_machine: Machine) -> None:
    raise ScriptFails("RETURN")


def _then_verify(action: Callable[[Machine], None]) -> Callable[[Machine], None]:
    def act(machine: Machine) -> None:
        action(machine)
        machine._verify()

    return act


def _nothing(_machine: Machine) -> None:
    """NOP."""


_ACTIONS: Final[dict[int, Callable[[Machine], None]]] = {
    0x61: _nothing,
    op.OP_RETURN: _fail,
    0x69: Machine._verify,
    op.OP_IFDUP: Machine._if_dup,
    op.OP_DROP: lambda machine: (machine.pop(), None)[1],
    op.OP_DUP: Machine._dup,
    0x78: Machine._over,
    op.OP_SWAP: Machine._swap,
    op.OP_SIZE: Machine._size,
    op.OP_EQUAL: Machine._equal,
    op.OP_EQUALVERIFY: _then_verify(Machine._equal),
    0x93: Machine._add,
    0xA6: lambda machine: machine._hash(ripemd160),
    0xA8: lambda machine: machine._hash(sha256),
    op.OP_HASH160: lambda machine: machine._hash(hash160),
    0xAA: lambda machine: machine._hash(sha256d),
    op.OP_CHECKSIG: Machine._check_signature,
    op.OP_CHECKSIGVERIFY: _then_verify(Machine._check_signature),
    op.OP_CHECKMULTISIG: Machine._check_signatures,
    OP_CHECKMULTISIGVERIFY: _then_verify(Machine._check_signatures),
    op.OP_CHECKLOCKTIMEVERIFY: Machine._lock,
    op.OP_CHECKSEQUENCEVERIFY: Machine._lock,
}
