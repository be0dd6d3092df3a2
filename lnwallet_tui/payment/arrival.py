"""An HTLC that arrives for us: read, judged, and either a part of a payment or refused."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.codes import FailureCode
from lnwallet_tui.onion.failure import build_error
from lnwallet_tui.onion.messages import (
    Failure,
    InvalidOnionBlinding,
    InvalidOnionPayload,
    TemporaryNodeFailure,
    UnknownNextPeer,
)
from lnwallet_tui.onion.payload import HopPayload, PayloadError, has_path_key
from lnwallet_tui.onion.sphinx import Ecdh, OnionError, PeeledOnion, peel_onion
from lnwallet_tui.payment.effects import RefuseHtlc, RefuseMalformed
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.final_hop import FinalHop, failure_of, read_final_hop
from lnwallet_tui.payment.keysend import spontaneous
from lnwallet_tui.payment.records import IncomingInvoice, Part
from lnwallet_tui.policy import Policy


@dataclass(frozen=True, slots=True)
class Env:
    """The world as an invoice sees it: Unix seconds, height, policy, ECDH with our node key,
    whether payments are taken that no invoice asked for, and whether the height is an old one."""

    now: int
    height: int
    policy: Policy
    ecdh: Ecdh
    takes_keysend: bool = True
    is_blind: bool = False


@dataclass(frozen=True, slots=True)
class Transit:
    """What the onion of an HTLC says that is for somebody behind us."""

    payload: HopPayload
    shared_secret: bytes = field(repr=False)
    next_packet: bytes = field(repr=False)


def read_transit(htlc: HtlcArrived, env: Env) -> Transit | None:
    """What a node that relays is to do with it; None where the HTLC is for us, or unreadable."""
    if htlc.path_key is not None:
        return None
    try:
        peeled = peel_onion(env.ecdh, htlc.onion, htlc.payment_hash)
        payload = HopPayload.decode(peeled.payload)
    except (OnionError, PayloadError):
        return None
    if peeled.next_packet is None:
        return None
    return Transit(payload, peeled.shared_secret, peeled.next_packet)


@dataclass(frozen=True, slots=True)
class Accepted:
    """An HTLC that is part of the set for an invoice; what was not asked for brings its own."""

    invoice: IncomingInvoice
    part: Part


def judge(
    invoice: IncomingInvoice | None, htlc: HtlcArrived, env: Env
) -> Accepted | RefuseHtlc | RefuseMalformed:
    """What this HTLC is to `invoice`, or how it is refused.

    None: no invoice has its payment hash.
    """
    if htlc.path_key is not None:
        # BOLT 4: "if `path_key` is set in the incoming `update_add_htlc`: MUST return an
        # `invalid_onion_blinding` error". Nobody has a blinded path to us.
        code = FailureCode.INVALID_ONION_BLINDING
        return RefuseMalformed(htlc.channel_id, htlc.htlc_id, sha256(htlc.onion), code)
    try:
        peeled = peel_onion(env.ecdh, htlc.onion, htlc.payment_hash)
    except OnionError as error:
        return _unreadable(htlc, error)
    hop = _read(invoice, htlc, peeled, env)
    failure = failure_of(hop) if isinstance(hop, FinalHop) else hop
    if failure is not None:
        return refuse(htlc.channel_id, htlc.htlc_id, peeled.shared_secret, failure)
    assert isinstance(hop, FinalHop), "everything else is a failure"
    part = Part(
        channel_id=htlc.channel_id,
        htlc_id=htlc.htlc_id,
        amount=htlc.amount,
        forwarded=hop.amt_to_forward,
        total=hop.total_msat,
        cltv_expiry=htlc.cltv_expiry,
        shared_secret=peeled.shared_secret,
        received=env.now,
    )
    return Accepted(hop.invoice, part)


def refuse(channel_id: bytes, htlc_id: int, shared_secret: bytes, failure: Failure) -> RefuseHtlc:
    """Refuse an HTLC with an error that only its payer can read."""
    return RefuseHtlc(channel_id, htlc_id, build_error(shared_secret, failure))


def _unreadable(htlc: HtlcArrived, error: OnionError) -> RefuseHtlc | RefuseMalformed:
    if error.shared_secret is None:
        return RefuseMalformed(
            htlc.channel_id, htlc.htlc_id, error.sha256_of_onion, error.failure_code
        )
    failure = InvalidOnionPayload(0, 0)
    return refuse(htlc.channel_id, htlc.htlc_id, error.shared_secret, failure)


def _read(
    invoice: IncomingInvoice | None, htlc: HtlcArrived, peeled: PeeledOnion, env: Env
) -> FinalHop | Failure:
    """What the onion says to a final node, or why it cannot be for us."""
    try:
        payload = HopPayload.decode(peeled.payload)
    except PayloadError as error:
        # BOLT 4: "if `current_path_key` is set in the onion payload and it is not the final node:
        # MUST return an `invalid_onion_blinding` error".
        if peeled.next_packet is not None and has_path_key(peeled.payload):
            return InvalidOnionBlinding(sha256(htlc.onion))
        return InvalidOnionPayload(error.tlv_type, error.offset)
    if peeled.next_packet is not None:
        return UnknownNextPeer()  # a wallet forwards nothing
    if htlc.excess_dust or env.is_blind:
        return TemporaryNodeFailure()
    if invoice is None and env.takes_keysend:
        invoice = spontaneous(htlc, payload, env.now)
    return read_final_hop(htlc, payload, invoice, env.now, env.height, env.policy)
