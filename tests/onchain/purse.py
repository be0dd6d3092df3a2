"""A wallet that pays for closes: what a node does at each block for one or many channels of which
our commitment is published, in its plainest form. Children and HTLC transactions are made and
replaced by this room's own rules; only the coins and the bookkeeping are here."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.curve import public_key, sign, to_der
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2wpkh, p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, segwit_v0_digest
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.coins.keep import usable
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.onchain.bump import AnchorChild, Funded, anchor_child, our_anchor
from lnwallet_tui.onchain.child_offer import ChildTerms
from lnwallet_tui.onchain.child_offer import wanted_feerate as wanted_of_child
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.ration import NOTHING, Need, Ration, in_all, to_come, unpaid
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.onchain.stage_offer import (
    StageTerms,
    affordable,
    downwards,
    least_feerate,
    ready,
    wanted_feerate,
)
from lnwallet_tui.playground import policy_limits as limits
from lnwallet_tui.playground.mempool import Mempool
from lnwallet_tui.playground.policy_cluster import Graph, best_first
from lnwallet_tui.playground.policy_package import submit_package
from lnwallet_tui.policy import POLICY
from tests.onchain.duel import Duel
from tests.playground.bench import Bench

_SECRET: Final = sha256(b"what pays for our closes")
SCRIPT: Final = p2wpkh(public_key(_SECRET))


@dataclass
class Waiting:
    """What was published last to spend an output of a channel."""

    txs: tuple[Tx, ...]
    coins: tuple[Coin, ...]
    fee: Sat
    feerate: int


@dataclass
class Closing:
    """One channel that we close, and what we know of its HTLCs."""

    duel: Duel
    preimages: dict[int, bytes]
    offered: dict[OutPoint, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.facts = self.duel.facts()
        self.parent = our_commitment(self.facts, self.duel.alice)


class Purse:
    """Coins, and the channels that they close."""

    def __init__(
        self,
        bench: Bench,
        closings: Iterable[Closing],
        estimate: Callable[[int], int],
        coins: Iterable[int],
        timeout_patience: int | None = None,
    ) -> None:
        self.bench, self.closings, self.estimate = bench, list(closings), estimate
        self.timeout_patience = timeout_patience
        self.waiting: dict[OutPoint, Waiting] = {}
        self.without_coins: set[OutPoint] = set()
        self.refused: list[str] = []
        self.fees: dict[bytes, int] = {}
        self.ration = Ration()
        self._spends: dict[OutPoint, ConfirmedTx] = {}
        self._read = min(closing.duel.height for closing in self.closings)
        paid = [TxOut(Sat(value), SCRIPT) for value in coins]
        if paid:
            bench.put(bench.faucet.pay(paid))

    # -- the chain
    def read(self) -> None:
        """What is new since the last time; there are no reorganisations here."""
        chain = self.bench.chain
        while self._read < chain.height:
            self._read += 1
            for tx in chain.at(self._read).block.transactions:
                for txin in tx.inputs:
                    self._spends[txin.outpoint] = ConfirmedTx(tx, self._read)

    def view(self, closing: Closing) -> ChainView:
        """What concerns one channel."""
        funding = closing.facts.ours.funding_outpoint
        spends: dict[OutPoint, ConfirmedTx] = {}
        looked_for = [funding]
        for _ in range(3):
            found = {one: self._spends[one] for one in looked_for if one in self._spends}
            spends |= found
            looked_for = [
                spent.tx.outpoint(vout)
                for spent in found.values()
                for vout in range(len(spent.tx.outputs))
            ]
        return ChainView(self.bench.chain.height, spends)

    def resolution(self, closing: Closing) -> Resolution | None:
        return resolve(
            closing.facts,
            self.view(closing),
            closing.duel.alice.per_commitment_point,
            script=SCRIPT,
            preimages=closing.preimages,
        )

    # -- coins
    def coins(self, spent: OutPoint) -> list[Coin]:
        """Those of what waits to spend the same, then free ones, the largest first."""
        mine = self.waiting[spent].coins if spent in self.waiting else ()
        taken = {coin.outpoint for one in self.waiting.values() for coin in one.coins}
        free = [
            Coin(
                outpoint=outpoint,
                value=coin.output.value,
                script_pubkey=SCRIPT,
                path=KeyPath(change=False, index=0),
                height=1,
                certain=True,
            )
            for outpoint, coin in self.bench.chain.paid_to({SCRIPT})
            if outpoint not in taken
        ]
        return [*mine, *sorted(free, key=lambda coin: -coin.value.value)]

    def total(self) -> Sat:
        """What there is of confirmed coins."""
        return self.bench.chain.held_by(SCRIPT)

    def can_pay(self, feerate: int) -> int:
        """What the confirmed coins can pay in fees."""
        anything = OutPoint(bytes(32), 0)
        return usable(self.coins(anything), feerate).value

    def _sign(self, tx: Tx, funded: Funded) -> Tx:
        code = p2wpkh_script_code(public_key(_SECRET))
        for index, coin in enumerate(funded.coins, start=1):
            digest = segwit_v0_digest(tx, index, code, coin.value, SIGHASH_ALL)
            signature = to_der(sign(_SECRET, digest)) + bytes((SIGHASH_ALL,))
            tx = tx.with_witness(index, (signature, public_key(_SECRET)))
        return tx

    # -- each block
    def act(self) -> None:
        """Publish what the next block may hold of all channels."""
        self.read()
        self.waiting = {one: it for one, it in self.waiting.items() if one not in self._spends}
        for closing in self.closings:
            resolution = self.resolution(closing)
            if resolution is None:
                self._hurry(closing)
            else:
                whole = unpaid(resolution.stages, self._terms(), ())
                for stage in ready(resolution.stages, self._terms()):
                    self._take(closing, stage, whole)
                need = unpaid(resolution.stages, self._terms(), self.waiting)
                self.ration.promise(closing.facts.ours.funding_outpoint, need)

    def _terms(self) -> StageTerms:
        return StageTerms(SCRIPT, self.bench.chain.height + 1, self.estimate, self.timeout_patience)

    def _hurry(self, closing: Closing) -> None:
        facts, parent, duel = closing.facts, closing.parent, closing.duel
        terms = ChildTerms(
            SCRIPT,
            self.bench.chain.height + 1,
            self.estimate,
            closing.preimages,
            POLICY,
            self.timeout_patience,
        )
        anchor = our_anchor(facts, parent)
        assert anchor is not None, "a channel with anchors"
        waits, before = self.waiting.get(anchor.outpoint), closing.offered.get(anchor.outpoint, 0)
        wanted = wanted_of_child(facts, parent, terms, before)
        close, coins = facts.ours.funding_outpoint, self.coins(anchor.outpoint)
        need, have = in_all(facts, parent, terms, wanted), usable(coins, wanted)
        if waits is None and self.ration.is_short(close, need, have):
            self.without_coins.add(anchor.outpoint)
            self.ration.promise(close, NOTHING)
        elif waits is None or wanted > before:
            least = POLICY.min_feerate if waits is None else least_replacement(before, POLICY)
            replaced = ZERO_SAT if waits is None else waits.fee
            most = None
            if waits is not None:
                most = self.ration.most(close, to_come(facts, terms, wanted), have)
            for feerate in downwards(wanted, least):
                made = anchor_child(facts, parent, coins, SCRIPT, feerate, replaced=replaced)
                if isinstance(made, AnchorChild) and (most is None or made.funded.fee <= most):
                    self.without_coins.discard(anchor.outpoint)
                    signed = self._sign(made.sign(duel.alice), made.funded)
                    closing.offered[anchor.outpoint] = max(feerate, before)
                    self._keep(anchor.outpoint, (parent, signed), made.funded, feerate)
                    break
        if anchor.outpoint in self.waiting:
            self.ration.promise(close, to_come(facts, terms, wanted))
        self._send(anchor.outpoint, (parent,))

    def _take(self, closing: Closing, stage: SecondStage, whole: Need) -> None:
        outpoint, terms = stage.outpoint, self._terms()
        waits, before = self.waiting.get(outpoint), closing.offered.get(outpoint, 0)
        feerate = wanted_feerate(stage, terms, before)
        if waits is None or feerate > before:
            least = least_feerate(0 if waits is None else before, POLICY)
            replaced = ZERO_SAT if waits is None else waits.fee
            close, coins = closing.facts.ours.funding_outpoint, self.coins(outpoint)
            most = self.ration.most(close, whole, usable(coins, feerate))
            found = affordable(stage, coins, terms, feerate, least, replaced, most)
            if found is None and waits is None:
                self.without_coins.add(outpoint)
            elif found is not None:
                self.without_coins.discard(outpoint)
                funded, paid = found
                signed = self._sign(stage.sign(funded.tx, closing.duel.alice), funded)
                closing.offered[outpoint] = max(paid, before)
                self._keep(outpoint, (signed,), funded, paid)
        self._send(outpoint, ())

    def _keep(self, outpoint: OutPoint, txs: tuple[Tx, ...], funded: Funded, feerate: int) -> None:
        self.waiting[outpoint] = Waiting(txs, funded.coins, funded.fee, feerate)
        self.fees[txs[-1].txid] = funded.fee.value

    def _send(self, outpoint: OutPoint, otherwise: tuple[Tx, ...]) -> None:
        txs = self.waiting[outpoint].txs if outpoint in self.waiting else otherwise
        if txs:
            outcomes = submit_package(self.bench.mempool, txs)
            self.refused += [str(one.refused) for one in outcomes if one.refused is not None]

    def fees_mined(self) -> int:
        """What children and HTLC transactions have cost that are in the chain."""
        height_of = self.bench.chain.height_of
        return sum(fee for txid, fee in self.fees.items() if height_of(txid) is not None)


def crowded_block(bench: Bench, least: int, room: int = limits.MAX_BLOCK_WEIGHT) -> None:
    """A block in which only what pays so much (sat/kvB) finds a place, of `room` weight in all: the
    rest of it is full of others' transactions at that feerate."""
    bench.now += 600
    bench.chain.extend(dearest(bench.mempool, least, room))


def dearest(mempool: Mempool, least: int, room: int = limits.MAX_BLOCK_WEIGHT) -> list[Tx]:
    """What of a mempool stands in such a block."""
    graph: Graph = mempool.graph()
    clusters = graph.clusters(graph.entries)
    chosen: list[Tx] = []
    for chunk in best_first(c for cluster in clusters for c in graph.chunks(cluster)):
        weight = sum(entry.tx.weight for entry in chunk.entries)
        if chunk.fee * 1000 < least * chunk.vsize or weight > room:
            break
        room -= weight
        chosen += [entry.tx for entry in chunk.entries]
    return chosen
