"""`pay`: what it costs and how long it could be locked, a yes, and its end."""

from __future__ import annotations

import argparse

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.cli import answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.told import date


async def pay(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """Waits for the end. A payment that failed is an error with the payment in it."""
    quote = await node.quote_payment(options.text, options.amount_msat)
    if isinstance(quote, Refused):
        return quote
    most = quote.max_fee_msat if options.max_fee_msat is None else options.max_fee_msat
    consent.ask(
        f"Pay {quote.amount_msat:,} msat to {quote.decoded.payee}. The fee is about"
        f" {quote.fee_msat:,} msat, at most {most:,}. At worst the money is locked until about"
        f" {date(quote.locked_until_time)} (block {quote.locked_until_height:,})."
    )
    payment = await node.pay(options.text, amount_msat=options.amount_msat, max_fee_msat=most)
    if isinstance(payment, Refused):
        return payment
    attempts = await node.attempts(payment.payment_hash)
    answer = answers.paid(payment, () if isinstance(attempts, Refused) else attempts)
    if payment.status is PaymentStatus.PAID:
        return answer
    return {**answer, **answers.failure(f"payment_{answer['status']}", payment.reason)}
