"""Payments over nodes that know only their neighbours, found in what those announce."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.invoice import bolt11
from tests.node.town import Town
from tests.routing.gossip import announced, update

AMOUNT = 50_000_000
BY_CYD = 1_000 + AMOUNT * 100 // 1_000_000
BY_BEN = 1_000 + (AMOUNT + BY_CYD) * 100 // 1_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada – Ben – Cyd – Dan in a row; Ben and Cyd relay, and their channel is public."""
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd", "dan")
    await town.open("ben", "cyd", 500_000)
    await town.open("ada", "ben", 400_000)
    await town.open("cyd", "dan", 450_000)
    await town.mine(3)
    yield town
    await town.end()


def known(town: Town, name: str) -> int:
    return len(town.nodes[name]._board.network._known)


async def test_what_two_relays_announce_is_known_to_all(town: Town) -> None:
    assert [known(town, name) for name in ("ada", "ben", "cyd", "dan")] == [1, 1, 1, 1]
    ben, cyd = town.nodes["ben"].node_id, town.nodes["cyd"].node_id
    graph = town.nodes["ada"]._board.network._known.graph()
    [there], [back] = graph.into(cyd), graph.into(ben)
    assert (there.source, back.source) == (ben, cyd)
    assert there.short_channel_id == back.short_channel_id
    public = town.nodes["ben"].channel_states()[0].short_channel_id
    assert public is not None
    assert there.short_channel_id == int(public)


async def test_who_came_late_is_told(town: Town) -> None:
    await town.restart("dan")
    assert known(town, "dan") == 1
    assert town.nodes["dan"]._board.network._known.graph().into(town.nodes["cyd"].node_id)


async def test_a_payment_over_three_channels(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    invoice = await town.do(dan.create_invoice(AMOUNT, "far away"))
    assert len(bolt11.decode(invoice.invoice).route_hints) == 1
    quote = await ada.quote_payment(invoice.invoice)
    assert not isinstance(quote, Refused)
    assert (len(quote.route), quote.fee_msat) == (3, BY_CYD + BY_BEN)
    paid = await town.do(ada.pay(invoice.invoice))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, BY_CYD + BY_BEN)
    relays = [town.nodes[name]._board.relay for name in ("ben", "cyd")]
    assert [relay.earned().value for relay in relays if relay] == [BY_BEN, BY_CYD]


async def test_an_invoice_hints_at_no_channel_that_everybody_knows(town: Town) -> None:
    """Under a second name its room would be counted twice."""
    dan, ben = town.nodes["dan"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(AMOUNT // 2, "public"))
    assert bolt11.decode(invoice.invoice).route_hints == ()
    out = await town.do(dan.create_invoice(AMOUNT, "out"))
    await town.do(town.nodes["ada"].pay(out.invoice))
    assert (await town.do(dan.pay(invoice.invoice))).status is PaymentStatus.PAID


async def test_no_private_channel_is_told_to_anybody(town: Town) -> None:
    scids = {
        int(message.short_channel_id)
        for message in town.nodes["ada"]._board.network._known.messages()
        if hasattr(message, "short_channel_id")
    }
    assert len(scids) == 1


async def test_a_channel_that_is_being_closed_is_switched_off(town: Town) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    invoice = await town.do(dan.create_invoice(AMOUNT, "far away"))
    public = town.nodes["ben"].channel_states()[0].channel_id.hex()
    await town.do(town.nodes["ben"].close(public))
    await town.mine()
    refused = await town.run(ada.pay(invoice.invoice))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NO_ROUTE


async def test_what_the_next_hop_does_not_have_is_taught_and_said(town: Town) -> None:
    """Cyd's side of the channel with Ben is empty, so nothing comes back by it."""
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    out = await town.do(dan.create_invoice(AMOUNT, "out"))
    await town.do(ada.pay(out.invoice))
    back = await town.do(ada.create_invoice(2 * AMOUNT, "back"))
    refused = await town.run(dan.pay(back.invoice))
    assert isinstance(refused, Refused)
    assert "can send at most" in refused.message
    some = await town.do(ada.create_invoice(AMOUNT // 2, "some"))
    assert (await town.do(dan.pay(some.invoice))).status is PaymentStatus.PAID


async def test_a_stranger_that_announces_our_channel_first_silences_nobody(tmp_path: Path) -> None:
    """Who sees a funding output in a block can announce anything at that place."""
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd")
    await town.open("ben", "cyd", 500_000)
    ben, cyd = town.nodes["ben"], town.nodes["cyd"]
    place = ben.channel_states()[0].short_channel_id
    assert place is not None
    made_up = announced("eve", "mallory", short_channel_id=place)
    for node in (ben, cyd):
        node._board.peer_said(town.nodes["ada"].node_id, made_up)
    await town.mine(3)
    for node in (ben, cyd):
        [there] = node._board.network._known.graph().into(cyd.node_id)
        assert (there.source, there.short_channel_id) == (ben.node_id, int(place))
        node._board.peer_said(town.nodes["ada"].node_id, made_up)
        assert node._board.network._known.graph().into(cyd.node_id) == (there,)
    await town.do(ben.close(ben.channel_states()[0].channel_id.hex()))
    await town.end()


async def test_a_relay_that_passes_on_what_a_stranger_says_of_our_place_is_not_to_blame(
    tmp_path: Path,
) -> None:
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ben", "cyd")
    await town.open("ben", "cyd", 500_000)
    ben, cyd = town.nodes["ben"], town.nodes["cyd"].node_id
    place = ben.channel_states()[0].short_channel_id
    assert place is not None
    now = ben._shell.now()
    blamed: list[str] = []
    disconnect = ben._board.peers.disconnect

    def blame(peer_id: bytes, reason: str) -> None:
        blamed.append(reason)
        disconnect(peer_id, reason)

    ben._board.peers.disconnect = blame  # type: ignore[method-assign]  # overheard

    def say(**changes: Any) -> None:
        for direction in (0, 1):
            ben._board.peer_said(
                cyd,
                update(
                    "eve",
                    "mallory",
                    short_channel_id=place,
                    channel_flags=direction,
                    timestamp=now,
                    **changes,
                ),
            )

    say()
    assert blamed == []
    say(message_flags=3)  # "dont_forward": it can come from the peer alone
    assert blamed == ["The peer sent gossip with a bad signature."]
    await town.end()
