"""The keys at the foot: those that went are let go of."""

from __future__ import annotations

import gc
import weakref

from textual.widgets._footer import FooterKey

from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import on_stage


async def test_a_footer_keeps_no_key_that_it_shows_no_longer() -> None:
    async with on_stage(ScriptedNode()) as stage:
        screen = stage.app.screen
        words = stage.text.split("\n")[-1]
        before = weakref.WeakSet(screen.query(FooterKey))
        assert len(before) > 5
        screen.refresh_bindings()
        while any(one.is_attached for one in before):
            await stage.rest()
        assert stage.text.split("\n")[-1] == words
        for _ in range(100):  # a message of theirs that is under way holds them a little longer
            gc.collect()
            if not before:
                break
            await stage.rest()
        assert list(before) == []
