"""Where every satoshi is: from the total down to the last output, and what each waits for."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.holdings import HoldingKind, HoldingsView, HoldingView
from lnwallet_tui.ui import commands, holding_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.says_more import SaysMore
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject, of_holding
from lnwallet_tui.ui.widgets.outline import Outline, Path, Row
from lnwallet_tui.ui.widgets.words import MUTED, Words

WORDS_LIMIT: Final = 60


class SatoshisScreen(SaysMore):
    """One tree from the total down; a sentence for the row under the cursor."""

    place = "satoshis"
    mode = ""
    about = (
        "Everything that is yours, from the total down to each coin, output and payment. The rows "
        "in a row add up to it exactly; amounts are shown in whole satoshis, rounded down, the one "
        "under the cursor with its thousandths. Enter, space or a click opens and folds a "
        "row, the arrows or h j k l move. What waits for a block has its number and about when it "
        "comes. Below stands what the row is, who must act, and what you can do. What went to "
        "fees and dust when channels closed is listed at the end and is not part of the sum. What "
        "is yours in a channel that came back from the backup is unknown until the peer closes it: "
        "it stands below the list, and is in no sum."
    )
    CSS_PATH = "satoshis.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("satoshis")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._holdings: HoldingsView | None = None
        self._opened: set[Path] = set()
        self._asked_for: Picture | None = None
        self._is_asking = False

    def body(self) -> ComposeResult:
        with Vertical(id="tree", classes="box") as box:
            box.border_title = "Where every satoshi is"
            yield Words(id="heading")
            yield Outline(self._drawn, id="outline")
            yield Words(id="unknown")
        with Vertical(id="one", classes="box") as box:
            box.border_title = "What it is"
            yield Words(id="facts")
            yield Words(id="explanation")
            yield Words(id="words")

    def on_mount(self) -> None:
        super().on_mount()
        self._outline.focus()

    @property
    def _outline(self) -> Outline[HoldingView]:
        return self.query_one("#outline", Outline)

    # -- asking
    def draw(self, picture: Picture) -> None:
        if picture is not self._asked_for and not self._is_asking:
            self._asked_for, self._is_asking = picture, True
            self.ask("holdings", self.session.node.holdings(), self._told)
        self._show()
        self._show_unknown(picture)

    def _show_unknown(self, picture: Picture) -> None:
        words = self.query_one("#unknown", Words)
        width = self._outline.scrollable_content_region.width
        said = holding_words.unknown(picture.channels, width, self._who)
        words.display = bool(said.plain)
        words.say(said)

    def _told(self, holdings: HoldingsView) -> None:
        """The tree of a moment; asked for again where the picture has changed meanwhile."""
        self._is_asking = False
        if self._holdings is None:
            height = self._outline.size.height
            self._opened = holding_words.opened_at_first(holdings, height)
        self._holdings = holdings
        if self.session.picture is not None:
            self.draw(self.session.picture)

    # -- showing
    def _show(self) -> None:
        if self._holdings is not None:
            rows = holding_words.rows(self._holdings, self._opened)
            self._outline.show(rows)
            self.query_one("#tree").border_subtitle = holding_words.rounded_off(rows)
            width = self._outline.scrollable_content_region.width
            self.query_one("#heading", Words).say(holding_words.heading(width))

    def _drawn(self, row: Row[HoldingView], width: int) -> Content:
        return holding_words.drawn(row, width, self.session.now, self._who)

    def _who(self, node_id: str) -> str:
        """Shorter than elsewhere: a row has more to say than a name."""
        return self.session.name_of(node_id) or f"{node_id[:8]}…"

    def on_outline_moved(self, _: Outline.Moved) -> None:
        row = self._outline.row
        if row is None:
            return
        view = row.item
        self.query_one("#facts", Words).say(Content.styled(holding_words.facts(view), "bold"))
        self.query_one("#explanation", Words).say(self.session.with_names(view.explanation))
        # Security: what others write never shares a line with an amount.
        said = view.words.cells(WORDS_LIMIT)
        words = Content.assemble(("its words: ", MUTED), said) if said else ""
        self.query_one("#words", Words).say(words)
        self.offer()
        self.say_more()

    def on_outline_folded(self, message: Outline.Folded) -> None:
        (self._opened.add if message.is_open else self._opened.discard)(message.path)
        self._show()

    def subjects(self) -> tuple[Subject, ...]:
        row = self._outline.row
        if row is None:
            return ()
        one = of_holding(row.item, self.session.now, self._who)
        return (replace(one, what=self.session.with_names(one.what)),)

    # -- doing
    def can(self, action: str) -> bool:
        row = self._outline.row
        if action == "hurry":
            return row is not None and row.item.kind is HoldingKind.SWEEP
        if action != "copy":
            return True
        return row is not None and bool(holding_words.identifier(row.item))

    def action_copy(self) -> None:
        """Copy the id of the row under the cursor."""
        row = self._outline.row
        if row is not None:
            self.copy(holding_words.identifier(row.item))

    def action_hurry(self) -> None:
        """What it would cost to hurry the sweep under the cursor."""
        from lnwallet_tui.ui.screens.hurry import HurryScreen

        row = self._outline.row
        if row is not None and row.item.kind is HoldingKind.SWEEP:
            self.app.push_screen(HurryScreen(self.session, row.item.txid, TxKind.SWEEP))

    def action_fold_all(self) -> None:
        """Open everything; where all is open, fold all but the groups."""
        if self._holdings is not None:
            everything = holding_words.all_paths(self._holdings)
            is_open = everything <= self._opened
            self._opened = {(self._holdings.total.name,)} if is_open else everything
            self._show()
