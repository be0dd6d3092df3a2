"""Whose filter is a lie, when peers do not agree on that of one block.

A filter cannot be computed from its block: it holds the scripts that the inputs spend, and the
block does not. But a filter that lacks a script which it must hold is a lie, and a peer that
vouched for it can be banned. What must be held for certain are the scripts of the outputs; those of
spent outputs that we saw, so that leaving out what concerns us is always found; and those of inputs
that leave no doubt. More is not taken for proof: who pays for one odd transaction could else have
every honest peer banned. It makes `doubts`, by which one may choose whom to ask first.

Where more than one filter stands, the wallet says how many peers disagree at which block. The block
was fetched whole for this, so nothing in it is missed.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Generic

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.chain.filter_headers import Conflict, Peer, Side
from lnwallet_tui.chain.filters import BasicFilter, FilterError, is_filtered
from lnwallet_tui.chain.spent_scripts import certainly_spent, probably_spent
from lnwallet_tui.chain.watch import Fact


class Lie(enum.Enum):
    """What proves it."""

    NO_FILTER = "the filter is none"
    LACKS_OUTPUT = "the filter lacks the script of an output of the block"
    LACKS_SPENT = "the filter lacks the script of an output that the block spends"
    TOO_MANY = "the filter holds more scripts than the block has outputs and inputs"


@dataclass(frozen=True, slots=True)
class Proof(Generic[Peer]):
    """The filter that these peers vouched for is a lie; `script` is what it lacks, if that."""

    side: Side[Peer]
    lie: Lie
    script: bytes = b""


@dataclass(frozen=True, slots=True)
class Standing(Generic[Peer]):
    """Nothing is proven against this filter. `doubts` counts the inputs that look as if they spent
    a script which it lacks."""

    side: Side[Peer]
    doubts: int


@dataclass(frozen=True, slots=True)
class Judgement(Generic[Peer]):
    """`unserved` are the sides whose filter nobody sent."""

    height: int
    lies: tuple[Proof[Peer], ...]
    standing: tuple[Standing[Peer], ...]
    unserved: tuple[Side[Peer], ...]

    @property
    def banned(self) -> tuple[Peer, ...]:
        """Who vouched for a lie."""
        return tuple(peer for proof in self.lies for peer in proof.side.peers)

    @property
    def settled(self) -> bytes | None:
        """The hash of the filter that all others have to agree with, where only one stands."""
        return self.standing[0].side.value if len(self.standing) == 1 else None

    @property
    def disagreeing(self) -> int:
        """How many peers disagree and may each be right."""
        sides = *(one.side for one in self.standing), *self.unserved
        return sum(len(side.peers) for side in sides) if len(sides) > 1 else 0


def judge(
    conflict: Conflict[Peer],
    block: Block,
    filters: Iterable[BasicFilter],
    seen: Mapping[OutPoint, bytes],
) -> Judgement[Peer]:
    """Judge the sides by the block and by the filters that their peers sent for it.

    The block's header is of our chain; raises `BlockError` unless the transactions are its own
    (another peer is to be asked then). `seen` is what `outputs_seen` makes of our facts.
    """
    block.check_commitments()
    evidence = _Evidence.of(block, seen)
    served = {found.hash: found for found in filters}
    lies, standing, unserved = [], [], []
    for side in conflict.sides:
        found = served.get(side.value)
        if found is None:
            unserved.append(side)
            continue
        assert found.block_hash == block.hash
        if (proof := _proof(side, found, evidence)) is not None:
            lies.append(proof)
        else:
            standing.append(Standing(side, evidence.doubts(found)))
    return Judgement(conflict.height, tuple(lies), tuple(standing), tuple(unserved))


def outputs_seen(facts: Iterable[Fact]) -> dict[OutPoint, bytes]:
    """The outputs of the transactions that we saw in blocks, with their scripts.

    Not what is watched: of a channel that a peer proposes we know the script only by its word.
    """
    txs = {fact.tx.txid: fact.tx for fact in facts}
    return {
        OutPoint(txid, vout): output.script_pubkey
        for txid, tx in txs.items()
        for vout, output in enumerate(tx.outputs)
    }


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the block says of its filter."""

    outputs: frozenset[bytes]
    spent: frozenset[bytes]
    probable: tuple[frozenset[bytes], ...]
    most: int

    @classmethod
    def of(cls, block: Block, seen: Mapping[OutPoint, bytes]) -> _Evidence:
        paid = {out.script_pubkey for tx in block.transactions for out in tx.outputs}
        outputs = frozenset(filter(is_filtered, paid))
        inputs = [txin for tx in block.transactions[1:] for txin in tx.inputs]
        spent = (seen.get(txin.outpoint) or certainly_spent(txin) for txin in inputs)
        return cls(
            outputs=outputs,
            spent=frozenset(script for script in spent if script),
            probable=tuple(filter(None, map(probably_spent, inputs))),
            most=len(outputs) + len(inputs),
        )

    def doubts(self, found: BasicFilter) -> int:
        scripts = sorted({script for one in self.probable for script in one})
        lacking = set(found.lacks(scripts))
        return sum(one <= lacking for one in self.probable)


def _proof(side: Side[Peer], found: BasicFilter, evidence: _Evidence) -> Proof[Peer] | None:
    try:
        for lie, scripts in (
            (Lie.LACKS_OUTPUT, evidence.outputs),
            (Lie.LACKS_SPENT, evidence.spent),
        ):
            if lacking := found.lacks(sorted(scripts)):
                return Proof(side, lie, lacking[0])
    except FilterError:
        return Proof(side, Lie.NO_FILTER)
    return Proof(side, Lie.TOO_MANY) if found.count > evidence.most else None
