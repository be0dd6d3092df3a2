"""The user's own keys: `[keys.PLACE]` tables of the settings, checked against all commands.

A key stands for one thing at each place. Where two settings, or a setting and a key that was there
before, want the same one, the setting that comes later is not used, and a sentence says so.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Mapping
from typing import Final

from textual.content import Content, Span
from textual.keys import Keys, _character_to_key

from lnwallet_tui.ui import commands
from lnwallet_tui.ui.commands import Command

MOVES: Final = ("up", "down", "left", "right", "h", "j", "k", "l", "g", "G", "enter", "tab")
"""Keys that move in lists and forms; what has the focus takes them first."""
_MODIFIERS: Final = {"ctrl", "shift", "alt", "super"}
_NAMED: Final = {one.value for one in Keys if "<" not in one.value and "+" not in one.value} | {
    _character_to_key(character) for character in string.punctuation
}
_ALLOWED: Final = (
    'one character, or a name such as "f2", "ctrl+s", "escape"; several with commas between'
)

_AS_IN_THE_LIST: Final = {"channel.close_channel": "channels.close_channel"}
"""Commands of one thing's own page that follow the key of the same command in the list."""

Keymap = Mapping[str, str]
"""Keys by the id of a command, as Textual takes it."""


class KeysError(ValueError):
    """What is wrong with a setting of keys; `place` and `name` say which, empty for a whole table.

    The message says what is allowed.
    """

    def __init__(self, place: str, name: str, message: str) -> None:
        super().__init__(message)
        self.place, self.name = place, name


def keys_of(command: type[Command], keymap: Keymap) -> tuple[str, ...]:
    """The keys that it has now; none where only the palette has it."""
    keys = keymap.get(commands.id_of(command)) or default_of(command, keymap)
    return tuple(keys.split(",")) if keys else ()


def default_of(command: type[Command], keymap: Keymap) -> str:
    """Its keys where the user has set none for it: those of the command that does the same in the
    list it belongs to, as far as they are free at its place."""
    keys = keymap.get(_AS_IN_THE_LIST.get(commands.id_of(command), ""), "")
    if not keys:
        return command.keys
    beside = (one for one in commands.of_place(command.where) if one is not command)
    taken = {key for one in beside for key in keymap.get(commands.id_of(one), one.keys).split(",")}
    return command.keys if taken & set(keys.split(",")) else keys


def as_used(keymap: Keymap) -> dict[str, str]:
    """The user's keys, and those that follow from them at other places."""
    known = {commands.id_of(one): one for one in commands.ALL}
    follow = {twin: ",".join(keys_of(known[twin], keymap)) for twin in _AS_IN_THE_LIST}
    return {**follow, **keymap}


def pressed_for(command: type[Command], keymap: Keymap) -> tuple[str, ...]:
    """The same, and enter where that opens a row by itself, whatever key the user has set."""
    keys = keys_of(command, keymap)
    return keys if "enter" in keys or not is_of_a_row(command) else (*keys, "enter")


def is_of_a_row(command: type[Command]) -> bool:
    """Whether it is what enter does in a list."""
    return "enter" in command.keys.split(",")


_SHOWN: Final = {
    "question_mark": "?",
    "colon": ":",
    "slash": "/",
    "comma": ",",
    "plus": "+",
    "full_stop": ".",
    "escape": "esc",
}
_IN_BRACES: Final = re.compile(r"\{([a-z_]+\.[a-z_]+)\}")
_OF_A_PAGE: Final = re.compile(r"\b(?:[Ss]ee|on) (Guard|On-chain|Channels|Peers|Receive)\b(?! \()")


def shown(key: str) -> str:
    """A key as people write it: `?`, `F8`, `ctrl+o`."""
    if re.fullmatch(r"f[0-9]{1,2}", key):
        return key.upper()
    return _SHOWN.get(key, key)


def key_of(command_id: str, keymap: Keymap) -> str:
    """The first key of that command, as people write it; of one that has none, the key of the
    palette, in which it is found. Empty where there is no such command."""
    for command in commands.ALL:
        if commands.id_of(command) == command_id:
            keys = keys_of(command, keymap) or keys_of(commands.Palette, keymap)
            return shown(keys[0])
    return ""


def with_keys(sentence: str, keymap: Keymap, twice: str = "") -> str:
    """A sentence of ours with the keys that commands have now. It names a command in braces:
    `Press {everywhere.send}.` The key of the command `twice` does something else when it is
    pressed once."""
    return _IN_BRACES.sub(lambda found: _key(found[1], keymap, twice) or found[0], sentence)


def _key(name: str, keymap: Keymap, twice: str) -> str:
    key = key_of(name, keymap)
    return f"{key} twice" if key and name == twice else key


def content_with_keys(content: Content, keymap: Keymap, twice: str = "") -> Content:
    """The same in what is drawn; its colours stay."""
    text = content.plain
    found = [
        (one.end(), len(key) - len(one[0]))
        for one in _IN_BRACES.finditer(text)
        if (key := _key(one[1], keymap, twice))
    ]
    if not found:
        return content

    def moved(place: int) -> int:
        return place + sum(longer for end, longer in found if end <= place)

    spans = [Span(moved(one.start), moved(one.end), one.style) for one in content.spans]
    return Content(with_keys(text, keymap, twice), spans)


