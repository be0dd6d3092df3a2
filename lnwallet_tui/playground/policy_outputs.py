"""What relay policy lets an output be: the standard scripts, and the least value of each."""

from __future__ import annotations

import enum
from typing import Final

from lnwallet_tui.bitcoin import script as op
from lnwallet_tui.bitcoin.script import is_p2pkh, is_p2sh, parse_witness_program
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_parse import (
    Operation,
    ScriptEndsEarly,
    is_push_only,
    operations,
)
from lnwallet_tui.playground.policy_rejection import Reason, Rejection

# What spending an output costs at least (`GetDustThreshold`): outpoint, sequence and a script
# length (41 bytes) and a key's signature, which for a segwit output is discounted.
_SPEND_SIZE: Final = 148
_SPEND_SIZE_SEGWIT: Final = 67


class OutputKind(enum.Enum):
    """The forms of output script that Core tells apart."""

    P2PK = "pubkey"
    P2PKH = "pubkeyhash"
    P2SH = "scripthash"
    MULTISIG = "multisig"
    NULL_DATA = "nulldata"
    P2WPKH = "witness_v0_keyhash"
    P2WSH = "witness_v0_scripthash"
    P2TR = "witness_v1_taproot"
    P2A = "anchor"
    WITNESS_UNKNOWN = "witness_unknown"
    NONSTANDARD = "nonstandard"


def output_kind(script: bytes) -> OutputKind:
    """The form of an output script."""
    program = parse_witness_program(script)
    if program is not None:
        return _witness_kind(*program)
    if is_p2sh(script):
        return OutputKind.P2SH
    if is_p2pkh(script):
        return OutputKind.P2PKH
    if script[:1] == bytes((op.OP_RETURN,)):
        return OutputKind.NULL_DATA if is_push_only(script[1:]) else OutputKind.NONSTANDARD
    try:
        return _bare_kind(list(operations(script)))
    except ScriptEndsEarly:
        return OutputKind.NONSTANDARD


def _witness_kind(version: int, program: bytes) -> OutputKind:
    if version == 0:
        by_size = {20: OutputKind.P2WPKH, 32: OutputKind.P2WSH}
        return by_size.get(len(program), OutputKind.NONSTANDARD)
    if version == 1 and len(program) == 32:
        return OutputKind.P2TR
    if version == 1 and program == b"\x4e\x73":
        return OutputKind.P2A
    return OutputKind.WITNESS_UNKNOWN


def _bare_kind(parts: list[Operation]) -> OutputKind:
    if len(parts) == 2 and _is_key(parts[0]) and parts[1].opcode == op.OP_CHECKSIG:
        return OutputKind.P2PK
    if len(parts) < 4 or parts[-1].opcode != op.OP_CHECKMULTISIG:
        return OutputKind.NONSTANDARD
    needed, keys, count = parts[0].small_number(), parts[1:-2], parts[-2].small_number()
    if not needed or count != len(keys) or not all(map(_is_key, keys)):
        return OutputKind.NONSTANDARD
    standard = needed <= count <= limits.MAX_BARE_MULTISIG_KEYS
    return OutputKind.MULTISIG if standard else OutputKind.NONSTANDARD


def _is_key(part: Operation) -> bool:
    data = part.data or b""
    return (len(data) == 33 and data[0] in (2, 3)) or (len(data) == 65 and data[0] in (4, 6, 7))


def dust_threshold(output: TxOut) -> int:
    """The least value in sat that is not dust; 0 for an output that cannot be spent."""
    script = output.script_pubkey
    if script[:1] == bytes((op.OP_RETURN,)):
        return 0
    segwit = parse_witness_program(script) is not None
    size = len(output.serialize()) + (_SPEND_SIZE_SEGWIT if segwit else _SPEND_SIZE)
    return limits.fee_at(limits.DUST_FEERATE, size)


def check_outputs(outputs: tuple[TxOut, ...]) -> None:
    """`Rejection` unless every output has a standard script and enough value.

    One dust output is relayed by Core if its transaction pays nothing and is spent in the same
    package ("ephemeral dust"). Paying nothing takes version 3, which Lightning's channels of
    today do not use; here dust is refused always. The limit on OP_RETURN data (100,000 bytes since
    version 30) is not reached before the one on weight, so it needs no rule of its own.
    """
    for output in outputs:
        if output_kind(output.script_pubkey) is OutputKind.NONSTANDARD:
            raise Rejection(Reason.SCRIPT_PUBKEY, output.script_pubkey.hex())
        if output.value.value < dust_threshold(output):
            raise Rejection(Reason.DUST, f"{output.value.value} < {dust_threshold(output)}")
