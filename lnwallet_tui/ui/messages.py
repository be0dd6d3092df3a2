"""What parts of the screen tell each other; workers speak only through these."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import partial
from typing import TypeVar

from textual.message import Message

from lnwallet_tui.api.events import FeedItem, Notice
from lnwallet_tui.ui.picture import Picture

Answer = TypeVar("Answer")


class PictureTaken(Message):
    """A whole new snapshot has arrived."""

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.picture = picture


class FeedArrived(Message):
    """The node told something."""

    def __init__(self, item: FeedItem) -> None:
        super().__init__()
        self.item = item


class Answered(Message):
    """A question or command was answered; `deliver` hands the answer to who asked."""

    def __init__(self, deliver: Callable[[], None]) -> None:
        super().__init__()
        self.deliver = deliver


class Heard(Message):
    """A sentence that must not be lost: it goes to the first screen."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice


class WentWrong(Message):
    """A bug of ours that did not end the screen, described without secrets."""

    def __init__(self, report: str) -> None:
        super().__init__()
        self.report = report


class SettingsRead(Message):
    """The user's settings were written and read again; `said` is what is to be said of it."""

    def __init__(self, said: str) -> None:
        super().__init__()
        self.said = said


class SendThis(Message):
    """Open Send with this text, and say there for a moment what is `said`. The amount is for what
    names none itself; 0: it is asked for."""

    def __init__(self, text: str, said: str = "", *, amount_sat: int = 0) -> None:
        super().__init__()
        self.text, self.said, self.amount_sat = text, said, amount_sat


class ScanThis(Message):
    """Read the codes in this file of an image; the text is its path as it was pasted."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text


class ToChannels(Message):
    """Leave whatever stands on top, and go to this channel in the list."""

    def __init__(self, channel_id: str) -> None:
        super().__init__()
        self.channel_id = channel_id


class Have(Message):
    """Have the playground do something; `words` say what while it does, `then` takes the answer."""

    def __init__(
        self,
        words: str,
        doing: Coroutine[object, object, Answer],
        then: Callable[[Answer], None],
        *,
        can_be_stopped: bool = False,
    ) -> None:
        super().__init__()
        self.words, self._doing, self._then = words, doing, then
        self.can_be_stopped = can_be_stopped

    async def do(self) -> Callable[[], None]:
        """Do it; the answer comes back packed, to be delivered from a message handler."""
        return partial(self._then, await self._doing)

    def drop(self) -> None:
        """It is not done."""
        self._doing.close()


class OpenTo(Message):
    """Open the wizard for a channel to this node, of that amount if it is known."""

    def __init__(self, uri: str, amount_sat: int = 0) -> None:
        super().__init__()
        self.uri, self.amount_sat = uri, amount_sat


class ToAddress(Message):
    """Leave whatever stands on top, and have Receive show a fresh Bitcoin address."""


class BeginAnew(Message):
    """Throw the playground's world away and begin another."""
