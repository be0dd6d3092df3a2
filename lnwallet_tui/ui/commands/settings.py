"""What can be done with the settings."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class ChangeSetting(
    Command, where="settings", keys="enter", title="Change", action="change", footer="settings"
):
    """Change the setting under the cursor, or open and fold a group."""


class AddKey(
    Command, where="settings", keys="plus", title="Add a key", action="add_key", footer="settings"
):
    """Give the command under the cursor one more key."""


class ToDefault(
    Command, where="settings", keys="x", title="Default", action="to_default", footer="settings"
):
    """Take the setting under the cursor out of the file: it is as it was at first."""


class CopyValue(
    Command, where="settings", keys="y", title="Copy", action="copy", footer="settings"
):
    """Copy the value under the cursor."""


class KeepAside(
    Command,
    where="settings",
    keys="K",
    title="Keep the old file aside",
    action="keep_aside",
    footer="settings",
):
    """Give a settings file that cannot be read another name, and begin a new one."""
