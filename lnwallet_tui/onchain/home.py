"""From which block on the wallet can sweep what a close left: the one calculation for before it,
when somebody asks what closing would mean, and for after it."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.onchain.deadlines import after_delay
from lnwallet_tui.onchain.report import OutputReport
from lnwallet_tui.onchain.resolve import Resolution


def second_stage_home(first_stage: int, delay: int, published: int) -> int:
    """A payment whose HTLC transaction can be in block `first_stage`, on a commitment of ours that
    is in block `published`: what it pays to waits like everything of ours."""
    return after_delay(max(published + 1, first_stage), delay)


def stages_home(resolution: Resolution, delay: int, height: int) -> dict[OutPoint, int]:
    """The same of each payment on our commitment whose first stage is in no block at `height`: it
    waits for one, however long it could be in one already."""
    published = resolution.closing.height
    return {
        one.outpoint: second_stage_home(max(height + 1, one.earliest), delay, published)
        for one in resolution.stages
    }


@dataclass(frozen=True, slots=True)
class Home:
    """So much of a close is to be swept from that block on; 0 where none is known."""

    value: Sat
    height: int


def balance_outputs(resolution: Resolution) -> tuple[OutputReport, ...]:
    """All that waits for nothing but its own block."""
    stages = {stage.outpoint for stage in resolution.stages}
    return tuple(o for o in resolution.outputs if o.is_open and o.outpoint not in stages)


def balance_home(resolution: Resolution) -> Home:
    """When the last of that is free."""
    mine = balance_outputs(resolution)
    last = max((o.earliest for o in mine if o.earliest is not None), default=0)
    return Home(sum((o.value for o in mine), ZERO_SAT), last)


def payments_home(resolution: Resolution, delay: int, height: int) -> Home:
    """The payments on our commitment that have both stages before them, if nobody takes them."""
    value = sum((stage.value for stage in resolution.stages), ZERO_SAT)
    return Home(value, max(stages_home(resolution, delay, height).values(), default=0))
