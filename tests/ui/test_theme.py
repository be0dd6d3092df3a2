"""Theme files: each one of ours is readable, and a bad one of the user's is only a notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from lnwallet_tui.ui import theme
from lnwallet_tui.ui.app import LnWalletApp
from tests.ui.contrast import READABLE, VISIBLE, contrast
from tests.ui.scripted_node import ScriptedNode
from tests.ui.stage import Stage

SHIPPED = theme.load([theme.shipped_folder()])

TEXTS = ("foreground", "primary", "accent", "success", "warning", "error")
MORE_TEXTS = ("text", "text-muted", "text-disabled", "lnwallet-muted")
GROUNDS = ("background", "surface", "panel")
PAIRS = (
    ("block-cursor-foreground", "block-cursor-background"),
    ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
    ("input-cursor-foreground", "input-cursor-background"),
    ("text-disabled", "block-cursor-background"),  # what an empty field asks for
    ("footer-foreground", "footer-background"),
    ("footer-key-foreground", "footer-background"),
    ("footer-description-foreground", "footer-background"),
)


def colours(of: Theme) -> dict[str, Color]:
    """Every colour of it by name."""
    named = {**of.to_color_system().generate(), **of.variables}
    parsed = {}
    for name, value in named.items():
        if value.startswith("#"):
            parsed[name] = Color.parse(value)
    return parsed


def test_ours_can_all_be_used() -> None:
    assert SHIPPED.notices == ()
    assert theme.DEFAULT in {one.name for one in SHIPPED.themes}
    files = {path.stem for path in theme.shipped_folder().glob("*.toml")}
    assert files == {one.name for one in SHIPPED.themes}


@pytest.mark.parametrize("shipped", SHIPPED.themes, ids=lambda one: one.name)
def test_every_text_is_readable_on_every_ground(shipped: Theme) -> None:
    named = colours(shipped)
    on_grounds = [(text, ground) for text in (*TEXTS, *MORE_TEXTS) for ground in GROUNDS]
    on_cursor = [
        (text, ground)
        for text in (*TEXTS, "lnwallet-muted")
        for ground in (
            "block-cursor-background",
            "block-cursor-blurred-background",
            "block-hover-background",
        )
    ]
    found = {
        f"{text} on {ground}": contrast(named[text], named[ground])
        for text, ground in (*on_grounds, *on_cursor, *PAIRS)
    }
    assert {pair: ratio for pair, ratio in found.items() if ratio < READABLE} == {}


@pytest.mark.parametrize("shipped", SHIPPED.themes, ids=lambda one: one.name)
def test_both_sides_of_a_bar_are_seen(shipped: Theme) -> None:
    named = colours(shipped)
    for side in ("lnwallet-local", "lnwallet-remote"):
        assert contrast(named[side], named["background"]) >= VISIBLE, side


GOOD = 'name = "mine"\nprimary = "#ffffff"\n'


def test_a_whole_theme_is_read() -> None:
    mine = theme.parse(
        f'{GOOD}dark = false\naccent = "red"\n[variables]\nborder = "#112233"\n'
        '[lnwallet]\nlocal = "#445566"\n'
    )
    assert (mine.name, mine.dark, mine.accent) == ("mine", False, "red")
    assert mine.variables == {"border": "#112233", "lnwallet-local": "#445566"}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", '"name" is a text in quotes'),
        ('name = ""', '"name" is a text in quotes'),
        ('name = "x"', '"primary" is missing'),
        (GOOD + "dark = 1", '"dark" is true or false'),
        (GOOD + 'accent = "nocolour"', '"accent" is not a colour'),
        (GOOD + "accent = 5", '"accent" is a text in quotes'),
        (GOOD + 'shadow = "#000000"', 'there is no key "shadow"'),
        (GOOD + "variables = 5", '"variables" is a table'),
        (GOOD + "[variables]\nborder = 5", '"variables.border" is a text in quotes'),
        (GOOD + '[lnwallet]\nmiddle = "#000000"', 'there is no key "lnwallet.middle"'),
        (GOOD + '[lnwallet]\nlocal = "x y"', '"lnwallet.local" is not a colour'),
    ],
)
def test_what_is_wrong_names_the_key(text: str, complaint: str) -> None:
    with pytest.raises(theme.ThemeError, match=complaint):
        theme.parse(text)


def test_a_bad_file_is_a_notice_and_the_last_of_a_name_wins(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    ours.mkdir()
    theirs.mkdir()
    (ours / "night.toml").write_text('name = "night"\nprimary = "#111111"\n')
    (theirs / "night.toml").write_text('name = "night"\nprimary = "#222222"\n')
    (theirs / "broken.toml").write_text("name = \n")
    (theirs / "bytes.toml").write_bytes(b"\xff\xfe")
    (theirs / "folder.toml").mkdir()
    (theirs / "readme.txt").write_text("not a theme")
    found = theme.load([ours, theirs, tmp_path / "nowhere"])
    assert [(one.name, one.primary) for one in found.themes] == [("night", "#222222")]
    assert [one.text.split(":")[0] for one in found.notices] == [
        "The theme file broken.toml was not used",
        "The theme file bytes.toml was not used",
        "The theme file folder.toml was not used",
    ]
    assert all(str(theirs) in one.remedy for one in found.notices)


async def test_a_bad_file_is_told_on_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(GOOD + 'accent = "[/foo]"')
    monkeypatch.setattr(theme, "shipped_folder", lambda: tmp_path)
    app = LnWalletApp(ScriptedNode())
    async with app.run_test(size=(80, 24)) as pilot:
        stage = Stage(app, pilot)
        await stage.shows("The theme file mine.toml was not used", "Latest payments")
