"""Theme files: each one of ours is readable, and a bad one of the user's is only a notice."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color
from textual.theme import Theme

from lnwallet_tui.api.events import Notice
from lnwallet_tui.ui import theme
from lnwallet_tui.ui.app import LnWalletApp
from tests.sampling import sampled
from tests.ui.contrast import READABLE, STRICT, VISIBLE, contrast
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import Stage, on_stage
from tests.ui.test_snapshots import busy_node, unreadable

SHIPPED = theme.load([theme.shipped_folder()])
COMPUTED = [one for one in SHIPPED.themes if not one.ansi]
"""Of the terminal's own sixteen colours only the terminal knows what they are."""

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


def least(of: Theme) -> int:
    """The contrast that every text of it has; high contrast is WCAG's stricter level."""
    return STRICT if of.name == "stark" else READABLE


def test_ours_can_all_be_used() -> None:
    assert SHIPPED.notices == ()
    assert {one.dark for one in COMPUTED} == {True, False}
    assert [one.name for one in SHIPPED.themes if one.ansi] == ["terminal"]
    assert theme.DEFAULT in {one.name for one in SHIPPED.themes}
    files = {path.stem for path in theme.shipped_folder().glob("*.toml")}
    assert files == {one.name for one in SHIPPED.themes}


@pytest.mark.parametrize("shipped", COMPUTED, ids=lambda one: one.name)
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
    assert {pair: ratio for pair, ratio in found.items() if ratio < least(shipped)} == {}


@pytest.mark.parametrize("shipped", COMPUTED, ids=lambda one: one.name)
def test_both_sides_of_a_bar_are_seen(shipped: Theme) -> None:
    named = colours(shipped)
    for side in ("lnwallet-local", "lnwallet-remote"):
        assert contrast(named[side], named["background"]) >= VISIBLE, side


@pytest.mark.parametrize(
    "name", sampled("themes on every screen", [one.name for one in SHIPPED.themes], 3)
)
async def test_all_that_is_drawn_is_readable(name: str) -> None:
    node = busy_node()
    async with on_stage(node, ScriptedWorld()) as stage:
        stage.app.theme = name
        node.speak(Notice("The disk is full.", "Free some space.", urgent=True))
        walk = {
            "Latest payments": ["1"],
            "How it stands": ["2"],
            "to go on, type CLOSE": ["x", "down", "enter"],
            "Who is there": ["escape", "escape", "1", "f8"],
            "What it did": ["escape", "5"],
            "Who must act": ["question_mark"],
            "Send · 1 of 3": ["escape", "4"],
        }
        shipped = stage.app.current_theme
        for words, keys in walk.items():
            await stage.press(*keys)
            await stage.shows(words)
            if not shipped.ansi:
                assert unreadable(stage, least(shipped)) == [], words


@pytest.mark.parametrize(
    "name", sampled("themes in the palette", [one.name for one in COMPUTED], 3)
)
async def test_the_palette_is_readable_over_what_it_dims(name: str) -> None:
    async with on_stage(busy_node()) as stage:
        stage.app._look.choose(name)  # the palette shows others for a moment, and then this again
        await stage.press("ctrl+p", "g", "u")
        await stage.shows("What the breach guard watches")
        field, found = (stage.app.screen.query_one(one).region for one in ("Input", "CommandList"))
        assert unreadable(stage, READABLE, range(field.y, found.bottom)) == []


def test_good_and_bad_are_blue_and_orange_for_those_who_see_no_red_and_green() -> None:
    named = colours(next(one for one in SHIPPED.themes if one.name == "two-tone"))
    assert named["success"].b > named["success"].r
    for bad in ("warning", "error"):
        assert named[bad].r > named[bad].b


GOOD = 'name = "mine"\nprimary = "#ffffff"\n'


def test_a_whole_theme_is_read() -> None:
    mine = theme.parse(
        f'{GOOD}about = "for noon"\ndark = false\naccent = "red"\n[variables]\nborder = "#112233"\n'
        '[lnwallet]\nlocal = "#445566"\n'
    )
    assert (mine.name, mine.dark, mine.accent) == ("mine", False, "red")
    assert (mine.about, theme.parse(GOOD).about) == ("for noon", "")
    assert mine.variables["border"] == "#112233"
    assert mine.variables["lnwallet-local"] == "#445566"
    assert mine.variables["footer-key-foreground"] == "red"  # it follows the accent


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", '"name" is a text in quotes'),
        ('name = ""', '"name" is a text in quotes'),
        ('name = "a\\u001b[2J"', '"name" has letters, digits, "-" and "_"'),
        ('name = "x"', '"primary" is missing'),
        (GOOD + "dark = 1", '"dark" is true or false'),
        (GOOD + 'accent = "nocolour"', '"accent" is not a colour'),
        (GOOD + "accent = 5", '"accent" is a text in quotes'),
        (GOOD + 'shadow = "#000000"', 'there is no key "shadow"'),
        (GOOD + "variables = 5", '"variables" is a table'),
        (GOOD + "[variables]\nborder = 5", '"variables.border" is a text in quotes'),
        (GOOD + '[lnwallet]\nmiddle = "#000000"', 'there is no key "lnwallet.middle"'),
        (GOOD + '[lnwallet]\nlocal = "x y"', '"lnwallet.local" is not a colour'),
        (GOOD + '[variables]\nborders = "red"', 'there is no key "variables.borders"'),
        (GOOD + '[variables]\nborder = "auto 40%"', '"variables.border" is not a colour'),
        (GOOD + '[variables]\nlink-style = "wobbly"', '"variables.link-style" has only words of'),
        (GOOD + 'accent = "ansi_red"', '"accent" is the terminal\'s own: that needs "ansi = true"'),
        ("ansi = true\n" + GOOD, '"primary" is none of the terminal\'s own colours'),
        (GOOD + "ansi = 1", '"ansi" is true or false'),
        (GOOD + 'about = "a\\u202eb"', '"about" is one line of at most 40 characters'),
        (GOOD + f'about = "{"a" * 41}"', '"about" is one line of at most 40 characters'),
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


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        'name = "mine"\nansi = true\nprimary = "ansi_blue"\n',
        GOOD + '[variables]\nborder = "#ff000066"\nlink-style = "bold not underline"\n',
        GOOD + 'boost = "#ffffff10"\n[variables]\nscrollbar = "transparent"\n',
    ],
)
async def test_whatever_is_taken_can_be_drawn(text: str) -> None:
    async with on_stage(ScriptedNode()) as stage:
        stage.app.register_theme(theme.parse(text))
        stage.app.theme = "mine"
        await stage.press("2", "question_mark")
        await stage.shows("Copy id:")


async def test_a_bad_file_is_told_on_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.toml").write_text(GOOD + 'accent = "[/foo]"')
    monkeypatch.setattr(theme, "shipped_folder", lambda: tmp_path)
    app = LnWalletApp(ScriptedNode())
    async with app.run_test(size=(80, 24)) as pilot:
        stage = Stage(app, pilot)
        await stage.shows("The theme file mine.toml was not used", "Latest payments")
