"""What a node in another process may be and one in this process is not: gone, or not there yet."""

from __future__ import annotations

from lnwallet_tui.api.refusals import Refused


class NodeGone(Exception):
    """The node's process has ended, or the connection to it: nothing can be asked any more.

    What was asked for and not answered may have been done or not; the node knows when it is back.
    """


class NodeFailed(Exception):
    """A bug in the node: this one question was not answered, the node goes on."""


class WalletShut(Exception):
    """A question that cannot be answered with a refusal, while the wallet is locked or there is
    none yet: `refused` says which, and what to do."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.message)
        self.refused = refused
