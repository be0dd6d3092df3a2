"""What can be done on the first run."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class SquareDrawing(
    Command, where="first_run", keys="m", title="Drawing", action="qr_mode", footer="first_run"
):
    """Draw the square in another way: fine, half blocks, or whole cells, until it scans."""
