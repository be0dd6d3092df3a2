"""One payment: how it stands, why, the proof."""

from __future__ import annotations

from functools import partial
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import AttemptView, PaymentStatus, PaymentView
from lnwallet_tui.ui import commands, payment_words, receive_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import SendThis
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.hops import HopsScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject, of_payment
from lnwallet_tui.ui.widgets.tries import Tries
from lnwallet_tui.ui.widgets.words import Fact, Facts, TheirWords, Words

_PAID: Final = {PaymentStatus.PAID: "was paid", PaymentStatus.FAILED: "was to be paid"}


class PaymentScreen(WalletScreen):
    """Everything the wallet knows about one payment."""

    place = "payment"
    mode = "home"
    about = (
        "One payment with everything that is known about it. The preimage of a payment you made "
        "is your proof: only who was paid could reveal it. A payment that failed paid "
        "nobody; one that is stuck waits for its time lock and must not be paid again."
    )
    CSS_PATH = "payment.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("payment")]

    def __init__(self, session: Session, payment_hash: str) -> None:
        super().__init__(session)
        self._payment_hash = payment_hash
        self._shown: PaymentView | None = None
        self._tries: tuple[AttemptView, ...] = ()

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield Words(id="title", classes="title")
            yield Words(id="sentence")
            yield Facts(label=11, value=0, id="facts")
            yield TheirWords(limit=60, title="Who is paid calls itself, not verified", id="itself")
            yield Tries(id="tries")
            yield TheirWords(limit=220, title="The invoice's own words, not verified", id="words")
            yield TheirWords(limit=500, title="You noted", id="own")
            yield Words(id="long")

    def draw(self, picture: Picture) -> None:
        """The picture holds the newest payments only; an older one is asked for."""
        payment = picture.payment(self._payment_hash)
        if payment is None:
            asking = self.session.node.payment(self._payment_hash)
            self.ask("payment", asking, partial(self._draw_older, picture))
        else:
            self._draw_payment(picture, payment)

    def _draw_older(self, picture: Picture, payment: PaymentView | Refused) -> None:
        if isinstance(payment, Refused):
            self.query_one("#title", Words).say("This payment is no longer in the list.")
        else:
            self._draw_payment(picture, payment)

    def _draw_payment(self, picture: Picture, payment: PaymentView) -> None:
        if payment != self._shown and payment.outgoing:
            self.ask("tries", self.session.node.attempts(payment.payment_hash), self._draw_tries)
        self._shown = payment
        self._tell_tries()
        self.offer()
        now = picture.status.now
        self.query_one("#title", Words).say(payment_words.title(payment))
        self.query_one("#sentence", Words).say(receive_words.state(payment, picture))
        name = self.session.name_of(payment.payee)
        rows = payment_facts(payment, now, name)
        ends_by = picture.ends_by(payment.payment_hash)
        rows += payment_words.expiry(payment, ends_by, picture.status.reckoned_from, now)
        self.query_one("#facts", Facts).tell(rows)
        itself = Untrusted("") if name else payment.payee_name
        self.query_one("#itself", TheirWords).quote(itself)
        words = self.query_one("#words", TheirWords)
        words.border_title = (
            "The invoice's own words, not verified" if payment.outgoing else "On your invoice"
        )
        words.quote(payment.description)
        self.query_one("#own", TheirWords).quote(payment.note)
        self.query_one("#long", Words).say(payment.invoice)

    def _draw_tries(self, attempts: tuple[AttemptView, ...] | Refused) -> None:
        self._tries = () if isinstance(attempts, Refused) else attempts
        self._tell_tries()

    def _tell_tries(self) -> None:
        """As seen from the newest block."""
        shown, picture = self._shown, self.session.picture
        if shown is None or picture is None:
            return
        said = payment_words.sentence(shown, picture.status.now)
        whole_msat, tip = shown.amount_msat or 0, picture.status.reckoned_from
        self.query_one(Tries).tell(self._tries, self.session.name_of, said, whole_msat, tip)

    def subjects(self) -> tuple[Subject, ...]:
        return payment_subjects(self.session, self._shown)

    def can(self, action: str) -> bool:
        match action:
            case "hops":
                return self.session.playground
            case "try_again":
                return payment_words.may_try_again(self._shown, self.session.now)
            case _:
                return True

    def action_try_again(self) -> None:
        """Look at it once more on Send."""
        payment = self._shown
        if payment is not None:
            self.app.post_message(
                SendThis(payment.invoice or payment.payee, amount_sat=whole_sat(payment))
            )

    def action_hops(self) -> None:
        """Show what hops saw of it."""
        self.app.push_screen(HopsScreen(self.session, self._payment_hash))

    def action_copy(self) -> None:
        """Copy the proof, or the invoice while there is none."""
        payment = self._shown
        if payment is not None:
            text = proof(payment) if payment.outgoing else payment.invoice
            self.copy(text or payment.invoice or payment.payment_hash)


def payment_subjects(session: Session, payment: PaymentView | None) -> tuple[Subject, ...]:
    """The payment under a cursor, for the page that explains."""
    picture = session.picture
    if payment is None or picture is None:
        return ()
    ends_by = picture.ends_by(payment.payment_hash)
    tip, now = picture.status.reckoned_from, picture.status.now
    return (of_payment(payment, ends_by, tip, now),)


def whole_sat(payment: PaymentView) -> int:
    """Its amount, as it is typed."""
    return (payment.amount_msat or 0) // 1000


def proof(payment: PaymentView) -> str:
    """The preimage where it proves something: without an invoice the payer has made it up, and
    nobody signed anything."""
    return payment.preimage if payment.invoice else ""


def payment_facts(payment: PaymentView, now: int, name: str = "") -> list[Fact | None]:
    """Amount, fee, times and hashes as rows; `name`: the payee's."""
    rows: list[Fact | None] = []
    if payment.payee:
        rows.append(payment_words.payee_fact(payment.payee, name))
    elif payment.settled:
        rows.append(Fact("From", "not known: a payment does not say who makes it"))
    if payment.amount_msat is not None:
        rows.append(Fact("Amount", fmt.exact(payment.amount_msat)))
    if payment.outgoing:
        rows.append(Fact("Fee", fmt.exact(payment.fee_msat)))
    begun = "Begun" if payment.outgoing else "Made"  # its invoice
    times = [(begun, payment.created)]
    if payment.first_begun:
        times = [(begun, payment.first_begun), ("Again", payment.created)]
    for label, time in (*times, ("Settled", payment.settled)):
        if time:
            rows.append(Fact(label, fmt.moment(time), fmt.ago(time, now)))
    rows.append(Fact("Hash", payment.payment_hash))
    if not payment.invoice:
        was = _PAID.get(payment.status, "is paid")
        whose = f"the node itself {was}" if payment.outgoing else "your node's id was paid"
        rows.append(Fact("Invoice", f"none: {whose}"))
    elif payment.preimage:
        rows.append(Fact("Preimage", payment.preimage, style="bold $success"))
    return rows
