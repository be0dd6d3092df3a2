"""What nobody else may see is on the screen only while it is shown, and nowhere else, ever."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Static

from lnwallet_tui.keys.envelope import Way
from lnwallet_tui.keys.seed import words_of
from lnwallet_tui.ui.screens.first_run_fields import SecretField, WordField
from lnwallet_tui.ui.screens.first_run_words import ShowWordsStep
from tests.ui.first_run_stage import PHRASE, Home, at_the_door, on_first_run
from tests.ui.stage import Stage

RARE = words_of(b"\xff" * 32)
"""Of BIP39's own vectors, zoo zoo … vote: words that no page of ours has."""


async def shown(home: Home, stage: Stage) -> None:
    """The words are on the screen."""
    await stage.shows("Put the words on paper")
    await stage.press("enter")
    await stage.shows("Your words")
    await stage.press("enter")
    await stage.shows(f"1 {RARE.reveal()[0]} ", f"24 {RARE.reveal()[23]} ")


def texts(stage: Stage) -> Iterator[str]:
    """Whatever the widgets of all screens hold, and those that were taken away and live on."""
    for widget in gc.get_objects():
        try:
            mine = isinstance(widget, Widget)
        except ReferenceError:  # a proxy of something that is gone
            continue
        if not mine:
            continue
        if isinstance(widget, Input):
            yield widget.value
        if isinstance(widget, Static):
            held = widget.content
            yield held.plain if isinstance(held, Content) else str(held)
    yield stage.app.clipboard
    yield repr(vars(stage.app.session)) if hasattr(stage.app, "session") else ""
    yield stage.text


def expect_no_words(stage: Stage) -> None:
    for text in texts(stage):
        assert not {"zoo", "vote"} & set(text.split())


async def opened(home: Home, way: Way = Way.KEYRING) -> None:
    home.keep(way, RARE)


async def test_words_that_were_shown_are_nowhere_when_the_page_is_left(home: Home) -> None:
    await opened(home)
    custodian = home.custodian()
    assert await custodian.open() is None
    for leave in (["escape", "escape"], ["question_mark"], ["2"], ["ctrl+p"]):
        async with on_first_run(home, custodian=custodian) as stage:
            await shown(home, stage)
            with pytest.raises(AssertionError):
                expect_no_words(stage)  # it would see them
            await stage.press(*leave)
            expect_no_words(stage)


async def test_words_that_were_typed_are_nowhere_when_they_are_taken(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("down", "enter")
        await stage.paste_into("#word-1", " ".join(RARE.reveal()))
        await stage.shows("24 of 12 or 24 words.", RARE.reveal()[0])
        await stage.press("enter")
        await stage.shows("Where the key lives")
        expect_no_words(stage)
        await stage.press("escape")
        await stage.shows("24 of 12 or 24 words.", RARE.reveal()[0])  # of one page, kept by it
        await stage.press("2")
        stage.app.screen.set_focus(None)
        await stage.press("2")
        expect_no_words(stage)


async def test_neither_words_nor_a_passphrase_get_to_the_clipboard(home: Home) -> None:
    await opened(home)
    custodian = home.custodian()
    assert await custodian.open() is None
    async with on_first_run(home, custodian=custodian) as stage:
        await shown(home, stage)
        step = stage.app.screen.query_one(ShowWordsStep)
        assert not stage.app.screen.allow_select
        assert not step.allow_select
        await stage.press("ctrl+c")
        await stage.press("enter")
        await stage.type("secret")
        for key in ("home", "shift+end", "ctrl+c", "ctrl+x"):
            await stage.press(key)
        await stage.shows("What is secret is not copied.")
        assert stage.app.clipboard == ""
        assert next(iter(stage.app.screen.query(WordField))).value == "secret"


async def test_a_passphrase_is_gone_when_its_step_is(home: Home) -> None:
    await opened(home, Way.PASSPHRASE)
    async with at_the_door(home.custodian()) as stage:
        await stage.shows("Your passphrase opens")
        await stage.type(PHRASE[:-1])
        fields = list(stage.app.screen.query(SecretField))
        await stage.press("enter")
        await stage.shows("does not open this wallet")
        assert [field.value for field in fields] == [""]
        assert not [text for text in texts(stage) if PHRASE[:-1] in text]


async def test_a_crash_while_words_are_shown_tells_none_of_them(
    home: Home, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def die(step: ShowWordsStep) -> None:
        words = step._words().reveal()
        raise ValueError(f"cannot draw {words} or {words.split()}")

    await opened(home)
    custodian = home.custodian()
    assert await custodian.open() is None
    monkeypatch.setattr(ShowWordsStep, "cover", die)
    staged = on_first_run(home, custodian=custodian)
    stage = await staged.__aenter__()
    await shown(home, stage)
    await stage.press("question_mark")
    with pytest.raises(ValueError, match="cannot draw"):
        await staged.__aexit__(None, None, None)
    printed = capfd.readouterr()
    for text in (stage.app.farewell, printed.out, printed.err):
        assert "zoo" not in text
        assert "vote" not in text
    assert "ValueError: " in stage.app.farewell
    assert "(words)" in stage.app.farewell


async def test_typed_words_are_no_drafts(home: Home) -> None:
    async with on_first_run(home) as stage:
        await stage.press("down", "enter")
        await stage.type("abandon")
        await stage.press("escape", "escape")
        assert stage.app.session.drafts == {}
        await stage.press("colon")
        await stage.type("first run")
        await stage.shows("Words of your own")
        await stage.press("enter")
        await stage.shows("New words")
        await stage.press("down", "enter")
        await stage.shows("0 of 12 or 24 words.")
