"""`pay`: what it costs and how long it could be locked, a yes, and its end."""

from __future__ import annotations

import argparse
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.cli import answers, quoted
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.told import block_at, sats

_A_SAT: Final = 1_000
_NO_AMOUNT: Final = "Say how much with --amount-msat; 1,000 msat are 1 sat."
_OWN_AMOUNT: Final = "Leave out --amount-msat, or ask for an invoice that leaves the amount open."
_ON_CHAIN: Final = "Pay it from your coins: lnwallet-tui send ADDRESS AMOUNT_SAT"


async def pay(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """Waits for the end. A payment that failed is an error with the payment in it."""
    limit = options.max_fee_msat
    quote = await node.quote_payment(options.text, options.amount_msat, max_fee_msat=limit)
    if isinstance(quote, Refused):
        return await _what_helps(node, options, quote)
    quotation = quoted.paying(quote)
    consent.ask(
        f"Pay {sats(quote.amount_msat)} to {quote.decoded.payee}. The fee is about"
        f" {sats(quote.fee_msat)}, at most {sats(quote.max_fee_msat)}. If it stalls, the money is"
        f" locked until {block_at(quote.locked_until_height, quote.locked_until_time)} at the"
        " latest, whichever way is tried.",
        quotation,
    )
    payment = await node.pay(
        options.text,
        amount_msat=options.amount_msat,
        max_fee_msat=quote.max_fee_msat,
        locked_until_height=quote.locked_until_height,
    )
    if isinstance(payment, Refused):
        return payment
    attempts = await node.attempts(payment.payment_hash)
    known = () if isinstance(attempts, Refused) else attempts
    answer = answers.paid(payment, known, quotation)
    if payment.status is PaymentStatus.PAID:
        return answer
    return {**answer, **answers.failure(f"payment_{answer['status']}", payment.reason)}


async def _what_helps(node: NodeApi, options: argparse.Namespace, refused: Refused) -> Refused:
    """What is refused with an amount and not without, or the other way round, is refused for it;
    and an address is paid by another verb."""
    if refused.code is not RefusalCode.BAD_INPUT:
        return refused
    address = await node.read_address(options.text)
    if not isinstance(address, Refused) and not address.has_invoice:
        return replace(refused, remedy=_ON_CHAIN)
    named = options.amount_msat is not None
    again = await node.quote_payment(options.text, None if named else _A_SAT)
    if isinstance(again, Refused) and again.code is refused.code:
        return refused
    return replace(refused, remedy=_OWN_AMOUNT if named else _NO_AMOUNT)
