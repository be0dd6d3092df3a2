"""The commands to pay, and every reason for which they cannot be carried out."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.errors import NEW_INVOICE
from lnwallet_tui.payment.records import (
    IncomingInvoice,
    OutgoingPayment,
    OutgoingStatus,
    Spontaneous,
    Way,
)
from lnwallet_tui.policy import Policy
from lnwallet_tui.wire import features


@dataclass(frozen=True, slots=True)
class PayCommand:
    """Pay `invoice`, which was written as `text`.

    `amount` only where the invoice leaves it open. `ways` are those of the first attempt; together
    they bring the amount to the payee. No HTLC may expire after block `latest_expiry` (0: as
    `limits.latest_expiry` has it for these ways).
    """

    invoice: Invoice
    text: str
    amount: Msat | None
    max_fee: Msat
    ways: tuple[Way, ...]
    latest_expiry: int = 0

    @property
    def payment_hash(self) -> bytes:
        """By which the payment is known."""
        return self.invoice.payment_hash


@dataclass(frozen=True, slots=True)
class SpontaneousCommand:
    """Pay `payee`, a node, without an invoice (bLIP 3, "keysend").

    The preimage is random and was never used before. `ways` as in `PayCommand`, but only one: LND
    takes no parts without an invoice, rust-lightning only where it was told to.
    """

    payee: bytes
    preimage: bytes = field(repr=False)
    amount: Msat
    max_fee: Msat
    ways: tuple[Way, ...]
    latest_expiry: int = 0

    @property
    def payment_hash(self) -> bytes:
        """By which the payment is known."""
        return sha256(self.preimage)


def ordered(
    command: PayCommand | SpontaneousCommand,
    network: Network,
    our_id: bytes,
    policy: Policy,
    now: int,
) -> OutgoingPayment | Refused:
    """The payment before its first attempt, or why the command cannot be carried out."""
    if isinstance(command, SpontaneousCommand):
        return refusal_of_payee(command.payee, our_id) or _spontaneous(command, policy, now)
    refused = refusal(command, network, our_id, now)
    amount = amount_of(command)
    if refused is not None:
        return refused
    return amount if isinstance(amount, Refused) else _invoiced(command, amount, now)


def _invoiced(command: PayCommand, amount: Msat, now: int) -> OutgoingPayment:
    invoice = command.invoice
    return OutgoingPayment(
        payment_hash=invoice.payment_hash,
        invoice=command.text,
        payment_secret=invoice.payment_secret,
        payment_metadata=invoice.payment_metadata,
        min_final_cltv_expiry_delta=invoice.min_final_cltv_expiry_delta,
        expires=invoice.expires,
        amount=amount,
        max_fee=command.max_fee,
        created=now,
        takes_parts=invoice.features.has(features.BASIC_MPP),
    )


def _spontaneous(command: SpontaneousCommand, policy: Policy, now: int) -> OutgoingPayment:
    return OutgoingPayment(
        payment_hash=command.payment_hash,
        invoice="",
        payment_secret=b"",
        payment_metadata=None,
        # The payee could not say; bLIP 3 calls that a drawback. What we ask for in invoices is
        # enough for every payee that we know of.
        min_final_cltv_expiry_delta=policy.final_cltv_delta,
        expires=0,
        amount=command.amount,
        max_fee=command.max_fee,
        created=now,
        takes_parts=False,
        spontaneous=Spontaneous(payee=command.payee, preimage=command.preimage),
    )


def refusal_of_payee(payee: bytes, our_id: bytes) -> Refused | None:
    """Why this node cannot be paid without an invoice."""
    if payee != our_id:
        return None
    return Refused(
        RefusalCode.BAD_INPUT,
        "This is the id of this wallet itself.",
        "Give it to whoever is to pay you.",
    )


def amount_of(command: PayCommand) -> Msat | Refused:
    """What the payee is to get."""
    asked, given = command.invoice.amount, command.amount
    if asked is None and not given:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The invoice leaves the amount open.",
            "Say how much to pay.",
        )
    if asked is not None and given is not None and given != asked:
        return Refused(
            RefusalCode.BAD_INPUT,
            "The invoice asks for an amount of its own.",
            "Pay exactly that, or ask for an invoice that leaves the amount open.",
        )
    amount = asked or given
    assert amount is not None, "one of the two is set and not zero"
    return amount


def refusal(command: PayCommand, network: Network, our_id: bytes, now: int) -> Refused | None:
    """Why this invoice cannot be paid by this wallet at this time."""
    invoice = command.invoice
    if invoice.network is not network:
        return Refused(
            RefusalCode.WRONG_NETWORK,
            f"The invoice is for {invoice.network.value}, this wallet is on {network.value}.",
            f"Ask the receiver for an invoice on {network.value}.",
        )
    if now >= invoice.expires:
        return Refused(RefusalCode.EXPIRED, "The invoice has expired.", NEW_INVOICE)
    if invoice.payee == our_id:
        return Refused(
            RefusalCode.BAD_INPUT,
            "This is an invoice of this wallet itself.",
            "Give it to whoever is to pay you.",
        )
    return None


def refusal_of_ours(issued: IncomingInvoice | None) -> Refused | None:
    """Why nothing is paid by the hash by which we are paid: who knows the preimage already may take
    it on the way, and its receiver has chosen the hash."""
    if issued is None:
        return None
    return Refused(
        RefusalCode.BAD_INPUT,
        "This invoice has the payment hash of a payment to this wallet: whoever passes it on could "
        "keep it.",
        NEW_INVOICE,
    )


def refusal_beside(existing: OutgoingPayment | None) -> Refused | None:
    """Why a second payment of the same hash must not begin beside this one."""
    if existing is None or existing.status is OutgoingStatus.FAILED:
        return None
    if existing.status is OutgoingStatus.PAID:
        return Refused(RefusalCode.ALREADY_PAID, "This invoice is paid already.", NEW_INVOICE)
    if existing.status is OutgoingStatus.STUCK:
        return Refused(RefusalCode.IN_FLIGHT, existing.reason, "Wait for that block.")
    return Refused(
        RefusalCode.IN_FLIGHT,
        "This invoice is being paid already.",
        "Wait until that payment has ended.",
    )
