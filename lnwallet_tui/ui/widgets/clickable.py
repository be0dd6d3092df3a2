"""Words that name a key, and do what it does when they are clicked.

They are no links of Textual's: of those there is none on the screen, so that nobody's words can be
one.
"""

from __future__ import annotations

from typing import Final

from textual import events
from textual.content import Content
from textual.style import Style

from lnwallet_tui.ui import commands

_DOES: Final = "does"


def clickable(said: str, command: type[commands.Command]) -> Content:
    """Our own words for that command."""
    return Content.styled(said, Style.from_meta({_DOES: commands.id_of(command)}))


def action_at(click: events.Click) -> str:
    """What the words do that were clicked; empty where they name no key."""
    name = click.style.meta.get(_DOES)
    found = (commands.action_of(one) for one in commands.ALL if commands.id_of(one) == name)
    return next(found, "")
