"""Guard: what is watched, until when one may be away, what was done."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets.option_list import Option

from lnwallet_tui.api.views import GuardEntry, GuardView
from lnwallet_tui.ui import commands
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.needs import away, safety
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, Words, hanging, sentences

_MARGIN = 6  # borders, padding and a scroll bar


class GuardScreen(WalletScreen):
    """The breach guard's own page."""

    place = "guard"
    mode = "guard"
    about = (
        "If a peer publishes an old state of a channel to take back money it has paid you, the "
        "guard takes everything in that channel before the peer can. For that it must see the "
        "chain in time: the page says until when this program may be switched off. Closes are "
        "followed here until every satoshi of yours is back."
    )
    CSS_PATH = "guard.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("guard")]

    def body(self) -> ComposeResult:
        with Vertical(id="watch", classes="box") as box:
            box.border_title = "The guard"
            yield Words(id="safe")
        with Vertical(id="acts", classes="box") as box:
            box.border_title = "What it did"
            yield Listing(id="log")
            yield Words("Nothing yet: no channel of yours was closed or cheated on.", id="none")

    def draw(self, picture: Picture) -> None:
        guard = picture.guard
        lines = [sentences(safety(picture)), Content(_armed(guard)), Content(away(picture))]
        self.query_one("#safe", Words).say(Content("\n").join([one for one in lines if one.plain]))
        log = self.query_one("#log", Listing)
        log.show(
            Option(self._line(entry, picture.status.now), id=f"{index}")
            for index, entry in enumerate(guard.log)
        )
        self.query_one("#none").display = not guard.log

    def _line(self, entry: GuardEntry, now: int) -> Content:
        when = f"{fmt.clock(entry.time, now):<12} {fmt.height(entry.height):<14} "
        text = self.session.with_names(entry.text)
        return hanging(Content.styled(when, MUTED), text, self.app.size.width - _MARGIN)

    def can(self, action: str) -> bool:
        return action != "copy" or self._entry() is not None

    def _entry(self) -> GuardEntry | None:
        picture, index = self.session.picture, self.query_one("#log", Listing).highlighted
        if picture is None or index is None or index >= len(picture.guard.log):
            return None
        return picture.guard.log[index]

    def action_copy(self) -> None:
        """Copy the transaction id of the line under the cursor."""
        entry = self._entry()
        if entry is not None and entry.txid:
            self.copy(entry.txid)


def _armed(guard: GuardView) -> str:
    """What it could punish at once."""
    if not guard.revoked_states:
        return ""
    states = fmt.count(guard.revoked_states, "old state")
    return f"  {states} of your peers could be punished at once."
