"""The steps with words in them: shown, asked back, typed from paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input

from lnwallet_tui.api.custody import CustodyApi, Hidden, WordsVerdict
from lnwallet_tui.ui import first_run
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.screens.first_run_fields import WordField
from lnwallet_tui.ui.screens.first_run_steps import Go, Step
from lnwallet_tui.ui.widgets.forms import Choices
from lnwallet_tui.ui.widgets.words import MUTED, Words, sentences

MOST: Final = 24
HALF: Final = 12
COLUMNS: Final = 3
ROWS: Final = MOST // COLUMNS
_COVERED: Final = "········"


class ShowWordsStep(Step):
    """The words, covered until they are asked for, and gone when the step is left."""

    title = "Your words"

    def __init__(
        self, words: Callable[[], Hidden], then: Go, later: Go, wrong: tuple[int, ...] = ()
    ) -> None:
        """`wrong` are those that were just answered otherwise."""
        super().__init__(later)
        self._words, self._then, self._wrong = words, then, wrong
        self._is_open = False

    def body(self) -> ComposeResult:
        if self._wrong:
            yield Words(sentences([first_run.not_those(self._wrong)]))
        else:
            yield Words(first_run.WHO_MAY_SEE)
        yield Words(id="words")
        yield Choices("Later", "Show them")

    def on_mount(self) -> None:
        super().on_mount()
        self._draw((_COVERED,) * len(self._words().reveal().split()))

    def first(self) -> Widget | None:
        return self.query_one("#go")

    def _draw(self, words: tuple[str, ...]) -> None:
        self.query_one("#words", Words).say(numbered(words))

    def go_on(self) -> None:
        if self._is_open:
            self._then()
        else:
            self._is_open = True
            self._draw(tuple(self._words().reveal().split()))
            self.query_one(Choices).offer("They are on my paper")

    def cover(self) -> None:
        """Somebody else may look now."""
        if self._is_open:
            self._is_open = False
            self._draw((_COVERED,) * len(self._words().reveal().split()))
            self.query_one(Choices).offer("Show them")

    def wipe(self) -> None:
        super().wipe()
        self._is_open = False
        for words in self.query("#words").results(Words):
            words.say("")


def numbered(words: tuple[str, ...]) -> Content:
    """Down, then across, as one writes them."""
    rows = -(-len(words) // COLUMNS)
    lines = [
        Content.assemble(
            *(
                part
                for place in range(row, len(words), rows)
                for part in ((f"{place + 1:>4} ", MUTED), (f"{words[place]:<18}", "bold"))
            )
        )
        for row in range(rows)
    ]
    return Content("\n").join(lines)


class AskBackStep(Step):
    """Three of them."""

    title = "Are they on your paper?"

    def __init__(
        self,
        custody: CustodyApi,
        positions: tuple[int, ...],
        then: Callable[[tuple[Hidden, ...]], None],
        back: Go,
    ) -> None:
        super().__init__(back)
        self._custody, self._positions, self._then = custody, positions, then

    def body(self) -> ComposeResult:
        yield Words(first_run.ASK_BACK)
        for position in self._positions:
            with Horizontal(classes="row asked"):
                yield Words(f"Word {position}", classes="label")
                yield WordField(self._custody, position, self._behind, self._ends)
        yield Choices("See them again", "Check")

    def _behind(self, field: WordField) -> Widget:
        fields = list(self.query(WordField))
        place = fields.index(field) + 1
        return fields[place] if place < len(fields) else self.query_one("#go")

    def _ends(self, field: WordField) -> bool:
        """Enter behind the last word checks them."""
        if field is not self.query(WordField).last():
            return False
        self.go_on()
        return True

    def on_word_field_pasted(self, message: WordField.Pasted) -> None:
        message.stop()
        if message.words:
            message.field.value = message.words[0].reveal()

    def go_on(self) -> None:
        for field in self.query(WordField):
            field.complete()
        self._then(tuple(field.hidden for field in self.query(WordField)))


class TypeWordsStep(Step):
    """The words of a paper, each looked at as soon as it is left."""

    title = "Restore from words"

    def __init__(
        self,
        custody: CustodyApi,
        then: Callable[[tuple[Hidden, ...]], None],
        back: Go,
        paper: tuple[Hidden, ...] = (),
    ) -> None:
        """`then` is given what was typed, `paper` is what was typed before."""
        super().__init__(back)
        self._custody, self._then, self._paper = custody, then, paper

    def body(self) -> ComposeResult:
        yield Words(first_run.TYPE_WORDS)
        with Grid(id="paper"):
            for column in range(COLUMNS):
                with Vertical(classes="column"):
                    for number in range(column * ROWS + 1, (column + 1) * ROWS + 1):
                        with Horizontal(classes="typed"):
                            yield Words(f"{number:>2}", classes="number")
                            yield WordField(self._custody, number, self._behind, self._ends)
        yield Words(id="verdict")
        yield Choices("Back", "Check them")

    def on_mount(self) -> None:
        super().on_mount()
        for field, word in zip(self._fields, self._paper, strict=False):
            field.value = word.reveal()
        self._look()

    def first(self) -> Widget | None:
        return self.query_one("#go") if self._paper else super().first()

    @property
    def _fields(self) -> list[WordField]:
        return list(self.query(WordField))

    def _typed(self) -> tuple[Hidden, ...]:
        return tuple(field.hidden for field in self._fields)

    def on_descendant_blur(self) -> None:
        """A word that is left is looked at."""
        self._look()

    def on_input_changed(self, event: Input.Changed) -> None:
        """A word that is taken away is counted no more. One that begins is none yet."""
        if not event.value and event.input.has_focus:
            self._look()

    def _behind(self, field: WordField) -> Widget:
        number = field.number  # from 1, so it is the place of the next
        return self._fields[number] if number < MOST else self.query_one("#go")

    def _ends(self, field: WordField) -> bool:
        """Enter behind the twelfth says that there are no more. Nothing else can know: the first
        half of 24 words may be a wallet's, too."""
        if field.number != HALF + 1 or not self._are_half():
            return False
        self.go_on()
        return True

    def _are_half(self) -> bool:
        """Whether the first twelve fields are filled, and only they."""
        filled = [bool(field.value) for field in self._fields]
        return all(filled[:HALF]) and not any(filled[HALF:])

    def on_word_field_pasted(self, message: WordField.Pasted) -> None:
        message.stop()
        first = message.field.number - 1
        fields = self._fields[first : first + len(message.words)]
        for field, word in zip(fields, message.words, strict=False):
            field.value = word.reveal()
        self._look()
        if len(message.words) > 1:
            self.query_one("#go").focus()

    def take(self, pasted: str) -> None:
        """Words that were pasted beside the fields."""
        first = self._fields[0]
        first.post_message(events.Paste(pasted))

    def _look(self) -> None:
        here = self.screen.focused
        looked_at = tuple(Hidden("") if field is here else field.hidden for field in self._fields)
        self._show(self._custody.look_at_words(looked_at))

    def _show(self, verdict: WordsVerdict) -> None:
        wrong = {problem.position for problem in verdict.problems}
        for field in self._fields:
            field.set_class(field.number in wrong, "-wrong")
        for said in self.query("#verdict").results(Words):
            said.say(self._said(verdict))

    def _said(self, verdict: WordsVerdict) -> Content:
        if verdict.message:
            meant = first_run.did_you_mean(verdict.problems) or verdict.remedy
            return sentences([Line(Weight.BAD, f"{verdict.message} {meant}")])
        count = sum(bool(field.value) for field in self._fields)
        all_of_them = f" {first_run.ARE_THEY_ALL}" if self._are_half() else ""
        return Content.assemble((f"{count} of {HALF} or {MOST} words.{all_of_them}", MUTED))

    def go_on(self) -> None:
        for field in self._fields:
            field.complete()
        typed = self._typed()
        verdict = self._custody.take_words(typed)
        if verdict.message:
            self._show(verdict)
        else:
            self._then(typed)

    def wipe(self) -> None:
        super().wipe()
        self._paper = ()
        for said in self.query("#verdict").results(Words):
            said.say("")
