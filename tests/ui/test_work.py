"""How much work the screen makes: the node is asked once for what changed, never for a redraw."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable

import pytest
from msgspec.structs import replace
from textual.geometry import Region
from textual.widget import Widget

from lnwallet_tui.api.events import (
    BalanceChanged,
    ChannelChanged,
    GuardActed,
    PaymentChanged,
    PeerChanged,
    StatusChanged,
)
from lnwallet_tui.api.views import (
    BalanceView,
    ChannelView,
    GuardView,
    PaymentStatus,
    PaymentView,
    PeerView,
    StatusView,
)
from lnwallet_tui.ui.once import Once
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.screens.home import HomeScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.widgets import qr
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import Stage, on_stage

A_PICTURE = {"status": 1, "balance": 1, "channels": 1, "payments": 1, "peers": 1, "guard": 1}


class CountingNode(ScriptedNode):
    """Counts what it is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: Counter[str] = Counter()

    async def status(self) -> StatusView:
        self.asked["status"] += 1
        return await super().status()

    async def balance(self) -> BalanceView:
        self.asked["balance"] += 1
        return await super().balance()

    async def channels(self) -> tuple[ChannelView, ...]:
        self.asked["channels"] += 1
        return await super().channels()

    async def payments(self, limit: int = 100, offset: int = 0) -> tuple[PaymentView, ...]:
        self.asked["payments"] += 1
        return await super().payments(limit, offset)

    async def peers(self) -> tuple[PeerView, ...]:
        self.asked["peers"] += 1
        return await super().peers()

    async def guard(self) -> GuardView:
        self.asked["guard"] += 1
        return await super().guard()


async def visit_all(stage: Stage) -> None:
    for key in ("2", "5", "1", "question_mark", "escape"):
        await stage.press(key)


async def test_going_about_asks_the_node_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lnwallet_tui.ui.app._SOON", 3_600)  # then the guard is asked of a channel
    node = CountingNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.shows("its words")
        assert node.asked == A_PICTURE
        await visit_all(stage)
        await stage.press("down", "enter", "escape")
        for amount_msat in range(1_000, 11_000, 1_000):
            node.speak(PaymentChanged(views.payment(amount_msat=amount_msat)))
            node.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=amount_msat)))
            node.speak(ChannelChanged(views.channel(explanation=f"{amount_msat}")))
        await stage.shows("Can send now 10 sat", "-10 sat")
        assert node.asked == A_PICTURE
        assert node.calls == []


async def test_a_node_that_ran_before_is_asked_once() -> None:
    """Its events have numbers already; none of them was missed by a screen that begins."""
    node = CountingNode()
    node.begin_at(1_000)
    node.speak(PeerChanged(node.connected))
    async with on_stage(node) as stage:
        await stage.shows("No payment yet.")
        node.speak(BalanceChanged(replace(views.BALANCE, can_send_msat=77_000)))
        await stage.shows("Can send now 77 sat")
        assert node.asked == A_PICTURE


