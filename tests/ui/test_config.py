"""The user's config.toml: what is wrong is told with line and key, and the rest counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from lnwallet_tui.ui import config


def read(folder: Path, text: str) -> config.Config:
    (folder / "config.toml").write_text(text)
    return config.read(folder)


def test_no_file_says_nothing(tmp_path: Path) -> None:
    assert config.read(tmp_path) == config.Config()
    assert config.read(tmp_path / "nowhere") == config.Config()


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        '# mine\ntheme = "paper" # light\n\n[keys.everywhere]\nsend = "f4, S"\n'
        '[keys]\nchannels.close_channel = "ctrl+x"\n',
    )
    assert found.notices == ()
    assert (found.theme, found.theme_line) == ("paper", 2)
    assert found.keys == {"everywhere.send": "f4,S", "channels.close_channel": "ctrl+x"}


def test_what_the_readme_shows_can_be_used(tmp_path: Path) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    found = read(tmp_path, readme.partition("```toml\n")[2].partition("```")[0])
    assert (found.theme, found.notices, len(found.keys)) == ("orchard", (), 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\ncolour = 1", 'config.toml, line 2: there is no key "colour"; allowed: "theme" and'),
        ("theme = 5", 'config.toml, line 1: "theme" is the name of a theme in quotes'),
        ("keys = 5", 'config.toml, line 1: "keys" is a table: [keys.PLACE]'),
        ("[keys]\nsend = 1", '"keys.send" is none of the tables [keys.PLACE]: home, activity'),
        ("[keys.hom]\n", 'config.toml, line 1: "keys.hom" is none of the tables'),
        (
            '\n[keys.send]\npay = "x"',
            'line 3: "keys.send.pay" is no command; allowed here: copy_pr',
        ),
        ("[keys.home]\nopen_channel = 7", 'line 2: "keys.home.open_channel" is a text in quotes'),
        ('theme = "a\\u001b[2J"\n"\\u001b" = 1', 'there is no key "�"'),
    ],
)
def test_what_is_wrong_says_where_and_what_is_allowed(
    tmp_path: Path, text: str, words: str
) -> None:
    [notice] = read(tmp_path, text).notices
    assert words in notice.text
    assert str(tmp_path) in notice.remedy


def test_the_rest_still_counts(tmp_path: Path) -> None:
    found = read(
        tmp_path, 'theme = "paper"\nshade = 1\n[keys.home]\nopen_channel = 1\nclear_notices = "X"\n'
    )
    assert found.theme == "paper"
    assert found.keys == {"home.clear_notices": "X"}
    assert [one.text.split(":")[0].split(" is")[0] for one in found.notices] == [
        "config.toml, line 2",
        "config.toml, line 4",
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            b"theme = \n",
            "config.toml is no TOML, so nothing in it counts: Invalid value (at line 1",
        ),
        (b"\xff\xfe", "config.toml cannot be read: it is no UTF-8 text."),
    ],
)
def test_a_broken_file_is_one_sentence(tmp_path: Path, content: bytes, words: str) -> None:
    (tmp_path / "config.toml").write_bytes(content)
    [notice] = config.read(tmp_path).notices
    assert notice.text.startswith(words)
    assert config.remember_theme(tmp_path, "paper").endswith("it is no TOML.")
    assert (tmp_path / "config.toml").read_bytes() == content


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    [notice] = config.read(tmp_path).notices
    assert notice.text == "config.toml cannot be read: Is a directory."
    assert "cannot be written" in config.remember_theme(tmp_path, "paper")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", 'theme = "paper"\n'),
        ("# mine\n", 'theme = "paper"\n# mine\n'),
        (
            "# mine\n\n  theme='night'   # dark\n\n# keys\n[keys.home]\nopen_channel = 'O' # big\n",
            '# mine\n\n  theme="paper"   # dark\n\n# keys\n[keys.home]\n'
            "open_channel = 'O' # big\n",
        ),
        ('\r\n"theme" = "night"\r\n# end', '\r\n"theme" = "paper"\r\n# end'),
        ("[keys.home]\n# theme\n", 'theme = "paper"\n[keys.home]\n# theme\n'),
    ],
)
def test_a_chosen_theme_changes_one_line(tmp_path: Path, before: str, after: str) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(before.encode())
    file.chmod(0o640)
    assert config.remember_theme(tmp_path, "paper") == ""
    assert file.read_bytes().decode() == after
    assert file.stat().st_mode & 0o777 == 0o640
    assert config.read(tmp_path).theme == "paper"
    assert os.listdir(tmp_path) == ["config.toml"]


def test_a_line_that_is_not_understood_is_left_alone(tmp_path: Path) -> None:
    before = 'about = """\ntheme = "night"\n"""\ntheme = """night"""\n'
    (tmp_path / "config.toml").write_text(before)
    assert "was left as it is" in config.remember_theme(tmp_path, "paper")
    assert (tmp_path / "config.toml").read_text() == before


def test_a_link_to_the_file_stays_one_and_a_missing_folder_is_made(tmp_path: Path) -> None:
    assert config.remember_theme(tmp_path / "new" / "folder", "paper") == ""
    assert config.read(tmp_path / "new" / "folder").theme == "paper"
    mine, linked = tmp_path / "mine.toml", tmp_path / "config.toml"
    mine.write_text("# mine\n")
    linked.symlink_to(mine)
    assert config.remember_theme(tmp_path, "paper") == ""
    assert linked.is_symlink()
    assert mine.read_text() == 'theme = "paper"\n# mine\n'
