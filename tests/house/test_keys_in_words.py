"""Keys in sentences: the user may have others. The screen's name the command, the node's none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from lnwallet_tui.ui import commands

PACKAGE = Path(__file__).resolve().parents[2] / "lnwallet_tui"
UI = PACKAGE / "ui"

FUNCTION_KEY = re.compile(r"F[0-9]{1,2}$")
NAMED_KEY = re.compile(r"(?<![\w{])(?:F(?:[1-9]|1[0-2])|ctrl\+\w|[Ee]sc)(?![\w}])")
ONE = r"[a-zA-Z0-9?/:,+]"
CHARACTER = (
    re.compile(rf"\b[Pp]ress {ONE}(?!\w)"),  # Press x to
    re.compile(rf"\((?!s\)){ONE}(?:(?:, then|,| and) {ONE})*\)"),  # close it (x)
    re.compile(r"(?:^|[ ;])[a-zA-Z/?]: "),  # w: where is it all
    re.compile(r"\b(?:[Ss]ee|under|with|opens|key|then|not yet) [b-zB-HJ-Z/](?=[ .,;:)]|$)"),
    re.compile(r"\b[Ss]ee [0-9](?=[ .,;:)]|$)"),
    re.compile(r"(?:^|[;:.] )[b-zB-HJ-Z](?= \w+s\b)"),  # d builds penalties
)
MOVES = "g is its beginning, G its end"
FIXED = {"esc leaves it as it is; so does a click."}  # while a key is asked for, no command has one
"""Keys that no setting changes."""


FIXES_ONE = (
    "Close it (c, then x).", "Press d.", "See Guard (5).", "F5 mines.", "w: all of it", "then x",
    "do it (r)", "d builds more", "esc: show all", "see 5", "with ctrl+o", "not scan: m draws it",
)  # fmt: skip
FIXES_NONE = (
    "Close it ({channels.close_channel}).", "1 of 3", "enter: details", "n of them", "as it was.",
    "under 1 sat", "BOLT 5, General", "every channel(s)",
)  # fmt: skip


def words(path: Path) -> Iterator[str]:
    """The texts of a module that people read: no docstring but those of commands."""
    tree = ast.parse(path.read_text())
    of_commands = "commands" in path.parts
    said: set[ast.AST] = set()
    for node in ast.walk(tree) if not of_commands else ():
        body = getattr(node, "body", None)
        statements = body if isinstance(body, list) else ()
        said |= {one.value for one in statements if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in said:
            yield " ".join(node.value.split())


def fixed_key(text: str) -> str:
    """A key that the text names for good; empty where there is none."""
    if text in FIXED or MOVES in text:
        return ""
    for pattern in (NAMED_KEY, *CHARACTER) if " " in text else (FUNCTION_KEY,):
        if found := pattern.search(text):
            return found[0]
    return ""


def found_in(paths: Iterator[Path]) -> list[tuple[str, str, str]]:
    return [
        (path.name, key, text) for path in paths for text in words(path) if (key := fixed_key(text))
    ]


def test_no_sentence_of_the_screen_names_a_key_that_may_be_another() -> None:
    assert found_in(path for path in UI.rglob("*.py") if path.name != "keymap.py") == []


def test_what_the_node_and_the_playground_say_names_no_key() -> None:
    rooms = (PACKAGE / name for name in ("api", "node", "playground", "onion", "payment", "coins"))
    assert found_in(path for room in rooms for path in room.rglob("*.py")) == []


def test_every_command_that_a_sentence_names_is_there() -> None:
    named = re.compile(r"\{+([a-z_]+\.[a-z_]+)\}")
    found = {
        name for path in UI.rglob("*.py") for text in words(path) for name in named.findall(text)
    }
    assert len(found) > 30
    assert found <= {commands.id_of(one) for one in commands.ALL}


def test_no_braces_are_left_doubled() -> None:
    doubled = re.compile(r"\{\{[a-z_]+\.")
    found = [text for path in UI.rglob("*.py") for text in words(path) if doubled.search(text)]
    assert found == []


def test_such_a_sentence_is_found_and_others_are_not() -> None:
    for text in FIXES_ONE:
        assert fixed_key(text), text
    for text in FIXES_NONE:
        assert not fixed_key(text), text
