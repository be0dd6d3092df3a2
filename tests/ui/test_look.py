"""Themes and keys out of the user's folder, as they are seen, pressed and remembered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from lnwallet_tui.ui.app import LnWalletApp
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import PATIENCE, Stage, on_stage

MINE = 'name = "mine"\nprimary = "#ff0000"\nbackground = "#123456"\n'


@asynccontextmanager
async def with_settings(
    folder: Path, text: str = "", world: ScriptedWorld | None = None
) -> AsyncIterator[Stage]:
    """The application with this config.toml."""
    if text:
        (folder / "config.toml").write_text(text)
    app = LnWalletApp(ScriptedNode(), world, folder)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        stage = Stage(app, pilot)
        await stage.rest()
        yield stage


def holds(file: Path, words: str) -> bool:
    return file.is_file() and words in file.read_text()


async def is_written(stage: Stage, file: Path, words: str) -> None:
    """Until the thread that writes has done so."""
    for _ in range(PATIENCE):
        if holds(file, words):
            return
        await stage.pilot.pause()
    raise AssertionError(f"{words!r} is not in {file}")


def theme_of(stage: Stage) -> str:
    return str(stage.app.theme)


async def test_the_theme_of_the_file_is_shown(tmp_path: Path) -> None:
    async with with_settings(tmp_path, 'theme = "paper"') as stage:
        assert theme_of(stage) == "paper"
        await stage.shows("Nothing needs you.")


async def test_a_theme_of_the_users_own_and_one_that_replaces_ours(tmp_path: Path) -> None:
    (tmp_path / "themes").mkdir()
    (tmp_path / "themes" / "a.toml").write_text(MINE)
    (tmp_path / "themes" / "b.toml").write_text(MINE.replace("mine", "night"))
    (tmp_path / "themes" / "c.toml").write_text('name = "c"\nprimary = "bluish"')
    async with with_settings(tmp_path, 'theme = "mine"') as stage:
        assert theme_of(stage) == "mine"
        assert stage.app.available_themes["night"].background == "#123456"
        await stage.shows("c.toml", '"primary" is not a colour', "Latest payments")


async def test_an_unknown_theme_is_a_sentence_with_those_there_are(tmp_path: Path) -> None:
    async with with_settings(tmp_path, '\ntheme = "nope"') as stage:
        assert theme_of(stage) == "night"
        await stage.shows('config.toml, line 2: there is no theme "nope"; there are: ember, lagoon')


@pytest.mark.parametrize("text", ["theme = ", "[keys.x]\ny = 1\n[z]", 'theme = ["a"]\nkeys = "b"'])
async def test_nonsense_is_told_and_the_wallet_is_there(tmp_path: Path, text: str) -> None:
    async with with_settings(tmp_path, text) as stage:
        await stage.shows("config.toml", "Can send now", "Latest payments")


async def test_a_theme_is_seen_under_the_cursor_kept_on_enter_and_written(tmp_path: Path) -> None:
    async with with_settings(tmp_path, '# mine\ntheme = "night" # dark\n') as stage:
        await stage.press("ctrl+p", *"orchard")
        await stage.shows("Theme: orchard")
        assert theme_of(stage) == "orchard"
        await stage.press("escape")
        assert theme_of(stage) == "night"
        await stage.press("ctrl+p", *"orchard", "enter")
        assert theme_of(stage) == "orchard"
        await is_written(stage, tmp_path / "config.toml", '# mine\ntheme = "orchard" # dark\n')
        await stage.shows("The theme is orchard from now on, also the next time.")
    async with with_settings(tmp_path) as stage:
        assert theme_of(stage) == "orchard"


async def test_without_a_folder_a_theme_is_said_to_hold_until_the_end() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("ctrl+p", *"orchard", "enter")
        await stage.shows("The theme is orchard until you leave.")


async def test_another_command_after_a_look_at_a_theme_changes_nothing(tmp_path: Path) -> None:
    async with with_settings(tmp_path) as stage:
        await stage.press("ctrl+p", *"orchard")
        assert theme_of(stage) == "orchard"
        await stage.press(*["backspace"] * 7, *"guard", "enter")
        await stage.shows("What it did")
        assert theme_of(stage) == "night"
        assert not (tmp_path / "config.toml").exists()


async def test_what_cannot_be_written_is_told_and_the_theme_holds(tmp_path: Path) -> None:
    async with with_settings(tmp_path, "theme = ") as stage:
        await stage.press("d", "ctrl+p", *"lagoon", "enter")
        await stage.shows("config.toml was left as it is: it is no TOML.")
        assert theme_of(stage) == "lagoon"


async def test_keys_of_the_file_work_and_stand_in_footer_help_and_time_line(tmp_path: Path) -> None:
    text = '[keys.everywhere]\nsend = "Z"\nmine_one = "f4"\n[keys.home]\nopen_channel = "ctrl+t"\n'
    world = ScriptedWorld()
    async with with_settings(tmp_path, text, world) as stage:
        await stage.shows("Z Send", "F4 One block")
        await stage.press("s", "f5")
        await stage.shows("Latest payments")
        await stage.press("f4")
        await stage.click_on("One block")
        assert world.asked == [("mine", 1), ("mine", 1)]
        await stage.press("question_mark")
        await stage.shows("ctrl+t Open: Open a channel", "Z Send:")
        await stage.press("escape", "ctrl+t")
        await stage.shows("Confirmed on chain")
        await stage.press("escape", "Z")
        await stage.shows("Paste a Lightning invoice")


async def test_a_changed_key_keeps_its_place_in_the_footer(tmp_path: Path) -> None:
    async with with_settings(tmp_path, '[keys.channels]\nclose_channel = "z"\n') as stage:
        await stage.press("c")
        await stage.shows("o Open z Close esc Home")
        await stage.press("enter")
        await stage.shows("z Close y Copy id")
        await stage.press("x")
        await stage.shows("z Close y Copy id")
        await stage.press("z")
        await stage.shows("Close this channel")


async def test_a_clash_is_told_and_the_key_keeps_its_meaning(tmp_path: Path) -> None:
    async with with_settings(tmp_path, '[keys.home]\nopen_channel = "s"\n') as stage:
        await stage.shows(
            'config.toml, line 2: "keys.home.open_channel" cannot be "s", which is "Send"'
        )
        await stage.press("s")
        await stage.shows("Paste a Lightning invoice")


async def test_the_terminals_own_colours_are_not_turned_to_grey(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with with_settings(tmp_path, 'theme = "terminal"') as stage:
        assert theme_of(stage) == "night"
        await stage.shows("NO_COLOR is set")
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert "Theme: stark, high contrast" in titles
        assert not any(title.startswith("Theme: terminal") for title in titles)


async def test_a_theme_is_found_by_what_it_is_for(tmp_path: Path) -> None:
    async with with_settings(tmp_path) as stage:
        titles = [one.title for one in stage.app.get_system_commands(stage.app.screen)]
        assert "Theme: two-tone, colour-blind-safe" in titles
        assert "Theme: terminal, the terminal's own 16 colours" in titles
        assert "Theme: night" in titles
        await stage.press("ctrl+p", *"contrast")
        await stage.shows("Theme: stark, high contrast", "stark has high contrast")
        assert theme_of(stage) == "stark"
