"""One channel: its sentence, every number, the long ids."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from lnwallet_tui.api.activity import ActivityPage
from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.holdings import HoldingsView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, CloseQuote
from lnwallet_tui.ui import channel_words, commands, record_words, returned_words
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.hurry import HurryScreen
from lnwallet_tui.ui.screens.one_channel import OneChannelScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.widgets.words import Facts, TheirWords, Words

_ENDED: Final = (ChannelState.CLOSING, ChannelState.CLOSED)
_MOST_MOVES: Final = 500  # transactions of one close


class ChannelScreen(OneChannelScreen):
    """Everything the wallet knows about one channel."""

    place = "channel"
    mode = "channels"
    about = (
        "One channel with its numbers. The reserve is what each side must leave in it, so that "
        "cheating always costs something. “Close alone” is how long your own money waits after "
        "you close without the peer (a force-close), and about what that costs; in that time the "
        "other side could prove that you cheated. “Peer alone” is the same for the peer."
    )
    CSS_PATH = "channel.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*commands.bindings("channel")]

    def __init__(self, session: Session, channel_id: str) -> None:
        super().__init__(session)
        self._channel_id = channel_id
        self._alone_sat = 0  # what closing it alone costs, once that is known
        self._asked_at = 0  # the height
        self._returned_of: tuple[object, ...] = ()

    def body(self) -> ComposeResult:
        with VerticalScroll():
            yield Words(id="title", classes="title")
            yield Words(id="explanation")
            yield Facts(label=14, value=17, id="returned")
            yield Facts(label=14, value=17, id="record")
            yield Facts(label=14, value=17, id="facts")
            yield TheirWords(limit=60, title="The peer calls itself, not verified", id="alias")
            yield Facts(label=14, value=17, id="limits")
            yield Facts(label=8, value=17, id="ids")
            yield Facts(label=8, value=17, id="more-ids")

    def draw(self, picture: Picture) -> None:
        channel = picture.channel(self._channel_id)
        if channel is None:
            return
        self.offer_to_close()
        self._ask_what_came(picture, channel)
        status = picture.status
        name = channel_words.who(channel, self.session.name_of(channel.peer_id))
        self.query_one("#title", Words).say(f"Channel with {name}: {channel.state.value}")
        self.query_one("#explanation", Words).say(channel.explanation)
        if status.height != self._asked_at and not channel_words.why_not_close(channel):
            self._asked_at = status.height
            self.ask("close", self.session.node.quote_close(self._channel_id), self._quoted)
        tip, alone_sat = status.reckoned_from, self._alone_sat
        facts = channel_words.facts(channel, tip, status.now, alone_sat=alone_sat)
        self.query_one("#facts", Facts).tell(facts)
        record = self.query_one("#record", Facts)
        record.tell(record_words.facts(channel, status.now))
        record.display = bool(channel.closes)
        self.query_one("#alias", TheirWords).quote(channel.peer_name)
        self.query_one("#limits", Facts).tell(channel_words.limits(channel))
        self.query_one("#ids", Facts).tell(channel_words.ids(channel))

    def _ask_what_came(self, picture: Picture, channel: ChannelView) -> None:
        """Of a close: whenever something of it can have come."""
        has_ended = channel.state in _ENDED
        self.query_one("#returned").display = has_ended
        self.query_one("#more-ids").display = has_ended
        seen = (channel, picture.balance)
        if has_ended and seen != self._returned_of:
            self._returned_of = seen
            self.ask("returned", self._what_came(), self._draw_what_came)

    async def _what_came(self) -> tuple[HoldingsView, ActivityPage | Refused]:
        node, words = self.session.node, f"onchain {self._channel_id}"
        moves = await node.search_activity(words, _MOST_MOVES, oldest_first=True)
        return await node.holdings(), moves

    def _draw_what_came(self, told: tuple[HoldingsView, ActivityPage | Refused]) -> None:
        holdings, page = told
        if not isinstance(page, Refused):
            moves = [one.transaction for one in page.entries if one.transaction is not None]
            now = self.session.now
            rows = returned_words.facts(self._channel_id, holdings, moves, now)
            self.query_one("#returned", Facts).tell(rows)
            ids = returned_words.ids(self._channel_id, holdings, moves)
            self.query_one("#more-ids", Facts).tell(ids)

    def _quoted(self, quote: CloseQuote | Refused) -> None:
        if isinstance(quote, CloseQuote):
            self._alone_sat = quote.force_fee_sat
            self.redraw()

    def channel(self) -> ChannelView | None:
        picture = self.session.picture
        return picture.channel(self._channel_id) if picture is not None else None

    def can(self, action: str) -> bool:
        """Only what is published and in no block yet can be hurried."""
        channel = self.channel()
        return action != "hurry" or (channel is not None and bool(channel.published_txid))

    def action_hurry(self) -> None:
        """What it would cost to hurry our commitment."""
        channel = self.channel()
        if channel is not None and channel.published_txid:
            txid, kind = channel.published_txid, TxKind.CLOSE
            self.app.push_screen(HurryScreen(self.session, txid, kind))

    def action_copy(self) -> None:
        """Copy its id."""
        self.copy(self._channel_id)
