"""A connection that ends around one message of a node: in one of five ways, once."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from lnwallet_tui.node.node import Node
from lnwallet_tui.node.peers.peer_link import PeerLink
from lnwallet_tui.peer.connection import PeerConnection
from lnwallet_tui.wire.message import Message


class Way(enum.Enum):
    """How it ends."""

    BEFORE = "before it"
    AFTER = "right after it"
    DROPPED = "while it is under way"
    BLACKHOLED = "in silence: nothing from it on arrives, and nobody is told"
    AFTER_RECEIPT = "when it was received, before anything is answered"


@dataclass
class Scissors:
    """Waits for the message that is the `nth` of its kind from `name`."""

    name: str
    kind: type[Message] | None
    nth: int
    way: Way
    said: Counter[type[Message]] = field(default_factory=Counter)
    has_cut: bool = False

    def says(self, link: PeerLink, message: Message, seal: Any) -> None:
        """The node is about to say this."""
        self.said[type(message)] += 1
        is_it = type(message) is self.kind and self.said[type(message)] == self.nth
        if not is_it or self.has_cut:
            seal(message)
            return
        self.has_cut = True
        wire: Any = link._link
        if self.way is Way.BEFORE:
            wire.cut()
            return
        seal(message)
        match self.way:
            case Way.AFTER:
                wire.write(link._connection.data_to_send())
                wire.close()
            case Way.DROPPED:
                wire.write(link._connection.data_to_send())
                wire.cut()
            case Way.BLACKHOLED:
                wire.write = lambda _: None
            case Way.AFTER_RECEIPT:
                wire._other.write = lambda _: wire.cut()


@contextmanager
def cutting(scissors: Scissors, nodes: dict[str, Node]) -> Iterator[None]:
    """As long as this lasts, everything that a node says passes them."""
    links: dict[PeerConnection, PeerLink] = {}
    begin, seal = PeerLink.__init__, PeerConnection._seal

    def begun(
        self: PeerLink, shell: Any, link: Any, connection: PeerConnection, *rest: Any, **more: Any
    ) -> None:
        links[connection] = self
        begin(self, shell, link, connection, *rest, **more)

    def sealed(connection: PeerConnection, message: Message) -> None:
        link = links.get(connection)
        node = nodes.get(scissors.name)
        if link is not None and node is not None and link._shell is node._shell:
            scissors.says(link, message, lambda one: seal(connection, one))
        else:
            seal(connection, message)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PeerLink, "__init__", begun)
        patch.setattr(PeerConnection, "_seal", sealed)
        yield
