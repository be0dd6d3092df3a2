"""A payment whose page was left for another one: that it goes on, and how it ended.

Home and Activity show it like every other. Its end is said once more, because nobody looks there:
for a moment on whatever screen is in front, and on Home until it has been read. What failed or is
stuck the node says in its inbox, which Home shows; it does not stand there twice.
"""

from __future__ import annotations

from textual.app import App

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentQuote, PaymentStatus, PaymentView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import payment_words
from lnwallet_tui.ui.messages import Heard
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen

_LONG = 8.0  # somebody may be typing meanwhile


def tell_it_goes_on(screen: WalletScreen, paying: PaymentQuote) -> None:
    """It was left for another."""
    amount = fmt.msat(paying.amount_msat)
    screen.notify(f"The payment of {amount} goes on; Home and Activity show it.", timeout=_LONG)


def tell_end(
    app: App[None], paying: PaymentQuote, answer: PaymentView | Refused, name: str
) -> None:
    """What became of it."""
    if isinstance(answer, Refused):
        words = f"The payment of {fmt.msat(paying.amount_msat)} did not begin: {answer.message}"
        app.post_message(Heard(Notice(words, answer.remedy)))
    else:
        whom = name or fmt.short(answer.payee)
        words = f"{payment_words.title(answer)} to {whom}"
        if answer.status is PaymentStatus.PAID:
            app.post_message(Heard(Notice(f"{words.removeprefix('✓ ')}. This is final.")))
    app.screen.notify(words, timeout=_LONG)
