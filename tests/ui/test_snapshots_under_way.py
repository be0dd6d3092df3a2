"""How payments under way and their ends, a payment that came, the palette, channels that are not
ready and an export look at both sizes, compared and read as `test_snapshots` does."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion
from textual.widgets import Input

from lnwallet_tui.api.events import PaymentChanged
from lnwallet_tui.api.views import AttemptEnd, AttemptStage, ChannelState, PaymentStatus
from lnwallet_tui.ui.screens.paying import Paying
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_palette import look_for, node_with_payments
from tests.ui.test_snapshots import Album, unreadable

SIZES = pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
GAVE_UP = "Nobody between here and the receiver could pass 25,000 sat on."
WAITS = "02ababab has not answered since block 1,024; it has until block 1,104."
OPENING = "Waits for 3 confirmations; it has 1. Nothing to do."
CLOSING = "You closed alone at block 1,021: your money in it is free from block 1,741 (~Sat 13:43)."
FROZEN = "A bug of ours was found here, so nothing goes through it. Its deadlines are still kept."


async def pays(stage: Stage) -> None:
    await stage.paste(views.INVOICE)
    await stage.press("right", "enter")


@SIZES
async def test_a_payment_under_way(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    node.hold("pay")
    out = AttemptEnd.UNDER_WAY
    node.attempt_views = (
        views.attempt(part=1, failed_hop=2, failure="It asked for more."),
        views.attempt(part=2, amount_msat=15_000_000, end=out, stage=AttemptStage.COMMITTED),
        views.attempt(2, amount_msat=8_000_000, end=out, stage=AttemptStage.OFFERED),
    )
    async with on_stage(node, size=size) as stage:
        album = Album(stage, snapshot)
        await pays(stage)
        node.status_view = replace(node.status_view, now=views.NOW + 7)
        node.speak(PaymentChanged(views.payment(status=PaymentStatus.IN_FLIGHT)))
        await stage.shows("Try 1.2")
        stage.app.screen.query_one(Paying)._tick()
        await album.add(
            "paying", "paying 25,000 sat · 7 s", "23,000 sat of 25,000 sat are out",
            "Sent back by 03cdcdcd, hop 2 of 3: It asked for more.",
        )  # fmt: skip
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_ends_that_are_not_good(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    different: list[str] = []
    dim: dict[str, object] = {}
    for name, status, reason, end, words in (
        (
            "send-failed", PaymentStatus.FAILED, GAVE_UP, AttemptEnd.CAME_BACK,
            ("✗ Not paid: 25,000 sat", f"{GAVE_UP} Nothing left your wallet."),
        ),
        (
            "send-stuck", PaymentStatus.STUCK, WAITS, AttemptEnd.UNDER_WAY,
            ("! Stuck: 25,000 sat", WAITS, "do not pay it again"),
        ),
    ):  # fmt: skip
        node = ScriptedNode()
        node.paid = views.payment(status=status, reason=reason)
        came_back = end is AttemptEnd.CAME_BACK
        node.attempt_views = (
            views.attempt(
                amount_msat=25_000_000, end=end, failed_hop=2 if came_back else 0,
                failure=GAVE_UP if came_back else "",
                stage=AttemptStage.NONE if came_back else AttemptStage.COMMITTED,
            ),
        )  # fmt: skip
        async with on_stage(node, size=size) as stage:
            album = Album(stage, snapshot)
            await pays(stage)
            await album.add(name, *words)
        different += album.different
        dim |= album.dim
    assert dim == {}
    assert different == []


@SIZES
async def test_what_came(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    async with on_stage(node, size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("r", *"25000", "enter", *"desk", "enter")
        await stage.shows("● Waiting for 25,000 sat")
        for name, status, words in (
            ("receive-arriving", PaymentStatus.IN_FLIGHT, "25,000 sat is arriving"),
            ("receive-paid", PaymentStatus.PAID, "✓ Received 25,000 sat"),
        ):
            came = views.payment(outgoing=False, status=status, description="desk")
            node.speak(PaymentChanged(came))
            await album.add(name, words)
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_the_palette(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    async with on_stage(node_with_payments(), ScriptedWorld(), size=size) as stage:
        album = Album(stage, snapshot)
        await look_for(stage, "")
        await album.add("palette", "Search for commands", "All payments and transactions")
        dim = behind_nothing(stage)
        await stage.type("alice")
        await album.add("palette-found", "Person Alice", "Channel 1018x1x1")
        await stage.press(*["backspace"] * 5, *"office")
        await album.add("palette-payment", "you noted: “for the office”", "its words: “coffee”")
        dim += behind_nothing(stage)
    assert dim == []
    assert album.different == []


def behind_nothing(stage: Stage) -> list[tuple[str, str, str, int]]:
    """What is hard to read of the palette itself; the page that it lies over is dim on purpose."""
    palette = stage.app.screen.query_one("#--container").region
    return unreadable(stage, rows=range(palette.y, palette.bottom))


@SIZES
async def test_channels_that_are_not_ready(
    size: tuple[int, int], snapshot: SnapshotAssertion
) -> None:
    node = ScriptedNode()
    closing = views.channel(
        "bb" * 32, state=ChannelState.CLOSING, explanation=CLOSING, closing_kind="ours",
        available_height=1_741, closes=(views.CLOSE_STEP,),
    )  # fmt: skip
    closing = replace(closing, can_send_msat=0, can_receive_msat=0)
    opening = replace(
        views.channel("cc" * 32, state=ChannelState.OPENING, explanation=OPENING),
        confirmations=1, can_send_msat=0, can_receive_msat=0,
    )  # fmt: skip
    frozen = replace(
        views.channel("dd" * 32, state=ChannelState.FROZEN, explanation=FROZEN),
        can_send_msat=0, can_receive_msat=0,
    )  # fmt: skip
    node.channel_views = (opening, frozen, closing)
    async with on_stage(node, size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("2")
        for name, words in (
            ("channel-opening", (OPENING,)),
            ("channel-frozen", (FROZEN,)),
            ("channel-closing", ("free from block 1,741",)),
        ):
            await stage.press("enter")
            await album.add(name, *words)
            await stage.press("escape", "down")
    assert album.dim == {}
    assert album.different == []


@SIZES
async def test_an_export(
    size: tuple[int, int], snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    async with on_stage(node_with_payments(), size=size) as stage:
        album = Album(stage, snapshot)
        await stage.press("6", "e")
        await album.add("export", "Writes 3 payments.", "Write to: /home/ada/lnwallet-2026-09-21")
        stage.app.screen.query_one("#answer", Input).value = "~/no/such/folder.csv"
        await stage.press("enter")
        await album.add("export-refused", "✗ There is no such folder.", "name another one.")
    assert album.dim == {}
    assert album.different == []
