"""Packages: a child and its parents, submitted together so that the child can pay for them.

As in Core 31 every transaction is tried alone first; what fails only for its fee, and the child
that then lacks a parent, are judged once more together, by their common feerate. A package may
replace others if it is one parent and one child without further unconfirmed ancestors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Chunk, Entry
from lnwallet_tui.playground.policy_rejection import FEE_REASONS, Reason, Rejection
from lnwallet_tui.playground.policy_replacement import conflicts_of

_KNOWN = frozenset({Reason.ALREADY_IN_MEMPOOL, Reason.SAME_TXID_IN_MEMPOOL, Reason.ALREADY_KNOWN})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one transaction of a package; `refused` is None where it is in."""

    txid: bytes
    refused: Rejection | None = None


def submit_package(mempool: Mempool, txs: Sequence[Tx]) -> tuple[Outcome, ...]:
    """Submit parents and, last, their child; one outcome each, in the same order.

    What is known already counts as in. Raises `Rejection` for a list that is no such package.
    """
    check_package_form(txs)
    alone = [_submit_alone(mempool, tx) for tx in txs]
    waiting = [tx for tx, outcome in zip(txs, alone, strict=True) if outcome.refused]
    reasons = {outcome.refused.reason for outcome in alone if outcome.refused}
    if len(waiting) < 2 or not reasons <= FEE_REASONS | {Reason.MISSING_INPUTS}:
        return tuple(alone)
    refused = _submit_together(mempool, waiting)
    again = {tx.txid for tx in waiting}
    return tuple(
        Outcome(outcome.txid, refused) if outcome.txid in again else outcome for outcome in alone
    )


def _submit_alone(mempool: Mempool, tx: Tx) -> Outcome:
    try:
        mempool.submit(tx)
    except Rejection as refused:
        return Outcome(tx.txid, None if refused.reason in _KNOWN else refused)
    return Outcome(tx.txid)


def _submit_together(mempool: Mempool, txs: Sequence[Tx]) -> Rejection | None:
    entries: list[Entry] = []
    try:
        for tx in txs:
            entries.append(mempool.examine(tx, beside=entries))
        _check_package_replacement(mempool, entries)
        mempool.admit(entries)
    except Rejection as refused:
        return refused
    return None


def check_package_form(txs: Sequence[Tx]) -> None:
    """`Rejection` unless the last transaction is a child and all others are parents of it."""
    if len(txs) > limits.MAX_PACKAGE_COUNT:
        raise Rejection(Reason.PACKAGE_TOO_MANY, str(len(txs)))
    if len(txs) > 1 and sum(tx.weight for tx in txs) > limits.MAX_PACKAGE_WEIGHT:
        raise Rejection(Reason.PACKAGE_TOO_LARGE)
    txids = [tx.txid for tx in txs]
    if len(set(txids)) < len(txids):
        raise Rejection(Reason.PACKAGE_DUPLICATES)
    for at, tx in enumerate(txs):
        if {txin.outpoint.txid for txin in tx.inputs} & set(txids[at:]):
            raise Rejection(Reason.PACKAGE_NOT_SORTED)
    spent = [txin.outpoint for tx in txs for txin in tx.inputs]
    if len(set(spent)) < len(spent):
        raise Rejection(Reason.PACKAGE_CONFLICT)
    if txs and not set(txids[:-1]) <= {txin.outpoint.txid for txin in txs[-1].inputs}:
        raise Rejection(Reason.PACKAGE_NOT_CHILD_WITH_PARENTS)


def _check_package_replacement(mempool: Mempool, entries: Sequence[Entry]) -> None:
    graph = mempool.graph()
    if not conflicts_of(graph, entries):
        return
    if len(entries) != 2:
        raise Rejection(Reason.PACKAGE_RBF, "package must be 1-parent-1-child")
    parents = {txin.outpoint.txid for entry in entries for txin in entry.tx.inputs}
    if parents & graph.entries.keys():
        raise Rejection(Reason.PACKAGE_RBF, "new transaction has mempool ancestors")
    if Chunk(tuple(entries)).feerate <= entries[0].feerate:
        detail = "package feerate is less than or equal to parent feerate"
        raise Rejection(Reason.PACKAGE_RBF, detail)
