"""A peer of whom nothing was heard for a while is asked whether it is there before we sign."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.peers.peer_link import PeerLink
from lnwallet_tui.policy import ANSWER_MS, SILENCE_MS
from lnwallet_tui.wire.bolt1 import Ping, Pong
from lnwallet_tui.wire.bolt2 import CommitmentSigned, OpenChannel, UpdateAddHtlc
from lnwallet_tui.wire.message import Message
from tests.node.town import MINUTE_MS, Town


def link(node: Node, peer: Node) -> PeerLink:
    return node._board.peers._up[peer.node_id][0]


@dataclass
class Silence:
    """Nothing that a node writes arrives until it ends; all that it is sent does."""

    speaker: PeerLink
    unheard: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._write = self.speaker._link.write
        self.speaker._link.write = self._keep  # type: ignore[method-assign]  # half a wire

    def _keep(self, data: bytes) -> None:
        self.unheard.append(data)

    def end(self) -> None:
        self.speaker._link.write = self._write  # type: ignore[method-assign]  # whole again
        self._write(b"".join(self.unheard))


def said(speaker: PeerLink) -> list[type[Message]]:
    """The kinds of the messages that a node sends from now on, as they are sent."""
    kinds: list[type[Message]] = []
    seal = speaker._connection._seal

    def note(msg: Message) -> None:
        kinds.append(type(msg))
        seal(msg)

    speaker._connection._seal = note  # type: ignore[method-assign]  # the same, overheard
    return kinds


async def begin(folder: Path) -> tuple[Town, Node, Node]:
    town = Town(folder)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 400_000)
    return town, town.nodes["ada"], town.nodes["ben"]


async def pay_into_silence(town: Town, ada: Node, ben: Node) -> tuple[Silence, list[type[Message]]]:
    """A payment that begins while a ping of ours has no answer yet."""
    invoice = await town.do(ben.create_invoice(1_000_000, "for a test"))
    silence, kinds = Silence(link(ben, ada)), said(link(ada, ben))
    await town.clock.wait_for(lambda: Ping in kinds, 2 * SILENCE_MS)
    assert await town.run(ada.pay(invoice.invoice), until=lambda: UpdateAddHtlc in kinds) is None
    await town.clock.wait_for(lambda: False, ANSWER_MS // 2)
    assert kinds == [Ping, UpdateAddHtlc]
    return silence, kinds


async def test_whose_answer_the_user_waits_for_is_said(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    name = ben.node_id.hex()[:8]
    connecting = asyncio.create_task(ada.connect(town.uri("ben")))
    await asyncio.sleep(0)
    assert (await ada.status()).waiting_for.startswith(f"The node {name} is being dialled;")
    await town.clock.wait_for(connecting.done, MINUTE_MS)
    assert not (await ada.status()).waiting_for
    silence, kinds = Silence(link(ben, ada)), said(link(ada, ben))
    opening = asyncio.create_task(ada.open_channel(town.uri("ben"), 300_000))
    await town.clock.wait_for(lambda: OpenChannel in kinds, MINUTE_MS)
    assert (await ada.status()).waiting_for == (
        f"A channel of 300,000 sat is being opened: an answer of {name} is awaited. Nothing is "
        "spent before it comes."
    )
    silence.end()
    await town.clock.wait_for(opening.done, MINUTE_MS)
    assert "0 of 3 confirmations" in (await ada.status()).waiting_for
    await town.end()


async def test_a_commitment_is_signed_when_the_pong_has_come(tmp_path: Path) -> None:
    town, ada, ben = await begin(tmp_path)
    silence, kinds = await pay_into_silence(town, ada, ben)
    (paying,) = await ada.payments()
    assert paying.status is PaymentStatus.IN_FLIGHT
    silence.end()
    await town.clock.wait_for(lambda: False, SILENCE_MS // 2)
    assert [kind for kind in kinds if kind is not Pong][2] is CommitmentSigned
    (paid,) = await ada.payments()
    assert paid.status is PaymentStatus.PAID
    await town.end()


async def test_if_the_pong_never_comes_nothing_was_promised(tmp_path: Path) -> None:
    town, ada, ben = await begin(tmp_path)
    _, kinds = await pay_into_silence(town, ada, ben)
    old = link(ada, ben)
    await town.clock.wait_for(lambda: False, ANSWER_MS)
    assert CommitmentSigned not in kinds
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert link(ada, ben) is not old
    (failed,) = await ada.payments()
    assert failed.status is PaymentStatus.FAILED
    assert failed.reason == (
        "The connection to the peer was lost before the payment was sent. Try again."
    )
    assert (await ada.balance()).in_flight_msat == 0
    await town.pay("ada", "ben", 2_000_000)
    await town.end()


async def test_who_speaks_is_not_asked(tmp_path: Path) -> None:
    town, ada, ben = await begin(tmp_path)
    kinds = said(link(ada, ben))
    await town.pay("ada", "ben", 1_000_000)
    assert kinds[:2] == [UpdateAddHtlc, CommitmentSigned]
    assert Ping not in kinds
    await town.end()
