"""Everything the user can do, one class each: it feeds the footer, the palette and the help.

A class says where it can be done, with which keys, and in its docstring, in a sentence, what it
does. The doing is an action of the screen (or of the app, for what can be done everywhere).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.binding import Binding

EVERYWHERE: Final = "everywhere"
PLACES: Final = {
    "home": "Home",
    "activity": "Activity",
    "channels": "Channels",
    "channel": "One channel",
    "open": "Open a channel",
    "close": "Close a channel",
    "receive": "Receive",
    "send": "Send",
    "payment": "One payment",
    "guard": "Guard",
    "satoshis": "Where every satoshi is",
    "onchain": "On-chain",
    "pay_address": "Send on chain",
    "transaction": "One transaction",
    "hurry": "Hurry a transaction",
    "peers": "Peers",
    "chain": "The Bitcoin network",
    "scan": "Scan a code",
    "people": "The playground's people",
    "story": "The story",
    "hops": "What each hop saw",
    "anew": "A new world",
    "first_run": "First run",
    "settings": "Settings",
    "choose": "Choose",
    "inbox": "Inbox",
    "logs": "Log",
    "help": "Help",
    "leave": "Leave",
    EVERYWHERE: "Everywhere",
}

MOST_IN_FOOTER: Final = 7
NO_KEY: Final = "none"
"""No keyboard has it: of a command that only the palette has, until the user sets a key."""


class Command:
    """Base of all commands; subclasses register themselves in the order they are written."""

    where: ClassVar[str]
    keys: ClassVar[str]
    title: ClassVar[str]
    action: ClassVar[str]
    footer: ClassVar[frozenset[str]]
    needs_world: ClassVar[bool]

    def __init_subclass__(
        cls,
        *,
        where: str,
        keys: str,
        title: str,
        action: str = "",
        footer: str = "",
        needs_world: bool = False,
    ) -> None:
        cls.where, cls.keys, cls.title = where, keys, title
        cls.action = action or cls.__name__.lower()
        cls.footer = frozenset(footer.split())
        cls.needs_world = needs_world
        ALL.append(cls)

    @classmethod
    def sentence(cls) -> str:
        """What it does."""
        return " ".join((cls.__doc__ or "").split())


ALL: Final[list[type[Command]]] = []


def of_place(place: str) -> Iterator[type[Command]]:
    """What can be done there and not everywhere."""
    return (command for command in ALL if command.where == place)


def usable(place: str, *, playground: bool) -> Iterator[type[Command]]:
    """What can be done from there, the place's own first."""
    for where in dict.fromkeys((place, EVERYWHERE)):
        for command in of_place(where):
            if playground or not command.needs_world:
                yield command


def bindings(place: str) -> list[Binding]:
    """The keys of a screen; those that its footer shows are marked."""
    return [
        Binding(
            command.keys or NO_KEY,
            action_of(command),
            command.title,
            show=place in command.footer,
            priority=command.needs_world,
            id=id_of(command),
        )
        for command in (*of_place(place), *of_place(EVERYWHERE))
    ]


def name_of(command: type[Command]) -> str:
    """What the user's settings call it, at its place."""
    action = command.action
    return action.split("'")[1] if action.startswith(("mode('", "page('")) else action


def id_of(command: type[Command]) -> str:
    """Its name with its place: what a keymap calls it."""
    return f"{command.where}.{name_of(command)}"


def action_of(command: type[Command]) -> str:
    """The action to run, with its namespace."""
    return ("app." if command.where == EVERYWHERE else "screen.") + command.action
