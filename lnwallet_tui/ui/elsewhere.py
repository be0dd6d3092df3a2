"""A screen whose node is in another process, which goes on without it, or ends before it."""

from __future__ import annotations

from textual.worker import WorkerFailed

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.gone import NodeGone
from lnwallet_tui.ui.messages import Heard
from lnwallet_tui.ui.plain_app import PlainApp


class NodeElsewhere(PlainApp):
    """Where `node_is_elsewhere`, the screen ends with its node, and `lost_node` says so to whoever
    started it. `greeting` is said when it opens."""

    node_is_elsewhere = False
    lost_node = False
    was_left = False
    """Whoever sat before it wants to go, and no other screen after it."""
    greeting: Notice | None = None

    def greet(self) -> None:
        """Say what is to be said at the start."""
        if self.greeting:
            self.post_message(Heard(self.greeting))  # it stands under Now, and covers nothing

    def feed_ended(self) -> None:
        """The node tells nothing any more."""
        if self.node_is_elsewhere:
            self._lose_node()

    def _handle_exception(self, error: Exception) -> None:
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self.lost_node:
            return  # a page that is not drawn any more misses its parts
        if self.node_is_elsewhere and isinstance(cause, NodeGone):
            self._lose_node()
        else:
            super()._handle_exception(error)

    def _lose_node(self) -> None:
        """At once, as after a bug: a screen that is just being made would not end by itself."""
        self.lost_node = True
        self.exit(return_code=1)
        self._close_messages_no_wait()
        self._exception_event.set()  # whoever waits for what is drawn waits no more
