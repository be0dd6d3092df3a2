"""By which block a transaction should be in one: from the same numbers as on the screen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from lnwallet_tui.api.costs import CostAt
from lnwallet_tui.api.dates import expected_at
from lnwallet_tui.api.feerates import blocks_for
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.spending import paces_known
from lnwallet_tui.cli import told

_NOBODY_SAID: Final = "By when a block has it is not known: nobody has said yet what is enough."
_TOO_LITTLE: Final = (
    "By when a block has it is not known: it pays less than what is known to be enough."
)


class ByBlock(NamedTuple):
    """About; both are 0 where nobody can say, and `words` is a sentence either way."""

    height: int
    time: int
    words: str


async def by_block(node: NodeApi, feerate_per_kw: int, rates: Iterable[CostAt] = ()) -> ByBlock:
    """For a feerate; `rates` are those of its quote."""
    status, fees = await node.status(), await node.fees()
    known = paces_known(rates, fees)
    blocks = blocks_for(feerate_per_kw, known)
    if not blocks:
        return ByBlock(0, 0, _TOO_LITTLE if known else _NOBODY_SAID)
    height = status.reckoned_from + blocks
    time = expected_at(height, status.reckoned_from, status.now)
    return ByBlock(height, time, f"It should be in a block by about {told.block_at(height, time)}.")
