"""The replacement rules of before Core 31, as a second judge beside the playground's mempool.

BIP125 with what Core to version 30 asked beside it; the playground's mempool holds the rules of
Core 31 (the feerate diagram). Whoever satisfies both is relayed by nodes of either age.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Entry
from lnwallet_tui.playground.policy_replacement import conflicts_of

LAST_THAT_SIGNALS: Final = 0xFFFFFFFD
INCREMENTAL_SAT_PER_VB: Final = 1
MOST_REPLACED: Final = 100


class OldRules:
    """Looks over a mempool's shoulder; `broken` names every rule that a replacement broke which
    that mempool let in."""

    def __init__(self, mempool: Mempool) -> None:
        self.replacements = 0
        self.broken: list[str] = []
        self._mempool, self._admit = mempool, mempool.admit
        mempool.admit = self._watch  # type: ignore[method-assign]  # overheard

    def _watch(self, entries: Sequence[Entry]) -> None:
        found = list(broken_rules(self._mempool, entries))
        replaces = bool(conflicts_of(self._mempool.graph(), entries))
        self._admit(entries)
        self.replacements += replaces
        self.broken += found


def broken_rules(mempool: Mempool, entries: Sequence[Entry]) -> list[str]:
    """What of BIP125 the replacement of its conflicts by `entries` would break."""
    graph = mempool.graph()
    conflicts = conflicts_of(graph, entries)
    if not conflicts:
        return []
    direct = [graph.entries[txid] for txid in conflicts]
    replaced = [graph.entries[txid] for txid in graph.descendants(conflicts)]
    fee, vsize = sum(e.fee for e in entries), sum(e.vsize for e in entries)
    paid = sum(entry.fee for entry in replaced)
    before = {txin.outpoint for entry in direct for txin in entry.tx.inputs}
    inside = {entry.txid for entry in entries}
    unconfirmed = {
        txin.outpoint
        for entry in entries
        for txin in entry.tx.inputs
        if txin.outpoint.txid in graph.entries and txin.outpoint.txid not in inside
    }
    rules = {
        "1: signals": all(
            any(txin.sequence <= LAST_THAT_SIGNALS for txin in entry.tx.inputs) for entry in direct
        ),
        "2: no new unconfirmed inputs": unconfirmed <= before,
        "3: pays what all of them paid": fee >= paid,
        "4: pays for its relay": fee - paid >= vsize * INCREMENTAL_SAT_PER_VB,
        "5: not too many": len(replaced) <= MOST_REPLACED,
        "a better feerate than each": all(fee * e.vsize > e.fee * vsize for e in direct),
    }
    return [rule for rule, holds in rules.items() if not holds]
