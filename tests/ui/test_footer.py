"""The keys at the foot: made anew only where others can be pressed; those that went are let go."""

from __future__ import annotations

import asyncio
import gc
import weakref

from textual.widgets._footer import FooterKey

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.ui.screens.payment import PaymentScreen
from lnwallet_tui.ui.widgets.footer import Keys
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage


async def test_a_footer_keeps_no_key_that_it_shows_no_longer() -> None:
    async with on_stage(ScriptedNode()) as stage:
        screen = stage.app.screen
        words = stage.text.split("\n")[-1]
        before = weakref.WeakSet(screen.query(FooterKey))
        assert len(before) > 5
        await screen.query_one(Keys).recompose()
        await stage.rest()
        assert not any(one.is_attached for one in before)
        assert stage.text.split("\n")[-1] == words
        for _ in range(100):  # a message of theirs that is under way holds them a little longer
            gc.collect()
            if not before:
                break
            await stage.rest()
        assert list(before) == []


async def test_keys_that_can_be_pressed_as_before_are_not_made_anew() -> None:
    async with on_stage(ScriptedNode()) as stage:
        screen = stage.app.screen
        before = list(screen.query(FooterKey))
        for _ in range(3):
            screen.refresh_bindings()
            await stage.rest()
        assert list(screen.query(FooterKey)) == before


async def test_a_page_of_which_part_is_gone_already_shows_no_other_keys() -> None:
    """It was left while its keys were to be looked at."""
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("i")
        page, keys = stage.app.screen, stage.app.screen.query_one(Keys)
        stage.app.pop_screen()
        while page.query("#entries"):  # noqa: ASYNC110  # Textual has no event for it
            await asyncio.sleep(0)
        await keys._follow()
        assert not page.check_action("go_there", ())
        assert not page.check_action("mark_all", ())
        assert page not in stage.app.screen_stack


async def test_below_the_palette_a_page_offers_no_more_than_before() -> None:
    """Whether something can be done the page itself knows, and not what lies on it."""
    node = ScriptedNode()
    paid = views.payment(status=PaymentStatus.PAID)
    node.payment_views = (paid,)
    async with on_stage(node) as stage:
        await stage.app.push_screen(PaymentScreen(stage.app.session, paid.payment_hash))
        await stage.rest()
        page = stage.app.screen
        before = [one.description for one in page.query(FooterKey)]
        assert "Copy" in before
        assert "Try again" not in before
        await stage.press("ctrl+p")
        assert stage.app.screen is not page
        page.refresh_bindings()
        await stage.rest()
        assert [one.description for one in page.query(FooterKey)] == before
