"""Where the money of a channel goes whose peer published a revoked state, to the last satoshi."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution

_ANCHORS: Final = (Part.OUR_ANCHOR, Part.THEIR_ANCHOR)


@dataclass(frozen=True, slots=True)
class Spoils:
    """`whole` is what was in the channel; all the others add up to it.

    `published` is the fee of what the peer published, `penalties` that of what took it from it.
    """

    whole: Sat
    home: Sat
    coming: Sat
    published: Sat
    anchors: Sat
    penalties: Sat
    left: Sat
    lost: Sat


def spoils(whole: Sat, resolution: Resolution, penalty_fees: Sat) -> Spoils:
    """Of a channel of `whole` satoshis; `penalty_fees` are those of penalties in the chain."""
    sums = dict.fromkeys(Fate, ZERO_SAT)
    anchors = ZERO_SAT
    for output in resolution.outputs:
        if output.part in _ANCHORS:
            anchors += output.value
        else:
            sums[_fate(output)] += output.value
    del sums[Fate.MOVED]  # its second stage is among the outputs
    penalties = min(penalty_fees, sums[Fate.TAKEN])
    return Spoils(
        whole=whole,
        home=sums[Fate.TAKEN] - penalties,
        coming=sums[Fate.CLAIMABLE],
        published=whole.minus_or_zero(sum(sums.values(), anchors)),
        anchors=anchors,
        penalties=penalties,
        left=sums[Fate.LEFT],
        lost=sums[Fate.LOST],
    )


def at_first(whole: Sat, resolution: Resolution) -> Spoils:
    """As the published transaction alone has it, whatever has been done about it since."""
    on_it = [o for o in resolution.outputs if o.outpoint.txid == resolution.closing.tx.txid]
    anchors = sum((o.value for o in on_it if o.part in _ANCHORS), ZERO_SAT)
    coming = sum((o.value for o in on_it if o.part not in _ANCHORS), ZERO_SAT)
    published = whole.minus_or_zero(coming + anchors)
    none = ZERO_SAT
    return Spoils(whole, none, coming, published, anchors, none, none, none)


def _fate(output: OutputReport) -> Fate:
    if output.is_open:
        return Fate.CLAIMABLE
    return Fate.LOST if output.fate is Fate.THEIRS else output.fate
