"""Send: paste, check, pay, receipt. One payment is ordered at most once, whatever is pressed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, ContentSwitcher

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import (
    DecodedInvoice,
    PaymentQuote,
    PaymentView,
)
from lnwallet_tui.ui import commands, payment_words, send_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.messages import ScanThis
from lnwallet_tui.ui.pasted import Pasted, read
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.scan import files
from lnwallet_tui.ui.screens.paid_meanwhile import tell_end, tell_it_goes_on
from lnwallet_tui.ui.screens.paying import Paying
from lnwallet_tui.ui.screens.payment import payment_subjects, proof, whole_sat
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject
from lnwallet_tui.ui.widgets.forms import AmountField, Choices, Field, PasteBox
from lnwallet_tui.ui.widgets.words import Facts, RefusalBox, TheirWords, Words

_BEGIN: Final = ("l", "L", "b", "B")
"""What the text of a payment begins with: “lnbc…”, “lightning:”, “bc1…”, “bitcoin:”."""


class SendScreen(WalletScreen):
    """Four pages in a row: paste, check, paying, receipt."""

    place = "send"
    mode = "send"
    about = send_words.ABOUT
    CSS_PATH = "send.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("send")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pasted: Pasted | None = None
        self._decoded: DecodedInvoice | None = None
        self._quote: PaymentQuote | None = None
        self._ordered = Paying(self, id="end")
        self._was_seen = False  # the receipt, when another page came in front
        self._asked_at = 0  # the height for which the quote holds
        self._looked_at = ""  # the text that was read last, or is being read

    def body(self) -> ComposeResult:
        with VerticalScroll(classes="page"):
            yield Words("Send · 1 of 3 · paste", id="title", classes="title")
            with ContentSwitcher(initial="paste"):
                with Vertical(id="paste"):
                    yield from self._paste_page()
                with Vertical(id="check"):
                    yield Facts(label=13, value=17, id="costs")
                    yield TheirWords(limit=220, title="The invoice's own words, not verified")
                    yield Choices("Back", "Pay", prefix="check-")
                yield self._ordered
            yield RefusalBox(id="refused")

    def _paste_page(self) -> ComposeResult:
        yield Words(send_words.PASTE)
        yield PasteBox(id="invoice")
        with Horizontal(classes="row", id="open-amount"):
            yield Words("Amount, sat", classes="label")
            yield AmountField(id="amount")
        yield Choices("Clear", "Continue", prefix="paste-")
        yield Words(id="before")
        scan = "{everywhere.scan}: scan a code. A picture of one can be dropped here."
        yield Words(scan, classes="hint")
        if self.session.playground:
            yield Words("{everywhere.people}: ask the shop for an invoice.", classes="hint")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#open-amount").display = self.query_one("#before").display = False
        self.query_one(PasteBox).focus()

    def draw(self, picture: Picture) -> None:
        if self._ordered.quote is not None:
            if self._ordered.hear(picture):
                self.offer()
            self._make_way(picture.status.now)
        elif self._quote is not None and self.steps_back():
            if picture.status.height != self._asked_at:
                self._ask_quote(self._quote.decoded, self._quote.amount_msat, self._quoted_anew)
            self._tell_costs(self._quote)

    def _make_way(self, now: int) -> None:
        """A receipt of long ago is not what anybody comes here for; Activity has it."""
        if self._ordered.is_of_long_ago(now):
            self._begin_after(now)

    def _begin_after(self, now: int) -> None:
        """The next payment's page, which says what became of the one before."""
        before, words = self.query_one("#before", Words), self._ordered.before(now)
        self.action_new_payment()
        before.say(words)
        before.display = True

    # -- paste
    def can(self, action: str) -> bool:
        match action:
            case "copy_proof":
                return self._ordered.receipt is not None and bool(proof(self._ordered.receipt))
            case "new_payment":
                return self._ordered.quote is not None
            case "on_chain":
                return self._ordered.quote is None and self._address is not None
            case "try_again":
                return payment_words.may_try_again(self._ordered.receipt, self.session.now)
            case _:
                return True

    def action_on_chain(self) -> None:
        """Pay the address that was pasted, from the coins."""
        from lnwallet_tui.ui.screens.pay_pasted import PayPastedScreen

        if (address := self._address) is not None and self._ordered.quote is None:
            amount_sat, sent = self.query_one(AmountField).amount_sat, self.action_new_payment
            to = PayPastedScreen(self.session, address, sent, amount_sat or 0)
            self.app.push_screen(to)

    def subjects(self) -> tuple[Subject, ...]:
        return payment_subjects(self.session, self._ordered.receipt)

    def left(self) -> None:
        """A receipt was read when one leaves it; the next visit is for another payment."""
        if self._ordered.receipt is not None:
            self.action_new_payment()

    def on_screen_suspend(self) -> None:
        """What stood here then was seen."""
        self._was_seen = self._ordered.has_ended

    def pressed_again(self) -> None:
        """Also where it was left for a page that was laid on it."""
        if self._was_seen and self._ordered.has_ended:
            self._begin_after(self.session.now)

    def on_key(self, event: events.Key) -> None:
        """Whoever types an invoice or an address at a receipt means the next payment."""
        letter = event.character or ""
        if letter in _BEGIN and self._ordered.quote is not None and not self._is_bound(event.key):
            event.stop()
            self.action_new_payment()
            self.query_one(PasteBox).insert(letter)

    def _is_bound(self, key: str) -> bool:
        return key in self.active_bindings

    def take(self, text: str, amount_sat: int = 0) -> None:
        """Read this as if it had been pasted here; what is being paid goes on. The amount is for
        what names none."""
        self.action_new_payment()
        self.query_one(PasteBox).fill(text)
        self.query_one(AmountField).value = f"{amount_sat:,}" if amount_sat else ""
        self._read()

    def on_paste_box_submitted(self, event: PasteBox.Submitted) -> None:
        event.stop()
        self._read()

    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        self._read()

    def on_text_area_changed(self) -> None:
        """Another text is another invoice: what was read of the old one no longer holds, nor what
        was typed for its address."""
        self.offer()
        if self._address is None:
            self.session.forget_drafts("pay_address")
        text = self._text()
        if text:
            self.query_one("#before").display = False
        if text != self._looked_at:  # nor what was said of it, or will be
            self.forget("read")
            self.query_one("#refused", RefusalBox).clear()
        if self._decoded is not None and text != self._decoded.invoice:
            self._decoded = self._quote = None
            self.query_one("#open-amount").display = False

    def _text(self) -> str:
        return "".join(self.query_one(PasteBox).text.split())

    def _read(self) -> None:
        text = self.query_one(PasteBox).text.strip()
        refused, self._looked_at = self.query_one("#refused", RefusalBox), self._text()
        if not text:
            refused.complain("There is nothing to pay yet.", "Paste an invoice above.")
            return
        refused.clear()
        if files.is_image_path(text):
            self.app.post_message(ScanThis(text))
            return
        # What comes of it may keep the screen busy: what was said of another text goes before.
        self.refresh(layout=True)
        self.once_laid_out(partial(self._ask_what_it_is, text))

    def _ask_what_it_is(self, text: str) -> None:
        self.ask("read", read(self.session.node, text), self._was_read)

    @property
    def _address(self) -> AddressView | None:
        """That the text holds which stands there."""
        box = self.query_one(PasteBox)
        return self._pasted.address(box.text) if self._pasted is not None else None

    def _was_read(self, pasted: Pasted) -> None:
        self._pasted, decoded, address = pasted, pasted.decoded, pasted.on_chain
        self.offer()
        if isinstance(decoded, Refused):
            if isinstance(address, Refused):
                self.query_one("#refused", RefusalBox).show(send_words.why_not(decoded, address))
            else:
                self.action_on_chain()
            return
        self._decoded = decoded
        if pasted.own is not None:
            self._refuse(send_words.of_own(pasted.own, self.session.now))
            return
        amount_msat = None
        if decoded.amount_msat is None:
            self.query_one("#open-amount").display = True
            field = self.query_one(AmountField)
            field.placeholder = send_words.open_amount(decoded)
            amount_sat = field.amount_sat
            if not amount_sat:
                self._ask_amount()
                return
            amount_msat = amount_sat * 1000
        self._ask_quote(decoded, amount_msat, self._quoted)

    def _ask_quote(
        self,
        decoded: DecodedInvoice,
        amount_msat: int | None,
        then: Callable[[PaymentQuote | Refused], None],
    ) -> None:
        """What it costs now; the amount is for an invoice that names none."""
        picture = self.session.picture
        self._asked_at = picture.status.height if picture is not None else 0
        named = decoded.amount_msat is not None
        quoting = self.session.node.quote_payment(decoded.invoice, None if named else amount_msat)
        self.ask("read", quoting, then)

    def _ask_amount(self) -> None:
        field = self.query_one(AmountField)
        if field.has_focus or field.value:
            self.query_one("#refused", RefusalBox).complain(
                "This is no amount.", "Type how many satoshis to send."
            )
        field.focus()

    def _quoted(self, quote: PaymentQuote | Refused) -> None:
        if isinstance(quote, Refused):
            self._refuse(quote)
            return
        self._quote = quote = send_words.capped(quote, self.session.picture)
        self.query_one("#title", Words).say("Send · 2 of 3 · check")
        self._tell_costs(quote)
        self.query_one(TheirWords).quote(quote.decoded.description)
        self.query_one("#check Choices", Choices).offer(f"Pay {fmt.msat(quote.amount_msat)}")
        self.query_one(ContentSwitcher).current = "check"
        self.query_one("#check-back", Button).focus()

    def _tell_costs(self, quote: PaymentQuote) -> None:
        """As seen from this moment: how long the invoice can still be paid is less in the next."""
        name, now = self.session.name_of(quote.decoded.payee), self.session.now
        self.query_one("#costs", Facts).tell(send_words.costs(quote, name, now, self.session.who))

    def _quoted_anew(self, quote: PaymentQuote | Refused) -> None:
        """Another block came while somebody looks at it."""
        if self._ordered.quote is not None or not self.steps_back():
            return
        if isinstance(quote, Refused):
            self._refuse(quote)
            return
        self.query_one("#refused", RefusalBox).clear()
        self._quote = quote = send_words.capped(quote, self.session.picture)
        self._tell_costs(quote)

    def _refuse(self, refused: Refused) -> None:
        """Say why not, and what there is instead."""
        payee = self._decoded.payee if self._decoded is not None else ""
        refused = send_words.refusal(refused, payee, self.session.picture, self.session.who)
        if self._address is not None:
            refused = send_words.or_on_chain(refused)
        self.query_one("#refused", RefusalBox).show(refused)

    # -- check
    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        match event.button.id:
            case "paste-go":
                self._read()
            case "paste-back":
                self.action_new_payment()
            case "check-go" if self._quote is not None and self._ordered.quote is None:
                self._pay(self._quote)
            case "check-back":
                self.action_back()
            case _:
                return

    def _pay(self, quote: PaymentQuote) -> None:
        decoded = quote.decoded
        self._ordered.begin(quote)
        self.offer()
        self.query_one(ContentSwitcher).current = "end"
        self.query_one(".page").focus()
        open_amount = quote.amount_msat if decoded.amount_msat is None else None
        paying = self.session.node.pay(
            decoded.invoice,
            amount_msat=open_amount,
            max_fee_msat=quote.max_fee_msat,
            locked_until_height=quote.locked_until_height,
        )
        self.order(paying, partial(self._paid, quote))

    def _paid(self, paying: PaymentQuote, answer: PaymentView | Refused) -> None:
        if paying is not self._ordered.quote:
            tell_end(self.app, paying, answer, self.session.name_of(paying.decoded.payee))
        elif isinstance(answer, Refused):
            self._ordered.forget()
            self._to_paste()
            self.query_one("#refused", RefusalBox).show(answer)
        else:
            self._ordered.tell(answer, self.session.now)
            self.offer()

    # -- receipt
    def action_copy_proof(self) -> None:
        """Copy the preimage."""
        if self._ordered.receipt is not None and proof(self._ordered.receipt):
            self.copy(proof(self._ordered.receipt))

    def action_try_again(self) -> None:
        """Look once more at what failed."""
        failed = self._ordered.receipt
        if failed is not None:
            self.take(failed.invoice or failed.payee, whole_sat(failed))

    def action_new_payment(self) -> None:
        """Empty the page; a payment under way goes on without it."""
        if self._ordered.quote is not None and self._ordered.is_under_way:
            tell_it_goes_on(self, self._ordered.quote)
        self._decoded = self._quote = None
        self._ordered.forget()
        self._was_seen = False
        self.session.forget_drafts("pay_address")
        self.query_one(PasteBox).text = ""
        self.query_one(AmountField).value = ""
        self.query_one("#open-amount").display = False
        self._to_paste()

    def _to_paste(self) -> None:
        self.query_one("#title", Words).say("Send · 1 of 3 · paste")
        self.query_one("#refused", RefusalBox).clear()
        self.query_one(ContentSwitcher).current = "paste"
        self.query_one(PasteBox).focus()
        self.offer()

    def steps_back(self) -> bool:
        return self.query_one(ContentSwitcher).current == "check"

    def action_back(self) -> None:
        """From the check to the text; from the receipt and from a payment under way home."""
        if self.steps_back():
            self._to_paste()
            self.query_one("#paste-go", Button).focus()  # no key falls into what was pasted
            return
        if self._ordered.receipt is not None:
            self.action_new_payment()
        super().action_back()
