"""Stored bytes: round trips, versions, and rows that a disk has damaged."""

from __future__ import annotations

import msgspec
import pytest

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.store import codec
from lnwallet_tui.store.codec import checked_version, decode, encode
from lnwallet_tui.store.errors import SchemaTooNew, WalletCorrupt


class Inner(msgspec.Struct, frozen=True, tag=True):
    """A tagged part."""

    amount: Msat


class Other(msgspec.Struct, frozen=True, tag=True):
    """Another one."""

    raw: bytes


class Everything(msgspec.Struct, frozen=True):
    """One of each type that we store."""

    sat: Sat
    parts: tuple[Inner | Other, ...]
    tx: Tx
    bits: frozenset[int]
    text: Untrusted
    by_number: dict[int, bytes]
    missing: Sat | None = None


VALUE = Everything(
    Sat(MAX_SAT),
    (Inner(Msat(1)), Other(b"\x00\xff")),
    Tx(2, (TxIn(OutPoint(bytes(32), 1), witness=(b"a", b"")),), (TxOut(Sat(5), b"\x51"),), 9),
    frozenset({22, 12}),
    Untrusted("\x1b[31mred"),
    {7: b"x"},
)


def test_everything_round_trips() -> None:
    data = encode(VALUE)
    assert decode(data, Everything) == VALUE
    assert encode(decode(data, Everything)) == data


def test_amounts_keep_their_unit_and_their_limits() -> None:
    assert isinstance(decode(encode(VALUE), Everything).sat, Sat)
    stored = encode(msgspec.structs.replace(VALUE))
    assert decode(stored, Everything).parts[0] == Inner(Msat(1))
    with pytest.raises(WalletCorrupt):
        decode(encode(-1), Sat)
    with pytest.raises(WalletCorrupt):
        decode(encode("5"), Sat)


def test_every_flipped_bit_is_noticed() -> None:
    data = encode(Inner(Msat(123_456)))
    for position in range(len(data) * 8):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(WalletCorrupt):
            decode(bytes(damaged), Inner)


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x01\x00\x00\x00", b"\x01\x00\x00\x00\x00"])
def test_a_cut_row_is_noticed(data: bytes) -> None:
    with pytest.raises(WalletCorrupt):
        decode(data, Inner)


def test_a_newer_version_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "VERSION", 2)
    data = encode(Inner(Msat(1)))
    assert decode(data, Inner) == Inner(Msat(1))
    monkeypatch.undo()
    assert checked_version(data) == 2
    with pytest.raises(SchemaTooNew):
        decode(data, Inner)


def test_a_type_that_is_not_stored_is_our_own_bug() -> None:
    with pytest.raises(TypeError):
        encode(object())
