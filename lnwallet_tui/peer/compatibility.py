"""Whether two `init` messages go together (BOLT 1)."""

from __future__ import annotations

from lnwallet_tui.peer.errors import DependenciesMissing, FeaturesRequired, NoCommonNetwork
from lnwallet_tui.wire.bolt1 import Init
from lnwallet_tui.wire.features import missing_dependencies, unknown_required


def check_init(ours: Init, theirs: Init) -> None:
    """Raises the `RemoteError` for which the connection must end."""
    offered = theirs.offered()
    if ours.networks and theirs.networks and not set(ours.networks) & set(theirs.networks):
        raise NoCommonNetwork
    if required := unknown_required(offered, ours.offered()):
        raise FeaturesRequired(required)
    if missing := missing_dependencies(offered):
        raise DependenciesMissing(missing)
