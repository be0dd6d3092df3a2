"""A drill that ends as a test wrote down; implements `DrillApi`."""

from __future__ import annotations

import asyncio

from lnwallet_tui.api.drill import CaughtView, DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.refusals import Refused
from tests.ui import views

CAUGHT = CaughtView(
    channel_type="anchors", old_state=1, htlcs=1, blocks=1, penalty_sat=995_551, fee_sat=3_380,
    height=118,
)  # fmt: skip
PASSED = DrillView(happened=views.NOW - 600, seed=7, caught=(CAUGHT,))
REHEARSED = RehearsalView(
    happened=views.NOW - 600, channels=1, revoked=3, tried=3, inputs=7, verified_by="the judges"
)


class ScriptedDrill:
    """`gate`, where there is one, holds both verbs; what they give is kept."""

    def __init__(self, kept: DrillsView | None = None) -> None:
        self.kept = kept or DrillsView()
        self.drilled: DrillView | Refused = PASSED
        self.rehearsed: RehearsalView | Refused = REHEARSED
        self.gate: asyncio.Event | None = None
        self.times = 0

    async def last(self) -> DrillsView:
        return self.kept

    async def drill(self) -> DrillView | Refused:
        self.times += 1
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.drilled, DrillView):
            self.kept = DrillsView(drill=self.drilled, rehearsal=self.kept.rehearsal)
        return self.drilled

    async def rehearse(self) -> RehearsalView | Refused:
        if isinstance(self.rehearsed, RehearsalView):
            self.kept = DrillsView(drill=self.kept.drill, rehearsal=self.rehearsed)
        return self.rehearsed
