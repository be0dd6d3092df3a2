"""What can be done on Send."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class CopyProof(
    Command, where="send", keys="y", title="Copy proof", action="copy_proof", footer="send"
):
    """Copy the preimage, the proof that this invoice was paid."""


class TryAgain(
    Command, where="send", keys="t", title="Try again", action="try_again", footer="send"
):
    """Look anew at what failed and what it costs now; nothing is paid before you say so."""


class NewPayment(
    Command, where="send", keys="n", title="Pay another", action="new_payment", footer="send"
):
    """Empty the page for another payment."""


class PayOnChain(
    Command, where="send", keys="ctrl+o", title="On chain", action="on_chain", footer="send"
):
    """Pay the address in the link that was pasted from your coins, not over Lightning."""
