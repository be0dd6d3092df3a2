"""From a route to an HTLC: amounts, expiries and the onion, counted from the payee back."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.onion.payload import HopPayload, PaymentData
from lnwallet_tui.onion.sphinx import build_onion
from lnwallet_tui.payment.records import Route, RouteHop


@dataclass(frozen=True, slots=True)
class LastHop:
    """What the payee is to find: its part and its total, expiry as a height, secret, metadata; of a
    payment without an invoice the preimage in the place of the secret."""

    amount: Msat
    total: Msat
    cltv_expiry: int
    payment_secret: bytes | None = field(repr=False)
    payment_metadata: bytes | None
    keysend_preimage: bytes | None = field(default=None, repr=False)

    def payload(self) -> HopPayload:
        """As it stands in the onion.

        LND refuses a keysend payment that has `payment_data`: "no mpp keysend supported".
        """
        secret = self.payment_secret
        return HopPayload(
            amt_to_forward=self.amount,
            outgoing_cltv_value=self.cltv_expiry,
            payment_data=None if secret is None else PaymentData(secret, self.total),
            payment_metadata=self.payment_metadata,
            keysend_preimage=self.keysend_preimage,
        )


@dataclass(frozen=True, slots=True)
class Terms:
    """An HTLC to the first hop and the payload for each hop, first hop first."""

    amount: Msat
    cltv_expiry: int
    payloads: tuple[HopPayload, ...]


def forwarding_fee(hop: RouteHop, amount: Msat) -> Msat:
    """What forwarding `amount` into `hop` costs; raises `AmountError` beyond all bitcoin.

    BOLT 7: "fee_base_msat + ( amount_to_forward * fee_proportional_millionths / 1000000 )".
    """
    share = amount.value * hop.fee_proportional_millionths // 1_000_000
    return hop.fee_base + Msat(share)


def terms(route: Route, last: LastHop) -> Terms:
    """What each hop is told, and so what the first must be given. Raises `AmountError`."""
    amount, cltv_expiry = last.amount, last.cltv_expiry
    payloads = [last.payload()]
    for hop in reversed(route.hops[1:]):
        amount = max(amount, hop.htlc_minimum)  # who gets more than its onion says takes it
        payloads.append(HopPayload(amount, cltv_expiry, hop.short_channel_id))
        amount += forwarding_fee(hop, amount)
        cltv_expiry += hop.cltv_expiry_delta
    amount = max(amount, route.hops[0].htlc_minimum)
    return Terms(amount, cltv_expiry, tuple(reversed(payloads)))


def carried(route: Route, payee_gets: Msat) -> tuple[Msat, ...]:
    """What each hop is given so that the payee gets that much, the first first."""
    amount, amounts = payee_gets, []
    for hop in reversed(route.hops[1:]):
        amount = max(amount, hop.htlc_minimum)
        amounts.append(amount)
        amount += forwarding_fee(hop, amount)
    return (max(amount, route.hops[0].htlc_minimum), *reversed(amounts))


def onion(
    route: Route, payloads: tuple[HopPayload, ...], session_key: bytes, hash_: bytes
) -> bytes:
    """The packet for the first hop; the payment hash is its associated data."""
    node_ids = [hop.node_id for hop in route.hops]
    hops = zip(node_ids, [payload.encode() for payload in payloads], strict=True)
    return build_onion(session_key, list(hops), hash_).packet
