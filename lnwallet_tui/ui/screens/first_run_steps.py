"""The steps on the way to a wallet of one's own words: one thing each, with a way back.

A step knows nothing of the others: what was decided goes to whom it was made by. What was typed or
shown is wiped when the step is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Input, OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.custody import CustodyRefused, Hidden, Keeping, KeyringView
from lnwallet_tui.ui import custody_words, first_run
from lnwallet_tui.ui.codes.drawing import Drawing
from lnwallet_tui.ui.first_run import WayOn
from lnwallet_tui.ui.screens.first_run_fields import PassphraseField, SecretField
from lnwallet_tui.ui.widgets.forms import Choices, Listing
from lnwallet_tui.ui.widgets.qr import Mode, QrCode
from lnwallet_tui.ui.widgets.words import MUTED, RefusalBox, Words, hanging

Go = Callable[[], None]

_LINES_AROUND: Final = 3  # of the screen: tabs, the playground's time, the footer
_BESIDE_THE_SQUARE: Final = 34


class Step(VerticalScroll):
    """One of them. `back` leads to the one before, None out of the page."""

    ALLOW_SELECT = False
    title = ""

    def __init__(self, back: Go | None = None) -> None:
        super().__init__(classes="page step", can_focus=False)
        self.back = back
        self._is_left = False

    def compose(self) -> ComposeResult:
        if self.title:
            yield Words(self.title, classes="title")
        yield from self.body()

    def body(self) -> ComposeResult:
        """What stands below the title."""
        raise AssertionError("every step has a body")

    def on_mount(self) -> None:
        """At once: what is typed meanwhile would be taken for commands."""
        if (first := self.first()) is not None:
            self.focus_on(first)

    def focus_on(self, one: Widget | None) -> None:
        """Unless the step was left before it was put together: the focus would stay on what is
        taken away, and no key lead anywhere any more."""
        if not self._is_left:
            self.screen.set_focus(one)

    def first(self) -> Widget | None:
        """The first thing that one uses."""
        return next(iter(self.query("Input, Listing, Button")), None)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        if event.button.id == "go":
            self.go_on()
        else:
            self.turn_down()

    def go_on(self) -> None:
        """What the button does that leads on."""

    def turn_down(self) -> None:
        """What the other one does."""
        if self.back is not None:
            self.back()

    def wipe(self) -> None:
        """It is left: hold nothing secret any more."""
        self._is_left = True
        for field in self.query(SecretField):
            field.wipe()


class PickStep(Step):
    """A list of ways on, each with a sentence."""

    def __init__(
        self,
        title: str,
        text: Content | str,
        ways: Mapping[str, tuple[str, str, Go]],
        back: Go | None = None,
    ) -> None:
        super().__init__(back)
        self.title, self._text, self._ways = title, text, ways

    def body(self) -> ComposeResult:
        yield Words(self._text)
        yield Listing(id="ways")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Listing).show(
            Option(_row(title, sentence), id=name)
            for name, (title, sentence, _) in self._ways.items()
        )

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self._ways[event.option_id][2]()


def _row(title: str, *sentences: str, width: int = 72) -> Content:
    head = Content.assemble(("▸ ", "$accent"), (title, "bold"))
    lines = [hanging(Content("  "), one, width, MUTED) for one in sentences if one]
    return Content("\n").join([head, *lines])


class TroubleStep(PickStep):
    """What went wrong, what to do about it, and the ways on."""

    def __init__(
        self, refused: CustodyRefused, ways: tuple[WayOn, ...], go: Callable[[WayOn], None]
    ) -> None:
        def going(way: WayOn) -> Go:
            return lambda: go(way)

        text = Content.assemble(("✗ ", "$error"), refused.message, "\n\n", refused.remedy)
        super().__init__(
            "This did not work",
            text,
            {way.name.lower(): (way.value, "", going(way)) for way in ways},
            back=going(ways[-1]),
        )


class WaitStep(Step):
    """Somebody is waited for; whoever does not want to, goes back."""

    def __init__(self, words: str, remark: str, back: Go) -> None:
        super().__init__(back)
        self._words, self._remark = words, remark

    def body(self) -> ComposeResult:
        yield Words(self._words, classes="title")
        yield Words(self._remark)
        with Horizontal(classes="choices"):
            yield Button(Content("[ Stop waiting ]"), id="stop", compact=True)

    def on_mount(self) -> None:
        self.focus_on(None)

    def first(self) -> Widget | None:
        """None: one enter too many on the page before stops nothing. Tab leads to the button."""
        return None


class WhereStep(Step):
    """What shall open the file."""

    title = "Where the key lives"

    def __init__(self, found: KeyringView, then: Callable[[Keeping], None], back: Go) -> None:
        super().__init__(back)
        self._found, self._then = found, then

    def body(self) -> ComposeResult:
        yield Words(first_run.WHERE)
        yield Words(custody_words.describe_keyring(self._found), id="keyring", classes="hint")
        yield Listing(id="ways")

    def on_mount(self) -> None:
        super().on_mount()
        self.query_one(Listing).show(self._option(keeping) for keeping in Keeping)
        if not self._found.name:
            self.query_one(Listing).move_to(Keeping.PASSPHRASE.name.lower())

    def _option(self, keeping: Keeping) -> Option:
        title, opens = custody_words.TITLES[keeping], custody_words.OPENS[keeping]
        useless = keeping.needs_keyring and not self._found.name
        row = _row(
            f"{title} (none was found)" if useless else title, opens, custody_words.LOST[keeping]
        )
        return Option(row, id=keeping.name.lower(), disabled=useless)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_id is not None:
            self._then(Keeping[event.option_id.upper()])


class _PassphraseStep(Step):
    """A passphrase is typed; `refused` says what was wrong with the last one."""

    def __init__(
        self, then: Callable[[Hidden], None], back: Go, refused: CustodyRefused | None = None
    ) -> None:
        super().__init__(back)
        self._then, self._refused = then, refused

    def on_mount(self) -> None:
        super().on_mount()
        if self._refused is not None:
            box = self.query_one("#refused", RefusalBox)
            box.complain(self._refused.message, self._refused.remedy)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.go_on()


class NewPassphraseStep(_PassphraseStep):
    """A passphrase, twice."""

    title = "A passphrase"

    def body(self) -> ComposeResult:
        yield Words(first_run.GOOD_ONES)
        with Horizontal(classes="row first"):
            yield Words("Passphrase", classes="label")
            yield PassphraseField(id="passphrase", behind="again")
        with Horizontal(classes="row"):
            yield Words("Once more", classes="label")
            yield PassphraseField(id="again")
        yield RefusalBox(id="refused")
        yield Choices("Back", "Use it")

    def go_on(self) -> None:
        first = self.query_one("#passphrase", PassphraseField)
        again = self.query_one("#again", PassphraseField)
        if first.hidden == again.hidden:
            self._then(first.hidden)
            return
        first.wipe()  # dots do not show which of them was wrong, or empty
        again.wipe()
        self.query_one("#refused", RefusalBox).complain(*first_run.SAME_TWICE)
        self.screen.set_focus(first)


class PassphraseStep(_PassphraseStep):
    """The passphrase of a wallet that is there."""

    title = "Your passphrase opens this wallet"

    def body(self) -> ComposeResult:
        with Horizontal(classes="row"):
            yield Words("Passphrase", classes="label")
            yield PassphraseField(id="passphrase")
        yield RefusalBox(id="refused")
        yield Choices("Other ways", "Open")

    def go_on(self) -> None:
        self._then(self.query_one(PassphraseField).hidden)


class SquareStep(Step):
    """Whether codes can be read off this terminal."""

    def __init__(
        self, drawing: Drawing, then: Callable[[Mode | None], None], back: Go | None
    ) -> None:
        """`then` is given the way of drawing that scans, None where it was not tried."""
        super().__init__(back)
        self._drawing, self._then = drawing, then

    def body(self) -> ComposeResult:
        with Horizontal(id="square"):
            yield QrCode(
                self._drawing.mode,
                place="first_run",
                may_be_finer=self._drawing.may_be_finer,
                id="qr",
            )
            with VerticalScroll(id="beside", can_focus=False):
                yield Words("Does this square scan?", classes="title")
                yield Words(first_run.SQUARE)
                yield Words(id="smaller", classes="hint")
                yield Choices("Not now", "It scans")

    def on_mount(self) -> None:
        super().on_mount()
        self._give_room()

    def on_resize(self, _: events.Resize) -> None:
        self._give_room()

    def _give_room(self) -> None:
        size = self.app.size
        room = size.width - _BESIDE_THE_SQUARE, size.height - _LINES_AROUND
        self.query_one(QrCode).give_room(max(0, room[0]), max(0, room[1]))
        self._draw()

    def _draw(self) -> None:
        """As large as an invoice's; where that does not fit, a smaller one."""
        qr = self.query_one(QrCode)
        qr.show(first_run.SQUARE_SAYS)
        is_small = qr.has_class("-too-small")
        if is_small:
            qr.show(first_run.SQUARE_SAYS_LESS)
        self.query_one("#smaller", Words).say(first_run.SMALLER if is_small else "")

    def first(self) -> Widget | None:
        return self.query_one("#go")

    def draw_in_another_way(self) -> Mode:
        """Returns which."""
        mode = self.query_one(QrCode).next_mode()
        self._draw()
        return mode

    def go_on(self) -> None:
        qr = self.query_one(QrCode)
        self._then(Mode.FINE if qr.is_guess else qr.mode)

    def turn_down(self) -> None:
        self._then(None)
