"""What closing a channel costs either way, what comes back and when: about, and at worst.

Together. The fee is negotiated inside the funder's bounds (`channel.closing_fees`):

    about = our balance − our fee at the feerate for the next blocks (0 where the peer funds)
    worst = our balance − what is going out − the most that we agree to
    by      as many blocks as that feerate should take, after the last payment that is under way
            must have ended, from now where there is none; at worst a day after it

Alone. Our commitment is built as it would be published, so that every output is exact:

    about = to_local + what is going out (it comes back, unless it arrives)
            + what is coming in and ours to take − the fee of each transaction that brings it home
            at today's feerate; of those that take a payment of ours from the commitment, at that
            of the next hour: on anchors coins of the wallet pay it
    worst = to_local − its sweep − the child of our anchor, both at `costs.highest_feerate`, and no
            payment comes home; or what is ours in a commitment of the peer, where that is less
            (`close_ends`). The guard never pays more than half of what a sweep brings
            (`onchain.price.fee_limit`: nobody races us for it), nor more than half of what is at
            stake for parent and child together (`onchain.bump.highest_feerate`).
    by      the last delay and expiry, counted from the next block; at worst a day later for the
            commitment, and another for the sweep (`policy.no_hurry`)

Less than the worst comes back only where fees rise above the feerate that is named, or where no
block has room for a day at that. A little more than `about` comes back where fees fall, and where
the peer's commitment takes the place of ours: then nothing of ours waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from lnwallet_tui.api.costs import OutcomeView, OutputKind, OutputView, Pace, Whose
from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_at_least, whole_vbytes
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.fees import commitment_fee
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.channel.transactions import (
    BuiltCommitment,
    CommitmentOutput,
    HtlcOutput,
    HtlcSpec,
    HtlcTransaction,
    LocalAnchor,
    RemoteAnchor,
    ToLocal,
    closing_fee,
    closing_weight,
    htlc_weight,
)
from lnwallet_tui.coins.weights import INPUT_WEIGHT, dust_threshold, output_weight
from lnwallet_tui.node.channels.close_ends import arrived, end_of_ours, ends_of_theirs, leaving
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import costs
from lnwallet_tui.node.coins.wallet import PREVIEW
from lnwallet_tui.node.words.block_dates import time_of
from lnwallet_tui.onchain.bump import AnchorChild, NotEnoughCoins, anchor_child, fee_of
from lnwallet_tui.onchain.claim import Claim
from lnwallet_tui.onchain.deadlines import after_expiry
from lnwallet_tui.onchain.facts import ChannelFacts
from lnwallet_tui.onchain.home import second_stage_home
from lnwallet_tui.onchain.price import fee_limit, feerate_for
from lnwallet_tui.onchain.sweep_tx import build_sweep, sweep_weight, total

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


def closing(board: Switchboard, held: Held, most: Sat) -> CloseQuote:
    """What closing costs either way, and when the money is back; together at `most` so much."""
    channel, alone = held.channel, _Alone(board, held)
    limit = most if channel.we_fund else ZERO_SAT
    together = _Together(board, channel, limit)
    fee, outcome = together.fee(costs.feerate_at(board, Pace.FAST)), alone.outcome()
    ours = _ours(channel)
    return CloseQuote(
        channel_id=channel.channel_id.hex(),
        peer_online=channel.link is Link.LIVE,
        ours_msat=ours.value,
        cooperative_fee_sat=fee.value,
        cooperative_max_fee_sat=together.most.value,
        cooperative_receives_sat=together.outcome().about_sat,
        force_fee_sat=max(0, ours.floor_sat().value - outcome.about_sat),
        force_receives_sat=max(0, outcome.about_sat),
        force_delay_blocks=channel.theirs.to_self_delay,
        force_available_height=outcome.about_height,
        force_available_time=outcome.about_time,
        htlcs_pending=len(channel.ledger.htlcs),
        cooperative_rates=costs.costs(board, together.fee) if channel.we_fund else (),
        cooperative_outputs=tuple(together.outputs()),
        cooperative_outcome=together.outcome(),
        force_commitment_fee_sat=alone.signed_fee().value,
        force_commitment_feerate_per_kw=alone.built.spec.feerate_per_kw,
        force_rates=costs.costs(board, alone.sweep_fee),
        force_outputs=tuple(alone.outputs()),
        force_outcome=outcome,
        force_child_most_sat=alone.child_at_most().value,
        force_payments_fee_sat=alone.payments_fee().value,
        outgoing_sat=_outgoing(channel).value,
        cooperative_arrived_sat=replace(together, arrived=True).outcome().about_sat,
        force_arrived_sat=alone.if_arrived().value,
        force_peers_less_sat=alone.peers_less().value,
        may_be_old=board.older_copy.suspects(held),
    )


def max_closing_fee(board: Switchboard, channel: Channel) -> Sat:
    """The most that a close may cost us unless the user says otherwise: twice today's soonest, and
    at least what our commitment costs already."""
    soon = closing_fee(board.channels.feerates().market * 2, PREVIEW, PREVIEW)
    return max(soon, commitment_fee(channel.ledger.feerate_per_kw, 0, channel.anchors))


def least_closing_fee(board: Switchboard, channel: Channel) -> Sat:
    """What closing together costs us at the lowest feerate that is relayed; nothing where the peer
    pays."""
    most = max_closing_fee(board, channel) if channel.we_fund else ZERO_SAT
    return _Together(board, channel, most).fee(board.shell.config.policy.min_feerate)


def _ours(channel: Channel) -> Msat:
    """Ours, and what is going out, without what has arrived."""
    return channel.ledger.ours - arrived(channel)


def _outgoing(channel: Channel) -> Sat:
    """What would no longer be ours if all that is going out arrived."""
    ours = _ours(channel)
    return ours.floor_sat() - (ours - leaving(channel)).floor_sat()


# -- in agreement
@dataclass(frozen=True, slots=True)
class _Together:
    """As if nothing of what is going out had `arrived`, or all of it; we agree to no more than
    `most`."""

    board: Switchboard
    channel: Channel
    most: Sat
    arrived: bool = False

    def _sides(self) -> tuple[Msat, Msat]:
        """Ours and theirs, with what is theirs once it arrived."""
        channel = self.channel
        gone = arrived(channel) + (leaving(channel) if self.arrived else ZERO_MSAT)
        return channel.ledger.ours - gone, channel.ledger.theirs + gone

    def fee(self, feerate: int) -> Sat:
        """Of a transaction with both outputs, where we pay it."""
        if not self.channel.we_fund:
            return ZERO_SAT
        return min(self.most, closing_fee(feerate, *self._scripts()))

    def _scripts(self) -> tuple[bytes, ...]:
        """As the negotiation expects it: what is dust before the fee has no output."""
        dust = self.channel.ours.dust_limit
        return tuple(PREVIEW for side in self._sides() if side.floor_sat() >= dust)

    def _ours_after(self, fee: Sat) -> Sat:
        ours = self._sides()[0].floor_sat().minus_or_zero(fee)
        return ours if ours >= self.channel.ours.dust_limit else ZERO_SAT

    def outputs(self) -> Iterator[OutputView]:
        """At the feerate that we aim at."""
        board, value = self.board, self.channel.funding.value
        ours = self._ours_after(self.fee(costs.feerate_at(board, Pace.FAST)))
        theirs = self._sides()[1].floor_sat()
        if not self.channel.we_fund:
            theirs = theirs.minus_or_zero(self._peer_fee())
        theirs = theirs if theirs >= self.channel.ours.dust_limit else ZERO_SAT
        for whose, amount in ((Whose.YOURS, ours), (Whose.THEIRS, theirs)):
            if amount:
                yield costs.output(board, OutputKind.BALANCE, whose, amount, self._confirmed())
        fee = value - ours - theirs
        yield costs.output(board, OutputKind.FEE, Whose.MINERS, fee)

    def _ended(self) -> int:
        """The block at which the last payment that is under way has ended, at the latest; now where
        there is none."""
        expiries = (htlc.cltv_expiry for htlc in self.channel.ledger.htlcs)
        return max((self.board.chain.height, *expiries))

    def _confirmed(self) -> int:
        """The block by which its feerate should have it in one, if its payments last as long as
        they can."""
        return self._ended() + costs.blocks_at(self.board, Pace.FAST)

    def _peer_fee(self) -> Sat:
        """What the peer may pay; it decides."""
        feerate = costs.feerate_at(self.board, Pace.FAST)
        return closing_fee(feerate, *self._scripts())

    def outcome(self) -> OutcomeView:
        board, confirmed = self.board, self._confirmed()
        about = self._ours_after(self.fee(costs.feerate_at(board, Pace.FAST)))
        worst = self._ours_after(self.most + _outgoing(self.channel))
        late = self._ended() + board.shell.config.policy.no_hurry
        return OutcomeView(
            about_sat=about.value,
            about_height=confirmed,
            about_time=time_of(board, confirmed),
            worst_sat=worst.value,
            worst_height=late,
            worst_time=time_of(board, late),
            worst_feerate_per_kw=self.most.value * 1000 // closing_weight(*self._scripts()),
        )


# -- alone
class _Alone:
    """Our commitment as it would be published now."""

    def __init__(self, board: Switchboard, held: Held) -> None:
        self.board, self.channel = board, held.channel
        self.facts: ChannelFacts = board.guard.facts(held)
        self.built: BuiltCommitment = self.facts.build_ours()
        self._settled = board.preimages(held.channel).keys()
        self._published = board.chain.height + 1
        at = self.channel, self.facts
        self._ours = end_of_ours(*at, self.built, self._published)
        self._ends = (self._ours, *ends_of_theirs(*at, self._published))
        self._claims = self._ours.claims

    # -- the outputs
    def outputs(self) -> Iterator[OutputView]:
        """Every one of them, and what is left for the miners."""
        for role, txout in zip(self.built.outputs, self.built.tx.outputs, strict=True):
            kind, whose, spendable = self._role(role)
            yield costs.output(self.board, kind, whose, txout.value, spendable)
        fee = fee_of(self.facts, self.built.tx)
        yield costs.output(self.board, OutputKind.FEE, Whose.MINERS, fee)

    def _role(self, role: CommitmentOutput) -> tuple[OutputKind, Whose, int]:
        next_block = self._published
        match role:
            case ToLocal():
                return OutputKind.BALANCE, Whose.YOURS, next_block + self._delay
            case LocalAnchor():
                return OutputKind.ANCHOR, Whose.YOURS, 0
            case RemoteAnchor():
                return OutputKind.ANCHOR, Whose.THEIRS, 0
            case HtlcOutput(htlc) if htlc.offered:
                home = self._home(after_expiry(htlc.cltv_expiry))
                return OutputKind.PAYMENT_OUT, Whose.UNDECIDED, home
            case HtlcOutput(htlc):
                ours = htlc.htlc_id in self._settled
                whose = Whose.YOURS if ours else Whose.UNDECIDED
                home = self._home(next_block) if ours else after_expiry(htlc.cltv_expiry)
                return OutputKind.PAYMENT_IN, whose, home
            case _:
                return OutputKind.BALANCE, Whose.THEIRS, next_block

    @property
    def _delay(self) -> int:
        return self.channel.theirs.to_self_delay

    def _home(self, first_stage: int) -> int:
        """When an HTLC whose first stage can be in that block is home: its second stage waits like
        everything of ours."""
        return second_stage_home(first_stage, self._delay, self._published)

    # -- what it costs
    def signed_fee(self) -> Sat:
        """Of the commitment at its feerate, without what miners get of broken satoshis and dust."""
        spec, params = self.built.spec, self.facts.ours
        untrimmed = len(spec.untrimmed(params))
        return commitment_fee(spec.feerate_per_kw, untrimmed, self.channel.anchors)

    def sweep_fee(self, feerate: int) -> Sat | None:
        """Of the transaction that brings `to_local` home; None where it is not worth one."""
        sweep, _ = build_sweep(self._claims, PREVIEW, feerate) if self._claims else (None, ())
        return None if sweep is None else sweep.fee

    def _swept(self, claims: tuple[Claim, ...], feerate: int) -> Sat:
        """What comes home of them, at that feerate or as much of it as the guard pays."""
        if not claims:
            return ZERO_SAT
        value = total(claims)
        policy = self.board.shell.config.policy
        brings = value.minus_or_zero(dust_threshold(PREVIEW))
        weight = sweep_weight(claims, PREVIEW)
        most = max(policy.min_feerate, fee_limit(brings, None).value * 1000 // weight)
        sweep, _ = build_sweep(claims, PREVIEW, min(feerate, most))
        return ZERO_SAT if sweep is None else value - sweep.fee

    def _least(self, feerate: int) -> Sat:
        """What comes home of our balance whichever commitment it is, if no payment does."""
        return min(self._swept(e.claims, feerate).minus_or_zero(e.loose) for e in self._ends)

    def peers_less(self) -> Sat:
        """So much less than of our commitment that can be at worst."""
        highest = costs.highest_feerate(self.board)
        return self._swept(self._claims, highest) - self._least(highest)

    def _payments_home(self, feerate: int) -> Sat:
        """Of the HTLCs that may come home, less what that costs: of their first stage, and of the
        sweeps after it, one for all that can be swept from the same block on."""
        return self._home_of(self._may_come_home(), feerate)

    def _home_of(self, these: Iterable[HtlcTransaction], feerate: int) -> Sat:
        due: dict[int, list[Sat]] = {}
        for one in these:
            brings = one.tx.outputs[0].value.minus_or_zero(self._first_stage_fee(one))
            due.setdefault(self._first_stage(one.htlc), []).append(brings)
        home = ZERO_SAT
        for values in due.values():
            weight = sweep_weight(self._claims[:1] * len(values), PREVIEW)
            home += sum(values, ZERO_SAT).minus_or_zero(fee_at_least(feerate, weight))
        return home

    def if_arrived(self) -> Sat:
        """What comes home, in no hurry, if all that is going out arrives."""
        today = costs.feerate_at(self.board, Pace.SLOW)
        settled = [one for one in self._may_come_home() if not one.htlc.offered]
        return self._least(today) + self._home_of(settled, today)

    def _may_come_home(self) -> Iterator[HtlcTransaction]:
        for one in self.built.htlc_transactions:
            if one.htlc.offered or one.htlc.htlc_id in self._settled:
                yield one

    def payments_fee(self) -> Sat:
        """What all that costs, in no hurry."""
        value = sum((one.value for one in self._may_come_home()), ZERO_SAT)
        return value - self._payments_home(costs.feerate_at(self.board, Pace.SLOW))

    def _first_stage(self, htlc: HtlcSpec) -> int:
        """The first block that may hold its HTLC transaction."""
        return after_expiry(htlc.cltv_expiry) if htlc.offered else self._published

    def _first_stage_fee(self, one: HtlcTransaction) -> Sat:
        """What coins of the wallet pay on anchors, as the guard offers it at first: the peer can
        take a payment, too, so that this is no matter of a day."""
        if not one.anchors:
            return ZERO_SAT  # it was taken off the output when it was signed
        change = output_weight(PREVIEW)
        weight = whole_vbytes(htlc_weight(one.htlc.offered, one.anchors) + INPUT_WEIGHT + change)
        feerate = feerate_for(
            value=one.value.minus_or_zero(dust_threshold(PREVIEW)),
            weight=weight,
            blocks_after_next=None,
            raced=True,
            estimate=self.board.shell.ports.chain.feerate_per_kw,
            policy=self.board.shell.config.policy,
        )
        return fee_at_least(feerate, weight)

    def child_at_most(self) -> Sat:
        """What the child of our anchor costs the wallet at the highest feerate: its fee, less the
        anchor that it takes; nothing where the channel has none, or where no coin pays for one."""
        board, parent = self.board, self._parent()
        height, policy = board.chain.height, board.shell.config.policy
        coins = board.wallet.confirmed_coins(height)
        feerate = costs.highest_feerate(board)
        made = anchor_child(self.facts, parent, coins, PREVIEW, feerate, policy=policy)
        if isinstance(made, AnchorChild):
            return made.funded.fee.minus_or_zero(made.anchor.value)
        if isinstance(made, NotEnoughCoins):  # then it pays what the coins allow
            return sum((coin.value for coin in coins), ZERO_SAT)
        return ZERO_SAT

    def _parent(self) -> Tx:
        """The commitment, as heavy as it will be."""
        params = self.facts.ours
        signatures = {
            params.holder.funding_pubkey: witnesses.HEAVIEST,
            params.counterparty.funding_pubkey: witnesses.HEAVIEST,
        }
        witness = witnesses.funding(signatures, params.funding_script)
        return self.built.tx.with_witness(0, witness)

    def outcome(self) -> OutcomeView:
        board, height = self.board, self.board.chain.height
        today = costs.feerate_at(board, Pace.SLOW)
        highest, day = costs.highest_feerate(board), board.shell.config.policy.no_hurry
        about = self._swept(self._claims, today) + self._payments_home(today)
        worst = self._least(highest).value - self.child_at_most().value
        mine = (Whose.YOURS, Whose.UNDECIDED)
        times = [one.spendable_height for one in self.outputs() if one.whose in mine]
        last = max(times, default=height + 1)
        late = max(last, height + 1 + self._delay) + day + day
        return OutcomeView(
            about_sat=about.value,
            about_height=last,
            about_time=time_of(board, last),
            worst_sat=min(worst, about.value),
            worst_height=late,
            worst_time=time_of(board, late),
            worst_feerate_per_kw=highest,
        )
