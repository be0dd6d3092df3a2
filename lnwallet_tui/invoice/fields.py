"""The tagged fields of an invoice (BOLT 11): split, read strictly, written canonically."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin import curve, script
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice.errors import COPY_AGAIN, InvoiceError
from lnwallet_tui.invoice.groups import Groups, from_bytes, from_int, to_bytes, to_int
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId

# Field types: the letter's value in bech32.
PAYMENT_HASH: Final = 1  # p
ROUTE_HINT: Final = 3  # r
FEATURES: Final = 5  # 9
EXPIRY: Final = 6  # x
FALLBACK: Final = 9  # f
DESCRIPTION: Final = 13  # d
PAYMENT_SECRET: Final = 16  # s
PAYEE: Final = 19  # n
DESCRIPTION_HASH: Final = 23  # h
MIN_FINAL_CLTV: Final = 24  # c
METADATA: Final = 27  # m

_FIXED_LENGTH: Final = {PAYMENT_HASH: 52, DESCRIPTION_HASH: 52, PAYMENT_SECRET: 52, PAYEE: 53}
_MAX_LENGTH: Final = 1023
_MAX_HINTS: Final = 20
_HOP_SIZE: Final = 51
_P2PKH_VERSION: Final = 17
_P2SH_VERSION: Final = 18


@dataclass(frozen=True, slots=True)
class HopHint:
    """One channel of a private route to the payee: it starts at `node_id`."""

    node_id: bytes
    short_channel_id: ShortChannelId
    fee_base: Msat
    fee_proportional_millionths: int
    cltv_expiry_delta: int


Fields = dict[int, list[Groups]]
"""The data of every field by type, the most preferred first."""


def split_fields(groups: Groups) -> Fields:
    """Cut the tagged part into fields. Of fields that come once, the first one counts.

    BOLT 11: "if a writer offers more than one of any field type, it MUST specify the most-preferred
    field first".
    """
    fields: Fields = {}
    start = 0
    while start < len(groups):
        if len(groups) - start < 3:
            raise InvoiceError("The invoice ends in the middle of a field.", COPY_AGAIN)
        kind, length = groups[start], to_int(groups[start + 1 : start + 3])
        data = groups[start + 3 : start + 3 + length]
        if len(data) < length:
            raise InvoiceError("The invoice ends in the middle of a field.", COPY_AGAIN)
        # BOLT 11: "MUST fail the payment if any field with fixed `data_length` (`p`, `h`, `s`,
        # `n`) does not have the correct length (52, 52, 52, 53)".
        if length != _FIXED_LENGTH.get(kind, length):
            raise InvoiceError("A field of the invoice has the wrong length.")
        fields.setdefault(kind, []).append(data)
        start += 3 + length
    return fields


def read_bytes(fields: Fields, kind: int, what: str) -> bytes | None:
    """The bytes of the first field of this type; None where there is none."""
    return to_bytes(fields[kind][0], what) if kind in fields else None


def read_number(fields: Fields, kind: int, what: str, default: int, most: int) -> int:
    """The number in `x` or `c`, at most `most`."""
    if kind not in fields:
        return default
    groups = fields[kind][0]
    _expect_minimal(groups, what)
    value = to_int(groups)
    if value > most:
        raise InvoiceError(f"The {what} of the invoice is absurdly large.")
    return value


def read_features(fields: Fields) -> Features:
    """The bits of `9`; none where the field is absent."""
    if FEATURES not in fields:
        return Features()
    groups = fields[FEATURES][0]
    _expect_minimal(groups, "feature field")
    return Features.from_bytes(to_int(groups).to_bytes(-(-len(groups) * 5 // 8), "big"))


def _expect_minimal(groups: Groups, what: str) -> None:
    # BOLT 11: "if a `c`, `x`, or `9` field is provided which has a non-minimal `data_length` (i.e.
    # begins with 0 field elements): SHOULD treat the invoice as invalid". No element at all is the
    # shortest way to write 0.
    if groups and groups[0] == 0:
        raise InvoiceError(f"The {what} of the invoice is not written as the standard asks.")


def read_route_hints(fields: Fields) -> tuple[tuple[HopHint, ...], ...]:
    """The routes of all `r` fields, each from a public node to the payee."""
    hints = fields.get(ROUTE_HINT, [])
    if len(hints) > _MAX_HINTS:
        raise InvoiceError(f"The invoice names more than {_MAX_HINTS} ways to the receiver.")
    return tuple(map(_read_hops, hints))


def _read_hops(groups: Groups) -> tuple[HopHint, ...]:
    data = to_bytes(groups, "way to the receiver")
    if not data or len(data) % _HOP_SIZE:
        raise InvoiceError("A way to the receiver in the invoice has the wrong length.")
    return tuple(_read_hop(data[i : i + _HOP_SIZE]) for i in range(0, len(data), _HOP_SIZE))


def _read_hop(data: bytes) -> HopHint:
    if not curve.is_public_key(data[:33]):
        raise InvoiceError("A way to the receiver in the invoice begins at no node.")
    scid, base, rate, delta = data[33:41], data[41:45], data[45:49], data[49:51]
    return HopHint(
        data[:33],
        ShortChannelId.from_int(int.from_bytes(scid, "big")),
        Msat(int.from_bytes(base, "big")),
        int.from_bytes(rate, "big"),
        int.from_bytes(delta, "big"),
    )


def read_fallbacks(fields: Fields) -> tuple[bytes, ...]:
    """The output scripts of the on-chain addresses, the most preferred first.

    BOLT 11: "MUST skip over `f` fields that use an unknown `version`".
    """
    scripts = map(_read_fallback, fields.get(FALLBACK, []))
    return tuple(found for found in scripts if found is not None)


def _read_fallback(groups: Groups) -> bytes | None:
    if not groups:
        raise InvoiceError("An on-chain address in the invoice is empty.")
    version = groups[0]
    if version > _P2SH_VERSION:
        return None
    program = to_bytes(groups[1:], "on-chain address")
    if version == 0:
        lengths: Iterable[int] = (20, 32)
    else:
        lengths = (20,) if version >= _P2PKH_VERSION else range(2, 41)
    if len(program) not in lengths:
        raise InvoiceError("An on-chain address in the invoice has the wrong length.")
    if version == _P2PKH_VERSION:
        return script.p2pkh(program)
    return (
        script.p2sh(program)
        if version == _P2SH_VERSION
        else script.witness_program(version, program)
    )


def write_field(kind: int, data: Groups) -> list[int]:
    """Type, length, data."""
    assert len(data) <= _MAX_LENGTH, "a field has at most 639 bytes"
    return [kind, *from_int(len(data), 2), *data]


def write_route_hint(hops: Iterable[HopHint]) -> list[int]:
    """An `r` field. BOLT 11: it "MUST contain one or more ordered entries"."""
    data = b"".join(map(_write_hop, hops))
    assert data, "a way has at least one channel"
    return write_field(ROUTE_HINT, from_bytes(data))


def _write_hop(hop: HopHint) -> bytes:
    return (
        hop.node_id
        + int(hop.short_channel_id).to_bytes(8, "big")
        + hop.fee_base.value.to_bytes(4, "big")
        + hop.fee_proportional_millionths.to_bytes(4, "big")
        + hop.cltv_expiry_delta.to_bytes(2, "big")
    )


def write_fallback(script_pubkey: bytes) -> list[int]:
    """An `f` field for an output script that has an address."""
    if script.is_p2pkh(script_pubkey):
        version, program = _P2PKH_VERSION, script_pubkey[3:23]
    elif script.is_p2sh(script_pubkey):
        version, program = _P2SH_VERSION, script_pubkey[2:22]
    else:
        parsed = script.parse_witness_program(script_pubkey)
        assert parsed is not None, "a fallback is a script that has an address"
        version, program = parsed
    return write_field(FALLBACK, [version, *from_bytes(program)])
