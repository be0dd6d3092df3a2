"""Nodes that do what no honest one does, or what an honest one does on a bad day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.p2p.codec import Message, Unknown
from lnwallet_tui.p2p.compact_filters import CFHeaders, CFilter
from lnwallet_tui.p2p.control import Pong, Verack, Version
from lnwallet_tui.p2p.inventory import Headers, Inv, Item, ItemKind, NotFound, RawBlock
from lnwallet_tui.playground.simchain import SimChain
from tests.bip158_encoder import encode_filter, scripts_of
from tests.chain.wires import OURS, Node
from tests.p2p.full_node import spent_by


def paying_us(chain: SimChain) -> list[int]:
    """The heights of the blocks that concern us."""
    blocks = map(chain.at, range(chain.height + 1))
    return [block.height for block in blocks if OURS in set(block.scripts())]


def omits(chain: SimChain) -> Node:
    """Its filters hide what concerns us."""
    return Node(chain, {at: _filter(chain, at, without=OURS) for at in paying_us(chain)})


class OmitsSlowly(Node):
    """The same, and it takes its time."""

    def __init__(self, chain: SimChain) -> None:
        super().__init__(chain, {at: _filter(chain, at, without=OURS) for at in paying_us(chain)})

    def delay(self, message: Message) -> int:
        return 15_000 if isinstance(message, CFilter) else 0


def adds(chain: SimChain, heights: Iterable[int]) -> Node:
    """Its filters hold a script more, which nobody can disprove."""
    return Node(chain, {at: _filter(chain, at, extra=b"\x51") for at in heights})


def hides_behind(chain: SimChain, heights: Iterable[int]) -> Node:
    """It hides what concerns us in the blocks above those where its filters hold a script more."""
    added = {at: _filter(chain, at, extra=b"\x51") for at in heights}
    hidden = [at for at in paying_us(chain) if at > max(added)]
    return Node(chain, added | {at: _filter(chain, at, without=OURS) for at in hidden})


def _filter(chain: SimChain, height: int, *, without: bytes = b"", extra: bytes = b"") -> bytes:
    block = chain.at(height)
    scripts = scripts_of(block.block, spent_by(block)) - {without} | ({extra} - {b""})
    return encode_filter(block.hash, scripts)


class FalseHash(Node):
    """It vouches for a filter and serves another."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, CFHeaders) and len(answer.filter_hashes) > 10:
                hashes = answer.filter_hashes
                answer = replace(answer, filter_hashes=(*hashes[:7], bytes(32), *hashes[8:]))
            yield answer


class FalseFilter(Node):
    """It says what all say, and serves others."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            yield replace(answer, filter=b"\0") if isinstance(answer, CFilter) else answer


class Contradicts(Node):
    """What it says of one span does not fit what it said of the span before."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, CFHeaders) and any(answer.previous_filter_header):
                answer = replace(answer, previous_filter_header=b"\x01" * 32)
            yield answer


class TooFew(Node):
    """It names one filter less than it was asked for."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, CFHeaders):
                answer = replace(answer, filter_hashes=answer.filter_hashes[1:])
            yield answer


class Without(Node):
    """It never sends such messages."""

    def __init__(self, chain: SimChain, *kinds: type[Message], after: int = 0) -> None:
        super().__init__(chain)
        self._kinds, self._left = kinds, after

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if not isinstance(answer, self._kinds):
                yield answer
            elif self._left:
                self._left -= 1
                yield answer


class Lacks(Node):
    """It has no blocks."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, RawBlock):
                yield NotFound((Item(ItemKind.WITNESS_BLOCK, answer.hash),))
            else:
                yield answer


class FalseBlock(Node):
    """Its blocks have other transactions than their own."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, RawBlock):
                other = self.chain.at(1).block.serialize()
                yield RawBlock(answer.data[:80] + other[80:])
            else:
                yield answer


class Slow(Node):
    """Whatever one asks takes half a minute."""

    def delay(self, message: Message) -> int:
        return 0 if isinstance(message, Version | Verack | Pong) else 30_000


class Floods(Node):
    """It tells of transactions without end."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        yield from super().answers(message, now_ms)
        for at in range(100):
            yield Inv((Item(ItemKind.WTX, bytes((at,)) * 32),))


class Unasked(Node):
    """It sends blocks that nobody asked for."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        yield from super().answers(message, now_ms)
        if not isinstance(message, Version):
            yield RawBlock(self.chain.tip.block.serialize())


class OtherNetwork(Node):
    """It is on another network, and speaks first."""

    network = Network.MAINNET
    speaks_first = True


class EndsEarly(Node):
    """It says that its chain ends where we are, from the thousandth header on."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, Headers):
                answer = Headers(answer.headers[:1_000] if len(answer.headers) == 2_000 else ())
            yield answer


class FalseHeaders(Node):
    """Its headers lack the work."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            if isinstance(answer, Headers) and answer.headers:
                *good, last = answer.headers
                answer = Headers((*good, last[:72] + b"\xff\xff\x00\x1d" + last[76:]))
            yield answer


class LiesAfter(FalseHeaders):
    """The same, from a height on."""

    def __init__(self, chain: SimChain, height: int) -> None:
        super().__init__(chain)
        self._known = chain.at(height).block.header.serialize()

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in Node.answers(self, message, now_ms):
            if isinstance(answer, Headers) and self._known in answer.headers:
                yield answer
            elif isinstance(answer, Headers) and answer.headers:
                *good, last = answer.headers
                yield Headers((*good, last[:72] + b"\xff\xff\x00\x1d" + last[76:]))
            else:
                yield answer


class ThanksNobody(Node):
    """Its headers follow a block that we did not name."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        for answer in super().answers(message, now_ms):
            other = Headers((self.chain.at(5).block.header.serialize(),))
            yield other if isinstance(answer, Headers) else answer


class Babbles(Node):
    """It sends what is no message."""

    def answers(self, message: Message, now_ms: int) -> Iterable[Message]:
        yield from super().answers(message, now_ms)
        if not isinstance(message, Version):
            yield Unknown("cfilter", b"\0")
