"""Settings: what each does and where its value comes from; changed here, kept in a file."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.backup import BackupView
from lnwallet_tui.ui import commands, settings_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.codes.drawing import DrawingChosen
from lnwallet_tui.ui.keymap import keys_of
from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.choose import Choice, ChooseScreen, PressKeyScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.settings_words import DRAWINGS, Kind, Setting
from lnwallet_tui.ui.widgets.outline import Outline, Path, Row
from lnwallet_tui.ui.widgets.qr import Mode
from lnwallet_tui.ui.widgets.words import Words, sentences


class SettingsScreen(WalletScreen):
    """Groups that open, a sentence for the row under the cursor."""

    place = "settings"
    mode = ""
    about = (
        "How the screen looks, how codes are drawn, which key does what, and where everything is. "
        "Enter, or a second click, changes the setting under the cursor or opens a group; Default "
        "takes it out of your file again. What you choose holds at once and is written into "
        "config.toml, in which your comments, your order and everything else stay as they are; "
        "what is marked as yours stands there. A key for a command is the next one that you "
        "press; one that means something else at the same place cannot be had, and the page says "
        "what it is. Keys that move in lists stay as they are."
    )
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("settings")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._about: AboutView | None = None
        self._pointed: Path = ()  # a group to go to
        self._backup: BackupView | None = None

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box") as box:
            box.border_title = "Settings"
            yield Words(id="wrong")
            yield Outline(self._drawn, id="rows")
        with VerticalScroll(id="one", classes="box", can_focus=False):
            yield Words(id="facts")
            yield Words(id="effect")

    def on_mount(self) -> None:
        super().on_mount()
        self._rows.focus()
        for what in ("virtual_size", "scroll_y"):
            self.watch(self._rows, what, self._draw_more)
        self.ask("about", self.session.node.about(), self._told)
        self.ask("backup", self.session.node.backup(), self._told_of_backup)

    @property
    def _rows(self) -> Outline[Setting]:
        return self.query_one("#rows", Outline)

    @property
    def _look(self) -> Look:
        look = self.session.settings
        assert look is not None, "there are settings once the screen has begun"
        return look

    def _told(self, about: AboutView) -> None:
        self._about = about
        self._show()

    def _told_of_backup(self, backup: BackupView) -> None:
        self._backup = backup
        self._show()

    # -- showing
    def draw(self, picture: Picture) -> None:  # noqa: ARG002  # what it shows is asked for
        self._show()

    def _show(self) -> None:
        settings = self._look.settings
        lines = [Line(Weight.CARE, one.text, one.remedy) for one in settings.notices[:2]]
        if settings.broken:  # first: what follows may be as long as the path to the file
            lines.insert(
                0,
                Line(
                    Weight.PLAIN, "{settings.keep_aside} keeps it aside, and a new file is begun."
                ),
            )
        wrong = self.query_one("#wrong", Words)
        wrong.display = bool(lines)
        wrong.say(sentences(lines))
        opened = self.session.opened
        self._rows.show(settings_words.rows(self.session, self._about, opened, self._backup))
        if self._pointed:
            self.call_after_refresh(self._rows.point_at, self._pointed)
            self._pointed = ()

    def on_resize(self, event: events.Resize) -> None:
        super().on_resize(event)
        self.once_laid_out(self._draw_more)

    def _draw_more(self) -> None:
        """Whether there is more below what is seen: the keys, mostly."""
        rows = self._rows
        below = rows.virtual_size.height - rows.scroll_offset.y - rows.size.height
        more = f"{fmt.count(below, 'row')} more below" if rows.size and below > 0 else ""
        self.query_one("#all").border_subtitle = more

    def point_at(self, group: Path) -> None:
        """Open that group and go to it."""
        self.session.opened.add(group)
        self._pointed = group
        self.redraw()

    def _drawn(self, row: Row[Setting], width: int) -> Content:
        return settings_words.drawn(row, width)

    def on_outline_moved(self, _: Outline.Moved) -> None:
        one = self._setting
        if one is not None:
            self.query_one("#one").border_title = one.title
            self.query_one("#one").border_subtitle = settings_words.ENTER.get(one.kind, "")
            facts = settings_words.facts(one)
            self.query_one("#facts", Words).say(facts)
            self.query_one("#facts").display = bool(facts)
            self.query_one("#effect", Words).say(one.effect)
        self.offer()

    def on_outline_folded(self, message: Outline.Folded) -> None:
        opened = self.session.opened
        (opened.add if message.is_open else opened.discard)(message.path)
        self._show()

    @property
    def _setting(self) -> Setting | None:
        row = self._rows.row
        return None if row is None else row.item

    # -- changing
    def can(self, action: str) -> bool:
        one = self._setting
        match action:
            case "change":
                return one is not None and one.kind is not Kind.FACT and not self._is_broken
            case "add_key":
                return one is not None and one.kind is Kind.KEY and not self._is_broken
            case "to_default":
                return one is not None and bool(one.line) and not self._is_broken
            case "copy":
                return one is not None and bool(one.value)
            case "keep_aside":
                return self._is_broken
            case _:
                return True

    @property
    def _is_broken(self) -> bool:
        look = self.session.settings
        return look is not None and look.settings.broken

    def on_outline_chosen(self, _: Outline.Chosen) -> None:
        self.action_change()

    def action_change(self) -> None:
        """Whatever is under the cursor."""
        one = self._setting
        if one is None or not self.can("change"):
            return
        match one.kind:
            case Kind.THEME:
                self._choose_theme()
            case Kind.DRAWING:
                self._choose_drawing()
            case Kind.KEY:
                self._ask_for_key(one, also=())
            case Kind.GROUP | Kind.FACT:
                pass  # the list opens and folds groups by itself

    def _choose_theme(self) -> None:
        look = self._look

        def see(name: str) -> None:
            look.show(name) if name else look.restore()

        choices = [Choice(name, look.kind_of(name)) for name in look.themes]
        self.app.push_screen(
            ChooseScreen(self.session, "Theme", choices, look.chosen, look.choose, see)
        )

    def _choose_drawing(self) -> None:
        def choose(name: str) -> None:
            self.app.post_message(DrawingChosen(Mode[name.upper()]))

        choices = [Choice(name, words) for name, words in DRAWINGS.items()]
        now = self.session.drawing.mode.name.lower()
        self.app.push_screen(
            ChooseScreen(self.session, "How codes are drawn here", choices, now, choose)
        )

    def _ask_for_key(self, one: Setting, also: tuple[str, ...]) -> None:
        command = _command(one)
        look = self._look

        def keys(key: str) -> str:
            return ",".join((*also, key))

        self.app.push_screen(
            PressKeyScreen(
                self.session,
                command.title,
                lambda key: look.what_is_wrong_with(command, keys(key)),
                lambda key: look.change(one.name, keys(key)),
            )
        )

    def action_add_key(self) -> None:
        """One more."""
        one = self._setting
        if one is not None and one.kind is Kind.KEY:
            self._ask_for_key(one, keys_of(_command(one), self._look.settings.keys))

    def action_to_default(self) -> None:
        """Out of the file."""
        one = self._setting
        if one is None or not one.line:
            return
        if one.kind is Kind.THEME:
            self._look.use_default()
        else:
            self._look.change(one.name, None)
        if one.kind is Kind.DRAWING:
            self.session.drawing.chosen = None

    def action_keep_aside(self) -> None:
        """The file that cannot be read."""
        if self._is_broken:
            self._look.keep_aside()

    def action_copy(self) -> None:
        """The value."""
        one = self._setting
        if one is not None and one.value:
            self.copy(one.value)


def _command(one: Setting) -> type[commands.Command]:
    _, place, name = one.name
    return next(each for each in commands.of_place(place) if commands.name_of(each) == name)
