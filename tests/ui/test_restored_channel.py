"""A channel that came back from the backup: nobody knows whose is how much, and no sum says so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.events import ChannelChanged
from lnwallet_tui.api.views import ChannelState
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import LARGE, SMALL, on_stage


def restored(state: ChannelState = ChannelState.OFFLINE) -> ScriptedNode:
    node = ScriptedNode()
    one = views.channel(state=state, explanation="Only the peer can close it safely.")
    node.channel_views = (
        replace(
            one, restored=True, local_msat=0, remote_msat=700_000_000, capacity_sat=700_000,
            can_send_msat=0, can_receive_msat=0,
        ),
    )  # fmt: skip
    return node


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_it_shows_no_balance_that_is_none(size: tuple[int, int]) -> None:
    async with on_stage(restored(), size=size) as stage:
        await stage.shows("and unknown 1 restored", "came back from the backup. How much")
        await stage.lacks("0 sat of yours wait there")
        await stage.press("c")
        await stage.shows(
            "unknown until the peer closes",
            "Yours unknown until then from backup: waiting for the peer to close",
            "It holds 700,000 sat",
        )
        await stage.lacks("Theirs", "x Close")
        await stage.press("x")
        await stage.shows("Only the peer can close a channel that came back from the backup")
        await stage.press("enter")
        await stage.shows("Yours unknown until then", "It holds 700,000 sat", "Opened by")
        await stage.lacks("Theirs", "Can send", "Fee rate", "You offer")


async def test_once_it_is_closed_what_comes_home_is_known() -> None:
    node = restored(ChannelState.CLOSING)
    node.channel_views = (replace(node.channel_views[0], coming_home_sat=612_000),)
    async with on_stage(node) as stage:
        await stage.lacks("1 restored")
        await stage.press("c")
        await stage.shows("Coming home 612,000 sat", "It holds 700,000 sat")
        await stage.lacks("unknown", "Theirs")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_where_every_satoshi_is_names_it_below_the_sum(size: tuple[int, int]) -> None:
    node = restored()
    async with on_stage(node, size=size) as stage:
        await stage.press("w")
        await stage.shows("Restored, with 02ababab… unknown until the peer closes it")
        many = [replace(node.channel_views[0], channel_id=f"{at:064x}") for at in range(5)]
        node.channel_views = tuple(many)
        for one in many:
            node.speak(ChannelChanged(one))
        await stage.shows("and 4 more restored unknown until they close")
    async with on_stage(restored(ChannelState.CLOSING), size=size) as stage:
        await stage.press("w")
        await stage.lacks("Restored, with")
