"""Which fields of a partially signed transaction are known, and what they may look like (BIP174,
BIP371). Of a type that is not known here anything is kept as it came."""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

from lnwallet_tui.bitcoin.curve import is_public_key
from lnwallet_tui.bitcoin.serial import Reader, SerialError
from lnwallet_tui.bitcoin.tx import Tx, TxParseError, read_output

Rule = Callable[[bytes], bool]


class Global(enum.Enum):
    """Fields of the whole."""

    UNSIGNED_TX = 0x00
    XPUB = 0x01
    VERSION = 0xFB


class In(enum.Enum):
    """Fields of an input."""

    NON_WITNESS_UTXO = 0x00
    WITNESS_UTXO = 0x01
    PARTIAL_SIG = 0x02
    SIGHASH_TYPE = 0x03
    REDEEM_SCRIPT = 0x04
    WITNESS_SCRIPT = 0x05
    BIP32_DERIVATION = 0x06
    FINAL_SCRIPTSIG = 0x07
    FINAL_SCRIPTWITNESS = 0x08
    TAP_KEY_SIG = 0x13
    TAP_SCRIPT_SIG = 0x14
    TAP_LEAF_SCRIPT = 0x15
    TAP_BIP32_DERIVATION = 0x16
    TAP_INTERNAL_KEY = 0x17
    TAP_MERKLE_ROOT = 0x18


class Out(enum.Enum):
    """Fields of an output."""

    REDEEM_SCRIPT = 0x00
    WITNESS_SCRIPT = 0x01
    BIP32_DERIVATION = 0x02
    TAP_INTERNAL_KEY = 0x05
    TAP_TREE = 0x06
    TAP_BIP32_DERIVATION = 0x07


def is_allowed(kind: Global | In | Out, rest: bytes, value: bytes) -> bool:
    """Whether a field with `rest` behind its type may hold `value`."""
    key_rule, value_rule = _RULES[kind]
    try:
        return key_rule(rest) and value_rule(value)
    except (SerialError, TxParseError):
        return False


def read_witness(value: bytes) -> tuple[bytes, ...]:
    """What stands in a final witness. Raises `SerialError`."""
    reader = Reader(value)
    items = reader.many(reader.with_length)
    reader.expect_end()
    return items


# -- the rules
def _empty(rest: bytes) -> bool:
    return not rest


def _any(_: bytes) -> bool:
    return True


def _of(*lengths: int) -> Rule:
    return lambda data: len(data) in lengths


def _public_key(rest: bytes) -> bool:
    return is_public_key(rest) or (len(rest) == 65 and rest[0] in (4, 6, 7))


def _origin(value: bytes) -> bool:
    """A fingerprint, and steps of four bytes each."""
    return len(value) >= 4 and len(value) % 4 == 0


def _taproot_origin(value: bytes) -> bool:
    reader = Reader(value)
    reader.many(lambda: reader.take(32))
    return _origin(reader.rest())


def _transaction(value: bytes) -> bool:
    Tx.parse(value)
    return True


def _unsigned(value: bytes) -> bool:
    return not any(txin.script_sig for txin in Tx.parse_base(value).inputs)


def _output(value: bytes) -> bool:
    reader = Reader(value)
    read_output(reader)
    return reader.at_end()


def _witness(value: bytes) -> bool:
    read_witness(value)
    return True


def _control_block(rest: bytes) -> bool:
    return len(rest) >= 33 and (len(rest) - 33) % 32 == 0


def _version_0(value: bytes) -> bool:
    return value == bytes(4)


_SCHNORR: Final = _of(64, 65)
_RULES: Final[dict[Global | In | Out, tuple[Rule, Rule]]] = {
    Global.UNSIGNED_TX: (_empty, _unsigned),
    Global.XPUB: (_of(78), _origin),
    Global.VERSION: (_empty, _version_0),
    In.NON_WITNESS_UTXO: (_empty, _transaction),
    In.WITNESS_UTXO: (_empty, _output),
    In.PARTIAL_SIG: (_public_key, _any),
    In.SIGHASH_TYPE: (_empty, _of(4)),
    In.REDEEM_SCRIPT: (_empty, _any),
    In.WITNESS_SCRIPT: (_empty, _any),
    In.BIP32_DERIVATION: (_public_key, _origin),
    In.FINAL_SCRIPTSIG: (_empty, _any),
    In.FINAL_SCRIPTWITNESS: (_empty, _witness),
    In.TAP_KEY_SIG: (_empty, _SCHNORR),
    In.TAP_SCRIPT_SIG: (_of(64), _SCHNORR),
    In.TAP_LEAF_SCRIPT: (_control_block, lambda value: bool(value)),
    In.TAP_BIP32_DERIVATION: (_of(32), _taproot_origin),
    In.TAP_INTERNAL_KEY: (_empty, _of(32)),
    In.TAP_MERKLE_ROOT: (_empty, _of(32)),
    Out.REDEEM_SCRIPT: (_empty, _any),
    Out.WITNESS_SCRIPT: (_empty, _any),
    Out.BIP32_DERIVATION: (_public_key, _origin),
    Out.TAP_INTERNAL_KEY: (_empty, _of(32)),
    Out.TAP_TREE: (_empty, _any),
    Out.TAP_BIP32_DERIVATION: (_of(32), _taproot_origin),
}
