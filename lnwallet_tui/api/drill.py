"""The breach drill: a cheat in a sandbox, and penalties of real channels built for practice.

Whoever composes the program gives the screen something that implements `DrillApi`, or nothing.
"""

from __future__ import annotations

from typing import Protocol

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import View


class CaughtView(View, frozen=True, kw_only=True):
    """One old state that was published in the sandbox, and what became of it.

    All of it is read from the sandbox's chain, nothing from what the guard says of itself.
    `blocks` lie between the old state's block and the last one that holds a penalty; `penalty_sat`
    came to the wallet, after `fee_sat`. `height` is that of the sandbox.
    """

    channel_type: str
    old_state: int
    htlcs: int
    blocks: int
    penalty_sat: int
    fee_sat: int
    height: int


class DrillView(View, frozen=True, kw_only=True):
    """A drill: passed where there is no `failure`. `seed` plays the same one again."""

    happened: int
    seed: int
    caught: tuple[CaughtView, ...]
    failure: str = ""


class RehearsalView(View, frozen=True, kw_only=True):
    """The dry run: of `revoked` old states of open channels `tried` were built again, and for each
    of them the penalty, `inputs` in all, signed, and verified by `verified_by`. Nothing was sent.
    """

    happened: int
    channels: int
    revoked: int
    tried: int
    inputs: int
    verified_by: str
    failure: str = ""


class DrillsView(View, frozen=True, kw_only=True):
    """The last of each, as they are kept."""

    drill: DrillView | None = None
    rehearsal: RehearsalView | None = None


class DrillApi(Protocol):
    """Practice for the guard. Both verbs take seconds, and never those of the screen's loop."""

    async def last(self) -> DrillsView: ...

    async def drill(self) -> DrillView | Refused:
        """Have a cheat publish an old state in a sandbox, and see what the guard does. Kept."""
        ...

    async def rehearse(self) -> RehearsalView | Refused:
        """Build, sign and verify the penalties of the wallet's own channels; send nothing. Kept."""
        ...
