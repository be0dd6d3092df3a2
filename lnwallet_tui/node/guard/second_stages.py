"""HTLC transactions on our own commitment: published as they are, or with coins of the wallet.

On anchors they pay no fee. The coins that do are the wallet's, and are kept by its ledger: a
transaction that waits there holds its coins, and only what replaces it may have them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Protocol

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import usable
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.guard.guard_terms import blocks_offered, still_offered
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.node.words.guard_words import Line
from lnwallet_tui.onchain.bump import Funded
from lnwallet_tui.onchain.ration import Need, Ration, unpaid
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.onchain.stage_offer import (
    StageTerms,
    affordable,
    is_near,
    least_feerate,
    ready,
    wanted_feerate,
)
from lnwallet_tui.store.closes import Close, Offered
from lnwallet_tui.store.db import Transaction

SEND_COINS: Final = (
    "Send some thousand sat to an address of this wallet; what is confirmed is used at once."
)


class Publisher(Protocol):
    """Whoever hands transactions to the network."""

    def publish(self, txs: tuple[Tx, ...], why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What was done for a block: the feerates offered, and the HTLCs that no coin could pay for,
    but for those that have time until the change of another comes back."""

    offers: dict[OutPoint, Offered] = field(default_factory=dict)
    without_coins: tuple[SecondStage, ...] = ()

    def lines(self, peer: str) -> tuple[Line, ...]:
        """Of the guard's log, one for each payment that needs a coin."""
        return tuple(
            Line(
                f"The wallet has no coin for the fee that brings {stage.value.value:,} sat of a "
                f"payment in the channel with {peer} home. "
                f"The payment expires at block {stage.transaction.htlc.cltv_expiry:,}.",
                about=f"output {stage.outpoint.vout}",
            )
            for stage in self.without_coins
        )


@dataclass(frozen=True, slots=True)
class _Made:
    """A signed HTLC transaction with coins, and the feerate that it offers."""

    tx: Tx
    funded: Funded
    feerate: int


