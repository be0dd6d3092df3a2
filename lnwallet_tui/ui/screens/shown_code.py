"""The code that Receive shows, with what stands beside it: how it is drawn, its text, its image."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll

from lnwallet_tui.api.addresses import OwnAddress
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.ui import payment_words, receive_words
from lnwallet_tui.ui.codes.drawing import DrawingChosen
from lnwallet_tui.ui.codes.image import CodeImage
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.arriving import ArrivingWords
from lnwallet_tui.ui.widgets.qr import LARGER, QrCode
from lnwallet_tui.ui.widgets.words import RefusalBox, TheirWords, Words

MOST_NOTE = 100


class ShownCode(Horizontal):
    """`text` is what the code says; empty while none is shown."""

    def __init__(self, page: WalletScreen, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self._page, self._session = page, page.session
        self.text = ""
        self._image = CodeImage()
        self._opening = False

    def compose(self) -> ComposeResult:
        drawing = self._session.drawing
        yield QrCode(
            drawing.mode,
            place="receive",
            may_be_finer=drawing.may_be_finer,
            ways=(
                "press {receive.image} to open it as an image",
                LARGER,
                "press {receive.copy} to copy the text",
            ),
            id="qr",
        )
        with VerticalScroll(id="beside"):
            yield Words(id="headline", classes="title")
            yield Words(id="state")
            yield ArrivingWords(self._session, id="arriving")
            yield RefusalBox(id="no-image")
            yield TheirWords(limit=MOST_NOTE, title="Your note", id="said")
            yield Words(id="text")
            yield Words(id="another-way", classes="hint")

    @property
    def is_square(self) -> bool:
        """Whether there is one to be drawn: what was paid has none any more."""
        return bool(self.text) and self.query_one(QrCode).display

    # -- showing
    def show(self, text: str) -> None:
        """Show this one."""
        self.put_away()
        self.text = text
        qr = self.query_one(QrCode)
        qr.display = self.query_one("#another-way").display = True
        qr.show(text)
        self.give_room()
        self._page.ask("terminal", self._session.drawing.look_behind(), self._terminal_known)

    def _terminal_known(self, _: None) -> None:
        drawing = self._session.drawing
        self.query_one(QrCode).draw_in(drawing.mode, may_be_finer=drawing.may_be_finer)
        self.give_room()

    def forget(self) -> None:
        """Show none."""
        self.put_away()
        self.text = ""

    def give_room(self) -> None:
        """What is left of the screen beside the words and between the lines."""
        lines = 3 if self._session.playground else 2
        size = self.app.size
        qr = self.query_one(QrCode)
        qr.give_room(max(0, size.width - 34), max(0, size.height - lines))
        way = receive_words.A_GUESS if qr.is_guess else receive_words.ANOTHER_WAY
        self.query_one("#another-way", Words).say("" if qr.has_class("-too-small") else way)

    # -- what stands beside it
    def tell_payment(self, payment: PaymentView, picture: Picture) -> None:
        """That it is for this one, and how that stands."""
        waiting = payment.status is PaymentStatus.WAITING
        self.query_one("#headline", Words).say(payment_words.title(payment))
        state = receive_words.state(payment, picture)
        can_be_paid = waiting and not receive_words.cannot_be_paid(payment, picture)
        if can_be_paid and self._session.playground:
            state += self._session.with_keys(" {everywhere.people}: let somebody pay it.")
        self.query_one("#state", Words).say(state)
        self.query_one("#said", TheirWords).quote(payment.description)
        qr = self.query_one(QrCode)
        qr.display = self.query_one("#another-way").display = waiting
        if not waiting:
            self.put_away()
        self.query_one("#text", Words).say(
            payment.invoice if waiting else "{receive.new_invoice}: another one"
        )

    def tell_address(self, given: OwnAddress) -> None:
        """That it is an address."""
        self.query_one("#headline", Words).say("A Bitcoin address of yours")
        self.query_one("#state", Words).say(
            "What is sent here shows as soon as nodes tell of it, and counts when a block has it. "
            f"{given.explanation or 'Use it once.'}"
        )
        self.query_one("#said").display = False
        self.query_one("#text", Words).say(given.address)

    # -- drawn in another way, or elsewhere
    def draw_in_the_next_way(self) -> None:
        """And from now on."""
        mode = self.query_one(QrCode).next_mode()
        self.give_room()
        self.app.post_message(DrawingChosen(mode))
        self._page.notify(f"Drawn in {mode.title} from now on.", timeout=2, markup=False)

    def open_image(self) -> None:
        """Beside the terminal; once at a time."""
        if not self._opening:
            self._opening = True
            self.query_one("#no-image", RefusalBox).clear()
            self._page.ask("image", self._image.show(self.text), self._image_opened)

    def _image_opened(self, refused: Refused | None) -> None:
        self._opening = False
        if refused is not None:
            self.query_one("#no-image", RefusalBox).show(refused)
        else:
            self._page.notify("The image is opened beside the terminal.", timeout=4, markup=False)

    def put_away(self) -> None:
        """The image is of a code that is shown no more."""
        self._image.remove()
        self.query_one("#no-image", RefusalBox).clear()

    def on_unmount(self) -> None:
        self._image.remove()
