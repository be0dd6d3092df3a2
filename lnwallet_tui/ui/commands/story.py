"""What can be done in the playground's story."""

from __future__ import annotations

from lnwallet_tui.ui.command import Command


class GoThere(
    Command, where="story", keys="enter", title="Go there", action="go_there", footer="story"
):
    """Go where the step under the cursor is done."""


class HopsOfStep(
    Command, where="story", keys="v", title="What hops saw", action="hops", footer="story"
):
    """Show what each hop saw of the payment that ticked this step."""


class PutAway(
    Command, where="story", keys="d", title="Put away/back", action="put_away", footer="story"
):
    """Take the story's line from the other pages, or call it back; {everywhere.story} opens it all
    the same."""
