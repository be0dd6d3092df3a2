"""A page with one channel on it, or under its cursor: what that is, and how it is closed."""

from __future__ import annotations

from textual.binding import ActiveBinding

from lnwallet_tui.api.views import ChannelView
from lnwallet_tui.ui import channel_words
from lnwallet_tui.ui.screens.close_channel import CloseChannelScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.subjects import Subject, of_channel
from lnwallet_tui.ui.widgets.footer import hiding


class OneChannelScreen(WalletScreen):
    """Base of these pages, which say which one it is."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._was_ended = False

    def channel(self) -> ChannelView | None:
        """The one."""
        raise AssertionError("every such page has one, or none at the moment")

    def subjects(self) -> tuple[Subject, ...]:
        channel, picture = self.channel(), self.session.picture
        if channel is None or picture is None:
            return ()
        status, name = picture.status, self.session.who(channel.peer_id)
        return of_channel(channel, status.reckoned_from, status.now, name)

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The footer offers to close only what can be closed; the key says why elsewhere."""
        found = super().active_bindings
        return hiding(found, "screen.close_channel") if self._is_ended() else found

    def _is_ended(self) -> bool:
        channel = self.channel() if self.is_whole else None
        return channel is not None and bool(channel_words.why_not_close(channel))

    def offer_to_close(self) -> None:
        """Have the footer do so, where that has changed."""
        if self._is_ended() is not self._was_ended:
            self._was_ended = not self._was_ended
            self.refresh_bindings()

    def action_close_channel(self) -> None:
        """Close it."""
        channel = self.channel()
        if channel is None:
            return
        why_not = channel_words.why_not_close(channel)
        if why_not:
            self.notify(why_not, timeout=6, markup=False)
        else:
            self.app.push_screen(CloseChannelScreen(self.session, channel.channel_id))
