"""Amounts and expiries along a route: BOLT 7's own example, and what the hops then read."""

from functools import partial

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import AmountError, Msat
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import peel_onion
from lnwallet_tui.payment.records import Route, RouteHop
from lnwallet_tui.payment.route import LastHop, forwarding_fee, onion, terms
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import (
    CHANNEL,
    HASH,
    MIDDLE,
    MIDDLE_KEY,
    PAYEE,
    PAYEE_KEY,
    SECRET,
    SESSION_KEY,
)

B_TO_C = RouteHop(
    node_id=PAYEE,
    short_channel_id=ShortChannelId(1, 2, 3),
    fee_base=Msat(200),
    fee_proportional_millionths=2000,
    cltv_expiry_delta=20,
)
D_TO_C = RouteHop(
    node_id=PAYEE,
    short_channel_id=ShortChannelId(1, 2, 4),
    fee_base=Msat(400),
    fee_proportional_millionths=4000,
    cltv_expiry_delta=40,
)
LAST = LastHop(Msat(4_999_999), Msat(4_999_999), 1000 + 18 + 42, SECRET, b"meta")
FINAL = HopPayload(
    Msat(4_999_999), 1060, None, PaymentData(SECRET, Msat(4_999_999)), payment_metadata=b"meta"
)


def over(hop: RouteHop) -> Route:
    return Route(CHANNEL, (RouteHop(node_id=MIDDLE), hop))


def test_bolt_7_b_to_c() -> None:
    direct = terms(Route(CHANNEL, (RouteHop(node_id=PAYEE),)), LAST)
    assert (direct.amount, direct.cltv_expiry) == (Msat(4_999_999), 1000 + 18 + 42)
    assert direct.payloads == (FINAL,)


def test_bolt_7_a_to_b_to_c() -> None:
    found = terms(over(B_TO_C), LAST)
    assert (found.amount, found.cltv_expiry) == (Msat(5_010_198), 1000 + 20 + 18 + 42)
    forward = HopPayload(Msat(4_999_999), 1060, ShortChannelId(1, 2, 3))
    assert found.payloads == (forward, FINAL)


def test_bolt_7_a_to_d_to_c() -> None:
    found = terms(over(D_TO_C), LAST)
    assert (found.amount, found.cltv_expiry) == (Msat(5_020_398), 1000 + 40 + 18 + 42)


def test_fees_are_counted_on_fees() -> None:
    route = Route(CHANNEL, (RouteHop(node_id=MIDDLE), D_TO_C, B_TO_C))
    inner = Msat(4_999_999 + 10_199)
    assert terms(route, LAST).amount == inner + forwarding_fee(D_TO_C, inner)


def test_a_fee_beyond_all_bitcoin_is_an_error() -> None:
    greedy = RouteHop(node_id=PAYEE, fee_proportional_millionths=2**32 - 1)
    with pytest.raises(AmountError):
        forwarding_fee(greedy, Msat(10**18))


def test_every_hop_reads_its_own_instructions() -> None:
    route = over(B_TO_C)
    found = terms(route, LAST)
    packet = onion(route, found.payloads, SESSION_KEY, HASH)
    first = peel_onion(partial(curve.ecdh, MIDDLE_KEY), packet, HASH)
    assert HopPayload.decode(first.payload) == found.payloads[0]
    assert first.next_packet is not None
    last = peel_onion(partial(curve.ecdh, PAYEE_KEY), first.next_packet, HASH)
    assert HopPayload.decode(last.payload) == FINAL
    assert last.next_packet is None
