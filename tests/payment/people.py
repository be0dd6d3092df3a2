"""A payer, a payee and nodes between them, with known keys; and the world they pay in."""

from functools import partial
from typing import Any, TypeVar

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import Invoice, encode
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion
from lnwallet_tui.payment import attempts, incoming
from lnwallet_tui.payment.command import PayCommand
from lnwallet_tui.payment.effects import OfferHtlc
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.records import IncomingInvoice, Route, RouteHop, Way
from lnwallet_tui.policy import POLICY
from lnwallet_tui.store.codec import decode as from_store
from lnwallet_tui.store.codec import encode as to_store

PAYEE_KEY = bytes([0x21]) * 32
PAYEE = curve.public_key(PAYEE_KEY)
MIDDLE_KEY = bytes([0x22]) * 32
MIDDLE = curve.public_key(MIDDLE_KEY)
OUR_ID = curve.public_key(bytes([0x23]) * 32)
CHANNEL, OTHER_CHANNEL = bytes([0xC1]) * 32, bytes([0xC2]) * 32
PREIMAGE = bytes([0x50]) * 32
HASH = sha256(PREIMAGE)
SECRET = bytes([0x51]) * 32
SESSION_KEY = bytes([0x41]) * 32
NOW, HEIGHT = 1_700_000_000, 800
AMOUNT = Msat(250_000)
NO_FEE = Msat(0)
MAX_FEE = Msat(10_000)

T = TypeVar("T")


def stored(value: T) -> T:
    """The value after a crash: written to disk and read again."""
    return from_store(to_store(value), type(value))


def invoice(**changes: Any) -> Invoice:
    """An invoice of the payee."""
    fields: dict[str, Any] = {
        "network": Network.REGTEST,
        "payee": PAYEE,
        "payment_hash": HASH,
        "payment_secret": SECRET,
        "timestamp": NOW,
        "amount": AMOUNT,
        "description": Untrusted("coffee"),
        "min_final_cltv_expiry_delta": 144,
    }
    return Invoice(**{**fields, **changes})


def text_of(asked: Invoice) -> str:
    return encode(asked, partial(curve.sign_recoverable, PAYEE_KEY))


def issued(**changes: Any) -> IncomingInvoice:
    """The same on the payee's side."""
    asked = invoice(**changes)
    return incoming.issue(asked, text_of(asked), PREIMAGE)


DIRECT = Route(CHANNEL, (RouteHop(node_id=PAYEE),))
OTHER_DIRECT = Route(OTHER_CHANNEL, (RouteHop(node_id=PAYEE),))


def command(
    route: Route = DIRECT, *, given: Msat | None = None, max_fee: Msat = MAX_FEE, **changes: Any
) -> PayCommand:
    """Pay an invoice with these changes; over the direct channel if nothing else is said."""
    asked = invoice(**changes)
    ways = (Way(route, asked.amount or given or AMOUNT),)
    return PayCommand(asked, text_of(asked), given, max_fee, ways)


def payer_env(**changes: Any) -> attempts.Env:
    fields: dict[str, Any] = {
        "now": NOW,
        "height": HEIGHT,
        "policy": POLICY,
        "session_key": SESSION_KEY,
        "shadow_blocks": 0,
    }
    return attempts.Env(**{**fields, **changes})


def payee_env(**changes: Any) -> incoming.Env:
    fields: dict[str, Any] = {
        "now": NOW,
        "height": HEIGHT,
        "policy": POLICY,
        "ecdh": partial(curve.ecdh, PAYEE_KEY),
    }
    return incoming.Env(**{**fields, **changes})


def arriving(offer: OfferHtlc, htlc_id: int = 0) -> HtlcArrived:
    """The HTLC at the other end of the channel."""
    return HtlcArrived(
        offer.channel_id, htlc_id, offer.amount, offer.payment_hash, offer.cltv_expiry, offer.onion
    )


def payload(**changes: Any) -> HopPayload:
    """What the payee's onion says when everything is right."""
    fields: dict[str, Any] = {
        "amt_to_forward": AMOUNT,
        "outgoing_cltv_value": HEIGHT + 147,
        "payment_data": PaymentData(SECRET, AMOUNT),
    }
    return HopPayload(**{**fields, **changes})


def htlc(
    htlc_id: int = 0,
    *,
    amount: Msat = AMOUNT,
    cltv_expiry: int = HEIGHT + 147,
    payment_hash: bytes = HASH,
    said: HopPayload | bytes | None = None,
    channel_id: bytes = CHANNEL,
    session_key: bytes = SESSION_KEY,
    **changes: Any,
) -> HtlcArrived:
    """An HTLC for the payee; right in everything that is not changed."""
    stream = said if isinstance(said, bytes) else (said or payload()).encode()
    onion = build_onion(session_key, [(PAYEE, stream)], payment_hash).packet
    return HtlcArrived(channel_id, htlc_id, amount, payment_hash, cltv_expiry, onion, **changes)


def part(htlc_id: int, share: Msat, total: Msat = AMOUNT, **changes: Any) -> HtlcArrived:
    """An HTLC that is `share` of a payment in parts."""
    said = payload(amt_to_forward=share, payment_data=PaymentData(SECRET, total))
    key = bytes([0x60 + htlc_id]) * 32
    return htlc(htlc_id, amount=share, said=said, session_key=key, **changes)
