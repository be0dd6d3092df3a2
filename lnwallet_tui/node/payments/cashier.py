"""Being paid and paying: from what a person types to an invoice or a payment, or to a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import DecodedInvoice, PaymentQuote, PaymentView
from lnwallet_tui.bitcoin.amount import MAX_SAT, AmountError, Msat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.invoice.bip21 import BitcoinLink
from lnwallet_tui.invoice.bolt11 import Invoice
from lnwallet_tui.invoice.errors import InvoiceError
from lnwallet_tui.invoice.uri import InvoiceText, NodeUri, Unknown, Unsupported, recognise
from lnwallet_tui.node import refusing, views
from lnwallet_tui.node.channels import quotes
from lnwallet_tui.node.payments import routes
from lnwallet_tui.node.payments.beginnings import Command
from lnwallet_tui.node.payments.payment_views import decoded_view, incoming_view
from lnwallet_tui.node.switchboard import Switchboard
from lnwallet_tui.payment.command import (
    PayCommand,
    amount_of,
    refusal,
    refusal_beside,
    refusal_of_ours,
)
from lnwallet_tui.payment.incoming import issue
from lnwallet_tui.payment.ways import need_of, until
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.wire import features
from lnwallet_tui.wire.features import Features

_MOST_DESCRIPTION: Final = 600  # bytes; an invoice has room for 639
_LONGEST: Final = 365 * 86_400  # seconds
_INVOICE_FEATURES: Final = Features(
    {features.VAR_ONION_OPTIN, features.PAYMENT_SECRET, features.BASIC_MPP + 1}
)
_PAY_FOR_THIS: Final = "Paste a Lightning invoice: it begins with “ln”."


async def carried_out(board: Switchboard, command: Command) -> PaymentView | Refused:
    """The payment, once it is paid, failed or stuck."""
    try:
        begun = await board.payments.begin(command)
    except StoreError as error:
        return refusing.of_disk(error)
    if isinstance(begun, Refused):
        return begun
    return views.payment_view(board, await board.payments.ended(begun.payment_hash))


class Cashier:
    """Writes invoices and pays them."""

    def __init__(self, board: Switchboard) -> None:
        self._board, self._shell = board, board.shell

    # -- being paid
    def create_invoice(
        self, amount_msat: int | None, description: str, expiry_seconds: int
    ) -> PaymentView | Refused:
        """An invoice of ours, kept before anybody sees it."""
        refused = _bad_invoice(amount_msat, description, expiry_seconds)
        if refused is not None:
            return refused
        invoice, preimage = self._new_invoice(amount_msat, description, expiry_seconds)
        text = bolt11.encode(invoice, self._shell.node_key.sign_recoverable)
        kept = issue(invoice, text, preimage)
        try:
            with self._shell.store.transaction() as tx:
                self._board.payments.issue(tx, kept)
        except StoreError as error:
            return refusing.of_disk(error)
        return incoming_view(kept, self._shell.now())

    def _new_invoice(
        self, amount_msat: int | None, description: str, expiry_seconds: int
    ) -> tuple[Invoice, bytes]:
        key = self._shell.keys.payment_key()
        preimage = key.preimage(self._shell.ports.dice.bytes(32))
        payment_hash = sha256(preimage)
        invoice = Invoice(
            network=self._shell.config.network,
            payee=self._shell.node_id,
            payment_hash=payment_hash,
            payment_secret=key.payment_secret(payment_hash),
            timestamp=self._shell.now(),
            amount=None if amount_msat is None else Msat(amount_msat),
            description=Untrusted(description),
            expiry=expiry_seconds,
            min_final_cltv_expiry_delta=self._shell.config.policy.final_cltv_delta,
            features=_INVOICE_FEATURES,
            route_hints=self._board.terms.hints(None if amount_msat is None else Msat(amount_msat)),
        )
        return invoice, preimage

    # -- paying
    def decode(self, text: str) -> DecodedInvoice | Refused:
        """What a pasted text asks for."""
        read = _read_invoice(text)
        if isinstance(read, Refused):
            return read
        return decoded_view(read[0], read[1], self._shell.now())

    async def quote(
        self, text: str, amount_msat: int | None, max_fee_msat: int | None
    ) -> PaymentQuote | Refused:
        """What paying it would cost, and why it cannot be paid where it cannot."""
        command = await self._pay_command(text, amount_msat, max_fee_msat, 0)
        return command if isinstance(command, Refused) else quotes.payment(self._board, command)

    async def pay(
        self, text: str, amount_msat: int | None, max_fee_msat: int | None, latest_expiry: int
    ) -> PaymentView | Refused:
        """Pay; returns when the payment is paid, failed or stuck."""
        command = await self._pay_command(text, amount_msat, max_fee_msat, latest_expiry)
        return command if isinstance(command, Refused) else await carried_out(self._board, command)

    async def _pay_command(
        self, text: str, amount_msat: int | None, max_fee_msat: int | None, latest_expiry: int
    ) -> PayCommand | Refused:
        read = _read_invoice(text)
        if isinstance(read, Refused):
            return read
        written, invoice = read
        try:
            amount = None if amount_msat is None else Msat(amount_msat)
            max_fee = None if max_fee_msat is None else Msat(max_fee_msat)
        except AmountError:
            return refusing.no_such_amount()
        total = amount or invoice.amount or Msat(0)
        policy = self._shell.config.policy
        fee = policy.max_payment_fee(total) if max_fee is None else max_fee
        command = PayCommand(invoice, written, amount, fee, (), latest_expiry)
        return await self._with_ways(command)

    async def _with_ways(self, command: PayCommand) -> PayCommand | Refused:
        """The command once it is known how it can be carried out, if it can be at all."""
        try:
            known = self._board.payments.sent(command.payment_hash)
            issued = self._board.payments.book.issued(command.payment_hash)
        except StoreError as error:
            return refusing.of_disk(error)
        refused = (
            refusal_beside(known)
            or refusal(command, self._shell.config.network, self._shell.node_id, self._shell.now())
            or refusal_of_ours(issued)
        )
        amount = amount_of(command)
        if refused is not None:
            return refused
        if isinstance(amount, Refused):
            return amount
        policy = self._shell.config.policy
        need = need_of(command.invoice, amount, command.max_fee, policy)
        in_time = until(need, command.latest_expiry, self._board.height(), policy)
        ways = await routes.ways_for(self._board, in_time)
        return ways if isinstance(ways, Refused) else replace(command, ways=ways)


def _read_invoice(text: str) -> tuple[str, Invoice] | Refused:
    pasted = recognise(text)
    if isinstance(pasted, BitcoinLink) and pasted.invoice:
        pasted = recognise(pasted.invoice)  # the same payment over Lightning (BOLT 11: `lightning`)
    match pasted:
        case InvoiceText(written):
            return _decoded(written, bolt11.decode)
        case Unsupported(name, remedy):
            return Refused(
                RefusalCode.BAD_INPUT, f"This is {name}, which cannot be paid here.", remedy
            )
        case Unknown(message, remedy):
            return Refused(RefusalCode.BAD_INPUT, message, remedy)
        case NodeUri():
            return Refused(RefusalCode.BAD_INPUT, "This is the address of a node.", _PAY_FOR_THIS)
        case _:
            return Refused(
                RefusalCode.BAD_INPUT,
                "This is a Bitcoin address: it is paid on chain, not over Lightning.",
                "Send to it from your coins, or ask the receiver for a Lightning invoice.",
            )


def _decoded(text: str, decode: Callable[[str], Invoice]) -> tuple[str, Invoice] | Refused:
    try:
        return text, decode(text)
    except InvoiceError as error:
        return refusing.of_invoice(error)


def _bad_invoice(amount_msat: int | None, description: str, expiry: int) -> Refused | None:
    if amount_msat is not None and not 0 < amount_msat <= MAX_SAT * 1000:
        return Refused(
            RefusalCode.BAD_INPUT,
            "An invoice asks for more than nothing.",
            "Enter an amount, or leave it open.",
        )
    try:
        length = len(description.encode())
    except UnicodeEncodeError:  # a terminal that sends something else than UTF-8
        return Refused(
            RefusalCode.BAD_INPUT, "The note has something in it that is no text.", "Type it anew."
        )
    if length > _MOST_DESCRIPTION:
        return Refused(
            RefusalCode.BAD_INPUT, "The note is too long for an invoice.", "Make it shorter."
        )
    if expiry <= 0 or expiry > _LONGEST:
        return Refused(
            RefusalCode.BAD_INPUT,
            "An invoice is valid for a second at least and a year at most.",
            "Choose another time.",
        )
    return None
