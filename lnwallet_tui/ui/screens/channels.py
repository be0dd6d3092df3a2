"""Channels: one line each, and in a sentence how the one under the cursor stands."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from lnwallet_tui.api.views import ChannelView
from lnwallet_tui.ui import channel_words, commands
from lnwallet_tui.ui.messages import OpenTo
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.channel import ChannelScreen
from lnwallet_tui.ui.screens.one_channel import OneChannelScreen
from lnwallet_tui.ui.screens.says_more import SaysMore
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.forms import Listing
from lnwallet_tui.ui.widgets.words import MUTED, Facts, Words

_EMPTY = (
    "You have no channel yet.\n\n"
    "A channel holds money of yours together with one peer; through it you pay and are paid at "
    "once. Opening it is a Bitcoin transaction. Press {channels.open_channel} to open one."
)


class ChannelsScreen(OneChannelScreen, SaysMore):
    """The list, and the channel under the cursor in a sentence."""

    place = "channels"
    mode = "channels"
    about = (
        "Every channel with what you can send through it (the filled side of the bar) and what "
        "you can receive (the shaded side). Below the list stands what the channel under the "
        "cursor is doing, who must act, and what happens when. Closed channels stay here, at the "
        "end, with how they ended."
    )
    rest = "… enter: all of it"
    CSS_PATH = "channels.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("channels")]

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._pointed = ""  # a channel to move to as soon as it is there

    def body(self) -> ComposeResult:
        with Vertical(id="all", classes="box") as box:
            box.border_title = "Channels"
            yield Words(id="heading")
            yield Listing(id="channels")
            yield Words(self.session.with_keys(_EMPTY), id="none")
        with Vertical(id="one", classes="box") as box:
            box.border_title = "How it stands"
            yield Words(id="explanation")
            yield Facts(label=14, value=17, id="sides")

    def draw(self, picture: Picture) -> None:
        listing = self.query_one("#channels", Listing)
        ordered = channel_words.ordered(picture.channels)
        columns = self.app.size.width
        listing.show(
            Option(channel_words.row(one, self.session.name_of(one.peer_id), columns),
                   id=one.channel_id)
            for one in ordered
        )  # fmt: skip
        self.query_one("#all").border_subtitle = "enter: details" if ordered else ""
        self.query_one("#heading", Words).say(Content.styled(channel_words.heading(columns), MUTED))
        self.query_one("#heading").display = bool(ordered)
        self.query_one("#none").display = not ordered
        self._point()
        self._draw_one()

    def point_at(self, channel_id: str) -> None:
        """Move the cursor to that channel, now or when it arrives."""
        self._pointed = channel_id
        self._point()

    def _point(self) -> None:
        listing = self.query_one("#channels", Listing)
        if self._pointed and listing.move_to(self._pointed):
            self._pointed = ""

    def _draw_one(self) -> None:
        channel = self.channel()
        self.offer_to_close()
        self.query_one("#one").display = channel is not None
        if channel is not None:
            self.query_one("#explanation", Words).say(channel.explanation)
            self.query_one("#sides", Facts).tell(channel_words.sides(channel))
            self.say_more()

    def can(self, action: str) -> bool:
        on_channel = action in {"show_channel", "close_channel", "copy_peer"}
        return not on_channel or self.channel() is not None

    def channel(self) -> ChannelView | None:
        picture = self.session.picture
        channel_id = self.query_one("#channels", Listing).highlighted_id
        return picture.channel(channel_id) if picture is not None and channel_id else None

    def on_option_list_option_highlighted(self, _: OptionList.OptionHighlighted) -> None:
        self._draw_one()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_id is not None:
            self.app.push_screen(ChannelScreen(self.session, event.option_id))

    def action_show_channel(self) -> None:
        """Show the channel under the cursor (where the list is not focused)."""
        channel = self.channel()
        if channel is not None:
            self.app.push_screen(ChannelScreen(self.session, channel.channel_id))

    def action_open_channel(self) -> None:
        """Open one."""
        self.post_message(OpenTo(""))

    def action_copy_peer(self) -> None:
        """Copy the peer's node id."""
        channel = self.channel()
        if channel is not None:
            self.copy(channel.peer_id)
