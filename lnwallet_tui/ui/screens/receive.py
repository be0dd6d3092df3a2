"""Receive: amount and note make an invoice as a QR code, which turns to “received” by itself."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import ActiveBinding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, ContentSwitcher

from lnwallet_tui.api.addresses import OwnAddress
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui import commands, receive_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.receive_words import Shown
from lnwallet_tui.ui.screens.shown_code import MOST_NOTE, ShownCode
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.arriving import ArrivingWords
from lnwallet_tui.ui.widgets.footer import offering
from lnwallet_tui.ui.widgets.forms import AmountField, Choices, Field
from lnwallet_tui.ui.widgets.words import RefusalBox, Words

_CAME: Final = (PaymentStatus.IN_FLIGHT, PaymentStatus.PAID)
"""There is no code beside the words then; they stand where they stay."""


class ReceiveScreen(WalletScreen):
    """A form, then a code."""

    place = "receive"
    mode = "receive"
    about = (
        "Say how much you ask for (or leave it open) and what for; the payer sees the note. "
        "Show the code, or copy the text under it. The page says so by itself when the payment "
        "is there. When you come back to it, the page asks for the next payment; "
        "{receive.show_again} shows what it showed before. "
        "A square that does not scan, or looks empty, is drawn in another way with "
        "{receive.qr_mode}; "
        "that is kept for this terminal. With {receive.image} it opens as an image, in a file "
        "that only you can "
        "read and that goes away when the page shows something else. While a Bitcoin address is "
        "shown, the wallet listens to nodes of the network for payments to you that are in no "
        "block yet: it fetches all new transactions from them, some 4 kB a second, so that they "
        "learn that somebody waits for one and not at which address. What was sent before is not "
        "heard. It ends when you leave the page."
    )
    CSS_PATH = "receive.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("receive")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._payment_hash = ""
        self._code = ShownCode(self, id="code")
        self._address = ""  # that is shown
        self._given: OwnAddress | None = None  # the last one
        self._aside: Shown | None = None  # the one before the form
        self._warned_of: int | None = None
        self._busy = False

    def body(self) -> ComposeResult:
        with ContentSwitcher(initial="form"):
            with VerticalScroll(id="form", classes="page"):
                yield from self._form()
            yield self._code

    def _form(self) -> ComposeResult:
        yield Words("Receive a payment", classes="title")
        with Horizontal(classes="row"):
            yield Words("Amount, sat", classes="label")
            yield AmountField(id="amount", placeholder="empty: the payer decides")
        with Horizontal(classes="row"):
            yield Words("Note", classes="label")
            yield Field(
                id="note", placeholder="what it is for; the payer sees it", max_length=MOST_NOTE
            )
        yield Words(receive_words.FROM_BEFORE, id="from-before", classes="hint")
        yield Words(id="aside")
        yield Words(id="room")
        yield Words(id="unreachable")
        yield RefusalBox(id="refused")
        yield Choices("Clear", "Make invoice")
        yield Words(
            "To fill the wallet on chain: {receive.address} shows a Bitcoin address.",
            classes="hint",
        )

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one("#from-before").display = False
        # At once: `focus` would come after digits that are typed fast, which lead to other pages.
        self.set_focus(self.query_one("#amount"))

    def on_resize(self, _: events.Resize) -> None:
        self._code.give_room()

    def can(self, action: str) -> bool:
        on_code = action in {"copy", "new_invoice"}
        on_square = action in {"qr_mode", "image"}
        if action == "show_again":
            return not self._code.text and receive_words.is_known(self._aside, self.session.picture)
        return (bool(self._code.text) or not on_code) and (not on_square or self._code.is_square)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The footer offers to show again what there is to be shown."""
        return offering(super().active_bindings, {"screen.show_again": True})

    def left(self) -> None:
        """A form is found with the cursor on its amount, wherever it was left, so that an amount
        that is typed goes there, also where a code was shown: no digit that is meant for a new
        invoice leads to another page. What stands in it is seen, and the next key begins anew."""
        if self._code.text:
            self._to_form()
        elif not receive_words.waits(self._aside, self.session.picture):
            self._aside = None  # what became of it was read
        self._unwarn()
        self.set_focus(self.query_one("#amount"))
        fields = self.query(Field)
        for field in fields:
            field.recall(field.value)
        self.query_one("#from-before").display = any(field.value for field in fields)

    def pressed_again(self) -> None:
        """The same, also where something came while a page lay on it: whoever presses the key for
        an amount types on at once. The form says what came, and shows it again when asked."""
        self.left()

    def on_input_changed(self) -> None:
        """Somebody goes on with it."""
        self.query_one("#from-before").display = False
        self._unwarn()

    def _unwarn(self) -> None:
        """What was warned of is asked anew: “anyway” means what was seen with the warning."""
        if self._warned_of is not None:
            self._warned_of = None
            self.query_one(Choices).offer("Make invoice")
            self.query_one("#refused", RefusalBox).clear()

    # -- drawing
    def draw(self, picture: Picture) -> None:
        session = self.session
        room = receive_words.room(picture, playground=session.playground)
        self.query_one("#room", Words).say(room)
        unreachable = receive_words.unreachable(picture, session.who)
        cut_off = self.query_one("#unreachable", Words)
        cut_off.say(unreachable)
        cut_off.display = bool(unreachable)
        self.query_one(ArrivingWords).ask_again()
        if self._payment_hash:
            payment = picture.payment(self._payment_hash)
            if payment is not None:
                self._draw_payment(payment, picture)
        aside = receive_words.aside(self._aside, picture)
        self.query_one("#aside", Words).say(aside)
        self.query_one("#aside").display = bool(aside)

    def _draw_payment(self, payment: PaymentView, picture: Picture) -> None:
        self._code.tell_payment(payment, picture)
        self.set_class(payment.status is PaymentStatus.PAID, "-paid")
        self.set_class(payment.status in _CAME, "-came")
        self.offer()

    # -- the form
    def on_input_submitted(self, event: Field.Submitted) -> None:
        event.stop()
        if event.input.id == "amount":
            self.query_one("#note").focus()
        else:
            self._make()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self._make()
        else:
            self._clear()

    def _clear(self) -> None:
        self.query_one("#amount", Field).value = ""
        self.query_one("#note", Field).value = ""
        self._warned_of = None
        self.query_one(Choices).offer("Make invoice")
        self.query_one("#refused", RefusalBox).clear()
        self.set_focus(self.query_one("#amount"))

    def _make(self) -> None:
        field = self.query_one(AmountField)
        amount_sat = field.amount_sat if field.value.strip() else 0
        refused, picture = self.query_one("#refused", RefusalBox), self.session.picture
        if field.value.strip() and amount_sat == 0:
            remedy = "Type how much, or leave it empty: then the payer decides."
            refused.complain("Nobody can pay 0 sat.", remedy)
        elif amount_sat is None:
            refused.complain("This is no amount.", "Type whole satoshis, or leave it empty.")
        elif receive_words.is_too_much(picture, amount_sat) and self._warned_of != amount_sat:
            self._warned_of = amount_sat
            refused.complain(
                "Your channels have no room for that now, so it cannot be paid yet.",
                receive_words.what_helps(picture),
            )
            self.query_one(Choices).offer("Make it anyway")
        elif not self._busy:
            self._busy = True
            note = self.query_one("#note", Field).value.strip()
            making = self.session.node.create_invoice(amount_sat * 1000 or None, note)
            self.order(making, self._made)

    def _made(self, answer: PaymentView | Refused) -> None:
        self._busy = False
        if isinstance(answer, Refused):
            self.query_one("#refused", RefusalBox).show(answer)
            return
        self._clear()
        self._show_invoice(answer)

    def _show_invoice(self, payment: PaymentView) -> None:
        self._payment_hash = payment.payment_hash
        self._end_listening()
        self._show_code(payment.invoice)
        if self.session.picture is not None:
            self._draw_payment(payment, self.session.picture)

    def _show_code(self, text: str) -> None:
        self._code.show(text)
        self.query_one(ContentSwitcher).current = "code"
        self.query_one("#beside").focus()
        self.offer()

    # -- commands
    def action_copy(self) -> None:
        """Copy what the code says."""
        if self._code.text:
            self.copy(self._code.text)

    def action_qr_mode(self) -> None:
        """Draw in the next way, and from now on."""
        if self._code.text:
            self._code.draw_in_the_next_way()

    def action_image(self) -> None:
        """Open the code as an image."""
        if self._code.text:
            self._code.open_image()

    def action_new_invoice(self) -> None:
        """Back to the form; from an address to the next one."""
        if self._address:
            self.action_address()
        else:
            self._to_form()

    def _to_form(self) -> None:
        if self._code.text:
            self._aside = Shown(self._code.text, self._payment_hash)
        self._code.forget()
        self._payment_hash = ""
        self._end_listening()
        self.remove_class("-paid", "-came")
        self.query_one(ContentSwitcher).current = "form"
        self.set_focus(self.query_one("#amount"))
        self.redraw()

    def action_show_again(self) -> None:
        """The code that was there before the form."""
        one, picture = self._aside, self.session.picture
        if one is None or picture is None or self._code.text:
            return
        payment = picture.payment(one.payment_hash) if one.payment_hash else None
        if payment is not None:
            self._show_invoice(payment)
        elif not one.payment_hash:
            given = self._given
            if given is None or given.address != one.text:
                given = OwnAddress(address=one.text)
            self._addressed(given)

    def action_address(self) -> None:
        """Show a fresh Bitcoin address."""
        self.ask("address", self.session.node.address(), self._addressed)

    def _addressed(self, given: OwnAddress | Refused) -> None:
        if isinstance(given, Refused):
            self.query_one(ContentSwitcher).current = "form"
            self.query_one("#refused", RefusalBox).show(given)
            return
        if given.address == self._address:
            self.notify(receive_words.THE_SAME, timeout=4)
        self._given, address = given, given.address
        self._payment_hash = ""
        self.remove_class("-paid", "-came")
        self._code.tell_address(given)
        self._show_code(address)
        self._address = address
        self.query_one(ArrivingWords).begin(address)

    def _end_listening(self) -> None:
        self._address = ""
        self.query_one(ArrivingWords).end()

    def on_screen_suspend(self) -> None:
        """Nobody looks at the address."""
        self.query_one(ArrivingWords).end()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        if self._address:
            self.query_one(ArrivingWords).begin(self._address)

    def steps_back(self) -> bool:
        return self.query_one(ContentSwitcher).current == "code"

    def action_back(self) -> None:
        """From the code to the form, from there home."""
        if self.steps_back():
            self._to_form()
        else:
            super().action_back()
