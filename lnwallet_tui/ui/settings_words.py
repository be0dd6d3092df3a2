"""The settings as rows: what each is, what it is now, where that comes from, what it does."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final

from textual.content import Content

from lnwallet_tui.api.about import AboutView
from lnwallet_tui.api.backup import BackupView
from lnwallet_tui.ui import commands, config, custody_words, theme
from lnwallet_tui.ui.keymap import default_of, is_of_a_row, keys_of, shown
from lnwallet_tui.ui.look import Look
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.settings_file import Name
from lnwallet_tui.ui.widgets.outline import Row
from lnwallet_tui.ui.widgets.words import MUTED

_TITLE: Final = 30  # cells
_AT_ONCE: Final = "It is seen at once; no restart is needed."
_NOT_HERE: Final = "It cannot be changed here."
DRAWINGS: Final = {
    "fine": "six parts of a code to a cell: small, where the terminal draws such cells itself",
    "half": "two parts to a cell: larger, for almost every terminal",
    "full": "two cells to a part: largest, for a terminal that draws nothing else",
}


class Kind(enum.Enum):
    """What can be done with a setting."""

    GROUP = enum.auto()
    THEME = enum.auto()
    DRAWING = enum.auto()
    KEY = enum.auto()
    FACT = enum.auto()


_OPENS: Final = "Enter opens it, and folds it again."
ENTER: Final = {
    Kind.THEME: "enter: choose",
    Kind.DRAWING: "enter: choose",
    Kind.KEY: "enter: another key",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """A setting, or a group of them. `name` is where it stands in the file, `line` in which line
    of it, 0 where the default counts; `default` is empty where there is none to go back to."""

    kind: Kind
    title: str
    value: str = ""
    default: str = ""
    effect: str = ""
    name: Name = ()
    line: int = 0

    @property
    def origin(self) -> str:
        """Where the value comes from."""
        if self.kind in (Kind.GROUP, Kind.FACT):
            return ""
        return f"{config.FILE}, line {self.line}" if self.line else "default"


def rows(
    session: Session,
    about: AboutView | None,
    opened: set[tuple[str, ...]],
    backup: BackupView | None = None,
) -> list[Row[Setting]]:
    """Everything that is to be seen: groups, and what is in the open ones."""
    look = session.settings
    assert look is not None, "there are settings once the screen has begun"
    return [
        *_group("look", "Look", _look(session, look), opened),
        *_group("wallet", "This wallet", _wallet(session, look, about, backup), opened),
        *_keys(session, look, opened),
    ]


def _group(
    name: str, title: str, settings: list[Setting], opened: set[tuple[str, ...]]
) -> Iterator[Row[Setting]]:
    path, is_open = (name,), (name,) in opened
    yield Row(path, Setting(Kind.GROUP, title, effect=_OPENS), folds=True, is_open=is_open)
    if is_open:
        for one in settings:
            yield Row((name, one.title), one, folds=False, is_open=False)


def _look(session: Session, look: Look) -> list[Setting]:
    drawing, lines = session.drawing, look.settings.lines
    name = ("codes", drawing.terminal.name)
    chosen = look.settings.codes.get(drawing.terminal.name)
    return [
        Setting(
            Kind.THEME,
            "Theme",
            look.chosen,
            theme.DEFAULT,
            f"The colours of everything. {_AT_ONCE}",
            ("theme",),
            lines.get("theme", 0) if look.settings.theme else 0,
        ),
        Setting(
            Kind.DRAWING,
            f"QR codes in {drawing.terminal.name}",
            drawing.mode.name.lower(),
            "by what is known of the terminal",
            "How codes are drawn in this terminal, so that a phone reads them. The next code is "
            "drawn so; no restart is needed.",
            name,
            lines.get(".".join(name), 0) if chosen else 0,
        ),
    ]


_APART: Final = (
    "A process of its own: it alone has the keys, and watches your channels. lnwallet-tui stop "
    "ends it; lnwallet-tui --when-closed says what becomes of it when the screen is closed."
)

_SECOND: Final = "The command lnwallet-tui backup --second names a second place."


def _wallet(
    session: Session, look: Look, about: AboutView | None, backup: BackupView | None
) -> list[Setting]:
    folder = "" if about is None else about.folder
    log = "" if about is None else about.log
    written = "" if about is None else f", files of format {about.format}"
    network = session.picture.status.network if session.picture is not None else ""
    settings = f"{look.folder / config.FILE}" if look.folder is not None else "nowhere"
    node_id = session.picture.status.node_id if session.picture is not None else ""
    custody = session.custody_view
    kept = custody_words.kept(custody)
    seed = [] if custody is None else [_fact("Your seed", kept, custody_words.describe(custody))]
    lives = session.node_lives
    node = [_fact("Node", lives, session.placed(_APART))] if lives else []
    return [
        *seed,
        *node,
        _fact("Network", network, "Where this wallet's money lives."),
        _fact("Folder of the wallet", folder, "Its channels, payments and coins. Copy it nowhere: "
              "a wallet that goes on from an old copy loses money."),
        *([] if backup is None else [_backup(backup, session.placed)]),
        _fact("Log", log, "What the node wrote down, without secrets; the page Log shows it."),
        _fact("Settings and themes", settings, "This page writes into that file and leaves your "
              "comments in it; themes of your own are in the folder themes beside it."),
        _fact("Version", f"lnwallet-tui {version('lnwallet-tui')}{written}",
              "A wallet of a newer program is not opened by an older one."),
        _fact("Your node's id", node_id, "By this key others know your node."),
    ]  # fmt: skip


def _backup(backup: BackupView, placed: Callable[[str], str]) -> Setting:
    if not backup.file:
        return _fact("Channel backup", "not kept", backup.explanation)
    effect = (
        f"{backup.explanation} With your words it has the peers of lost channels asked to close "
        f"them. {placed(_SECOND)}"
    )
    places = " and ".join(filter(None, (backup.file, backup.second)))
    return Setting(Kind.FACT, "Channel backup", places, effect=effect)


def _fact(title: str, value: str, effect: str) -> Setting:
    return Setting(Kind.FACT, title, value, effect=f"{effect} {_NOT_HERE}")


def _keys(session: Session, look: Look, opened: set[tuple[str, ...]]) -> Iterator[Row[Setting]]:
    everywhere = ("keys",)
    is_open = everywhere in opened
    yield Row(everywhere, Setting(Kind.GROUP, "Keys", effect=_OPENS), folds=True, is_open=is_open)
    if not is_open:
        return
    for place, title in commands.PLACES.items():
        found = [
            one for one in commands.of_place(place) if session.playground or not one.needs_world
        ]
        if not found:
            continue
        path = ("keys", place)
        yield Row(
            path, Setting(Kind.GROUP, title, effect=_OPENS), folds=True, is_open=path in opened
        )
        if path in opened:
            for one in found:
                yield Row(
                    (*path, commands.name_of(one)), _key(one, look), folds=False, is_open=False
                )


def _key(command: type[commands.Command], look: Look) -> Setting:
    name = ("keys", command.where, commands.name_of(command))
    has_own = commands.id_of(command) in look.settings.keys
    as_well = (
        " Enter does it in a list as well, whatever key you set." if is_of_a_row(command) else ""
    )
    return Setting(
        Kind.KEY,
        command.title,
        in_words(keys_of(command, look.settings.keys)),
        in_words(default_of(command, look.settings.keys).split(",")),
        f"{command.sentence()}{as_well} {_AT_ONCE}",
        name,
        look.settings.lines.get(".".join(name), 0) if has_own else 0,
    )


def in_words(keys: tuple[str, ...] | list[str]) -> str:
    """Keys as people write them."""
    return "  ".join(map(shown, keys))


def drawn(row: Row[Setting], width: int) -> Content:
    """A line of the list."""
    one, indent = row.item, "  " * row.depth
    if one.kind is Kind.GROUP:
        return Content.assemble(f"{indent}{'▾' if row.is_open else '▸'} ", (one.title, "bold"))
    title = f"{indent}  {one.title}"
    return Content.assemble(
        f"{title:<{_TITLE}} ",
        (one.value, "bold" if one.line else ""),
        ("  yours" if one.line else "", "$accent"),
    ).truncate(width, ellipsis=True)


def facts(one: Setting) -> Content:
    """Below the list: the value whole, where it is from, what it was at first."""
    parts = [one.value]
    if one.origin:
        parts += [f"from: {one.origin}", f"default: {one.default}"]
    return Content.assemble((parts[0], "bold"), ("".join(f" · {one}" for one in parts[1:]), MUTED))