class SecondStages:
    """Takes the HTLCs of our own commitments one step further."""

    def __init__(
        self, shell: Shell, publisher: Publisher, wallet: Wallet, ration: Ration | None = None
    ) -> None:
        self._shell, self._publisher, self._wallet = shell, publisher, wallet
        self._ration = ration or Ration()
        self._unwritten: dict[OutPoint, _Made] = {}  # published while the disk took nothing

    def take(
        self,
        tx: Transaction,
        signer: ChannelSigner,
        close: Close,
        resolution: Resolution,
        terms: StageTerms,
    ) -> Taken:
        """Publish what the next block may hold; durable with `tx`, and only then visible."""
        self._free_coins(tx, resolution)
        most = partial(self._most, resolution, unpaid(resolution.stages, terms, ()))
        before = {offer.outpoint: offer for offer in close.offered}
        offers: dict[OutPoint, Offered] = {}
        without: list[SecondStage] = []
        for stage in ready(resolution.stages, terms):
            if not stage.needs_coins:
                self._publish(tx, stage.sign(stage.transaction.tx, signer))
                continue
            was = before.get(stage.outpoint)
            feerate = self._offer(tx, signer, stage, terms, was, most)
            if feerate is None:
                without += [stage] if not offers or is_near(stage, terms) else []
            else:
                height = terms.next_height
                offers[stage.outpoint] = still_offered(stage.outpoint, feerate, was, height)
        self._promise(resolution, terms)
        return Taken(offers, tuple(without))

    def _promise(self, resolution: Resolution, terms: StageTerms) -> None:
        """What this close still needs is spent on no other in which less is at stake."""
        waits = {
            stage.outpoint
            for stage in resolution.stages
            if self._wallet.waiting_for(stage.outpoint) is not None
        }
        need = unpaid(resolution.stages, terms, waits)
        for txin in resolution.closing.tx.inputs:  # the funding output, and of ours nothing else
            self._ration.promise(txin.outpoint, need)

    def _most(
        self, resolution: Resolution, need: Need, coins: Sequence[Coin], feerate: int
    ) -> Sat | None:
        """What may be paid of these; `need` is that of all in this close that nobody took yet."""
        funding = resolution.closing.tx.inputs[0].outpoint
        return self._ration.most(funding, need, usable(coins, feerate))

    def _free_coins(self, tx: Transaction, resolution: Resolution) -> None:
        """Somebody else was first, or an older version of ours: what waits will never confirm."""
        spent = {output.outpoint for output in resolution.outputs if output.spent is not None}
        self._wallet.abandon_spends(tx, spent)
        for outpoint in spent & self._unwritten.keys():
            tx.after(partial(self._forget_unwritten, outpoint))

    def _offer(
        self,
        tx: Transaction,
        signer: ChannelSigner,
        stage: SecondStage,
        terms: StageTerms,
        was: Offered | None,
        most: Callable[[Sequence[Coin], int], Sat | None],
    ) -> int | None:
        """The feerate that is offered now; None where no coin pays for what is wanted."""
        before = max(was.feerate_per_kw if was else 0, self._note_unwritten(tx, stage))
        waiting = self._wallet.waiting_for(stage.outpoint)
        feerate = wanted_feerate(stage, terms, before, blocks_offered(was, terms.next_height))
        if waiting is not None and feerate <= before:
            self._publish(tx, waiting.tx)
            return before
        least = least_feerate(0 if waiting is None else before, terms.policy)
        replaced = ZERO_SAT if waiting is None or waiting.fee is None else waiting.fee
        coins = self._wallet.coins_for(stage.outpoint, terms.next_height - 1)
        limit = most(coins, feerate)
        found = affordable(stage, coins, terms, feerate, least, replaced, limit)
        if found is None:
            if waiting is not None:
                self._publish(tx, waiting.tx)
            return None
        made = self._made(signer, stage, *found)
        self._keep(tx, made)
        self._publish(tx, made.tx)
        return max(made.feerate, before)

    def _made(
        self, signer: ChannelSigner, stage: SecondStage, funded: Funded, feerate: int
    ) -> _Made:
        signed = self._wallet.sign(stage.sign(funded.tx, signer), funded.coins)
        return _Made(signed, funded, feerate)

    def _keep(self, tx: Transaction, made: _Made) -> None:
        # Not "ours": the peer can spend the HTLC too, so nothing is built upon the change yet.
        fee = made.funded.fee
        self._wallet.publishing(tx, made.tx, labels.FEE_OF_PAYMENT, ours=False, fee=fee)

    def _publish(self, tx: Transaction, signed: Tx) -> None:
        tx.after(partial(self._publisher.publish, (signed,), "a payment on chain"))

    # -- while the disk takes nothing
    def from_memory(
        self, signer: ChannelSigner, resolution: Resolution, terms: StageTerms
    ) -> Iterator[Tx]:
        """What is published without a disk. The coins are free as far as it knows; that they are
        used is noted as soon as it takes something (`take`)."""
        for stage in ready(resolution.stages, terms):
            waiting = self._wallet.waiting_for(stage.outpoint)
            if not stage.needs_coins:
                yield stage.sign(stage.transaction.tx, signer)
            elif waiting is not None:
                yield waiting.tx
            elif (made := self._make_unwritten(signer, stage, terms)) is not None:
                yield made.tx

    def _make_unwritten(
        self, signer: ChannelSigner, stage: SecondStage, terms: StageTerms
    ) -> _Made | None:
        known = self._unwritten.get(stage.outpoint)
        if known is None:
            coins = self._wallet.coins_for(stage.outpoint, terms.next_height - 1)
            feerate = wanted_feerate(stage, terms, 0)
            found = affordable(stage, coins, terms, feerate, least_feerate(0, terms.policy))
            if found is None:
                return None
            known = self._made(signer, stage, *found)
            self._unwritten[stage.outpoint] = known
            self._wallet.lend(stage.outpoint, found[0].coins)
        return known

    def _note_unwritten(self, tx: Transaction, stage: SecondStage) -> int:
        """Take what was published without a disk for one that waits; what it offers, or 0."""
        made = self._unwritten.get(stage.outpoint)
        if made is None:
            return 0
        self._keep(tx, made)
        tx.after(partial(self._forget_unwritten, stage.outpoint))
        return made.feerate

    def _forget_unwritten(self, outpoint: OutPoint) -> None:
        self._unwritten.pop(outpoint, None)
        self._wallet.take_back(outpoint)
