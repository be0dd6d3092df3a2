"""Replacing what waits in the mempool by something that pays more: the rules of Core 31.

Every transaction may be replaced, whether or not it signals BIP125 (full RBF, since version 28).
The replacement must (a) touch at most 100 clusters, (b) not spend what it replaces, (c) pay at
least what everything it pushes out paid, (d) pay for its own relay on top, at the incremental
feerate, and (e) improve the feerate diagram of the mempool. (e) took the place of BIP125's rules
on unconfirmed inputs and on feerates.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.policy_cluster import Chunk, Entry, Graph, improves_diagram
from lnwallet_tui.playground.policy_limits import fee_at
from lnwallet_tui.playground.policy_rejection import Reason, Rejection


def conflicts_of(graph: Graph, entries: Sequence[Entry]) -> set[bytes]:
    """The mempool's transactions that spend the same outputs as `entries`."""
    spent = [txin.outpoint for entry in entries for txin in entry.tx.inputs]
    return {graph.spenders[outpoint] for outpoint in spent if outpoint in graph.spenders}


def check_replacement(before: Graph, after: Graph, new: Sequence[Entry]) -> None:
    """`Rejection` unless `new` (one transaction, or a package) may replace its conflicts.

    `before` is the mempool as it stands, `after` the one with `new` and without what conflicts.
    """
    conflicts = conflicts_of(before, new)
    if not conflicts:
        return
    clusters = before.clusters(sorted(conflicts))
    if len(clusters) > limits.MAX_REPLACED_CLUSTERS:
        detail = f"{len(clusters)} conflicting clusters"
        raise Rejection(Reason.TOO_MANY_REPLACEMENTS, detail)
    _check_does_not_spend(before, new, conflicts)
    _check_fees(before, new, before.descendants(conflicts))
    # What the change touches on either side: the conflicts' clusters, and those of new parents.
    old = set().union(*before.clusters(sorted(conflicts | _parents(before, new))))
    changed = [entry.txid for entry in new] + sorted(old & after.entries.keys())
    if not improves_diagram(_chunks(after, changed), _chunks(before, sorted(old))):
        detail = "insufficient feerate: does not improve feerate diagram"
        raise Rejection(Reason.REPLACEMENT_FAILED, detail)


def _check_does_not_spend(before: Graph, new: Sequence[Entry], conflicts: set[bytes]) -> None:
    known = _parents(before, new)
    if known.union(*(before.ancestors(txid) for txid in known)) & conflicts:
        raise Rejection(Reason.SPENDS_CONFLICTING)


def _parents(before: Graph, new: Sequence[Entry]) -> set[bytes]:
    spent = {txin.outpoint.txid for entry in new for txin in entry.tx.inputs}
    return spent & before.entries.keys()


def _check_fees(before: Graph, new: Sequence[Entry], replaced: Collection[bytes]) -> None:
    old_fee = sum(before.entries[txid].fee for txid in replaced)
    new_fee = sum(entry.fee for entry in new)
    if new_fee < old_fee:
        raise Rejection(Reason.INSUFFICIENT_FEE, f"{new_fee} < {old_fee} sat of the replaced")
    relay = fee_at(limits.INCREMENTAL_FEERATE, sum(entry.vsize for entry in new))
    if new_fee - old_fee < relay:
        raise Rejection(Reason.INSUFFICIENT_FEE, f"{new_fee - old_fee} < {relay} sat of relay fee")


def _chunks(graph: Graph, txids: Sequence[bytes]) -> list[Chunk]:
    return [chunk for cluster in graph.clusters(txids) for chunk in graph.chunks(cluster)]