@pytest.mark.parametrize("key", ["1", "2", "3", "4", "5", "6"])
async def test_what_has_not_changed_is_not_laid_out_again(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A redraw comes whenever a peer is dialled in vain, also while somebody types."""
    laid_out: list[Widget] = []
    refresh = Widget.refresh

    def counted(widget: Widget, *regions: Region, layout: bool = False, **how: bool) -> Widget:
        if layout:
            laid_out.append(widget)
        return refresh(widget, *regions, layout=layout, **how)

    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.shows("its words")
        await stage.press(key)
        screen = stage.app.screen
        assert isinstance(screen, WalletScreen)
        monkeypatch.setattr(Widget, "refresh", counted)
        screen.redraw()
        assert laid_out == []


async def test_a_storm_is_drawn_a_few_times_and_asked_about_a_few_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = CountingNode()
    async with on_stage(node) as stage:
        await stage.shows("No payment yet.")
        node.asked.clear()
        drawn: list[Picture] = []
        draw = HomeScreen.draw

        def counted(screen: HomeScreen, picture: Picture) -> None:
            drawn.append(picture)
            draw(screen, picture)

        monkeypatch.setattr(HomeScreen, "draw", counted)
        for height in range(2_000, 3_000):
            node.speak(StatusChanged(replace(views.STATUS, height=height)))
            node.speak(GuardActed(views.GUARD_ENTRY))
            node.speak(PaymentChanged(views.payment(amount_msat=height * 1_000)))
        node.status_view = replace(views.STATUS, height=2_999)
        node.payment_views = (views.payment(amount_msat=2_999_000),)
        await stage.shows("regtest 2,999", "-2,999 sat")
        assert len(drawn) < 60
        assert max(node.asked.values()) < 30


async def test_what_looks_the_same_is_drawn_now_and_then() -> None:
    """As when a hundred peers are dialled in vain, again and again."""
    node = CountingNode()
    peer = PeerChanged(node.connected)
    async with on_stage(node) as stage:
        await stage.shows("No payment yet.")
        node.speak(peer)
        while (picture := stage.app.session.picture) is None or not picture.peers:
            await stage.rest()
        drawn = list[str]()
        stage.app._redraw = Once(stage.app.call_later, lambda: drawn.append("at once"))
        stage.app._redraw_soon = Once(lambda _: drawn.append("soon"), lambda: None)
        for _ in range(100):
            node.speak(peer)
        node.speak(PeerChanged(replace(node.connected, connected=not node.connected.connected)))
        while "at once" not in drawn:
            await stage.rest()
        assert drawn == ["soon", "at once"]


async def test_while_a_world_mines_it_is_drawn_now_and_then_and_at_the_end() -> None:
    node, world = CountingNode(), ScriptedWorld()
    world.busy = asyncio.Event()
    async with on_stage(node, world) as stage:
        await stage.shows("No payment yet.")
        await stage.press("f7")
        await stage.shows("a day passes…")
        waiting, drawn = list[Callable[[], None]](), list[str]()
        stage.app._redraw = Once(stage.app.call_later, lambda: drawn.append("at once"))
        stage.app._redraw_soon = Once(waiting.append, lambda: drawn.append("soon"))
        stage.app._retake_soon = Once(waiting.append, lambda: drawn.append("asked soon"))
        node.asked.clear()
        for block in range(1, 145):
            node.status_view = replace(views.STATUS, height=views.HEIGHT + block)
            node.speak(StatusChanged(node.status_view))
            await stage.rest()
        assert drawn == []
        for do in waiting:
            do()
        assert drawn == ["soon", "asked soon"]
        assert not node.asked
        world.busy.set()
        while "at once" not in drawn:
            await stage.rest()
        while node.asked != A_PICTURE:
            await stage.rest()


def test_what_is_asked_for_until_it_is_done_is_done_once() -> None:
    waiting, done = list[Callable[[], None]](), list[str]()
    once = Once(waiting.append, lambda: done.append("it"))
    for number in (1, 2):
        for _ in range(3):
            once()
        [do] = waiting
        waiting.clear()
        do()
        assert len(done) == number


async def test_a_code_is_reckoned_once_however_often_it_is_drawn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    node = CountingNode()
    reckoned: list[str] = []
    matrix_of = qr.matrix_of

    def counted(text: str) -> qr.Matrix:
        reckoned.append(text)
        return matrix_of(text)

    monkeypatch.setattr(qr, "matrix_of", counted)
    async with on_stage(node) as stage:
        await stage.press("3", "tab", "enter")
        await stage.shows("● Waiting")
        for number in range(5):
            node.speak(
                PaymentChanged(
                    views.payment(
                        outgoing=False, status=PaymentStatus.WAITING, description=f"note {number}"
                    )
                )
            )
            await stage.shows(f"note {number}")
        await stage.press("m", "m", "1", "3")
        await stage.pilot.resize_terminal(120, 40)
        await stage.shows("● Waiting")
        assert reckoned == [views.INVOICE]
