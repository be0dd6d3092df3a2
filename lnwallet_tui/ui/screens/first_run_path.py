"""The way from step to step, as far as a new wallet and one that is there share it: where the key
lives, keeping, opening, and what to do about each trouble."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeVar

from textual.containers import Vertical

from lnwallet_tui.api.custody import (
    CustodyApi,
    CustodyRefused,
    Hidden,
    Keeping,
    KeyringView,
    Trouble,
)
from lnwallet_tui.ui import first_run
from lnwallet_tui.ui.first_run import WayOn
from lnwallet_tui.ui.messages import Answered
from lnwallet_tui.ui.screens.first_run_steps import (
    Go,
    NewPassphraseStep,
    PassphraseStep,
    PickStep,
    Step,
    TroubleStep,
    WaitStep,
    WhereStep,
)
from lnwallet_tui.ui.screens.first_run_words import TypeWordsStep

Answer = TypeVar("Answer")


class CustodyPath(Vertical):
    """Shows one step at a time. Whatever is asked of custody may wait for a keyring: it is a worker
    that going back cancels, and its answer comes as a message."""

    def __init__(self, custody: CustodyApi) -> None:
        super().__init__()
        self.custody = custody
        self._found = KeyringView("")
        self._before_where: Go = self.leave
        self._stops = False  # the user does not want kept what is being kept
        self._paper: tuple[Hidden, ...] = ()  # as typed, for who comes back to mend or look

    # -- what whoever walks it decides
    def begin(self) -> None:
        """Show the first step."""
        raise AssertionError("every path begins somewhere")

    def leave(self) -> None:
        """Go away from here."""
        raise AssertionError("every path can be left")

    def opened(self) -> None:
        """The wallet is open: kept just now, or opened."""
        raise AssertionError("every path leads somewhere")

    # -- steps
    def on_mount(self) -> None:
        self.begin()

    def on_unmount(self) -> None:
        self._put_away()
        self.forget()

    def forget(self) -> None:
        """Hold nothing of what was typed here and not kept, and wait for nothing."""
        self._stop_waiting()
        self._paper = ()
        self.custody.forget_started()

    @property
    def step(self) -> Step | None:
        """The one that is shown."""
        return next(iter(self.query(Step).results()), None)

    def show(self, step: Step) -> None:
        """Show this one instead; what was typed into the one before is wiped."""
        self._put_away()
        self.mount(step)

    def _put_away(self) -> None:
        for step in self.query(Step):
            step.wipe()
            step.remove()

    def go_back(self) -> None:
        """As the step says."""
        step = self.step
        if step is not None and step.back is not None:
            step.back()
        else:
            self.leave()

    def wait_for(
        self,
        words: str,
        remark: str,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
        back: Go,
    ) -> None:
        """Ask, and say meanwhile what is waited for."""

        self.show(WaitStep(words, remark, partial(self._stop_waiting, back)))
        self._ask(asking, then)

    def _stop_waiting(self, back: Go = lambda: None) -> None:
        self.workers.cancel_group(self, "custody")
        back()

    def _ask(
        self,
        asking: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
        group: str = "custody",
    ) -> None:
        self.run_worker(self._answer(asking, then), group=group, exclusive=True)

    async def _answer(
        self, asking: Coroutine[object, object, Answer], then: Callable[[Answer], None]
    ) -> None:
        answer = await asking
        if self.is_attached:
            self.post_message(Answered(partial(then, answer)))

    def on_answered(self, message: Answered) -> None:
        message.stop()
        message.deliver()

    # -- words from paper
    def restore(self, back: Go) -> None:
        """Type them, then choose where their key lives."""
        again = partial(self.restore, back)

        def taken(paper: tuple[Hidden, ...]) -> None:
            self._paper = paper
            self.words_taken(again)

        def away() -> None:
            self._paper = ()
            back()

        self.show(TypeWordsStep(self.custody, taken, away, self._paper))

    def words_taken(self, back: Go) -> None:
        """They are good ones."""
        self.choose_where(back)

    # -- keeping
    def choose_where(self, back: Go) -> None:
        """Which keyring there is, and what shall open the file."""
        self._before_where = back
        asking = self.custody.find_keyring()
        self.wait_for("Looking for a keyring…", "", asking, self._where, back)

    def _where(self, found: KeyringView) -> None:
        self._found = found
        self.show(WhereStep(found, self._chosen, self._before_where))

    def _chosen(self, keeping: Keeping, refused: CustodyRefused | None = None) -> None:
        if not keeping.needs_passphrase:
            self._keep(keeping, None)
            return
        keep = partial(self._keep, keeping)
        self.show(NewPassphraseStep(keep, partial(self._where, self._found), refused))

    def _keep(self, keeping: Keeping, passphrase: Hidden | None) -> None:
        def kept(refused: CustodyRefused | None) -> None:
            if refused is None:
                self._paper = ()
                self._kept(keeping)
            elif refused.trouble is Trouble.GIVEN_UP and self._stops:
                self._where(self._found)
            elif refused.trouble is Trouble.PASSPHRASE_TOO_SHORT:
                self._chosen(keeping, refused)
            else:
                go = partial(self._go_on_keeping, keeping, passphrase)
                self.show(TroubleStep(refused, first_run.ways_to_keep(refused.trouble), go))

        words = "Encrypting your words, and reading them back…"
        self._stops = False
        self.show(
            WaitStep(words, first_run.meanwhile(keeping), partial(self._stop_keeping, keeping))
        )
        self._ask(self.custody.keep(keeping, passphrase), kept)

    def _stop_keeping(self, keeping: Keeping) -> None:
        """Not to wait any more stops nothing where it is kept; and only there it is known whether
        it is written."""
        waiting, self._stops = self.step, True

        def answered(stopped: bool) -> None:
            if self.step is not waiting:
                return  # it was kept, or not, before this was heard
            if stopped:
                self._stop_waiting(partial(self._where, self._found))
            else:
                title, text = first_run.IS_WRITTEN
                remark = f"{text}\n{first_run.meanwhile(keeping)}"
                self.show(WaitStep(title, remark, partial(self._stop_waiting, self.begin)))

        self._ask(self.custody.stop_keeping(), answered, group="stopping")

    def _kept(self, keeping: Keeping) -> None:
        """Who wanted to stop it is told first that there is a wallet now, and what opens it."""
        if not self._stops:
            self.opened()
            return
        title, text = first_run.WAS_WRITTEN
        said = text.format(opens=first_run.STILL_OPENS[keeping])
        self.show(PickStep(title, said, {"on": ("Go on", "", self.opened)}, back=self.opened))

    def _go_on_keeping(self, keeping: Keeping, passphrase: Hidden | None, way: WayOn) -> None:
        match way:
            case WayOn.AGAIN:
                self._keep(keeping, passphrase)
            case WayOn.OPEN:
                self.open()
            case WayOn.OTHER_WAY:
                self.choose_where(self._before_where)
            case WayOn.ANEW:
                self.begin()
            case _:
                self.leave()

    # -- opening
    def open(self) -> None:
        """Open what is there; a passphrase is asked for only where it is needed."""
        keeping = self.custody.view().keeping
        if keeping is not None and keeping.needs_passphrase:
            self._ask_passphrase()
        else:
            self._open(None)

    def _ask_passphrase(self, refused: CustodyRefused | None = None) -> None:
        self.show(PassphraseStep(self._open, self._other_ways, refused))

    def _open(self, passphrase: Hidden | None) -> None:
        def answered(refused: CustodyRefused | None) -> None:
            if refused is None:
                self.opened()
            elif refused.trouble is Trouble.PASSPHRASE_NEEDED:
                self._ask_passphrase()
            elif refused.trouble is Trouble.PASSPHRASE_WRONG:
                self._ask_passphrase(refused)
            else:
                ways = first_run.ways_to_open(refused.trouble)
                self.show(TroubleStep(refused, ways, self._go_on_opening))

        keeping = self.custody.view().keeping
        asking = self.custody.open(passphrase)
        back = self._other_ways
        words = "Opening your wallet…"
        self.wait_for(words, first_run.meanwhile(keeping), asking, answered, back)

    def _other_ways(self) -> None:
        keeping = self.custody.view().keeping
        needs_passphrase = keeping is not None and keeping.needs_passphrase
        trouble = Trouble.PASSPHRASE_NEEDED if needs_passphrase else Trouble.KEYRING_LOCKED
        self.show(
            PickStep(
                "Your wallet is not open yet",
                "Nothing was changed.",
                {
                    way.name.lower(): (way.value, "", partial(self._go_on_opening, way))
                    for way in first_run.ways_to_open(trouble)
                },
                back=self.leave,
            )
        )

    def _go_on_opening(self, way: WayOn) -> None:
        match way:
            case WayOn.AGAIN:
                self.open()
            case WayOn.PASSPHRASE:
                self._ask_passphrase()
            case WayOn.RESTORE:
                self.restore(self._other_ways)
            case _:
                self.leave()
