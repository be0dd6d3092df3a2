"""The settings on the screen: seen at once, kept in the file, by keys and by mouse."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli.pasted import for_wallet
from lnwallet_tui.custodian.custodian import Custodian
from lnwallet_tui.ui import commands, config, settings_words
from lnwallet_tui.ui.settings_words import Kind, Setting
from lnwallet_tui.ui.widgets.outline import Outline
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import PATIENCE, Stage
from tests.ui.test_look import is_written, theme_of, with_settings

MINE = '# mine\ntheme = "paper"   # by day\n\n[keys.home]\nopen_channel = "O"\n'


def outline(stage: Stage) -> Outline[Setting]:
    return stage.app.screen.query_one(Outline)


async def go_to(stage: Stage, *titles: str) -> None:
    """Open the groups and put the cursor on the last of these."""
    for depth, title in enumerate(titles):
        await stage.rest()
        rows = outline(stage).rows
        at = next(
            number
            for number, row in enumerate(rows)
            if row.item.title == title and (row.depth == depth or not titles[1:])
        )
        outline(stage).point_at(rows[at].path)
        await stage.rest()
        row = outline(stage).row
        assert row is not None
        if row.folds and not row.is_open:
            await stage.press("enter")


def says(file: Path) -> str:
    return file.read_text()


async def written(stage: Stage, file: Path, text: str) -> None:
    for _ in range(PATIENCE):
        if says(file) == text:
            await stage.rest()
            return
        await stage.pilot.pause()
    raise AssertionError(says(file))


async def test_where_the_key_of_the_seed_lives(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        stage.app.session.custody = Custodian(tmp_path, Network.REGTEST)
        await stage.press("9")
        await go_to(stage, "Your seed")
        await stage.shows("the playground's own", "First run gives it words of your own.")


async def test_what_each_is_and_where_it_comes_from(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await stage.shows("Settings", "Theme paper yours", "/home/ada/wallet/logs/node.log")
        await go_to(stage, "Theme")
        await stage.shows("from: config.toml, line 2", "default: night", "no restart is needed")
        await go_to(stage, "Folder of the wallet")
        await stage.shows("Copy it nowhere", "It cannot be changed here.")
        await stage.press("y")
        assert stage.app.clipboard == "/home/ada/wallet"
        await go_to(stage, "Keys", "Home", "Open")
        await stage.shows("O · from: config.toml, line 5 · default: o", "Open a channel")
        await go_to(stage, "Keys", "Everywhere", "Help")
        await stage.shows("? F1 · from: default")
        await stage.press("escape", "comma")
        assert stage.place == "SettingsScreen"


async def test_where_the_channel_backup_lies(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await go_to(stage, "Channel backup")
        await stage.shows("channels-regtest-02ada5cc.backup", "beside the wallet only")
        await stage.shows("lnwallet-tui backup --second names a second place")


async def test_commands_find_the_wallet_of_the_screen(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        stage.app.session.node_lives = "goes on without the screen"
        stage.app.session.placed = partial(for_wallet, datadir=Path("/w"), network=None)
        await stage.press("9")
        await go_to(stage, "Node")
        await stage.shows(
            "lnwallet-tui stop --datadir /w ends it; lnwallet-tui --datadir /w --when"
        )
        await go_to(stage, "Channel backup")
        await stage.shows("lnwallet-tui backup --datadir /w --second names a second place")


async def test_a_theme_is_seen_while_it_is_chosen_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await go_to(stage, "Theme")
        await stage.press("enter", "up")
        assert theme_of(stage) == "orchard"
        await stage.press("escape")
        assert theme_of(stage) == "paper"
        await stage.press("enter", "up", "enter")
        assert theme_of(stage) == "orchard"
        await written(stage, file, MINE.replace('"paper"', '"orchard"'))
        await stage.shows("Theme orchard yours")
        await stage.press("x")
        assert theme_of(stage) == "night"
        await stage.shows("night · from: default")
        assert "theme" not in file.read_text()
        assert file.read_text().endswith('[keys.home]\nopen_channel = "O"\n')


async def test_how_codes_are_drawn(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        terminal = stage.app.session.drawing.terminal.name
        await go_to(stage, f"QR codes in {terminal}")
        await stage.press("enter", "end", "enter")
        await is_written(stage, tmp_path / "config.toml", f'[codes]\n{terminal} = "full"')
        await stage.shows("full yours", "full · from: config.toml, line 8")
        await stage.press("x")
        await stage.lacks("full yours")
        assert config.read(tmp_path).codes == {}


async def test_a_group_at_the_foot_opens_into_view_and_stays_open(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9", "G")
        await stage.lacks("▸ Everywhere")
        await stage.press("enter")
        await stage.shows("▾ Keys", "▸ Home", "▸ Channels")
        await stage.press("G", "enter")
        await stage.shows("▾ Everywhere", "Channels c 2", "Enter opens it, and folds it again.")
        await stage.press("escape", "9", "G")
        await stage.shows("Quit q ctrl+q", "Commands ctrl+p :")


async def test_what_lies_below_is_counted(tmp_path: Path) -> None:
    """A scrollbar alone is easily missed."""
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await stage.shows("▸ Keys")
        await stage.lacks("more below")
        await stage.press("G", "enter", "home")
        below = len(outline(stage).rows) - outline(stage).size.height
        await stage.shows(f"{below} rows more below")
        await stage.press("pagedown", "pagedown", "end")
        await stage.lacks("more below")
        await stage.press("home")
        await stage.shows("more below")
        await stage.pilot.resize_terminal(120, 50)
        await stage.lacks("more below")


async def test_enter_is_said_to_open_a_row_as_well(tmp_path: Path) -> None:
    own = '[keys.channels]\nshow_channel = "z"\n'
    async with with_settings(tmp_path, own) as stage:
        await stage.press("9")
        await go_to(stage, "Keys", "Channels", "Details")
        await stage.shows("Details z yours", "Enter does it in a list as well")


async def test_a_key_is_pressed_and_works_at_once(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    async with with_settings(tmp_path, MINE, ScriptedWorld()) as stage:
        await stage.press("9")
        await go_to(stage, "Keys", "Everywhere", "Send")
        await stage.press("enter")
        await stage.shows('Press the key for "Send".')
        for key, words in (
            ("q", '"Send" cannot be "q", which is "Quit" (Everywhere)'),
            ("j", "which is for moving in lists and forms"),
            ("O", "which is"),
        ):
            await stage.press(key)
            await stage.shows(words, "are free.")
        await stage.press("Z")
        await written(stage, file, MINE + '\n[keys.everywhere]\nsend = "Z"\n')
        await stage.shows("Send Z yours")
        await stage.press("escape")
        await stage.shows("Z Send")
        await stage.press("Z")
        assert stage.place == "SendScreen"
        await stage.press("escape", "9")
        await go_to(stage, "Keys", "Everywhere", "Send")
        await stage.press("plus", "full_stop")
        await stage.shows("Send Z . yours")
        await stage.press("x")
        await stage.shows("Send s 4")
        await go_to(stage, "Keys", "Everywhere", "Mine one")
        await stage.press("enter", "z")
        await stage.shows("because it works while you type, too")
        await stage.press("f12")
        await stage.shows("F12 One block", "Mine one F12 yours")


async def test_by_mouse(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        for words in ("Theme ", "Theme ", "ember"):
            await stage.click_on(words)
        await is_written(stage, tmp_path / "config.toml", 'theme = "ember"   # by day')
        await stage.click_on("x Default")
        await stage.shows("night · from: default")
        await stage.click_on("▸ Keys")
        await stage.click_on("▸ Keys")
        await stage.shows("▾ Keys")


async def test_leaving_without_a_key_changes_nothing(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await go_to(stage, "Keys", "Home", "Open")
        await stage.press("enter", "escape")
        assert stage.place == "SettingsScreen"
        assert (tmp_path / "config.toml").read_text() == MINE


async def test_a_broken_file_is_not_written_over_but_kept_aside(tmp_path: Path) -> None:
    broken = 'theme = "paper\n[keys'
    async with with_settings(tmp_path, broken) as stage:
        await stage.press("9")
        await stage.shows("config.toml is no TOML, so nothing in it counts", "line 1", "K keeps it")
        await stage.press("x", "plus")
        await go_to(stage, "Theme")
        await stage.press("enter")
        assert stage.place == "SettingsScreen"
        assert (tmp_path / "config.toml").read_text() == broken
        await stage.press("K")
        await stage.shows("The old settings are kept as config.toml.broken-1.")
        assert (tmp_path / "config.toml.broken-1").read_text() == broken
        await stage.lacks("no TOML")
        await stage.press("enter", "up", "enter")
        await is_written(stage, tmp_path / "config.toml", 'theme = "lagoon"')


async def test_a_file_that_breaks_meanwhile_keeps_what_it_said(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    async with with_settings(tmp_path, MINE) as stage:
        await stage.press("9")
        await go_to(stage, "Theme")
        file.write_text("theme = ")
        await stage.press("enter", "up", "enter")
        await stage.shows("config.toml was left as it is: it is no TOML.", "K keeps it aside")
        assert file.read_text() == "theme = "
        await stage.press("escape", "O")
        assert stage.place == "OpenChannelScreen"


async def test_what_is_wrong_in_it_is_said_on_the_page(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE + 'bad = "x"\n') as stage:
        await stage.press("9")
        await stage.shows('config.toml, line 6: "keys.home.bad" is no command')


async def test_every_command_has_its_row(tmp_path: Path) -> None:
    async with with_settings(tmp_path, MINE, ScriptedWorld()) as stage:
        for place in commands.PLACES:
            found = settings_words.rows(stage.app.session, None, {("keys",), ("keys", place)})
            keys = [row.item for row in found if row.item.kind is Kind.KEY]
            there = [one.title for one in commands.of_place(place)]
            assert [one.title for one in keys] == there, place


async def test_sentences_on_home_follow_the_keys(tmp_path: Path) -> None:
    own = '[keys.everywhere]\nreceive = "R"\npeople = "f12"\n[keys.receive]\naddress = "ctrl+b"\n'
    async with with_settings(tmp_path, own, ScriptedWorld()) as stage:
        node = stage.app.session.node
        assert isinstance(node, ScriptedNode)
        node.channel_views, node.balance_view = (), views.EMPTY_BALANCE
        node.speak(StatusChanged(views.STATUS))
        await stage.shows("Press R, then ctrl+b, for a Bitcoin address to fill it.")
        node.balance_view = views.BALANCE
        node.speak(StatusChanged(views.STATUS))
        await stage.shows("Press o. F12 shows who is there.")
