"""The user's config.toml: what is wrong is told with line and key, and the rest counts."""

from __future__ import annotations

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
    assert config.read(tmp_path).broken


def test_a_folder_in_place_of_the_file_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    [notice] = config.read(tmp_path).notices
    assert notice.text == "config.toml cannot be read: Is a directory."
    assert not config.read(tmp_path).broken
