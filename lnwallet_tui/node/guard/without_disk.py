"""What the guard does while the disk takes no blocks: it goes on from memory.

Only what needs nothing new on disk, and can be done once more when the blocks are kept: sweeps,
second stages, our commitment where it was decided on before, and in front what a preimage that the
chain shows behind us opens. What would change a channel's state waits: a live channel is told no
preimage and is not taken to chain, for a start from the old file would know nothing of that, and
could revoke what was published.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Protocol

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.chain.watch import Follower, Spent
from lnwallet_tui.channel.state import Phase
from lnwallet_tui.node.blocks.chain import spends_of
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.guard.anchor_children import AnchorChildren
from lnwallet_tui.node.guard.guard_terms import GuardTerms
from lnwallet_tui.node.guard.second_stages import SecondStages
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.facts import ChainView, ChannelFacts, ConfirmedTx, PastFacts, facts_of
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.errors import StoreError

Learned = defaultdict[bytes, dict[int, bytes]]
"""Preimages of this copy of the chain, by channel id and id of the HTLC that they open."""


class Sight(Protocol):
    """What the guard knows of a channel, from durable facts."""

    def known_close(self, held: Held) -> Close: ...
    def facts(self, held: Held) -> ChannelFacts: ...
    def read_past(self, held: Held) -> PastFacts: ...
    def preimages(self, held: Held) -> dict[int, bytes]: ...
    def resolve_by(
        self,
        held: Held,
        close: Close,
        preimages: Preimages,
        view: ChainView,
        facts: PastFacts,
    ) -> Resolution | None: ...


class Ward(Protocol):
    """What it asks of the rest of the node."""

    def in_front(self, channel_id: bytes, seen: Mapping[bytes, bytes]) -> dict[HtlcName, bytes]: ...
    def publish(self, txs: tuple[Tx, ...], why: str) -> None: ...


class WithoutDisk:
    """Reads blocks that could not be kept."""

    def __init__(
        self,
        shell: Shell,
        ward: Ward,
        channels: Channels,
        sight: Sight,
        terms: GuardTerms,
        stages: SecondStages,
        children: AnchorChildren,
    ) -> None:
        self._shell, self._ward, self._channels, self._sight = shell, ward, channels, sight
        self._terms, self._stages, self._children = terms, stages, children

    def look(self, follower: Follower) -> None:
        """Do what is to be done for the block after the follower's; each channel in a turn of its
        own, so that a bug with one leaves the others alone."""
        learned: Learned = defaultdict(dict)
        looks = [(held, self._view(held, follower)) for held in self._channels]
        for held, view in looks:
            self._shell.turns.take(partial(self._learn, held, view, learned))
        for held, view in looks:
            self._shell.turns.take(partial(self._look_at, held, view, learned))

    @staticmethod
    def _view(held: Held, follower: Follower) -> ChainView:
        return view_of(spends_of(follower, held.channel), follower.height)

    def _learn(self, held: Held, view: ChainView, learned: Learned) -> None:
        resolution = self._resolution(held, view, {})
        if resolution is not None:
            in_front = self._ward.in_front(held.channel.channel_id, resolution.preimages)
            for (channel_id, htlc_id), preimage in in_front.items():
                learned[channel_id][htlc_id] = preimage

    def _resolution(self, held: Held, view: ChainView, learned: Preimages) -> Resolution | None:
        if held.channel.phase is Phase.DONE or not view.spends:
            return None
        preimages = {**self._sight.preimages(held), **learned}
        close, facts = self._sight.known_close(held), self._past(held)
        return self._sight.resolve_by(held, close, preimages, view, facts)

    def _past(self, held: Held) -> PastFacts:
        """Of a disk that does not even give what it took: without the payments of old states. What
        else a cheat would get does not wait for them."""
        try:
            return self._sight.read_past(held)
        except StoreError:
            return facts_of(held.channel, (), held.signer.per_commitment_point)

    def _look_at(self, held: Held, view: ChainView, learned: Learned) -> None:
        channel = held.channel
        resolution = self._resolution(held, view, learned[channel.channel_id])
        if resolution is not None:
            self._take(held, resolution, view.height)
        elif channel.publication is not None and channel.spend is None and not channel.old_state:
            self._hurry(held, view.height)

    def _take(self, held: Held, resolution: Resolution, height: int) -> None:
        close = self._sight.known_close(held)
        for sweep in self._terms.plan(close, resolution.claims, height).sweeps:
            self._ward.publish((sweep.sign(held.signer),), "sweep, from memory")
        terms = self._terms.stage(close, height)
        for stage in self._stages.from_memory(held.signer, resolution, terms):
            self._ward.publish((stage,), "a payment on chain, from memory")

    def _hurry(self, held: Held, height: int) -> None:
        """Our commitment, which was decided on while the disk still took things."""
        facts, close = self._sight.facts(held), self._sight.known_close(held)
        parent = our_commitment(facts, held.signer)
        terms = self._terms.child(close, height, self._sight.preimages(held))
        txs = self._children.from_memory(held.signer, facts, parent, close, terms)
        self._ward.publish(txs, "our commitment, from memory")


def view_of(spends: tuple[Spent, ...], height: int) -> ChainView:
    """The chain as one channel sees it."""
    return ChainView(
        height, {spent.outpoint: ConfirmedTx(spent.tx, spent.height) for spent in spends}
    )
