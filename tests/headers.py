"""Real headers from `tests/vectors/headers`, and made ones for rules that are easy to meet."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.bitcoin.block import BlockHeader, target_from_bits
from lnwallet_tui.bitcoin.consensus import PERIOD, ChainRules, rules_of
from lnwallet_tui.bitcoin.hashes import sha256d
from lnwallet_tui.bitcoin.network import Network

_FOLDER: Final = Path(__file__).parent / "vectors" / "headers"

EASY: Final = replace(
    rules_of(Network.REGTEST), retargets=True, min_difficulty_when_late=False, versions=()
)
"""Mainnet's rules with regtest's proof of work: about two hashes for a block."""
FAR_FUTURE: Final = 4_000_000_000


def mainnet_periods() -> list[tuple[int, int, bytes]]:
    """Height, total work and header of blocks that begin a period."""
    loaded: dict[str, Any] = json.loads((_FOLDER / "mainnet-periods.json").read_text())
    return [
        (row["height"], int(row["chain_work"], 16), bytes.fromhex(row["header"]))
        for row in loaded["blocks"]
    ]


def signet_headers() -> list[bytes]:
    """The first 2,023 headers of signet, put together again."""
    stored = (_FOLDER / "signet-0-2022.bin").read_bytes()
    headers, parent = [], bytes(32)
    for at in range(0, len(stored), 48):
        headers.append(stored[at : at + 4] + parent + stored[at + 4 : at + 48])
        parent = sha256d(headers[-1])
    return headers


def mined(header: bytes, target: int | None = None) -> bytes:
    """The same header with a nonce that meets its own difficulty, or another target."""
    most = target_from_bits(int.from_bytes(header[72:76], "little")) if target is None else target
    for nonce in range(1 << 32):
        header = header[:76] + nonce.to_bytes(4, "little")
        if int.from_bytes(sha256d(header), "little") <= most:
            return header
    raise AssertionError("no nonce meets that target")


def child(
    parent: bytes,
    *,
    bits: int | None = None,
    time: int | None = None,
    salt: int = 0,
    version: int = 4,
) -> bytes:
    """A mined block on top of another; what is not said is as the parent has it, ten minutes on."""
    before = BlockHeader.parse(parent)
    header = BlockHeader(
        version,
        before.hash,
        salt.to_bytes(32, "little"),
        before.time + 600 if time is None else time,
        before.bits if bits is None else bits,
        0,
    )
    return mined(header.serialize())


def chain(
    rules: ChainRules,
    count: int,
    *,
    after: list[bytes] | None = None,
    salt: int = 0,
    time_of: Callable[[int], int] | None = None,
) -> list[bytes]:
    """`count` headers on top of a whole chain (the genesis block's if none), valid by `rules`.

    Only the retarget is reckoned, not the rule for late blocks: times are ten minutes apart unless
    `time_of` says so for a height.
    """
    headers = list(after) if after else [rules.genesis.serialize()]
    first = len(headers)
    for height in range(first, first + count):
        before = BlockHeader.parse(headers[-1])
        bits = before.bits
        if height % PERIOD == 0:
            begun = BlockHeader.parse(headers[height - PERIOD])
            bits = rules.next_bits((begun.time, begun.bits), (before.time, before.bits))
        time = time_of(height) if time_of else None
        headers.append(child(headers[-1], bits=bits, time=time, salt=salt))
    return headers[first:]


def many(rules: ChainRules, count: int) -> bytes:
    """As `chain`, but made for hundreds of thousands: one string, and times that jump about."""
    made = [rules.genesis.serialize()]
    parent, bits = rules.genesis.hash, rules.genesis.bits
    for height in range(1, count + 1):
        time = rules.genesis.time + 600 * height + height * 7_919 % 1_500
        if height % PERIOD == 0:
            span = (made[height - PERIOD], made[-1])
            bits = rules.next_bits(*((_word(one, 68), _word(one, 72)) for one in span))
        words = time.to_bytes(4, "little") + bits.to_bytes(4, "little")
        start = b"\x04\x00\x00\x00" + parent + height.to_bytes(32, "little") + words
        most = target_from_bits(bits).to_bytes(32, "big")
        for nonce in range(1 << 32):
            parent = sha256d(header := start + nonce.to_bytes(4, "little"))
            if parent[::-1] <= most:
                break
        made.append(header)
    return b"".join(made[1:])


def _word(header: bytes, at: int) -> int:
    return int.from_bytes(header[at : at + 4], "little")