def with_keys_of_pages(sentence: str, keymap: Keymap) -> str:
    """A sentence of the node's, which knows no keys, with those of the pages that it names."""

    def named(found: re.Match[str]) -> str:
        name = found[1].lower().replace("-", "")
        return f"{found[0]} ({key_of(f'everywhere.{name}', keymap)})"

    return _OF_A_PAGE.sub(named, sentence)


def check(tables: Mapping[str, object]) -> tuple[dict[str, str], list[KeysError]]:
    """What of the tables can be used, and what is wrong with the rest."""
    keymap: dict[str, str] = {}
    wrong: list[KeysError] = []
    for place, table in tables.items():
        if place not in commands.PLACES or not isinstance(table, dict):
            places = ", ".join(commands.PLACES)
            wrong.append(KeysError("", place, f"is none of the tables [keys.PLACE]: {places}"))
            continue
        known = {commands.name_of(one): one for one in commands.of_place(place)}
        for name, value in table.items():
            if name not in known:
                message = f"is no command; allowed here: {', '.join(known) or 'none'}"
                wrong.append(KeysError(place, name, message))
                continue
            try:
                keymap[commands.id_of(known[name])] = _checked(known[name], place, name, value)
            except KeysError as error:
                wrong.append(error)
    wrong += _without_clashes(keymap)
    return keymap, wrong


def _checked(command: type[Command], place: str, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise KeysError(place, name, f"is a text in quotes: {_ALLOWED}")
    keys = [_normal(one.strip()) for one in value.split(",")]
    for one, typed in zip(keys, value.split(","), strict=True):
        if not one:
            raise KeysError(
                place, name, f"has no key {_quoted(typed.strip())}; allowed: {_ALLOWED}"
            )
        if command.needs_world and (len(one) == 1 or one in _PRINTABLE):
            message = f"cannot be {_quoted(typed.strip())}, because it works while you type, too"
            raise KeysError(place, name, f'{message}; allowed: "f2", "ctrl+s" and their like')
    return ",".join(dict.fromkeys(keys))


_PRINTABLE: Final = {_character_to_key(one) for one in string.printable if one.isprintable()}


def _normal(key: str) -> str:
    """The key as Textual names it; empty where there is none such."""
    if len(key) == 1:
        return _character_to_key(key) if key.isprintable() and key != " " else ""
    *modifiers, last = key.split("+")
    known = last.lower() in _NAMED or (len(last) == 1 and last.isalnum() and bool(modifiers))
    if not known or not set(modifiers) <= _MODIFIERS:
        return ""
    return "+".join((*modifiers, last.lower() if len(last) > 1 else last))


def _without_clashes(keymap: dict[str, str]) -> Iterator[KeysError]:
    """Take settings out of `keymap` until no key stands for two things."""
    while (found := _first_clash(keymap)) is not None:
        command, key, other = found
        del keymap[commands.id_of(command)]
        message = f"cannot be {_quoted(key)}, which is {other}; choose a key that is free"
        yield KeysError(command.where, commands.name_of(command), message)


def _first_clash(keymap: Keymap) -> tuple[type[Command], str, str] | None:
    for place in commands.PLACES:
        taken: dict[str, type[Command] | None] = dict.fromkeys(MOVES)
        usable = list(commands.usable(place, playground=True))
        usable.sort(key=lambda one: commands.id_of(one) in keymap)  # what is set comes later
        for command in usable:
            for key in keys_of(command, keymap):
                if commands.id_of(command) not in keymap:
                    taken[key] = command  # what is there already agrees with itself
                elif key in taken and taken[key] is not command:
                    return command, key, _what(taken[key])
                else:
                    taken[key] = command
    return None


_CANDIDATES: Final = (
    *string.ascii_lowercase,
    *(f"f{number}" for number in (2, 3, 4, 5, 6, 7, 8, 9, 12)),
    *string.ascii_uppercase,
    *(f"ctrl+{letter}" for letter in "bglnorty"),
)
"""Named where another key is refused: none that terminals or fields keep for themselves."""


def free_keys(command: type[Command], keymap: Keymap) -> Iterator[str]:
    """Keys that the command could have beside what others have now, as people write them."""
    for key in _CANDIDATES:
        alone = {**keymap, commands.id_of(command): key}
        if key in keys_of(command, keymap) or (command.needs_world and len(key) == 1):
            continue
        if _first_clash(alone) is None:
            yield shown(key)


def _quoted(typed: str) -> str:
    """In the quotes that the file has, and whatever it is harmless."""
    return f'"{repr(typed)[1:-1]}"'


def _what(command: type[Command] | None) -> str:
    if command is None:
        return "for moving in lists and forms"
    return f'"{command.title}" ({commands.PLACES[command.where]})'
