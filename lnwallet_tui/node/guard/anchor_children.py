"""The child of our commitment: with coins of the wallet it pays for a close that no block takes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Protocol

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.coins.keep import usable
from lnwallet_tui.coins.ledger import WalletTx
from lnwallet_tui.coins.replacement import least_replacement
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.guard.guard_terms import blocks_offered, still_offered
from lnwallet_tui.onchain.bump import AnchorChild, NotEnoughCoins, anchor_child, our_anchor
from lnwallet_tui.onchain.child_offer import ChildTerms, offered_alone, wanted_feerate
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.ration import NOTHING, Ration, in_all, to_come
from lnwallet_tui.onchain.stage_offer import downwards
from lnwallet_tui.store.closes import Close, Offered
from lnwallet_tui.store.db import Transaction


class Publisher(Protocol):
    """Whoever hands transactions to the network."""

    def publish(self, txs: tuple[Tx, ...], why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Raised:
    """What was done for a block: `child` is set where a new one was made, `offer` where that is to
    be noted; `lacks_coins` says that one is needed and no coin pays for any."""

    child: AnchorChild | None = None
    txid: bytes = b""
    offer: Offered | None = None
    lacks_coins: bool = False


@dataclass(frozen=True, slots=True)
class _Child:
    """A new one, what parent and child pay together, and the most that they were offered for."""

    child: AnchorChild
    feerate: int
    offered: int


@dataclass(frozen=True, slots=True)
class _Unwritten:
    """One that is published: its fee, and what parent and child pay together."""

    tx: Tx
    fee: Sat
    feerate: int


@dataclass(frozen=True, slots=True)
class ChildQuote:
    """What would be made, with its fee and that of the child that it replaces."""

    parent: Tx
    feerate: int
    fee: Sat
    replaced: Sat | None


class AnchorChildren:
    """Makes children and replaces them. A child that waits holds its coins in the wallet's ledger,
    and only what replaces it may have them."""

    def __init__(self, publisher: Publisher, wallet: Wallet, ration: Ration | None = None) -> None:
        """`ration` is shared with what makes HTLC transactions."""
        self._publisher, self._wallet, self._ration = publisher, wallet, ration or Ration()
        self._unwritten: dict[OutPoint, _Unwritten] = {}  # published while the disk took nothing

    def publish(
        self,
        tx: Transaction,
        signer: ChannelSigner,
        facts: ChannelFacts,
        parent: Tx,
        close: Close,
        terms: ChildTerms,
    ) -> Raised:
        """Publish our signed commitment and what pays for it; durable with `tx`, and only then
        visible."""
        anchor = our_anchor(facts, parent)
        if anchor is None:
            self._send(tx, parent)
            return Raised()
        # What was built on HTLC outputs is invalid until the parent confirms: a reorganisation.
        outputs = set(map(parent.outpoint, range(len(parent.outputs))))
        self._wallet.abandon_spends(tx, outputs - {anchor.outpoint})
        noted = self._note_unwritten(tx, anchor)
        waiting, was = self._wallet.waiting_for(anchor.outpoint), _offered(close, anchor)
        before = noted or _feerate(was)
        made = self._make(
            facts, parent, terms, _fee_of(waiting), before, blocks_offered(was, terms.next_height)
        )
        feerate = made.feerate if isinstance(made, _Child) else before
        lacks_coins = isinstance(made, NotEnoughCoins) and waiting is None
        later = NOTHING if lacks_coins else to_come(facts, terms, feerate)
        self._ration.promise(facts.ours.funding_outpoint, later)
        if isinstance(made, _Child):
            return self._replace(tx, signer, parent, made, terms.next_height)
        self._send(tx, parent, *([waiting.tx] if waiting is not None else []))
        # Also where it needs no child: since when it waits with what it pays by itself.
        offered = before or offered_alone(facts, parent)
        offer = still_offered(anchor.outpoint, offered, was, terms.next_height)
        return Raised(offer=offer, lacks_coins=lacks_coins)

    # -- by hand
    def quote(
        self, facts: ChannelFacts, parent: Tx, close: Close, terms: ChildTerms
    ) -> ChildQuote | NotEnoughCoins | None:
        """The child that `publish` would make; None where none is needed."""
        anchor = our_anchor(facts, parent)
        if anchor is None:
            return None
        replaced = _fee_of(self._wallet.waiting_for(anchor.outpoint))
        before = _feerate(_offered(close, anchor))
        made = self._make(facts, parent, terms, replaced, before, 0)
        if not isinstance(made, _Child):
            return made
        return ChildQuote(parent, made.feerate, made.child.funded.fee, replaced)

    def least(self, facts: ChannelFacts, parent: Tx, close: Close, terms: ChildTerms) -> int:
        """The lowest feerate of both that is more than what is offered."""
        anchor = our_anchor(facts, parent)
        was = None if anchor is None else _offered(close, anchor)
        offered = max(_feerate(was), offered_alone(facts, parent))
        return least_replacement(offered, terms.policy)

    # -- while the disk takes nothing
    def from_memory(
        self,
        signer: ChannelSigner,
        facts: ChannelFacts,
        parent: Tx,
        close: Close,
        terms: ChildTerms,
    ) -> tuple[Tx, ...]:
        """What is published without a disk. The coins are free as far as it knows; that they are
        used is noted as soon as it takes something (`publish`)."""
        anchor = our_anchor(facts, parent)
        if anchor is None:
            return (parent,)
        last = self._unwritten.get(anchor.outpoint) or self._waiting(close, anchor)
        was, fee = _offered(close, anchor), None if last is None else last.fee
        before = _feerate(was) if last is None else last.feerate
        made = self._make(facts, parent, terms, fee, before, blocks_offered(was, terms.next_height))
        if isinstance(made, _Child):
            funded = made.child.funded
            signed = self._wallet.sign(made.child.sign(signer), funded.coins)
            last = _Unwritten(signed, funded.fee, made.feerate)
            self._unwritten[anchor.outpoint] = last
            self._wallet.lend(anchor.outpoint, funded.coins)
        return (parent,) if last is None else (parent, last.tx)

    def _waiting(self, close: Close, anchor: Claim) -> _Unwritten | None:
        waiting = self._wallet.waiting_for(anchor.outpoint)
        if waiting is None:
            return None
        return _Unwritten(waiting.tx, waiting.fee or ZERO_SAT, _feerate(_offered(close, anchor)))

    def _note_unwritten(self, tx: Transaction, anchor: Claim) -> int:
        """Take what was published without a disk for one that waits; what it offers, or 0."""
        made = self._unwritten.get(anchor.outpoint)
        if made is None:
            return 0
        self._keep(tx, made.tx, made.fee)
        tx.after(partial(self._forget_unwritten, anchor.outpoint))
        return made.feerate

    def _forget_unwritten(self, outpoint: OutPoint) -> None:
        self._unwritten.pop(outpoint, None)
        self._wallet.take_back(outpoint)

    # -- children

    def _make(
        self,
        facts: ChannelFacts,
        parent: Tx,
        terms: ChildTerms,
        replaced: Sat | None,
        before: int,
        waited: int,
    ) -> _Child | NotEnoughCoins | None:
        """A child to take the place of one that waits, with that fee; None where none is needed.

        `before` was offered last, for `waited` blocks, perhaps by one that waits no more: a
        reorganisation, or another commitment in between, is no reason to begin anew.
        """
        anchor = our_anchor(facts, parent)
        wanted = wanted_feerate(facts, parent, terms, before, waited)
        if anchor is None or (replaced is not None and wanted <= before):
            return None
        policy = terms.policy
        least = policy.min_feerate if replaced is None else least_replacement(before, policy)
        coins = self._wallet.coins_for(anchor.outpoint, terms.next_height - 1)
        close, have, most = facts.ours.funding_outpoint, usable(coins, wanted), None
        if replaced is None:
            need = in_all(facts, parent, terms, wanted)
            if self._ration.is_short(close, need, have):
                return NotEnoughCoins(need.coins)
        else:
            most = self._ration.most(close, to_come(facts, terms, wanted), have)
        lacking: NotEnoughCoins | None = None
        for feerate in downwards(wanted, least):
            made = anchor_child(
                facts,
                parent,
                coins,
                terms.change_script,
                feerate,
                replaced=replaced or ZERO_SAT,
                policy=policy,
            )
            if isinstance(made, AnchorChild):
                if most is None or made.funded.fee <= most:
                    return _Child(made, feerate, max(feerate, before))
            elif made is None:
                return None
            else:
                lacking = made
        return lacking

    def _replace(
        self, tx: Transaction, signer: ChannelSigner, parent: Tx, new: _Child, height: int
    ) -> Raised:
        funded = new.child.funded
        signed = self._wallet.sign(new.child.sign(signer), funded.coins)
        self._keep(tx, signed, funded.fee)
        self._send(tx, parent, signed)
        offer = Offered(new.child.anchor.outpoint, new.offered, since=height)
        return Raised(new.child, signed.txid, offer)

    def _keep(self, tx: Transaction, signed: Tx, fee: Sat) -> None:
        # Not "ours": another commitment can confirm instead, and nothing must hang on the change.
        self._wallet.publishing(tx, signed, labels.FEE_OF_CLOSE, ours=False, fee=fee)

    def _send(self, tx: Transaction, *txs: Tx) -> None:
        why = "our commitment and its child" if len(txs) > 1 else "our commitment"
        tx.after(partial(self._publisher.publish, txs, why))


def _fee_of(waiting: WalletTx | None) -> Sat | None:
    return None if waiting is None else waiting.fee or ZERO_SAT


def _offered(close: Close, anchor: Claim) -> Offered | None:
    return next((one for one in close.offered if one.outpoint == anchor.outpoint), None)


def _feerate(offered: Offered | None) -> int:
    return 0 if offered is None else offered.feerate_per_kw
