"""How far the playground's story has come: the steps that were seen to happen, kept with the world.

It looks at every picture before it is drawn. What was ticked once stays ticked, because a wallet
forgets (the newest payments hide older ones), and what hops saw is not kept over a restart.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.world import HopSight, WorldApi
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.story import Scene, Step, done, witness
from lnwallet_tui.ui.story_hints import Hint, hint

_PUT_AWAY: Final = "story put away"


class Tale:
    """One run of the screen on one world."""

    def __init__(self, world: WorldApi) -> None:
        self._world = world
        noted = world.notes()
        self._done = {step for step in Step if step.value in noted}
        self._hidden = _PUT_AWAY in noted
        self._seen: dict[str, tuple[HopSight, ...]] = {}  # of payments that are paid

    @property
    def done(self) -> frozenset[Step]:
        """The steps that have happened."""
        return frozenset(self._done)

    @property
    def next(self) -> Step | None:
        """The first that has not; None at the end."""
        return next((step for step in Step if step not in self._done), None)

    @property
    def is_hidden(self) -> bool:
        """Whether the user put it away."""
        return self._hidden

    def hide(self, *, hidden: bool) -> None:
        """Put it away, or call it back."""
        self._hidden = hidden
        self._keep()

    def look(self, picture: Picture) -> None:
        """Tick what has happened."""
        scene = self._scene(picture)
        before = len(self._done)
        self._done |= {step for step in Step if step not in self._done and done(step, scene)}
        if len(self._done) > before:
            self._keep()

    def hint(self, step: Step, picture: Picture) -> Hint:
        """What to do for it, now."""
        return hint(step, self._scene(picture))

    def witness(self, step: Step, picture: Picture) -> str:
        """The hash of a payment whose hops show the step; empty where none of this visit does."""
        return witness(step, self._scene(picture))

    def _scene(self, picture: Picture) -> Scene:
        return Scene(picture, self._world.people(), self._sights, self._world.spendings)

    def _sights(self, payment_hash: str) -> tuple[HopSight, ...]:
        """Of a payment that is paid, nothing more is seen: the world is asked once."""
        if payment_hash not in self._seen:
            self._seen[payment_hash] = self._world.hops(payment_hash)
        return self._seen[payment_hash]

    def _keep(self) -> None:
        words = {step.value for step in self._done}
        self._world.note(frozenset({*words, _PUT_AWAY} if self._hidden else words))
