"""Nothing is said by colour alone: every state has a word or a mark, what is chosen has a line."""

from __future__ import annotations

import pytest
from rich.style import Style

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.ui import channel_words, payment_words
from lnwallet_tui.ui.needs import Line, Weight
from lnwallet_tui.ui.widgets.balance_bar import bar
from lnwallet_tui.ui.widgets.words import sentences
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import Stage, on_stage


def test_every_state_of_a_channel_has_a_word() -> None:
    rows = {
        channel_words.row(views.channel(state=state), "Alice", 80).plain for state in ChannelState
    }
    assert len(rows) == len(ChannelState)


@pytest.mark.parametrize("outgoing", [True, False])
def test_every_status_of_a_payment_has_a_word_and_a_mark(outgoing: bool) -> None:
    payments = [views.payment(status=status, outgoing=outgoing) for status in PaymentStatus]
    words = {payment_words.status_word(one) for one in payments}
    assert len(words) == len(payments)
    for one in payments:
        assert (
            payment_words.status_word(one) in payment_words.payment_line(one, views.NOW, "").plain
        )
        assert payment_words.title(one)[0] in "✓✗!…●"


def test_in_and_out_differ_by_arrow_and_sign() -> None:
    out, into = (
        payment_words.payment_line(views.payment(outgoing=outgoing), views.NOW, "").plain
        for outgoing in (True, False)
    )
    assert "↑" in out
    assert "-25,000" in out
    assert "↓" in into
    assert "+25,000" in into


def test_every_weight_of_a_sentence_has_a_mark() -> None:
    marks = {sentences([Line(weight, "words")]).plain for weight in Weight}
    assert len(marks) == len(Weight)


def test_the_sides_of_a_bar_are_filled_and_shaded() -> None:
    assert bar(3, 1, 8).plain == "██████░░"


def styles_of(stage: Stage, words: str) -> list[Style]:
    """How these words are drawn, wherever they stand."""
    return [
        style
        for strip in stage.app.screen._compositor.render_strips()
        for text, style, _ in strip
        if words in text and style is not None
    ]


async def test_what_is_chosen_has_a_line_without_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    node = ScriptedNode()
    node.channel_views = (views.channel(), views.channel("bb" * 32, state=ChannelState.OFFLINE))
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("2")
        await stage.shows("offline")
        assert [bool(one.underline) for one in styles_of(stage, "Alice  ")] == [True, False]
        assert [bool(one.underline) for one in styles_of(stage, "Channels")] == [True, False]
        await stage.press("x")
        await stage.shows("Together")
        await stage.press("enter")
        await stage.shows("[ Cancel ]")
        assert styles_of(stage, "[ Cancel ]")[0].underline
        assert not styles_of(stage, "[ Close ]")[0].underline
