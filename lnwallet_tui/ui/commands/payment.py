"""What can be done with the payment that is shown."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class CopyPaymentProof(
    Command, where="payment", keys="y", title="Copy", action="copy", footer="payment"
):
    """Copy the preimage of a payment that was paid, else its invoice."""


class TryAgain(
    Command, where="payment", keys="t", title="Try again", action="try_again", footer="payment"
):
    """Look anew at what failed: Send shows what it costs now; nothing is paid before you say so."""


class HopsOfPayment(
    Command,
    where="payment",
    keys="v",
    title="What hops saw",
    action="hops",
    footer="payment",
    needs_world=True,
):
    """Playground: what each node on the way saw of this payment, and what it cannot know."""
