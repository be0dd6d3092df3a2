"""Text from others on every screen that shows some: it never crashes, acts, hides or overflows."""

from __future__ import annotations

from msgspec.structs import replace
from textual.widgets import Input

from lnwallet_tui.api.events import ChannelChanged, Notice, PaymentChanged, PeerChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import PaymentStatus, PeerView
from tests.ui import views
from tests.ui.payloads import PAYLOADS, harmful
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import SMALL, Stage, on_stage

MARK = "the end"
WORST = ("markup that closes what is not open", "a click action", "the clipboard", "zalgo", "wide")
"""What is tried where each one costs a question to the node; the widget is the same everywhere."""


def is_safe(stage: Stage, name: str) -> None:
    """What stands on the screen is printable, of the right width, and does nothing."""
    is_printable(stage, name)
    for strip in stage.app.screen._compositor.render_strips():
        for segment in strip:
            if segment.style is not None:
                assert "@click" not in segment.style.meta, name
                assert segment.style.link is None, name


def is_printable(stage: Stage, name: str) -> None:
    """Every line is as wide as the screen and holds nothing that a cell must not hold."""
    strips = stage.app.screen._compositor.render_strips()
    assert len(strips) == SMALL[1], name
    for strip in strips:
        assert harmful(strip.text) == "", name
        assert strip.cell_length == SMALL[0], name


def marked(payload: str | bytes) -> str | bytes:
    """With something of ours before it, to see when it has arrived."""
    return f"<{MARK}> {payload}" if isinstance(payload, str) else f"<{MARK}> ".encode() + payload


async def test_the_words_of_an_invoice_on_home_and_on_its_page() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(description=""),)
    async with on_stage(node) as stage:
        for place in ("home", "payment"):
            for name, payload in PAYLOADS.items():
                node.speak(PaymentChanged(views.payment(description=marked(payload))))
                await stage.shows(f"<{MARK}>", "25,000 sat")
                is_safe(stage, name)
                node.speak(PaymentChanged(views.payment(description="")))
                await stage.lacks(f"<{MARK}>")
            if place == "home":
                await stage.press("enter")


async def test_the_name_of_who_is_paid() -> None:
    node = ScriptedNode()
    node.payment_views = (views.payment(),)
    async with on_stage(node) as stage:
        await stage.press("enter")
        for name, payload in PAYLOADS.items():
            called = replace(views.payment(), payee_name=Untrusted(marked(payload)))
            node.speak(PaymentChanged(called))
            await stage.shows("Who is paid calls itself, not verified", f"<{MARK}>")
            is_safe(stage, name)
            node.speak(PaymentChanged(views.payment()))
            await stage.lacks(f"<{MARK}>")
        node.speak(PaymentChanged(called))
        await stage.press("escape")
        await stage.shows("-25,000 sat paid 03cdcdcd…cdcdcdcd")


async def test_the_name_of_a_peer_on_its_channel() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("c")
        node.speak(ChannelChanged(views.channel(name=marked(PAYLOADS["a click action"]))))
        await stage.rest()
        await stage.lacks(f"<{MARK}>")  # the list has no words of others
        is_safe(stage, "the list")
        await stage.press("enter", "end")
        for name, payload in PAYLOADS.items():
            node.speak(ChannelChanged(views.channel(name=marked(payload))))
            await stage.shows("The peer calls itself, not verified", f"<{MARK}>")
            is_safe(stage, name)
            node.speak(ChannelChanged(views.channel(name="")))
            await stage.lacks(f"<{MARK}>")


async def test_the_words_of_an_invoice_before_it_is_paid() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("s")
        for name in WORST:
            node.decoded = views.decoded(description=marked(PAYLOADS[name]))
            await stage.paste_into("#invoice", views.INVOICE)
            await stage.shows(f"<{MARK}>", "[ Back ]", "[ Pay 25,000 sat ]", "At most 25,005 sat")
            is_safe(stage, name)
            await stage.press("escape")


async def test_the_name_of_a_peer_before_a_channel_is_opened() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("o")
        await stage.paste_into("#uri", views.URI)
        await stage.press("enter")
        await stage.type("5000")
        for name in WORST:
            node.open_quoted = views.open_quote(name=marked(PAYLOADS[name]))
            await stage.press("enter")
            await stage.shows(f"<{MARK}>", "[ Back ]", "[ Open ]")
            is_safe(stage, name)
            await stage.press("escape")


async def test_what_is_pasted_is_made_safe_wherever_it_goes() -> None:
    node = ScriptedNode()
    node.refusing["decode"] = Refused(RefusalCode.BAD_INPUT, "This is no invoice.", "Paste one.")
    async with on_stage(node) as stage:
        for mode, field in (("send", "#invoice"), ("receive", "#note"), ("receive", "#amount")):
            await stage.app.action_mode(mode)
            for name, payload in PAYLOADS.items():
                text = payload.decode("latin-1") if isinstance(payload, bytes) else payload
                if mode == "receive":
                    stage.app.screen.query_one(field, Input).clear()
                await stage.paste_into(field, text)
                is_safe(stage, name)


async def test_a_note_of_ours_and_a_peer_s_last_words() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("r", "tab", "enter")
        await stage.shows("● Waiting")
        for name, payload in PAYLOADS.items():
            waiting = views.payment(
                outgoing=False, status=PaymentStatus.WAITING, description=payload
            )
            node.speak(PaymentChanged(waiting))
            node.speak(PaymentChanged(replace(waiting, payment_hash="99" * 32)))
            node.speak(
                PeerChanged(
                    PeerView(
                        node_id=views.PEER, name=Untrusted(payload), address="alice.play:9735",
                        connected=False, features=(), last_error=Untrusted(payload),
                    )
                )
            )  # fmt: skip
            await stage.rest()
            is_safe(stage, name)


async def test_a_sentence_for_a_moment_is_not_markup() -> None:
    async with on_stage(ScriptedNode()) as stage:
        for name in WORST[:2]:
            text = str(PAYLOADS[name])
            stage.app.notify(text, markup=True)
            stage.app.screen.notify(text, title=text)
        await stage.shows("[/foo] [/] [bold", "[@click=app.bell]")
        is_safe(stage, "a toast")


async def test_what_nobody_made_safe_is_seen_last() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        for name, payload in PAYLOADS.items():
            text = payload if isinstance(payload, str) else payload.decode("latin-1")
            node.speak(Notice(f"<{MARK}> {text[:2_000]}", urgent=True))
            await stage.shows(f"<{MARK}>")
            is_printable(stage, name)
            await stage.press("d")
            await stage.lacks(f"<{MARK}>")
