"""Writing one setting into the user's file: everything else in it stays, whatever there is."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.ui import config, settings_file
from lnwallet_tui.ui.settings_file import Name

FULL = """\
# mine
  theme='night'   # dark

unknown = [1, 2]   # of a newer program
# keys
[keys.home]
open_channel = 'O' # big

[codes] # here
kitty = "fine"
"""


def written(folder: Path, before: str, name: Name, value: str) -> str:
    path = folder / "config.toml"
    path.write_bytes(before.encode())
    assert settings_file.put(folder, name, value) == ""
    assert os.listdir(folder) == ["config.toml"]
    return path.read_bytes().decode()


@pytest.mark.parametrize(
    ("before", "name", "line", "after"),
    [
        (FULL, ("theme",), "  theme='night'   # dark", '  theme="paper"   # dark'),
        (FULL, ("keys", "home", "open_channel"), "open_channel = 'O'", 'open_channel = "paper"'),
        (FULL, ("codes", "kitty"), 'kitty = "fine"\n', 'kitty = "paper"\n'),
        (FULL, ("codes", "xterm"), 'kitty = "fine"\n', 'kitty = "fine"\nxterm = "paper"\n'),
        ('\r\n"theme" = "night"\r\n# end', ("theme",), '"night"', '"paper"'),
        ('theme = """night"""\n', ("theme",), '"""night"""', '"paper"'),
        ("codes = {kitty = 'half'}\n", ("codes", "kitty"), "'half'", '"paper"'),
        ('codes.kitty = "half"\n', ("codes", "kitty"), '"half"', '"paper"'),
        ("[codes]", ("codes", "xterm"), "[codes]", '[codes]\nxterm = "paper"\n'),
        ("", ("theme",), "", 'theme = "paper"\n'),
    ],
)
def test_one_line_changes(tmp_path: Path, before: str, name: Name, line: str, after: str) -> None:
    assert written(tmp_path, before, name, "paper") == before.replace(line, after, 1)


def test_a_new_setting_stands_before_the_tables(tmp_path: Path) -> None:
    text = written(tmp_path, "[keys.home]\n# theme\n", ("theme",), "paper")
    assert text == 'theme = "paper"\n\n[keys.home]\n# theme\n'
    text = written(tmp_path, FULL, ("keys", "guard", "copy"), "Y")
    assert tomllib.loads(text)["keys"] == {"home": {"open_channel": "O"}, "guard": {"copy": "Y"}}
    assert set(FULL.splitlines()) <= set(text.splitlines())


def test_what_is_taken_away_and_put_again(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(FULL)
    assert settings_file.take_away(tmp_path, ("keys", "home", "open_channel")) == ""
    assert path.read_text() == FULL.replace("open_channel = 'O' # big\n", "")
    assert settings_file.take_away(tmp_path, ("keys", "nowhere", "nothing")) == ""
    assert settings_file.take_away(tmp_path, ("theme",)) == ""
    assert "theme" not in tomllib.loads(path.read_text())
    assert "# mine" in path.read_text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"theme = \n", "it is no TOML"),
        (b"codes = [", "it is no TOML"),
        (b"\xff\xfe", "it is no TOML"),
        (b"codes = 5", '"codes" is no table'),
        (b"[[codes]]\nx = 1\n", '"codes" is no table'),
    ],
)
def test_what_is_not_understood_is_left_alone(tmp_path: Path, text: bytes, words: str) -> None:
    (tmp_path / "config.toml").write_bytes(text)
    for said in (
        settings_file.put(tmp_path, ("codes", "xterm"), "fine"),
        settings_file.take_away(tmp_path, ("codes", "xterm")),
    ):
        assert said.startswith("config.toml was left as it is: ")
        assert words in said
    assert (tmp_path / "config.toml").read_bytes() == text


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    assert "cannot be written" in settings_file.put(tmp_path, ("theme",), "paper")


def test_it_is_the_owners_alone_and_what_was_allowed_before_is_kept(tmp_path: Path) -> None:
    new = tmp_path / "a" / "b"
    assert settings_file.put(new, ("theme",), "paper") == ""
    assert stat.S_IMODE(new.stat().st_mode) == 0o700
    assert stat.S_IMODE((new / "config.toml").stat().st_mode) == 0o600
    (new / "config.toml").chmod(0o640)
    assert settings_file.put(new, ("theme",), "night") == ""
    assert stat.S_IMODE((new / "config.toml").stat().st_mode) == 0o640


def test_a_link_to_the_file_stays_one(tmp_path: Path) -> None:
    mine, linked = tmp_path / "mine.toml", tmp_path / "config.toml"
    mine.write_text("# mine\n")
    linked.symlink_to(mine)
    assert settings_file.put(tmp_path, ("theme",), "paper") == ""
    assert linked.is_symlink()
    assert mine.read_text() == '# mine\ntheme = "paper"\n'


def test_a_broken_file_is_kept_aside_under_a_name_that_is_free(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / "config.toml").write_text(f"theme = {number} oops")
        assert settings_file.keep_aside(tmp_path) == f"config.toml.broken-{number}"
        assert not (tmp_path / "config.toml").exists()
    assert (tmp_path / "config.toml.broken-1").read_text() == "theme = 1 oops"
    assert settings_file.keep_aside(tmp_path).startswith("config.toml cannot be renamed: ")


names = st.sampled_from(("theme", "keys", "codes", "a", "b c", "ü"))
values = st.recursive(
    st.one_of(st.text(max_size=5), st.integers(-9, 9), st.booleans()),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(names, values, max_size=4), st.lists(names, min_size=1, max_size=3))
def test_whatever_stands_there_stays_or_nothing_is_written(
    tmp_path_factory: pytest.TempPathFactory, fields: Mapping[str, object], name: list[str]
) -> None:
    import tomlkit

    folder = tmp_path_factory.mktemp("settings")
    before = tomlkit.dumps(fields)
    (folder / "config.toml").write_text(before)
    said = settings_file.put(folder, tuple(name), "new")
    after = tomllib.loads((folder / "config.toml").read_text())
    if said:
        assert (folder / "config.toml").read_text() == before
        return
    wanted = tomllib.loads(before)
    table = wanted
    for part in name[:-1]:
        table = table.setdefault(part, {})
    table[name[-1]] = "new"
    assert after == wanted
    assert config.read(folder).broken is False
