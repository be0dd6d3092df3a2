"""A peer that has forgotten a channel answers with an `error` and nothing else, as Eclair and Core
Lightning do: the user is told what to do, for nobody else closes it."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from lnwallet_tui.wire.message import Message
from tests.node.town import MINUTE_MS, Town

FUNDED_SAT = 300_000


async def test_of_an_opening_the_user_is_told(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    opening = town.nodes["ada"].open_channel(town.uri("ben"), FUNDED_SAT, private=True)
    channel_id = (await town.do(opening)).channel_id
    await town.stop("ada")
    await town.lose("ben")
    await town.mine(6)
    peers = (await town.start("ben"))._board.peers
    send = peers.send

    def say(peer_id: bytes, message: Message) -> None:
        if not isinstance(message, ChannelReestablish):
            send(peer_id, message)

    peers.send = say  # type: ignore[method-assign]  # as a node that knows nothing of a channel
    await town.start("ada")
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    await town.mine(2)
    asked = [one for one in await town.nodes["ada"].inbox() if one.kind is InboxKind.CLOSE]
    assert [(one.urgent, one.channel_id) for one in asked] == [(True, channel_id)]
    assert "close the channel alone now" in asked[0].remedy
    view = await town.channel("ada", channel_id)
    assert view.state is ChannelState.OPENING
    assert "you can close alone.\nIt says: “this channel is not known here”" in view.explanation
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine()
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSING
    await town.end()
