"""What can be done where codes are scanned."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class OfScreen(Command, where="scan", keys="d", title="Screen", action="screen", footer="scan"):
    """Look for codes on the whole screen, in whatever window they are."""


class OfClipboard(
    Command, where="scan", keys="b", title="Clipboard", action="clipboard", footer="scan"
):
    """Look for codes in the picture that was copied to the clipboard."""


class OfCamera(Command, where="scan", keys="v", title="Camera", action="camera", footer="scan"):
    """Look through the camera; what it sees is shown, nothing of it is kept."""


class OfFile(Command, where="scan", keys="e", title="File", action="file", footer="scan"):
    """Type the path of an image. (Dropping the file on this window does the same.)"""
