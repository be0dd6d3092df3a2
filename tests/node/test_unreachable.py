"""What the Receive screen says of channels that an invoice cannot lead to, in whole nodes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.invoice import bolt11
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada has a channel with Ben, who relays, and one with Cyd, who does not."""
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    for peer in ("ben", "cyd"):
        await town.open("ada", peer, 500_000, 200_000_000)
    yield town
    await town.end()


async def unreachable(town: Town) -> list[str]:
    return [channel.unreachable for channel in await town.nodes["ada"].channels()]


async def hinted(town: Town) -> int:
    invoice = await town.do(town.nodes["ada"].create_invoice(None, "who can pay it?"))
    return len(bolt11.decode(invoice.invoice).route_hints)


async def test_who_relays_can_be_hinted_at_and_who_does_not_cannot(town: Town) -> None:
    by_ben, by_cyd = await unreachable(town)
    assert by_ben == ""
    assert by_cyd.startswith("Only the peer itself can pay you here: it does not pass on what")
    assert "Nothing is broken" in by_cyd
    assert await hinted(town) == 1


async def test_a_peer_that_never_said_its_terms_has_to(town: Town) -> None:
    terms, [ben, _] = town.nodes["ada"]._board.terms, town.nodes["ada"]._board.channels
    del terms._theirs[ben.number]
    by_ben, _ = await unreachable(town)
    assert "It has not said what it asks for" in by_ben
    assert await hinted(town) == 0


async def test_a_peer_that_never_named_the_channel_has_to(town: Town) -> None:
    [ben, _] = town.nodes["ada"]._board.channels
    unnamed = replace(ben.channel.ready, their_alias=None)
    kind = ChannelType.of(anchors=True, scid_alias=True)
    ben.state = replace(ben.channel, channel_type=kind, ready=unnamed)
    by_ben, _ = await unreachable(town)
    assert "by which name others reach the channel" in by_ben
    assert await hinted(town) == 0


async def test_a_channel_whose_peer_is_away_says_that_itself(town: Town) -> None:
    await town.stop("cyd")
    _, by_cyd = await unreachable(town)
    assert by_cyd == ""
    await town.start("cyd")


async def test_a_relay_is_found_by_everybody(town: Town) -> None:
    [channel] = await town.nodes["ben"].channels()
    assert channel.unreachable == ""
