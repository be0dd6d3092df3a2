"""What the playground's people can do."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class OpenTo(Command, where="people", keys="o", title="Open", action="open_to"):
    """Open a channel to the one under the cursor (enter, or a second click, does the same)."""


class TheyOpen(
    Command, where="people", keys="O", title="They open", action="they_open", footer="people"
):
    """They open a channel to you, so that you can be paid."""


class TheyPay(
    Command, where="people", keys="p", title="They pay", action="they_pay", footer="people"
):
    """They pay the newest invoice that you made and that waits."""


class Buy(Command, where="people", keys="b", title="Buy", action="buy", footer="people"):
    """Ask them for an invoice; it opens in Send. Only some sell anything."""


class LetCheat(Command, where="people", keys="x", title="Cheat", action="cheat", footer="people"):
    """They publish an old, revoked state of their channel with you, to take back what they paid."""


class Vanish(
    Command, where="people", keys="v", title="Away/back", action="vanish", footer="people"
):
    """They stop answering, or come back."""


class CopyUri(Command, where="people", keys="y", title="Copy address", action="copy"):
    """Copy the ID@HOST:PORT of the one under the cursor."""
