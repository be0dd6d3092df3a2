"""Everything a payment can ask of the world, as frozen effects; performed only after the commit."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.codes import FailureCode


@dataclass(frozen=True, slots=True)
class FindWays:
    """Look for ways for what has none; answer with `WaysFound` or `NoWays`, however late."""

    payment_hash: bytes


@dataclass(frozen=True, slots=True)
class OfferHtlc:
    """Offer an HTLC; answer with `HtlcOffered` or `OfferRefused` for this `attempt`."""

    payment_hash: bytes
    attempt: int
    channel_id: bytes
    amount: Msat
    cltv_expiry: int
    onion: bytes


@dataclass(frozen=True, slots=True)
class SettleHtlc:
    """Fulfil an HTLC; answer with `HtlcSettled` once that is irrevocable.

    It may be asked for again after a crash: an HTLC that is fulfilled already needs nothing more.
    """

    channel_id: bytes
    htlc_id: int
    preimage: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class RefuseHtlc:
    """Fail an HTLC; `reason` is the encrypted error packet."""

    channel_id: bytes
    htlc_id: int
    reason: bytes


@dataclass(frozen=True, slots=True)
class RefuseMalformed:
    """Fail an HTLC whose onion we could not read."""

    channel_id: bytes
    htlc_id: int
    sha256_of_onion: bytes
    failure_code: FailureCode


@dataclass(frozen=True, slots=True)
class PaymentChanged:
    """The user-visible state of this payment or invoice changed."""

    payment_hash: bytes


OutgoingEffect = FindWays | OfferHtlc | PaymentChanged
IncomingEffect = SettleHtlc | RefuseHtlc | RefuseMalformed | PaymentChanged
