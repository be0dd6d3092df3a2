"""Nodes that hold up whoever follows the chain, without one lie that could be proven."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.compact_filters import CFHeaders, CFilter
from lnwallet_tui.p2p.control import Pong, Verack
from lnwallet_tui.p2p.inventory import Headers
from lnwallet_tui.playground.simchain import SimChain
from tests.chain.wires import Node


class BeginsAgain(Node):
    """Whatever it is asked for, it gives the same headers: those after the genesis block."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, Headers):
                first = range(1, min(self.chain.height, 2_000) + 1)
                answer = Headers(tuple(self.chain.at(at).block.header.serialize() for at in first))
            yield answer


class KeepsFilterHeaders(Node):
    """It says what it knows of filters to nobody."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if not isinstance(answer, CFHeaders):
                yield answer


class NeverShows(Node):
    """It says something else of one filter in each span, and has no filters."""

    def __init__(self, chain: SimChain, said: bytes) -> None:
        super().__init__(chain)
        self._said = said

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, CFHeaders):
                hashes = answer.filter_hashes
                answer = replace(answer, filter_hashes=(*hashes[:-1], self._said))
            if not isinstance(answer, CFilter):
                yield answer


class Drips(Node):
    """One filter at a time, always just before it would be thought slow."""

    def __init__(self, chain: SimChain) -> None:
        super().__init__(chain)
        self._next_ms = 0
        self._now = 0

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        self._now = now_ms
        return super().answers(message, now_ms)

    def delay(self, message: Message) -> int:
        if not isinstance(message, CFilter):
            return 0
        self._next_ms = max(self._next_ms, self._now) + 15_000
        return self._next_ms - self._now


class Chats(Node):
    """It goes on answering a question that nobody asked."""

    def __init__(self, chain: SimChain, what: Message) -> None:
        super().__init__(chain)
        self._what = what

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        yield from super().answers(message, now_ms)
        yield from [self._what] * 1_000


CHATTER = (Pong(1), Verack())
