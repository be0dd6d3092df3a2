"""What a transaction from the wallet's coins may cost, read as it was typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import WantedFee
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.node import typed
from lnwallet_tui.node.channels import quotes

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

USUAL_BLOCKS: Final = 6
"""Within which a payment should confirm if nothing else is said."""
LONGEST_BLOCKS: Final = 1_008
_LEAST_SAID: Final = 250
"""People say 1 sat/vB for the least that is relayed; it is meant though it rounds below that."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The feerate, in sat/kw, and the most; None where nobody named one."""

    feerate_per_kw: int
    most: Sat | None


def read(
    board: Switchboard, fee: WantedFee, usual_blocks: int = USUAL_BLOCKS, needed: int = 0
) -> Terms | Refused:
    """`needed` (sat/kw) is named where far too little is asked for."""
    feerate = _feerate(board, fee, usual_blocks, needed)
    if isinstance(feerate, Refused):
        return feerate
    most = None if fee.most_sat is None else typed.sat(fee.most_sat)
    return most if isinstance(most, Refused) else Terms(feerate, most)


def read_to_hurry(
    board: Switchboard, fee: WantedFee, usual_blocks: int, needed: int
) -> Terms | Refused:
    """The same; where nobody names a feerate, one that does it."""
    terms = read(board, fee, usual_blocks, needed)
    if isinstance(terms, Refused) or fee.feerate_per_kw is not None:
        return terms
    return Terms(max(terms.feerate_per_kw, needed), terms.most)


def _feerate(board: Switchboard, fee: WantedFee, usual_blocks: int, needed: int) -> int | Refused:
    asked, blocks = fee.feerate_per_kw, fee.target_blocks
    least = board.shell.config.policy.min_feerate
    if asked is not None and blocks is not None:
        return Refused(
            RefusalCode.BAD_INPUT,
            "A feerate and a number of blocks together say two things.",
            "Give one of them.",
        )
    if blocks is not None and not 1 <= blocks <= LONGEST_BLOCKS:
        return Refused(
            RefusalCode.BAD_INPUT,
            "Nobody can say what confirms within so many blocks.",
            f"Give a number from 1 to {LONGEST_BLOCKS:,}.",
        )
    if asked is not None:
        asked = least if _LEAST_SAID <= asked < least else asked
        return quotes.refuse_feerate(board, asked, needed) or asked
    return max(board.shell.ports.chain.feerate_per_kw(blocks or usual_blocks), least)
