"""What paying from the coins costs, and hurrying it, for the scripted node."""

from __future__ import annotations

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.costs import CostAt, Pace
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import (
    BumpQuote,
    BumpWay,
    PaidView,
    Payouts,
    PsbtView,
    SendQuote,
    SentView,
    SpendsView,
)
from lnwallet_tui.api.untrusted import Untrusted

ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP 173's key, on regtest
PSBT = PsbtView(
    psbt="cHNidP8B",
    txid="5e" * 32,
    takes_sat=25_153,
    fee_sat=153,
    complete=False,
    sent=False,
    pays=(
        PaidView(address=ADDRESS, amount_sat=25_000, yours=False, script="0014" + "75" * 20),
        PaidView(address=ADDRESS[:-6] + "080808", amount_sat=74_847, yours=True, script="0014"),
        PaidView(address="", amount_sat=0, yours=False, script="6a0474657374"),
    ),
    spends=(SpendsView(coin="4d" * 32 + ":1", amount_sat=100_000, yours=True),),
    sends=True,
    feerate_per_kw=700,
)
TXID = "5e" * 32
NO_ADDRESS = Refused(
    RefusalCode.BAD_INPUT,
    "There is no Bitcoin address in this text.",
    "Ask whoever is to be paid for one.",
)

RATES = tuple(
    CostAt(pace=pace, blocks=blocks, feerate_per_kw=per_kw, fee_sat=per_kw * 6 // 10)
    for pace, blocks, per_kw in zip(Pace, (144, 6, 2), (250, 500, 1_000), strict=True)
)


def address(amount_sat: int = 0, label: str = "", message: str = "") -> AddressView:
    return AddressView(
        address=ADDRESS,
        amount_sat=amount_sat,
        label=Untrusted(label),
        message=Untrusted(message),
        has_invoice=False,
    )


def send_quote(payouts: Payouts) -> SendQuote:
    return SendQuote(
        amount_sat=sum(sat for _, sat in payouts),
        fee_sat=153,
        change_sat=10_000,
        inputs=1,
        feerate_per_kw=250,
        rates=(),
        must_stay_sat=0,
        left_alone_sat=0,
        can_be_hurried=True,
    )


def sent(payouts: Payouts) -> SentView:
    return SentView(txid=TXID, amount_sat=sum(sat for _, sat in payouts), fee_sat=153)


def bump_quote(txid: str) -> BumpQuote:
    return BumpQuote(
        txid=txid,
        way=BumpWay.REPLACE,
        fee_sat=400,
        added_fee_sat=247,
        amount_sat=25_000,
        feerate_per_kw=700,
    )
