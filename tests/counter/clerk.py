"""A node that is only a counter: what goes wrong on the socket is easier to see without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.events import FeedItem
from lnwallet_tui.api.inbox import InboxGlance
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.node.feed import Feed


class Clerk:
    """Answers one question at once, one late, one never, and tells what it is told to tell."""

    def __init__(self) -> None:
        self.news = Feed()
        self.may_answer = asyncio.Event()
        self.answered = asyncio.Event()

    async def inbox_glance(self) -> InboxGlance:
        return InboxGlance(unread=0)

    async def about(self) -> AboutView:
        raise ZeroDivisionError

    async def pay(self, text: str, **_: object) -> Refused:
        await self.may_answer.wait()
        self.answered.set()
        return Refused(RefusalCode.UNKNOWN, "paid late")

    def feed(self) -> AsyncIterator[FeedItem]:
        return self.news.reader()
