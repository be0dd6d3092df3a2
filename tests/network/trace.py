"""What each node was told while a payment passed it: every message, what its onion held, and how
things stood at that moment, by which an answer of it can be judged later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lnwallet_tui.channel.effects import HtlcFailed
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.payments import HtlcEffect
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.payment.arrival import Transit
from lnwallet_tui.payment.events import HtlcArrived
from lnwallet_tui.payment.forwarding import Outgoing
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.wire.codec import encode
from lnwallet_tui.wire.message import Message

if TYPE_CHECKING:
    from tests.network.land import Land


@dataclass(frozen=True, slots=True)
class Passed:
    """A relay was asked to pass on an HTLC, by a channel that stood so and at these terms; None:
    by one that it does not have."""

    relay: str
    came_from: str
    goes_to: str
    htlc: HtlcArrived
    payload: HopPayload
    height: int
    outgoing: Channel | None
    terms: Outgoing | None


@dataclass(frozen=True, slots=True)
class Answered:
    """The encrypted error that a payer got for one of its HTLCs; None for a code in plain."""

    payer: str
    channel_id: bytes
    htlc_id: int
    reason: bytes | None


@dataclass(slots=True)
class Trace:
    """Of all nodes of a land, since `forget`."""

    passed: list[Passed] = field(default_factory=list)
    answers: list[Answered] = field(default_factory=list)
    told: dict[str, list[tuple[str, bytes]]] = field(default_factory=dict)

    def follow(self, land: Land, name: str) -> None:
        """Write down from now on what that node is told."""
        node = land.nodes[name]
        self._listen(land, name, node)
        self._collect(name, node)
        if node._board.relay is not None:
            self._read_along(land, name, node)

    def forget(self) -> None:
        """Begin a new page."""
        self.passed.clear()
        self.answers.clear()
        self.told.clear()

    def _listen(self, land: Land, name: str, node: Node) -> None:
        said: Callable[..., None] = node._board.peer_said

        def listen(peer_id: bytes, *messages: Message) -> None:
            speaker = land.names[peer_id]
            self.told.setdefault(name, []).extend((speaker, encode(one)) for one in messages)
            said(peer_id, *messages)

        node._board.peer_said = listen  # type: ignore[method-assign]  # overheard

    def _collect(self, name: str, node: Node) -> None:
        heard = node._board.payments.heard

        def collect(tx: Transaction, channel: Channel, effect: HtlcEffect) -> None:
            if isinstance(effect, HtlcFailed):
                one = Answered(name, channel.channel_id, effect.htlc_id, effect.reason)
                self.answers.append(one)
            heard(tx, channel, effect)

        node._board.payments.heard = collect  # type: ignore[method-assign]  # overheard

    def _read_along(self, land: Land, name: str, node: Node) -> None:
        relay = node._board.relay
        assert relay is not None
        arrived = relay.arrived

        def read(tx: Transaction, htlc: HtlcArrived, transit: Transit) -> None:
            held = node._board.channels.find(htlc.channel_id)
            assert held is not None
            scid = transit.payload.short_channel_id
            terms = None if scid is None else node._board.terms.outgoing(scid)
            onward = None if terms is None else node._board.channels.find(terms.channel_id)
            self.passed.append(
                Passed(
                    relay=name,
                    came_from=land.names[held.peer_id],
                    goes_to="" if onward is None else land.names[onward.peer_id],
                    htlc=htlc,
                    payload=transit.payload,
                    height=node._board.chain.height,
                    outgoing=None if onward is None else onward.channel,
                    terms=terms,
                )
            )
            arrived(tx, htlc, transit)

        relay.arrived = read  # type: ignore[method-assign]  # overheard
