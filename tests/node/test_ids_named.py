"""A peer may name the channel of another: nothing comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.message import Message
from lnwallet_tui.wire.scid import ShortChannelId
from tests.node.stranger import Stranger
from tests.node.town import Town

POINT, SIGNATURE, SCRIPT = curve.public_key(b"\x07" * 32), b"\x01" * 64, b"\x00\x14" + bytes(20)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    yield town
    await town.end()


def said_of(name: bytes) -> list[Message]:
    return [
        Error(name, b"go to the chain"),
        Warning_(name, b"careful"),
        bolt2.ChannelReady(name, POINT, ShortChannelId(1, 1, 1)),
        bolt2.Shutdown(name, SCRIPT),
        bolt2.ClosingSigned(name, Sat(300), SIGNATURE),
        bolt2.FundingSigned(name, SIGNATURE),
        bolt2.CommitmentSigned(name, SIGNATURE),
        bolt2.RevokeAndAck(name, bytes(32), POINT),
        bolt2.UpdateFee(name, 253),
        bolt2.UpdateFulfillHtlc(name, 0, bytes(32)),
        bolt2.UpdateFailHtlc(name, 0, bytes(32)),
        bolt2.ChannelReestablish(name, 9, 8, bytes(32), POINT),
        bolt2.ChannelReestablish(name, 0, 0, bytes(32), POINT),
    ]


@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
async def test_what_a_peer_says_of_another_peers_channel(town: Town, *, is_away: bool) -> None:
    ada = town.nodes["ada"]
    if is_away:
        await town.stop("ben")
        await town.clock.rest()
    stranger = Stranger(town, "ada")
    await stranger.meet()
    [before] = ada.channel_states()
    answers = [type(one) for one in await stranger.say(*said_of(before.channel_id))]
    assert list(ada.channel_states()) == [before]
    assert await ada.inbox() == ()
    assert not list(town.regtest.mempool.entries())
    assert set(answers) <= {Error, bolt2.ChannelReestablish}
