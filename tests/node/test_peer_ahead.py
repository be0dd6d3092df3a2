"""A peer that names a commitment which this wallet knows nothing of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.channel import reestablish
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from tests.node.town import Town


async def test_the_user_is_told_once_and_the_peer_closes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000, 100_000_000)
    standing = reestablish._our_standing

    def ahead(channel: Channel, env: Env) -> ChannelReestablish:
        said = standing(channel, env)
        more = 0 if channel.we_fund else 1  # Ben's
        return replace(said, next_commitment_number=said.next_commitment_number + more)

    monkeypatch.setattr(reestablish, "_our_standing", ahead)
    await town.restart("ada")  # which nobody has agreed with since
    ada = town.nodes["ada"]
    [told] = [one for one in await ada.inbox() if "knows a state of its channel" in one.text]
    assert told.urgent
    assert told.channel_id == channel_id
    assert "close the channel alone now" in told.remedy
    assert ada.channel_states()[0].publication is None
    await town.mine(3)
    view = await town.channel("ada", channel_id)
    assert (view.state, view.closing_kind) == (ChannelState.CLOSED, "theirs")
    await town.end()
