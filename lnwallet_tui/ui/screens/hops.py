"""What each hop saw of a payment: the playground writes it down at everybody's door."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.world import HopSight
from lnwallet_tui.ui import commands, hop_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.ways import Way, arrived_first, ways
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, Words


class HopsScreen(WalletScreen):
    """One line a hop, and under the list what the one under the cursor can and cannot know."""

    place = "hops"
    mode = ""
    about = (
        "Everybody on the way of a payment opens one layer of an onion with their own key and "
        "learns from whom it came, to whom it goes next and what they keep. The playground wrote "
        "down what each of them was given, and nothing else stands here. A payment in parts has "
        "one way for each part. Move with the arrows; under the list stands what that hop knows."
    )
    CSS_PATH = "hops.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("hops")]

    def __init__(self, session: Session, payment_hash: str) -> None:
        super().__init__(session)
        self._payment_hash = payment_hash
        self._hops: dict[str, HopSight] = {}

    def body(self) -> ComposeResult:
        with Vertical(id="way", classes="box") as box:
            box.border_title = "What each hop saw"
            yield Words(Content.styled(hop_words.COLUMNS, MUTED), id="columns")
            yield Listing(id="hops", click_selects=False)
            yield Words(hop_words.NOTHING_SEEN, id="nothing")
        with VerticalScroll(id="hop", classes="box", can_focus=False):
            yield Words(id="saw")
            yield Words(id="cannot")
            yield Words(hop_words.SAME_HASH, id="hash", classes="hint")

    def draw(self, _: Picture) -> None:
        world = self.session.world
        assert world is not None, "this page is the playground's"
        found = arrived_first(ways(world.hops(self._payment_hash)))
        self._hops = {
            f"{number}.{at}": hop
            for number, way in enumerate(found)
            for at, hop in enumerate(way.hops)
        }
        listing = self.query_one(Listing)
        is_new = not listing.options
        listing.show(self._rows(found))
        if is_new:
            listing.move_to("0.0")
        self.query_one("#nothing").display = not found
        self.query_one("#columns").display = bool(found)
        self.query_one("#hop").display = bool(found)
        self._explain()

    def _rows(self, found: tuple[Way, ...]) -> list[Option]:
        rows = []
        for number, words in enumerate(hop_words.headings(found)):
            rows.append(Option(Content.styled(words, MUTED), id=f"way {number}", disabled=True))
            rows += [
                Option(hop_words.row(hop), id=f"{number}.{at}")
                for at, hop in enumerate(found[number].hops)
            ]
        return rows

    def _explain(self) -> None:
        hop = self._hops.get(self.query_one(Listing).highlighted_id or "")
        if hop is not None:
            self.query_one("#hop").border_title = hop.name
            self.query_one("#saw", Words).say(hop_words.saw(hop))
            self.query_one("#cannot", Words).say(hop_words.cannot_know(hop))

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._explain()
