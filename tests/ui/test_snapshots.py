"""What every screen looks like at both sizes, and that all of it is readable as it is drawn.

The pictures lie in `__snapshots__`; `pytest tests/ui/test_snapshots.py --snapshot-update` makes
them anew. The node's clock stands still, so they are the same on every day and in every zone.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

import pytest
from msgspec.structs import replace
from pytest_textual_snapshot import SVGImageExtension
from syrupy.assertion import SnapshotAssertion
from textual.color import Color
from textual.widgets import Input, TextArea

from lnwallet_tui.api.drill import DrillsView
from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import AttemptEnd, ChannelState, PaymentStatus
from tests.ui import views
from tests.ui.contrast import READABLE, contrast
from tests.ui.guarded import CLOSE, FUNDING, HTLC
from tests.ui.idle import SOON
from tests.ui.scripted_drill import PASSED, REHEARSED, ScriptedDrill
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage

FRAMES = set("╭─╮│╰╯┌┐└┘▔▁▊▎▏▕▂▃▄▅▆▇█▋▌▍▉░ ")


def busy_node() -> ScriptedNode:
    """A wallet in which everything that has a line of its own happens."""
    node = ScriptedNode()
    node.balance_view = replace(
        views.BALANCE,
        onchain_pending_sat=5_000,
        closing_msat=600_000_000,
        total_msat=views.BALANCE.total_msat + 605_000_000,
    )
    node.channel_views = (
        views.channel(htlcs=(views.HTLC,)),
        *(
            views.channel(f"{number:02x}" * 32, state=state, explanation=f"It is {state.value}.")
            for number, state in enumerate(ChannelState)
            if state is not ChannelState.READY
        ),
    )
    node.payment_views = tuple(
        views.payment(
            f"{number:02x}" * 32,
            status=status,
            outgoing=outgoing,
            created=views.NOW - number * 40_000,
        )
        for number, (status, outgoing) in enumerate(
            (status, outgoing) for status in PaymentStatus for outgoing in (True, False)
        )
    )
    node.lists_transactions = True
    node.attempt_views = (views.attempt(), views.attempt(part=2, end=AttemptEnd.ARRIVED))
    node.guard_view = replace(views.GUARD, closes_watched=1, log=(views.GUARD_ENTRY,) * 3)
    node.watch_views = (FUNDING, CLOSE, HTLC)
    return node


_STAYS = 2 * SOON  # seconds


class Album:
    """Compares one picture after the other and remembers what was different."""

    def __init__(self, stage: Stage, snapshot: SnapshotAssertion) -> None:
        self._stage, self._snapshot = stage, snapshot
        self.different: list[str] = []
        self.dim: dict[str, tuple[object, ...]] = {}

    async def add(self, name: str, *words: str) -> None:
        """The screen as it is once these words stand on it."""
        await self._stage.shows(*words)
        screen = self._stage.app.screen
        for field in (*screen.query(Input), *screen.query(TextArea)):
            field.cursor_blink = False
        drawn = await self._settled()
        if drawn != self._snapshot(name=name, extension_class=SVGImageExtension):
            self.different.append(name)
        self.dim.update({text: (name, *colours) for text, *colours in unreadable(self._stage)})

    async def _settled(self) -> str:
        """The picture that stays: a button that was pressed looks so for a moment, and what a
        thread brings comes when it will."""
        await self._stage.rest()
        drawn, before = self._stage.app.export_screenshot(), ""
        while drawn != before:
            await asyncio.sleep(_STAYS)
            await self._stage.rest()
            drawn, before = self._stage.app.export_screenshot(), drawn
        return drawn


def unreadable(
    stage: Stage, least: int = READABLE, rows: range = range(1_000)
) -> list[tuple[str, str, str, int]]:
    """Text with too little contrast: what, ink, paper, contrast in hundredths."""
    found = []
    for strip in stage.app.screen._compositor.render_strips()[rows.start : rows.stop]:
        for text, style, _ in strip:
            if style is None or style.color is None or style.bgcolor is None or set(text) <= FRAMES:
                continue
            if any("\U0001fb00" <= one <= "\U0001fb3b" for one in text):
                continue  # a code
            ink = Color.from_rich_color(style.color)
            paper = Color.from_rich_color(style.bgcolor)
            if style.reverse:
                ink, paper = paper, ink
            if (ratio := contrast(ink, paper)) < least:
                found.append((text, ink.hex, paper.hex, ratio))
    return found


class Visitor(Protocol):
    """Somebody who looks at every screen."""

    async def add(self, name: str, *words: str) -> None:
        """Look, once these words stand there."""


async def tour(stage: Stage, node: ScriptedNode, album: Visitor) -> None:
    """Every screen in the states that matter."""
    node.speak(Notice("The disk is full.", "Free some space.", urgent=True))
    await album.add("home", "The disk is full.", "on chain opened to 02ababab…")
    await stage.press("enter")
    await album.add("payment", "Waiting for 25,000 sat")
    await stage.press("escape", "w")
    await album.add("satoshis", "Coming home, before fees", "Everything that is yours")
    await stage.press("e", "end", "up", "up", "up")
    await album.add("satoshis-open", "fee of the close", "2,770 sat")
    await stage.press("2")
    await album.add("channels", "How it stands")
    await stage.press("enter")
    await album.add("channel", "Can receive")
    await stage.press("x")
    await album.add("close", "Choose how to close")
    await stage.press("down", "enter")
    await album.add("close-alone", "to go on, type CLOSE")
    await stage.press("escape", "up", "enter")
    await album.add("close-together", "Close together: check")
    await stage.press("escape", "escape", "escape", "o")
    await album.add("open", "Confirmed on chain")
    await stage.paste_into("#uri", views.URI)
    node.refusing["quote_open"] = Refused(
        RefusalCode.NOT_ENOUGH, "Your coins do not reach.", "Open a smaller one."
    )
    await stage.press("enter", "5", "enter")
    await album.add("open-refused", "do not reach")
    node.refusing.clear()
    await stage.press("enter")
    await album.add("open-check", "[ Open ]")
    await stage.press("escape", "escape", "1", "3")
    await album.add("receive", "Receive a payment")
    await stage.press("5", "enter", "enter")
    await album.add("receive-code", "Waiting for 5 sat")
    await stage.paste(views.INVOICE)
    await album.add("send-check", "[ Pay 25,000 sat ]")
    await stage.press("escape")
    await album.add("send", "1 of 3")
    await stage.press("enter")
    await stage.shows("2 of 3")
    await stage.press("right", "enter")
    await album.add("send-receipt", "✓ Paid 25,000 sat")
    await stage.press("5")
    await album.add("guard", "What it did", "Watched on the chain")
    await stage.press("question_mark")
    await album.add("help", "What the guard saw", "Who must act")
    await stage.press("escape", "6")
    await album.add("activity", "Activity: 14 payments, 9 on chain", "25,000 sat", "on chain")
    await stage.press("n")
    await album.add("activity-note", "Your note:")
    await stage.press("escape", "slash")
    await stage.type("out >1k")
    await stage.shows("on chain found")
    stage.app.screen.query_one("#filter", Input).value += " since:soon"
    await album.add("activity-wrong", "holds no time")
    await stage.press("end", *["backspace"] * 10)
    await stage.type("stuck =2k")
    await album.add("activity-nothing", "Nothing was found.")
    await stage.press("escape", "down", "down", "down", "enter")
    await album.add("payment-tried", "Try 1.2")
    await stage.press("escape", "q")
    await album.add("leave", "still under way")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_every_screen(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = busy_node()
    drill = ScriptedDrill(DrillsView(drill=PASSED, rehearsal=REHEARSED))
    async with on_stage(node, size=size, drill=drill) as stage:
        album = Album(stage, snapshot)
        await tour(stage, node, album)
    assert album.dim == {}
    assert album.different == []


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_the_playground(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    node.channel_views = ()
    node.balance_view = replace(views.EMPTY_BALANCE, onchain_confirmed_sat=5, total_msat=5_000)
    async with on_stage(node, ScriptedWorld(), size) as stage:
        album = Album(stage, snapshot)
        await album.add("first-sight", "You have no channel")
        await stage.press("f8")
        await album.add("people", "Who is there")
    assert album.dim == {}
    assert album.different == []
