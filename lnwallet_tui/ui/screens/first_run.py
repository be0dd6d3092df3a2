"""First run: words of one's own, on paper and kept encrypted; where their key lives; a square that
scans."""

from __future__ import annotations

from functools import partial
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from lnwallet_tui.api.custody import CustodyRefused, CustodyView, Hidden
from lnwallet_tui.ui import commands, custody_words, first_run
from lnwallet_tui.ui.codes.drawing import DrawingChosen
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.first_run_path import CustodyPath
from lnwallet_tui.ui.screens.first_run_steps import Go, PassphraseStep, PickStep, SquareStep
from lnwallet_tui.ui.screens.first_run_words import AskBackStep, ShowWordsStep, TypeWordsStep
from lnwallet_tui.ui.screens.new_world import NewWorldScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.qr import Mode

NEW: tuple[str, str] = (
    "New words",
    "24 of them, made by this machine; you write them down.",
)
RESTORE: tuple[str, str] = (
    "Words from paper",
    "12 or 24 words (BIP39, English) of a wallet that you had before.",
)


class FirstRunPath(CustodyPath):
    """From a wallet of the playground's to one of the user's own words."""

    def __init__(self, session: Session, *, opens: bool = False) -> None:
        """`opens`: what is kept is opened before anything else."""
        assert session.custody is not None, "this page is for who keeps a seed"
        super().__init__(session.custody)
        self._session, self._opens = session, opens

    def begin(self) -> None:
        """Where one stands decides what comes first."""
        self.forget()
        view = self.custody.view()
        if self._opens and self.step is None:  # not once another page was gone to meanwhile
            self.open()
            return
        if view.keeping is not None:
            self._show_state(view)
            return
        ways = {"new": (*NEW, self._new), "restore": (*RESTORE, self._restore)}
        end = f"\n\n{first_run.FORGOTTEN}" if self._session.forgotten else ""
        self.show(PickStep("First run", first_run.WELCOME + end, ways))

    def _new(self) -> None:
        self.custody.make_words()
        self.choose_where(self.begin)

    def _restore(self) -> None:
        self.restore(self.begin)

    def leave(self) -> None:
        """To what is below this page."""
        self.app.pop_screen()

    def opened(self) -> None:
        """Words that nobody has on paper yet are shown. Whoever only unlocks goes on as before."""
        if self._opens and self.custody.view().words_verified:
            self.leave()
        elif self.custody.view().words_verified:
            self._square()
        else:
            self._show_words()

    # -- the words
    def _show_words(self, wrong: tuple[int, ...] = ()) -> None:
        self.show(ShowWordsStep(self.custody.words, self._ask_back, self._square, wrong))

    def _ask_back(self) -> None:
        positions = self.custody.questions()
        answer = partial(self._answered, positions)
        self.show(AskBackStep(self.custody, positions, answer, self._show_words))

    def _answered(self, positions: tuple[int, ...], typed: tuple[Hidden, ...]) -> None:
        def judged(answer: tuple[int, ...] | CustodyRefused) -> None:
            if isinstance(answer, CustodyRefused):
                text = f"{answer.message}\n\n{answer.remedy}"
                ways: dict[str, tuple[str, str, Go]] = {"again": ("Try again", "", self._ask_back)}
                self.show(PickStep("This did not work", text, ways, self.begin))
            elif answer:
                self._show_words(answer)
            else:
                self._square()

        self.wait_for(
            "Looking at them…",
            first_run.meanwhile(self.custody.view().keeping),
            self.custody.answer(positions, typed),
            judged,
            self.begin,
        )

    # -- the square, and the end
    def _square(self) -> None:
        self.show(SquareStep(self._session.drawing, self._scanned, self._done))

    def _scanned(self, mode: Mode | None) -> None:
        if mode is not None:
            self.app.post_message(DrawingChosen(mode))
        self._done()

    def _done(self) -> None:
        view, playground = self.custody.view(), self._session.playground
        on = "Go on in this world" if playground else "Go on"
        ways = {"stay": (on, "", self.leave), **self._next_world(view)}
        said = first_run.done(view, playground=playground, forgotten=self._session.forgotten)
        self.show(PickStep("Done", said, ways))

    def _next_world(self, view: CustodyView) -> dict[str, tuple[str, str, Go]]:
        if view.lived_on or not self._session.playground:
            return {}
        sentence = "Asks before it throws this one away."
        return {"next": ("Begin the next world, on these words", sentence, self._begin_next)}

    def _begin_next(self) -> None:
        self.app.push_screen(NewWorldScreen(self._session))

    # -- when it was all done before
    def _show_state(self, view: CustodyView) -> None:
        ways: dict[str, tuple[str, str, Go]] = {}
        if not view.is_open:
            ways["open"] = ("Open it", "", self.open)
        elif not view.words_verified:
            sentence = "They are shown once more, and three of them asked back."
            ways["verify"] = ("Put the words on paper", sentence, self._show_words)
        ways["square"] = ("Does a code scan here?", "A square to try it with.", self._square)
        ways |= self._next_world(view) if view.is_open else {}
        self.show(PickStep("Your own words", custody_words.describe(view), ways))


class FirstRunScreen(WalletScreen):
    """The page that the palette calls so."""

    place = "first_run"
    mode = ""
    about = (
        "A wallet is made of words. Here you get words of your own or type those that you have, "
        "choose what opens the file that keeps them encrypted (your system's keyring, a "
        "passphrase, or both), write them on paper, and try whether your phone reads a code in "
        "this terminal. The words are covered until you ask for them, and again when this page is "
        "left. {everywhere.back} goes back one step at any time."
    )
    ALLOW_SELECT = False
    CSS_PATH = "first_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("first_run")]

    def __init__(self, session: Session, *, opens: bool = False) -> None:
        """`opens`: the wallet is locked, and shall be opened."""
        super().__init__(session)
        self._opens = opens

    def body(self) -> ComposeResult:
        yield FirstRunPath(self.session, opens=self._opens)

    def draw(self, picture: Picture) -> None:
        """Nobody is asked for what opens it once others have opened it."""
        is_asked = isinstance(self.path.step, PassphraseStep)
        if self._opens and is_asked and not picture.status.locked and self.is_current:
            self.path.leave()

    @property
    def path(self) -> FirstRunPath:
        """What leads from step to step."""
        return self.query_one(FirstRunPath)

    def can(self, action: str) -> bool:
        return action != "qr_mode" or isinstance(self.path.step, SquareStep)

    def on_screen_suspend(self) -> None:
        """Whatever is laid on top: words are covered."""
        step = self.path.step
        if isinstance(step, ShowWordsStep):
            step.cover()

    def on_paste(self, event: events.Paste) -> None:
        """What is pasted here may be words: it goes into their fields, or nowhere."""
        event.stop()
        step = self.path.step
        if isinstance(step, TypeWordsStep):
            step.take(event.text)

    def left(self) -> None:
        """In another mode nothing of this waits half done."""
        self.path.begin()

    def action_qr_mode(self) -> None:
        """Draw in the next way."""
        step = self.path.step
        if isinstance(step, SquareStep):
            mode = step.draw_in_another_way()
            self.notify(f"Drawn in {mode.title}.", timeout=2, markup=False)

    def action_back(self) -> None:
        """One step back."""
        self.path.go_back()
