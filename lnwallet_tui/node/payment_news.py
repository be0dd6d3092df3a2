"""What is told of payments besides their views: a line in the log for every turn they take."""

from __future__ import annotations

from functools import partial

from lnwallet_tui.node.shell import Shell
from lnwallet_tui.payment.records import IncomingInvoice, OutgoingPayment
from lnwallet_tui.store.db import Transaction

Payment = OutgoingPayment | IncomingInvoice


class PaymentNews:
    """Told of every change, in its transaction."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell

    def tell(self, tx: Transaction, before: Payment | None, after: Payment) -> None:
        """It is new, or not what it was before."""
        if before is None or before.status is not after.status:
            # Without its amount, and by the beginning of its hash: a log is shown to others.
            way = "out" if isinstance(after, OutgoingPayment) else "in"
            words = f"{way} {after.payment_hash.hex()[:8]}: {after.status.value}"
            tx.after(partial(self._shell.log.info, "payments", words))
