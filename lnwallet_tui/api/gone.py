"""What a node in another process can do and one in this process cannot: be gone."""

from __future__ import annotations


class NodeGone(Exception):
    """The node's process has ended, or the connection to it: nothing can be asked any more.

    What was asked for and not answered may have been done or not; the node knows when it is back.
    """


class NodeFailed(Exception):
    """A bug in the node: this one question was not answered, the node goes on."""
