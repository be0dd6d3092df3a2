"""The guard: looks at every channel with each block, takes what is ours, and says what it does.

It works from the durable facts of a channel and its signer alone, so a channel that a bug of ours
froze, or whose peer is gone, is guarded like any other. Nothing but the log, the addresses and the
feerates offered is remembered: everything else is worked out anew from the chain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Final, Protocol

from msgspec.structs import replace

from lnwallet_tui.api.events import GuardActed
from lnwallet_tui.api.views import GuardEntry, GuardView
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.chain.watch import Follower, Spent
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.node.blocks.chain import Chain
from lnwallet_tui.node.blocks.lookout import silent_since
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins.standing import Standing, standing, with_offer
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.guard import guard_away
from lnwallet_tui.node.guard.anchor_children import AnchorChildren, Raised
from lnwallet_tui.node.guard.guard_away import Limit
from lnwallet_tui.node.guard.guard_news import GuardNews
from lnwallet_tui.node.guard.guard_terms import GuardTerms, offered_with
from lnwallet_tui.node.guard.second_stages import SecondStages
from lnwallet_tui.node.guard.without_disk import WithoutDisk, view_of
from lnwallet_tui.node.holdings.written_off import spoils_of
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.node.words import guard_words
from lnwallet_tui.node.words.guard_words import Line
from lnwallet_tui.onchain.child_offer import ChildTerms
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.deadlines import Deadline, deadlines, overdue
from lnwallet_tui.onchain.facts import ChainView, ChannelFacts, PastFacts, facts_of
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.ration import Ration
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep_tx import Sweep
from lnwallet_tui.payment.records import HtlcName
from lnwallet_tui.store import channels as stored_channels
from lnwallet_tui.store import closes as stored
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.db import Transaction

_LOG_SHOWN: Final = 200


class Ward(Protocol):
    """What the guard asks of the rest of the node."""

    def preimages(self, channel: Channel) -> dict[int, bytes]: ...
    def in_front(self, channel_id: bytes, seen: Mapping[bytes, bytes]) -> dict[HtlcName, bytes]: ...
    def waited_for(self, channel_id: bytes) -> frozenset[int]: ...
    def publish(self, txs: tuple[Tx, ...], why: str) -> None: ...


class Guard:
    """Watches all channels."""

    def __init__(
        self, shell: Shell, ward: Ward, channels: Channels, chain: Chain, wallet: Wallet
    ) -> None:
        self._shell, self._ward = shell, ward
        self._channels, self._chain, self._wallet = channels, chain, wallet
        self._terms = GuardTerms(shell)
        ration = Ration()
        self._stages = SecondStages(shell, ward, wallet, ration)
        self.children = AnchorChildren(ward, wallet, ration)
        self._news = GuardNews(shell, chain)
        self._closes = stored.load_closes(shell.store, shell.damaged.met)
        self._without_disk = WithoutDisk(
            shell, ward, channels, self, self._terms, self._stages, self.children
        )
        self._known: dict[int, tuple[tuple[object, ...], Resolution | None]] = {}

    # -- questions
    def resolution(self, held: Held) -> Resolution | None:
        """Where a closed channel stands; None while its funding is unspent in the best chain."""
        close = self._closes.get(held.number)
        if close is None:
            return None
        # Views ask often; the answer changes with the channel, the chain and what we take only,
        # and of a channel that is done only with what old blocks are found to say.
        preimages, is_done = self.preimages(held), held.channel.phase is Phase.DONE
        version = self._chain.version_of_old if is_done else self._chain.version
        made_of = held.state, version, close.script, preimages
        known = self._known.get(held.number)
        if known is None or known[0][0] is not held.state or known[0][1:] != made_of[1:]:
            known = made_of, self._resolve_anew(held, close, preimages)
            self._known[held.number] = known
        return known[1]

    def _resolve_anew(
        self, held: Held, close: Close, preimages: dict[int, bytes]
    ) -> Resolution | None:
        view = view_of(self._spends(held.channel), self._chain.height)
        return self.resolve_by(held, close, preimages, view)

    def resolve_by(
        self,
        held: Held,
        close: Close,
        preimages: Preimages,
        view: ChainView,
        facts: PastFacts | None = None,
    ) -> Resolution | None:
        """Where the channel stands in that view of the chain."""
        return resolve(
            self.read_past(held) if facts is None else facts,
            view,
            held.signer.per_commitment_point,
            script=close.script,
            preimages=preimages,
            policy=self._shell.config.policy,
        )

    def offered(self, held: Held, outpoint: OutPoint) -> bytes:
        """The id of the sweep that was published last to take an output; empty where none was."""
        close = self._closes.get(held.number)
        ids = (one.txid for one in close.offered if one.outpoint == outpoint) if close else iter(())
        return next(ids, b"")

    def standing(self, held: Held, txid: bytes) -> Standing | None:
        """The sweep of that id, where it waits for a block; None where there is none."""
        close, resolution = self._closes.get(held.number), self.resolution(held)
        if close is None or resolution is None:
            return None
        return standing(close, resolution.claims, txid)

    def hurry(self, tx: Transaction, held: Held, sweep: Sweep) -> None:
        """Offer that in place of what waits; from now on it is what is raised."""
        self._publish(tx, held, sweep)
        self._keep(tx, held, with_offer(self._close_of(tx, held), sweep), ())

    def our_txid(self, held: Held) -> bytes:
        """The id of our newest commitment."""
        return self.facts(held).build_ours().tx.txid

    def view(self) -> GuardView:
        """What the screen shows."""
        open_ones = [h.channel for h in self._channels if h.channel.phase is not Phase.DONE]
        limit = guard_away.first(self._limits())
        away = 0 if limit is None else guard_away.blocks(limit, self._chain.height)
        seen = self._chain.height, self._chain.time, self._shell.now()
        until = 0 if limit is None else guard_away.date(limit, *seen)
        return GuardView(
            watching=True,
            last_block_checked=self._chain.height,
            last_block_time=self._chain.time,
            funding_outputs_watched=sum(channel.spend is None for channel in open_ones),
            closes_watched=sum(channel.spend is not None for channel in open_ones),
            # Once its funding output is spent, a channel cannot be cheated with any more.
            revoked_states=sum(
                channel.their_secrets.revoked for channel in open_ones if channel.spend is None
            ),
            may_be_away_blocks=away,
            may_be_away_until=until,
            away_because="" if limit is None else limit.reason,
            silent_since=silent_since(self._chain.time, self._shell.now()),
            source=self._shell.ports.chain.name(),
            log=stored.newest_entries(self._shell.store, _LOG_SHOWN)[::-1],
        )

    def _limits(self) -> Iterator[Limit]:
        """All blocks at which something could be lost if nobody was there."""
        policy, height = self._shell.config.policy, self._chain.height
        for held in self._channels:
            if held.channel.phase is Phase.DONE:
                continue
            resolution = self.resolution(held)
            if resolution is not None:
                yield from guard_away.of_close(resolution, policy, self._name(held))
            elif not held.channel.old_state:
                by = None if held.channel.publication else next(iter(self._deadlines(held)), None)
                yield from guard_away.of_open(held.channel, by, height, policy, self._name(held))

    def deadlines(self, held: Held) -> tuple[Deadline, ...]:
        """By when its HTLCs are taken to chain, the first one first; none once that is decided."""
        channel = held.channel
        if channel.spend is not None or channel.publication is not None or channel.old_state:
            return ()
        return self._deadlines(held)

    def _deadlines(self, held: Held) -> tuple[Deadline, ...]:
        facts, settled = self.facts(held), self.preimages(held).keys()
        waited_for = self._ward.waited_for(held.channel.channel_id)
        return deadlines(facts, settled, self._shell.config.policy, waited_for)

    def overdue(self, held: Held) -> tuple[HtlcSpec, ...]:
        """The HTLCs of ours in an open channel that should have come back, first to expire
        first."""
        channel = held.channel
        if channel.spend is not None or channel.publication is not None or channel.old_state:
            return ()
        if not channel.ledger.htlcs:
            return ()
        return overdue(self.facts(held), self._chain.height, self._shell.config.policy)

    # -- at a start
    def look_over(self) -> None:
        """What open channels held is needed when a peer cheats, too late to tell that a row of it
        is damaged."""
        store, damaged = self._shell.store, self._shell.damaged.met
        for held in self._channels:
            if held.channel.phase is not Phase.DONE:
                stored_channels.look_over_held(store, held.number, damaged)

    # -- each block
    def meet(self, tx: Transaction) -> None:
        """Note which channels are closed by now; from then on there is a `resolution` of each."""
        for held in self._channels:
            self._shell.alone(tx, partial(self._meet, tx, held))

    def _meet(self, tx: Transaction, held: Held) -> None:
        if held.channel.phase is not Phase.DONE and self._spends(held.channel):
            self._close_of(tx, held)

    def look(self, tx: Transaction) -> tuple[Held, ...]:
        """Do what is to be done for the next block; the channels that are resolved for good."""
        return tuple(
            held
            for held in self._channels
            if self._shell.alone(tx, partial(self._look_at, tx, held))
        )

    def _look_at(self, tx: Transaction, held: Held) -> bool:
        """Whether it is resolved for good, now."""
        channel = held.channel
        if channel.phase is Phase.DONE:
            return False
        if self._spends(channel):
            return self._resolve(tx, held)
        if self.is_raising(held):
            self.raise_fee(tx, held)
        return False

    def look_from_memory(self, follower: Follower) -> None:
        """The disk does not take the newest blocks: take what is ours all the same.

        It is done anew, and noted, once the blocks are kept.
        """
        self._without_disk.look(follower)

    def _resolve(self, tx: Transaction, held: Held) -> bool:
        close = self._close_of(tx, held)
        resolution = self.resolution(held)
        assert resolution is not None, "its funding output is spent"
        self._forget_rivals(tx, held, close, resolution)
        sweeps = self._terms.plan(close, resolution.claims, self._chain.height)
        for sweep in sweeps.sweeps:
            self._publish(tx, held, sweep)
        terms = self._terms.stage(close, self._chain.height)
        taken = self._stages.take(tx, held.signer, close, resolution, terms)
        offered = {
            **{offer.outpoint: offer for offer in close.offered},
            **offered_with(sweeps),
            **taken.offers,
        }
        name, height = self._name(held), self._chain.height
        cheat = spoils_of(self._wallet, held, resolution)
        self._news.of_lacking_coins(tx, held, close, taken.lines(name))
        self._news.of_close(tx, held, close, resolution, cheat)
        restored = held.channel.restored
        delay = held.channel.theirs.to_self_delay
        told = guard_words.lines(resolution, name, height, cheat, delay=delay, restored=restored)
        words = (*told, *taken.lines(name))
        self._keep(tx, held, replace(close, offered=tuple(offered.values())), words)
        return resolution.is_final(height)

    def _forget_rivals(
        self, tx: Transaction, held: Held, close: Close, resolution: Resolution
    ) -> None:
        """Another commitment is in the chain than was before a reorganisation, or than ours: what
        spends the other will never confirm."""
        there = {spent.tx.txid for spent in self._spends(held.channel)}
        offered = (offer.outpoint for offer in close.offered)
        # Whatever else spends the funding output has lost too: a close that was agreed on.
        funding = held.channel.funding.outpoint
        lost = {funding, *(one for one in offered if one.txid not in there)}
        self._wallet.abandon_spends(tx, lost)
        if self._wallet.waiting():
            ours = self.facts(held).build_ours().tx
            if ours.txid != resolution.closing.tx.txid:
                outputs = set(map(ours.outpoint, range(len(ours.outputs))))
                self._wallet.abandon_spends(tx, outputs)

    def _publish(self, tx: Transaction, held: Held, sweep: Sweep) -> None:
        signed = sweep.sign(held.signer)
        tx.after(partial(self._ward.publish, (signed,), "sweep"))

    def publish_now(self, tx: Transaction, held: Held) -> None:
        """Publish the commitment of a channel whose machine is frozen."""
        if held.channel.publication is not None and not self._spends(held.channel):
            self.raise_fee(tx, held)

    def is_raising(self, held: Held) -> bool:
        """Whether our commitment waits for a block."""
        channel = held.channel
        waits = channel.publication is not None and not channel.old_state
        return waits and channel.phase is not Phase.DONE and not self._spends(channel)

    def child_terms(self, held: Held, close: Close, asked: int) -> ChildTerms:
        """What the next child of our commitment is made by."""
        return self._terms.child(close, self._chain.height, self.preimages(held), asked)

    def raise_fee(self, tx: Transaction, held: Held, asked: int = 0) -> Raised:
        """Our commitment waits for a block: pay more for it by a child where it has an anchor;
        at least as much as was `asked` for by hand."""
        facts = self.facts(held)
        parent = our_commitment(facts, held.signer)
        if held.signer_learned:
            stored_channels.save_channel(tx, held.row())
        close = self._close_of(tx, held)
        terms = self.child_terms(held, close, asked)
        raised = self.children.publish(tx, held.signer, facts, parent, close, terms)
        name, lines = self._name(held), list[Line]()
        if raised.child is not None:
            fee = raised.child.funded.fee
            lines.append(guard_words.child(name, fee, raised.txid))
        if raised.offer is not None:
            others = (one for one in close.offered if one.outpoint != raised.offer.outpoint)
            close = replace(close, offered=(*others, raised.offer))
        if raised.lacks_coins:
            line = guard_words.no_coin_to_hurry(name)
            self._news.of_lacking_coins(tx, held, close, (line,))
            lines.append(line)
        self._keep(tx, held, close, tuple(lines))
        return raised

    # -- what is kept
    def known_close(self, held: Held) -> Close:
        """What was noted of its close; without a note it pays to where the channel pays."""
        return self._closes.get(held.number) or Close(script=held.channel.shutdown_script)

    def _close_of(self, tx: Transaction, held: Held) -> Close:
        known = self._closes.get(held.number)
        if known is not None:
            return known
        close = Close(script=self._wallet.scripts.lend(tx))
        self._chain.look_for(tx, close.script)
        self._put(tx, held, close)
        return close

    def _keep(self, tx: Transaction, held: Held, close: Close, lines: tuple[Line, ...]) -> None:
        """Store what was offered and say, once, what is new."""
        fresh = tuple(line for line in lines if line.key not in close.said)
        for line in fresh:
            entry = GuardEntry(
                height=self._chain.height, time=self._shell.now(), text=line.text, txid=line.txid
            )
            stored.add_entry(tx, entry)
            tx.after(partial(self._shell.feed.publish, GuardActed(entry)))
            tx.after(partial(self._shell.log.info, "guard", line.text))
        self._put(tx, held, replace(close, said=(*close.said, *(line.key for line in fresh))))

    def _put(self, tx: Transaction, held: Held, close: Close) -> None:
        before = self._closes.get(held.number)
        if close == before:
            return

        def restore() -> None:
            if before is None:
                del self._closes[held.number]
            else:
                self._closes[held.number] = before

        tx.undo(restore)
        self._closes[held.number] = close
        self._terms.note_raised(close)
        stored.save_close(tx, held.number, close)

    # -- facts
    def facts(self, held: Held) -> ChannelFacts:
        """The channel as its last durable state has it; of what it held before nothing is read."""
        return facts_of(held.channel, (), held.signer.per_commitment_point)

    def read_past(self, held: Held) -> PastFacts:
        """The same with what it held before, from the disk."""
        store, damaged = self._shell.store, self._shell.damaged.met
        rows = stored_channels.held_htlcs(store, held.number, damaged)
        return facts_of(held.channel, rows, held.signer.per_commitment_point)

    def preimages(self, held: Held) -> dict[int, bytes]:
        """Of the HTLCs in it that are ours to take."""
        return self._ward.preimages(held.channel)

    def _spends(self, channel: Channel) -> tuple[Spent, ...]:
        return self._chain.spends_of(channel)

    def _name(self, held: Held) -> str:
        return held.peer_id.hex()[:8]
