"""What the chain took from each party of a life, and whether it may have: read from blocks alone.

A transaction's fee is charged to who made it: the wallet that put a coin in, else the one that it,
or what comes after it, pays to. What spends a funding output is charged to the funder: the fee, the
anchors. What a commitment drops (dust, trimmed payments, parts of a satoshi) either side may miss.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Self

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.playground.simchain import SimChain

if TYPE_CHECKING:
    from tests.node.town import Town

_ANCHOR: Final = 330
_SMALL: Final = 3_000
"""Sat: what is too little for an input of its own, at the feerates of calm days and with room."""
_FAUCET: Final = "the faucet"
"""Bears the fee of what gave everybody coins."""
_MOST_TIMES: Final = 8
"""No transaction of anybody's pays more than so many times what a block ever cost in its life."""


@dataclass(frozen=True)
class Funded:
    """A channel: both sides by name, and what spends its funding output is charged to whom."""

    outpoint: OutPoint
    value: int
    funder: str
    sides: tuple[str, str]


@dataclass
class Costs:
    """Sat by name. `absurd` names fees that nobody should have paid."""

    fees: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)
    absurd: list[str] = field(default_factory=list)


class Accountant:
    """Reads the blocks from `first` on. `owners` are wallets' scripts by name, `dearest` is the
    highest feerate (sat/kvB) that there was."""

    def __init__(
        self,
        chain: SimChain,
        first: int,
        owners: Mapping[bytes, str],
        channels: tuple[Funded, ...],
        dearest: int,
    ) -> None:
        self._most_per_kvb = dearest * _MOST_TIMES
        self._owners = owners
        self._channels = {one.outpoint: one for one in channels}
        self._outputs: dict[OutPoint, TxOut] = {}
        self._spenders: dict[OutPoint, Tx] = {}
        self._txs: list[Tx] = []
        for height in range(first, chain.height + 1):
            block = chain.at(height)
            self._outputs |= {outpoint: coin.output for outpoint, coin in block.undo.spent}
            for tx in block.block.transactions[1:]:
                self._txs.append(tx)
                self._outputs |= {tx.outpoint(at): out for at, out in enumerate(tx.outputs)}
                self._spenders |= {txin.outpoint: tx for txin in tx.inputs}

    @classmethod
    def of(cls, town: Town, channels: Iterable[Funded], dearest: int) -> Self:
        """Of all nodes of a town, since they had their first coins."""
        owners = {script: name for name, n in town.nodes.items() for script in n.wallet_scripts()}
        owners[town.regtest.key.script] = _FAUCET
        chain, first = town.regtest.chain, town._birthday + 1
        return cls(chain, first, owners, tuple(channels), dearest)

    def costs(self) -> Costs:
        """All of it."""
        costs = Costs()
        for tx in self._txs:
            self._charge(tx, costs)
        return costs

    def holdings(self) -> Counter[str]:
        """What each has in coins at the end, in sat."""
        held: Counter[str] = Counter()
        for outpoint, out in self._outputs.items():
            if outpoint not in self._spenders and out.script_pubkey in self._owners:
                held[self._owners[out.script_pubkey]] += out.value.value
        return held

    def _charge(self, tx: Tx, costs: Costs) -> None:
        channel = self._channels.get(tx.inputs[0].outpoint)
        paid = sum(self._outputs[txin.outpoint].value.value for txin in tx.inputs)
        fee = paid - sum(out.value.value for out in tx.outputs)
        if channel is None:
            author = self._author(tx)
            if not author:
                return
            costs.fees[author] += fee
            if fee * 1000 > self._most_per_kvb * tx.vsize:
                costs.absurd.append(f"{author} paid {fee} sat for {tx.vsize} vB")
            return
        costs.fees[channel.funder] += fee
        for at, out in enumerate(tx.outputs):
            self._look_at(tx.outpoint(at), out, channel, costs)

    def _look_at(self, outpoint: OutPoint, out: TxOut, channel: Funded, costs: Costs) -> None:
        """An output of a close: an anchor, home, on its way home, or left behind."""
        if out.value.value == _ANCHOR:
            costs.fees[channel.funder] += _ANCHOR
        elif outpoint not in self._spenders and out.script_pubkey not in self._owners:
            for side in channel.sides:
                costs.dropped[side] += out.value.value if out.value.value <= _SMALL else 0

    def _author(self, tx: Tx) -> str:
        """Who made it; empty where nobody of the life did."""
        for txin in tx.inputs:
            owner = self._owners.get(self._outputs[txin.outpoint].script_pubkey)
            if owner:
                return owner
        for at, out in enumerate(tx.outputs):
            owner = self._owners.get(out.script_pubkey)
            if owner:
                return owner
            after = self._spenders.get(tx.outpoint(at))
            if after is not None:
                return self._author(after)
        return ""
