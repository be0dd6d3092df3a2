"""The story's next step in one line: on the first screen, and on every one that has the rows."""

from __future__ import annotations

from textual import events
from textual.content import Content

from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.session import Session
from lnwallet_tui.ui.story import Step
from lnwallet_tui.ui.widgets.words import MUTED, OurWords

_TOLD = "The story is told; everything here stays open to you."


class StoryLine(OurWords):
    """How many steps are done, and the next. Hidden where the user put the story away. A click
    opens it."""

    ALLOW_SELECT = False

    def __init__(self, session: Session) -> None:
        super().__init__(Content(), markup=False)
        self._session = session

    def draw(self, picture: Picture) -> None:
        """Say what comes next."""
        tale = self._session.tale
        if tale is None:
            return
        self.set_class(tale.is_hidden, "-away")
        step = tale.next
        words = _TOLD if step is None else tale.hint(step, picture).short
        words = self._session.with_keys(words)
        left = Content.assemble(
            (("▸ "), "$accent"), (f"{len(tale.done)}/{len(Step)} done  ", MUTED), words
        )
        right = Content.assemble(
            (self._session.with_keys("{everywhere.story}"), "bold $accent"), " Story"
        )
        room = self.app.size.width - 2 - left.cell_length - right.cell_length
        self.put(Content.assemble(left, " " * max(1, room), right))

    async def _on_click(self, event: events.Click) -> None:
        event.stop()
        await self.app.run_action("page('story')")
