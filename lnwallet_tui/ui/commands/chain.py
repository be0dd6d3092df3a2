"""What can be done about the nodes that blocks come from."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class TryOthers(
    Command, where="chain", keys="t", title="Try others", action="try_others", footer="chain"
):
    """Hang up on all nodes of the Bitcoin network, and look for others first."""
