"""Each check of a forwarding node at its boundary, and the order in which they speak."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat
from lnwallet_tui.onion.messages import (
    AmountBelowMinimum,
    ChannelDisabled,
    ExpiryTooFar,
    ExpiryTooSoon,
    Failure,
    FeeInsufficient,
    IncorrectCltvExpiry,
    InvalidOnionPayload,
    TemporaryChannelFailure,
    UnknownNextPeer,
)
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.forwarding import Leg, Outgoing, judge_forward, nearest_outgoing
from lnwallet_tui.payment.limits import nearest_expiry
from lnwallet_tui.policy import POLICY
from lnwallet_tui.wire.scid import ShortChannelId
from tests.payment.people import CHANNEL, HASH, HEIGHT, OTHER_CHANNEL

UPDATE = b"our update"
OUTGOING = Outgoing(
    channel_id=OTHER_CHANNEL,
    fee_base=Msat(1_000),
    fee_proportional_millionths=200,
    cltv_expiry_delta=40,
    htlc_minimum=Msat(1_000),
    htlc_maximum=Msat(50_000_000),
    is_disabled=False,
    is_live=True,
    update=UPDATE,
)
AMOUNT, FEE = 10_000_000, 3_000
EXPIRY = HEIGHT + 100
INCOMING = HtlcArrived(CHANNEL, 7, Msat(AMOUNT + FEE), HASH, EXPIRY + 40, b"")
LEG = Leg(OTHER_CHANNEL, Msat(AMOUNT), EXPIRY)


def payload(amount: int | None = AMOUNT, expiry: int | None = EXPIRY) -> HopPayload:
    told = None if amount is None else Msat(amount)
    return HopPayload(told, expiry, ShortChannelId(1, 2, 3))


def judge(
    asked: HopPayload, outgoing: Outgoing | None = OUTGOING, **incoming: Any
) -> Leg | Failure:
    return judge_forward(replace(INCOMING, **incoming), asked, outgoing, HEIGHT, POLICY)


def test_what_complies_exactly_passes() -> None:
    assert judge(payload()) == LEG


@pytest.mark.parametrize(
    ("asked", "incoming", "failure"),
    [
        (payload(amount=None), {}, InvalidOnionPayload(2, 0)),
        (payload(expiry=None), {}, InvalidOnionPayload(4, 0)),
        (payload(amount=999), {}, AmountBelowMinimum(Msat(999), UPDATE)),
        (payload(amount=50_000_001), {}, TemporaryChannelFailure(UPDATE)),
        (payload(), {"excess_dust": True}, TemporaryChannelFailure(UPDATE)),
        (
            payload(),
            {"amount": Msat(AMOUNT + FEE - 1)},
            FeeInsufficient(Msat(AMOUNT + FEE - 1), UPDATE),
        ),
        (payload(expiry=EXPIRY + 1), {}, IncorrectCltvExpiry(EXPIRY + 1, UPDATE)),
        (payload(expiry=HEIGHT + nearest_outgoing(POLICY)), {}, ExpiryTooSoon(UPDATE)),
        (
            payload(),
            {"cltv_expiry": HEIGHT + POLICY.max_htlc_cltv + 1},
            ExpiryTooFar(),
        ),
    ],
)
def test_one_step_beyond_each_limit_does_not(
    asked: HopPayload, incoming: dict[str, Any], failure: Failure
) -> None:
    assert judge(asked, **incoming) == failure


@pytest.mark.parametrize(
    ("asked", "incoming"),
    [
        (payload(amount=1_000), {}),
        (payload(amount=50_000_000), {"amount": Msat(50_000_000 + 11_000)}),
        (payload(expiry=HEIGHT + nearest_outgoing(POLICY) + 1), {}),
        (payload(), {"cltv_expiry": HEIGHT + POLICY.max_htlc_cltv}),
    ],
)
def test_at_each_limit_it_passes(asked: HopPayload, incoming: dict[str, Any]) -> None:
    assert isinstance(judge(asked, **incoming), Leg)


@pytest.mark.parametrize(("blocks", "passes"), [(-1, False), (0, True)])
def test_what_would_have_to_go_to_chain_at_once_is_not_passed_on(blocks: int, passes: bool) -> None:
    """BOLT 2: "MUST fail (and not forward) an HTLC whose fulfillment deadline is already past"; a
    delta that is smaller than that deadline lets such an HTLC come."""
    least = nearest_expiry(HEIGHT, POLICY) + blocks
    judged = judge(
        payload(expiry=HEIGHT + nearest_outgoing(POLICY) + 1),
        replace(OUTGOING, cltv_expiry_delta=9),
        cltv_expiry=least,
    )
    assert judged == (
        Leg(OTHER_CHANNEL, Msat(AMOUNT), HEIGHT + nearest_outgoing(POLICY) + 1)
        if passes
        else ExpiryTooSoon(UPDATE)
    )


def test_nobody_there() -> None:
    assert judge(payload(), None) == UnknownNextPeer()


def test_a_peer_that_is_away() -> None:
    assert judge(payload(), replace(OUTGOING, is_live=False)) == TemporaryChannelFailure(UPDATE)


@pytest.mark.parametrize("is_live", [True, False])
def test_a_channel_that_we_switched_off(is_live: bool) -> None:
    off = replace(OUTGOING, is_disabled=True, is_live=is_live)
    assert judge(payload(), off) == ChannelDisabled(0, UPDATE)


def test_an_amount_of_all_bitcoin_is_no_accident() -> None:
    whole = replace(OUTGOING, htlc_maximum=Msat(MAX_SAT * 1_000))
    judged = judge(payload(amount=MAX_SAT * 1_000), whole)
    assert judged == FeeInsufficient(Msat(AMOUNT + FEE), UPDATE)
