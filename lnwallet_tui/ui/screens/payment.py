"""One payment: how it stands, why, the proof."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.ui import commands, payment_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.hops import HopsScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import Fact, Facts, TheirWords, Words


class PaymentScreen(WalletScreen):
    """Everything the wallet knows about one payment."""

    place = "payment"
    mode = "home"
    about = (
        "One payment with everything that is known about it. The preimage of a payment you made "
        "is your proof: only who was paid could reveal it. A payment that failed moved no "
        "money; one that is stuck waits for its time lock and must not be paid again."
    )
    CSS_PATH = "payment.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("payment")]

    def __init__(self, session: Session, payment_hash: str) -> None:
        super().__init__(session)
        self._payment_hash = payment_hash

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield Words(id="title", classes="title")
            yield Words(id="sentence")
            yield Facts(label=11, value=17, id="facts")
            yield TheirWords(limit=220, title="The invoice's own words, not verified", id="words")
            yield Words(id="long")

    def draw(self, picture: Picture) -> None:
        payment = picture.payment(self._payment_hash)
        if payment is None:
            self.query_one("#title", Words).say("This payment is no longer in the list.")
            return
        now = picture.status.now
        self.query_one("#title", Words).say(payment_words.title(payment))
        self.query_one("#sentence", Words).say(payment_words.sentence(payment, now))
        self.query_one("#facts", Facts).tell(payment_facts(payment, now))
        words = self.query_one("#words", TheirWords)
        words.border_title = (
            "The invoice's own words, not verified" if payment.outgoing else "Your note"
        )
        words.quote(payment.description)
        self.query_one("#long", Words).say(payment.invoice)

    def can(self, action: str) -> bool:
        return action != "hops" or self.session.playground

    def action_hops(self) -> None:
        """Show what hops saw of it."""
        self.app.push_screen(HopsScreen(self.session, self._payment_hash))

    def action_copy(self) -> None:
        """Copy the proof, or the invoice while there is none."""
        picture = self.session.picture
        payment = picture.payment(self._payment_hash) if picture is not None else None
        if payment is not None:
            text = proof(payment) if payment.outgoing else payment.invoice
            self.copy(text or payment.invoice or payment.payment_hash)


def proof(payment: PaymentView) -> str:
    """The preimage where it proves something: without an invoice the payer has made it up, and
    nobody signed anything."""
    return payment.preimage if payment.invoice else ""


def payment_facts(payment: PaymentView, now: int) -> list[Fact | None]:
    """Amount, fee, times and hashes as rows."""
    rows: list[Fact | None] = []
    if payment.payee:
        rows.append(Fact("To", fmt.short(payment.payee)))
    if payment.amount_msat is not None:
        rows.append(Fact("Amount", fmt.exact(payment.amount_msat)))
    if payment.outgoing:
        rows.append(Fact("Fee", fmt.exact(payment.fee_msat)))
    rows.append(Fact("Created", fmt.clock(payment.created, now)))
    if payment.settled:
        rows.append(Fact("Settled", fmt.clock(payment.settled, now)))
    rows.append(Fact("Hash", payment.payment_hash))
    if not payment.invoice:
        whose = "the node itself was paid" if payment.outgoing else "your node's id was paid"
        rows.append(Fact("Invoice", f"none: {whose}"))
    elif payment.preimage:
        rows.append(Fact("Preimage", payment.preimage, style="bold $success"))
    return rows
