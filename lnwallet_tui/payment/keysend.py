"""Payments that no invoice asked for (bLIP 3, "keysend"): the payer's onion brings the preimage.

They are taken whole only. Parts would have to be kept, and waited for, on the word of whoever sends
the first; LND takes none either ("no mpp keysend supported"), and rust-lightning 0.1 none unless it
is told to (`accept_mpp_keysend`). Custom records beside the preimage are neither kept nor shown:
they carry other people's text to whoever can be paid.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.onion.messages import (
    Failure,
    IncorrectOrUnknownPaymentDetails,
    InvalidOnionPayload,
)
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.records import IncomingInvoice

UNWELCOME: Final = "The receiver does not take this payment without an invoice. Ask it for one."


def is_unwelcome(failure: Failure | None) -> bool:
    """Whether a payee says with this that it wants an invoice; who knows nothing of bLIP 3 finds an
    even record that it does not know."""
    return isinstance(failure, IncorrectOrUnknownPaymentDetails | InvalidOnionPayload)


def spontaneous(htlc: HtlcArrived, payload: HopPayload, now: int) -> IncomingInvoice | None:
    """The record that `htlc` is kept under, as if we had asked for what it brings; None where its
    onion has no preimage of its hash.

    The other checks of a final node are made with this record. bLIP 3: "if [...] the preimage does
    not match the payment hash, SHOULD error with `PERM|15 incorrect_or_unknown_payment_details`",
    as with every hash that is not known.
    """
    preimage, data = payload.keysend_preimage, payload.payment_data
    if preimage is None or sha256(preimage) != htlc.payment_hash:
        return None
    return IncomingInvoice(
        payment_hash=htlc.payment_hash,
        preimage=preimage,
        payment_secret=b"" if data is None else data.payment_secret,  # the payer's own choice
        amount=payload.amt_to_forward,
        min_final_cltv_expiry_delta=0,  # nobody was told any; the deadline to settle in time holds
        created=now,
        expires=now,
        invoice="",
    )
