"""Paying a node without an invoice (bLIP 3, "keysend"), from its id as people paste it.

bLIP 3: "SHOULD only send payments to nodes advertising the `keysend` feature bit". That is not
asked for: rust-lightning takes such payments without advertising it, and a refusal costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import DecodedInvoice, PaymentQuote, PaymentView
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice.uri import NodeUri, recognise
from lnwallet_tui.node import typed
from lnwallet_tui.node.channels import quotes
from lnwallet_tui.node.payments import routes
from lnwallet_tui.node.payments.cashier import carried_out
from lnwallet_tui.payment.command import SpontaneousCommand, refusal_of_payee
from lnwallet_tui.payment.records import Way
from lnwallet_tui.payment.ways import need_without_invoice, until

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def named(text: str) -> bytes | None:
    """The node that `text` names; None where it is something else."""
    pasted = recognise(text)
    return pasted.node_id if isinstance(pasted, NodeUri) else None


def decoded(board: Switchboard, payee: bytes) -> DecodedInvoice | Refused:
    """What can be said of a payment to this node."""
    return refusal_of_payee(payee, board.shell.node_id) or _decoded(board, payee)


async def quote(
    board: Switchboard, payee: bytes, amount_msat: int | None, max_fee_msat: int | None
) -> PaymentQuote | Refused:
    """What paying it would cost, and why it cannot be paid where it cannot."""
    amount = _amount(amount_msat)
    if isinstance(amount, Refused):
        return amount
    max_fee = _max_fee(board, amount, max_fee_msat)
    if isinstance(max_fee, Refused):
        return max_fee
    ways = await _ways(board, payee, amount, max_fee, 0)
    if isinstance(ways, Refused):
        return ways
    return quotes.paying(board, _decoded(board, payee), ways, max_fee)


async def pay(
    board: Switchboard,
    payee: bytes,
    amount_msat: int | None,
    max_fee_msat: int | None,
    latest_expiry: int,
) -> PaymentView | Refused:
    """Pay; returns when the payment is paid, failed or stuck."""
    command = await _command(board, payee, amount_msat, max_fee_msat, latest_expiry)
    return command if isinstance(command, Refused) else await carried_out(board, command)


async def _command(
    board: Switchboard,
    payee: bytes,
    amount_msat: int | None,
    max_fee_msat: int | None,
    latest_expiry: int,
) -> SpontaneousCommand | Refused:
    amount = _amount(amount_msat)
    if isinstance(amount, Refused):
        return amount
    max_fee = _max_fee(board, amount, max_fee_msat)
    if isinstance(max_fee, Refused):
        return max_fee
    ways = await _ways(board, payee, amount, max_fee, latest_expiry)
    if isinstance(ways, Refused):
        return ways
    # bLIP 3: "a randomly generated and cryptographically-secure 32-byte value".
    preimage = board.shell.ports.dice.bytes(32)
    return SpontaneousCommand(payee, preimage, amount, max_fee, ways, latest_expiry)


async def _ways(
    board: Switchboard, payee: bytes, amount: Msat, max_fee: Msat, latest_expiry: int
) -> tuple[Way, ...] | Refused:
    refused = refusal_of_payee(payee, board.shell.node_id) or _refusal_of_needs(board, payee)
    policy = board.shell.config.policy
    need = need_without_invoice(payee, amount, max_fee, policy)
    in_time = until(need, latest_expiry, board.height(), policy)
    return refused or await routes.ways_for(board, in_time)


def _refusal_of_needs(board: Switchboard, payee: bytes) -> Refused | None:
    # BOLT 7: "if `features` field contains _unknown even bits_: Unless paying a BOLT #11 invoice
    # which does not have the same bit(s) set, MUST NOT attempt to send payments _to_ the node."
    if not board.network.needs(payee):
        return None
    return Refused(
        RefusalCode.BAD_INPUT,
        "This node says that who pays it must know something that this wallet does not know.",
        "Ask for an invoice: that says by itself what is needed for it.",
    )


def _amount(amount_msat: int | None) -> Msat | Refused:
    if not amount_msat:
        return Refused(
            RefusalCode.BAD_INPUT,
            "Without an invoice nobody has said how much to pay.",
            "Say how much to send.",
        )
    return typed.msat(amount_msat)


def _max_fee(board: Switchboard, amount: Msat, max_fee_msat: int | None) -> Msat | Refused:
    if max_fee_msat is None:
        return board.shell.config.policy.max_payment_fee(amount)
    return typed.msat(max_fee_msat)


def _decoded(board: Switchboard, payee: bytes) -> DecodedInvoice:
    config = board.shell.config
    return DecodedInvoice(
        invoice=payee.hex(),
        network=config.network.value,
        payment_hash="",
        payee=payee.hex(),
        amount_msat=None,
        description=Untrusted(""),
        created=board.shell.now(),
        expires=0,
        expired=False,
        min_final_cltv_expiry_delta=config.policy.final_cltv_delta,
    )
