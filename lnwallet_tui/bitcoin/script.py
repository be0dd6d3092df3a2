"""Scripts: the opcodes that Lightning uses, minimal pushes, and the standard output forms."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.hashes import hash160, sha256

OP_0: Final = 0x00
OP_PUSHDATA1: Final = 0x4C
OP_PUSHDATA2: Final = 0x4D
OP_PUSHDATA4: Final = 0x4E
OP_1NEGATE: Final = 0x4F
OP_1: Final = 0x51
OP_2: Final = 0x52
OP_16: Final = 0x60
OP_IF: Final = 0x63
OP_NOTIF: Final = 0x64
OP_ELSE: Final = 0x67
OP_ENDIF: Final = 0x68
OP_RETURN: Final = 0x6A
OP_DROP: Final = 0x75
OP_DUP: Final = 0x76
OP_IFDUP: Final = 0x73
OP_SWAP: Final = 0x7C
OP_SIZE: Final = 0x82
OP_EQUAL: Final = 0x87
OP_EQUALVERIFY: Final = 0x88
OP_HASH160: Final = 0xA9
OP_CHECKSIG: Final = 0xAC
OP_CHECKSIGVERIFY: Final = 0xAD
OP_CHECKMULTISIG: Final = 0xAE
OP_CHECKLOCKTIMEVERIFY: Final = 0xB1
OP_CHECKSEQUENCEVERIFY: Final = 0xB2

_BYTE: Final = tuple(bytes((number,)) for number in range(256))


def assemble(*items: int | bytes) -> bytes:
    """A script: integers are opcodes, bytes are pushed."""
    return b"".join([push(item) if isinstance(item, bytes) else _BYTE[item] for item in items])


def push(data: bytes) -> bytes:
    """The shortest script that pushes `data` (BIP62's rule 3, relay policy's MINIMALDATA)."""
    if len(data) == 1 and 1 <= data[0] <= 16:
        return bytes((OP_1 - 1 + data[0],))
    if data == b"\x81":
        return bytes((OP_1NEGATE,))
    if len(data) < OP_PUSHDATA1:
        return bytes((len(data),)) + data
    if len(data) <= 0xFF:
        return bytes((OP_PUSHDATA1, len(data))) + data
    if len(data) <= 0xFFFF:
        return bytes((OP_PUSHDATA2,)) + len(data).to_bytes(2, "little") + data
    return bytes((OP_PUSHDATA4,)) + len(data).to_bytes(4, "little") + data


def script_number(number: int) -> bytes:
    """The shortest script that pushes `number`: delays and expiries inside scripts."""
    return push(encode_number(number))


def encode_number(number: int) -> bytes:
    """A number as the script interpreter holds it: little-endian, sign in the highest bit."""
    magnitude = abs(number)
    # One bit more than the number has, for the sign; zero is the empty string.
    size = magnitude.bit_length() // 8 + 1 if number else 0
    encoded = bytearray(magnitude.to_bytes(size, "little"))
    if number < 0:
        encoded[-1] |= 0x80
    return bytes(encoded)


# -- output scripts


def witness_program(version: int, program: bytes) -> bytes:
    """The output script of a segwit program (BIP141)."""
    return bytes((OP_1 - 1 + version if version else OP_0, len(program))) + program


def p2wpkh(pubkey: bytes) -> bytes:
    """Pay to the hash of a 33-byte public key; 22 bytes."""
    return witness_program(0, hash160(pubkey))


def p2wsh(witness_script: bytes) -> bytes:
    """Pay to the hash of a script; 34 bytes."""
    return witness_program(0, sha256(witness_script))


def p2tr(output_key: bytes) -> bytes:
    """Pay to a 32-byte taproot output key; 34 bytes."""
    return witness_program(1, output_key)


def p2pkh(pubkey_hash: bytes) -> bytes:
    """Pay to a 20-byte key hash, the form before segwit; 25 bytes."""
    return assemble(OP_DUP, OP_HASH160, pubkey_hash, OP_EQUALVERIFY, OP_CHECKSIG)


def p2sh(script_hash: bytes) -> bytes:
    """Pay to a 20-byte script hash, the form before segwit; 23 bytes."""
    return assemble(OP_HASH160, script_hash, OP_EQUAL)


def p2wpkh_script_code(pubkey: bytes) -> bytes:
    """What a signature of a P2WPKH input commits to (BIP143), without its length."""
    return p2pkh(hash160(pubkey))


# -- recognising them


def parse_witness_program(script: bytes) -> tuple[int, bytes] | None:
    """Version (0 to 16) and program (2 to 40 bytes) of a segwit output script, or None."""
    if not 4 <= len(script) <= 42 or script[1] != len(script) - 2:
        return None
    if script[0] == OP_0:
        return 0, script[2:]
    if OP_1 <= script[0] <= OP_16:
        return script[0] - OP_1 + 1, script[2:]
    return None


def is_p2wpkh(script: bytes) -> bool:
    """Whether it is the output script of a P2WPKH."""
    return len(script) == 22 and script[:2] == b"\x00\x14"


def is_p2wsh(script: bytes) -> bool:
    """Whether it is the output script of a P2WSH."""
    return len(script) == 34 and script[:2] == b"\x00\x20"


def is_p2pkh(script: bytes) -> bool:
    """Whether it is the output script of a P2PKH."""
    return len(script) == 25 and script == p2pkh(script[3:23])


def is_p2sh(script: bytes) -> bool:
    """Whether it is the output script of a P2SH."""
    return len(script) == 23 and script == p2sh(script[2:22])


def is_standard_shutdown_script(script: bytes, anysegwit: bool) -> bool:
    """Whether BOLT 2 allows it in `shutdown`.

    `anysegwit` says whether `option_shutdown_anysegwit` was negotiated. The `OP_RETURN` forms
    belong to `option_simple_close`, which we do not offer.
    """
    if is_p2wpkh(script) or is_p2wsh(script):
        return True
    parsed = parse_witness_program(script)
    # BOLT 2: "if (and only if) `option_shutdown_anysegwit` is negotiated: `OP_1` through `OP_16`
    # inclusive, followed by a single push of 2 to 40 bytes"
    return anysegwit and parsed is not None and parsed[0] >= 1
