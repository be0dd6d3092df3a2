"""What payers put into an onion for a relay: whatever it is, the relay neither pays nor falls."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion
from lnwallet_tui.wire.scid import ShortChannelId
from tests.node.payments.test_relay import AMOUNT, FEE, held_of
from tests.node.town import MINUTE_MS, Town, over_ben
from tests.node.twins import offer_onion

HASH = sha256(b"nobody knows what this is the hash of")
LONG = 2_000  # blocks
GOOD_DELTA = 80


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada and Cyd have channels with Ben, who relays."""
    town = await over_ben(tmp_path)
    yield town
    await town.end()


def to(town: Town, name: str) -> ShortChannelId:
    """Ben's channel with somebody."""
    [held] = town.nodes["ben"]._board.channels.of_peer(town.nodes[name].node_id)
    place = held.channel.short_channel_id
    assert place is not None
    return place


async def send(
    town: Town, payload: bytes, amount_msat: int, blocks: int, behind: bytes | None = None
) -> None:
    """Ada offers Ben an HTLC with this payload for him; behind him comes Cyd, or nobody."""
    hops = [(town.nodes["ben"].node_id, payload)]
    if behind is not None:
        hops.append((town.nodes["cyd"].node_id, behind))
    packet = build_onion(b"\x33" * 32, hops, HASH).packet
    expiry = town.regtest.chain.height + blocks
    await offer_onion(town, "ada", "ben", HASH, Msat(amount_msat), expiry, packet)
    await town.clock.wait_for(lambda: False, MINUTE_MS)


def for_cyd(amount_msat: int, expiry: int) -> bytes:
    data = PaymentData(bytes(32), Msat(amount_msat))
    return HopPayload(Msat(amount_msat), expiry, payment_data=data).encode()


def tlv(kind: int, value: bytes) -> bytes:
    return bytes([kind, len(value)]) + value


async def test_no_terms_of_a_payer_cost_a_relay_anything(town: Town) -> None:
    before, height = held_of(town, "ben"), town.regtest.chain.height
    to_cyd, to_ada = to(town, "cyd"), to(town, "ada")
    nowhere = ShortChannelId(1, 2, 3)
    near, far = height + 20, height + LONG
    terms = [
        (Msat(AMOUNT), height + 100, to_cyd),  # as it should be, but for the hash
        (Msat(AMOUNT), height + 100, to_ada),  # back where it came from
        (Msat(AMOUNT), height + 100, nowhere),
        (Msat(0), height + 100, to_cyd),
        (Msat(AMOUNT + FEE), height + 100, to_cyd),  # without a fee
        (Msat(21_000_000 * 10**11), height + 100, to_cyd),
        (Msat(AMOUNT), 0, to_cyd),
        (Msat(AMOUNT), 500_000_000, to_cyd),  # a time, not a height
        (Msat(AMOUNT), 2**32 - 1, to_cyd),
        (Msat(AMOUNT), near, to_cyd),
        (Msat(AMOUNT), far, to_cyd),
        (None, height + 100, to_cyd),
        (Msat(AMOUNT), None, to_cyd),
        (Msat(AMOUNT), height + 100, None),
    ]
    for amount, expiry, place in terms:
        payload = HopPayload(amount, expiry, place).encode()
        behind = for_cyd(AMOUNT, height + 100)
        await send(town, payload, AMOUNT + FEE, 100 + GOOD_DELTA, behind)
        assert held_of(town, "ben") == before, (amount, expiry, place)
    assert not any(one.ledger.htlcs for one in town.nodes["ben"].channel_states())


async def test_no_bytes_of_a_payer_stop_a_relay(town: Town) -> None:
    before, height = held_of(town, "ben"), town.regtest.chain.height
    place = int(to(town, "cyd")).to_bytes(8, "big")
    amount, expiry = AMOUNT.to_bytes(4, "big"), (height + 100).to_bytes(2, "big").lstrip(b"\0")
    payloads = [
        b"\0\0",
        bytes(40),
        b"\xff" * 40,
        tlv(2, b"\xff" * 8) + tlv(4, expiry) + tlv(6, place),  # more than all bitcoin
        tlv(2, b"\xff" * 9) + tlv(4, expiry) + tlv(6, place),
        tlv(2, b"\0" + amount) + tlv(4, expiry) + tlv(6, place),  # not minimal
        tlv(4, expiry) + tlv(2, amount) + tlv(6, place),  # out of order
        tlv(2, amount) + tlv(2, amount) + tlv(6, place),
        tlv(2, amount) + tlv(4, expiry) + tlv(6, place[:7]),
        tlv(2, amount) + tlv(4, expiry) + tlv(6, place) + tlv(8, bytes(32)),
        tlv(2, amount) + tlv(4, expiry) + tlv(6, place) + tlv(10, b"blinded"),
        tlv(2, amount) + tlv(4, expiry) + tlv(6, place) + tlv(12, bytes(33)),
        tlv(2, amount) + tlv(4, expiry) + tlv(6, place) + tlv(100, b"even"),
    ]
    for payload in payloads:
        for behind in (for_cyd(AMOUNT, height + 100), None):
            await send(town, payload, AMOUNT + FEE, 100 + GOOD_DELTA, behind)
            assert held_of(town, "ben") == before, payload.hex()
    assert not any(one.ledger.htlcs for one in town.nodes["ben"].channel_states())
    await town.pay("ada", "cyd", AMOUNT)  # it relays as before
