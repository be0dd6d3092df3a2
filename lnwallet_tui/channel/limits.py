"""What may be offered now: both sides' limits, reserves, the commitment fee, dust.

One outlook on a commitment with the new offer in it answers everything, for commands of ours and
for messages of the peer. Of ourselves we ask more than of the peer: every update that is under way
counts against us, in both commitments, and a funder keeps a buffer for a rise of the fee. The peer
is judged by the commitment that its next signature would fix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation, require
from lnwallet_tui.channel.feerates import is_feerate_bearable, is_feerate_high, is_feerate_low
from lnwallet_tui.channel.fees import funder_cost, htlc_fee
from lnwallet_tui.channel.htlcs import Side, Stage, View
from lnwallet_tui.channel.state import Channel, Terms
from lnwallet_tui.policy import Policy

# BOLT 2: "MUST set `cltv_expiry` less than 500000000": above, Bitcoin reads seconds.
_SECONDS_BEGIN: Final = 500_000_000


@dataclass(frozen=True, slots=True)
class _Outlook:
    """One commitment as it would be, all amounts in msat; `balances` are before the fee.

    `thresholds`: the first amount of an HTLC by each side that is not trimmed in it.
    """

    feerate_per_kw: int
    anchors: bool
    balances: dict[Side, int]
    offered: dict[Side, int]
    offers: dict[Side, int]
    thresholds: dict[Side, int]
    untrimmed: int
    dust: int

    def cost(self, more_htlcs: int = 0, multiple: int = 1) -> int:
        """What the funder pays for it, with `more_htlcs` and at a multiple of the feerate."""
        rate = self.feerate_per_kw * multiple
        cost = funder_cost(rate, self.untrimmed + more_htlcs, self.anchors)
        return cost.to_msat().value

    def trims(self, side: Side, amount: int) -> bool:
        """Whether an HTLC offered by `side` has no output in it."""
        return amount < self.thresholds[side]

    def with_offer(self, side: Side, amount: int) -> _Outlook:
        """The same with one more HTLC."""
        trimmed = self.trims(side, amount)
        return replace(
            self,
            balances=self.balances | {side: self.balances[side] - amount},
            offered=self.offered | {side: self.offered[side] + amount},
            offers=self.offers | {side: self.offers[side] + 1},
            untrimmed=self.untrimmed + (not trimmed),
            dust=self.dust + amount * trimmed,
        )


def _outlook(
    channel: Channel, owner: Side, view: View, feerate_per_kw: int | None = None
) -> _Outlook:
    """The commitment of `owner` as it is in that view, or would be at another feerate."""
    ledger, anchors = channel.ledger, channel.anchors
    rate = feerate_per_kw or ledger.feerate_in(owner, view)
    dust_limit = channel.params(owner).dust_limit
    thresholds = {
        side: (dust_limit + htlc_fee(rate, side is owner, anchors)).to_msat().value for side in Side
    }
    offered, offers, dust = dict.fromkeys(Side, 0), dict.fromkeys(Side, 0), list[int]()
    listed = ledger.htlcs_in(owner, view)
    for htlc in listed:
        side, amount = htlc.offered_by, htlc.amount.value
        offered[side] += amount
        offers[side] += 1
        if amount < thresholds[side]:
            dust.append(amount)
    return _Outlook(
        feerate_per_kw=rate,
        anchors=anchors,
        balances={side: ledger.balance_in(side, owner, view) for side in Side},
        offered=offered,
        offers=offers,
        thresholds=thresholds,
        untrimmed=len(listed) - len(dust),
        dust=sum(dust),
    )


def _reserve(channel: Channel, side: Side) -> int:
    """What `side` has to keep, as the other side demanded it; in msat."""
    return _terms_for(channel, side).reserve.to_msat().value


def _terms_for(channel: Channel, side: Side) -> Terms:
    """The terms that bind `side`: the other's."""
    return channel.theirs if side is Side.US else channel.ours


# -- offers of ours, and what the peer could offer
def refuse_offer(
    channel: Channel, amount: Msat, cltv_expiry: int, env: Env
) -> ChannelRefusal | None:
    """Why we do not offer this HTLC; None if we can."""
    if not env.height < cltv_expiry < _SECONDS_BEGIN:
        return ChannelRefusal(RefusalReason.EXPIRY)
    if costs_too_much(channel, env):
        return ChannelRefusal(RefusalReason.FEERATE)
    reason = _obstacle(channel, Side.US, amount, env.policy)
    if reason is None:
        return None
    if reason is RefusalReason.BELOW_MINIMUM:
        return ChannelRefusal(reason, limit=channel.theirs.htlc_minimum)
    return ChannelRefusal(reason, limit=can_send(channel, env.policy))


def _obstacle(channel: Channel, side: Side, amount: Msat, policy: Policy) -> RefusalReason | None:
    """What stands against an offer of `side`, judged with every caution."""
    return _Judge(channel, side, policy).obstacle(amount.value)


class _Judge:
    """Judges offers of one side of a channel that stays as it is; any number of them."""

    def __init__(self, channel: Channel, side: Side, policy: Policy) -> None:
        self._side, self._policy = side, policy
        self._terms = _terms_for(channel, side)
        self._we_pay = side is channel.funder
        self._reserve = {one: _reserve(channel, one) for one in Side}
        self._most_dust = policy.dust_exposure(channel.funding.value).value
        self._outlooks = {owner: _outlook(channel, owner, View.FORESEEN) for owner in Side}
        self._most = channel.funding.value.to_msat().value

    def obstacle(self, amount: int) -> RefusalReason | None:
        """What stands against `amount` (msat); None if nothing does."""
        side, terms = self._side, self._terms
        if not amount:
            return RefusalReason.NOT_POSITIVE
        if amount < terms.htlc_minimum.value:
            return RefusalReason.BELOW_MINIMUM
        own = self._outlooks[side].with_offer(side, amount)
        receivers = self._outlooks[side.other].with_offer(side, amount)
        if receivers.offers[side] > terms.max_accepted_htlcs:
            return RefusalReason.SLOTS
        if receivers.offered[side] > terms.max_htlc_value_in_flight.value:
            return RefusalReason.IN_FLIGHT
        reason = self._unaffordable(own) or self._unaffordable(receivers)
        if reason is None and self.exceeds_dust(amount):
            return RefusalReason.DUST
        return reason

    def _unaffordable(self, outlook: _Outlook) -> RefusalReason | None:
        left = outlook.balances[self._side] - self._reserve[self._side]
        if left < 0:
            return RefusalReason.BALANCE
        if not self._we_pay:
            # BOLT 2: "if it is _not responsible_ for paying the Bitcoin fee: SHOULD NOT offer
            # `amount_msat` if, once the remote node adds that HTLC to its commitment transaction,
            # it cannot pay the fee [...] while maintaining its channel reserve."
            other = self._side.other
            funders = outlook.balances[other] - self._reserve[other]
            return RefusalReason.PEER_FEE if funders < outlook.cost() else None
        if left < outlook.cost():
            return RefusalReason.FEE
        return RefusalReason.FEE_SPIKE if left < self._spike(outlook) else None

    def _spike(self, outlook: _Outlook) -> int:
        # BOLT 2: "its remaining balance doesn't allow it to pay the commitment transaction fee
        # when receiving or sending a future additional non-dust HTLC", at twice the feerate
        return outlook.cost(more_htlcs=1, multiple=self._policy.fee_spike_multiple)

    def exceeds_dust(self, amount: int) -> bool:
        """Whether it would be trimmed and bring a commitment above our dust exposure."""
        return any(
            outlook.trims(self._side, amount) and outlook.dust + amount > self._most_dust
            for outlook in self._outlooks.values()
        )

    def largest(self) -> int:
        """The largest amount (msat) that nothing stands against, 0 if there is none."""
        for low, high in self._stretches():
            if low <= high and self.obstacle(low) is None:
                return min(high, low + self._room_above(low))
        return 0

    def lacks(self) -> int:
        """What the side must have more (msat) before it can make the smallest offer."""
        least, missing = max(1, self._terms.htlc_minimum.value), 0
        for outlook in self._outlooks.values():
            after = outlook.with_offer(self._side, least)
            fee = max(after.cost(), self._spike(after)) if self._we_pay else 0
            needed = self._reserve[self._side] + fee
            missing = max(missing, needed - after.balances[self._side])
        return missing

    def _room_above(self, amount: int) -> int:
        """How much more than this, which nothing stands against, could be offered, trimmed in the
        same commitments: then nothing but the amount itself changes."""
        side, terms = self._side, self._terms
        own = self._outlooks[side].with_offer(side, amount)
        receivers = self._outlooks[side.other].with_offer(side, amount)
        room = [terms.max_htlc_value_in_flight.value - receivers.offered[side]]
        for outlook in (own, receivers):
            needed = max(outlook.cost(), self._spike(outlook)) if self._we_pay else 0
            room.append(outlook.balances[side] - self._reserve[side] - needed)
            if outlook.trims(side, amount):
                room.append(self._most_dust - outlook.dust)
        return min(room)

    def _stretches(self) -> Iterator[tuple[int, int]]:
        """Amounts (both ends included) that are trimmed in the same commitments; largest first.

        Within a stretch every limit is an upper bound. Between two of them an amount can be refused
        though a larger one is not: dust is limited too.
        """
        high, least = self._most, max(1, self._terms.htlc_minimum.value)
        thresholds = {outlook.thresholds[self._side] for outlook in self._outlooks.values()}
        for threshold in sorted(thresholds, reverse=True):
            yield max(least, threshold), high
            high = min(high, threshold - 1)
        yield least, high


def exceeds_dust(channel: Channel, side: Side, amount: Msat, policy: Policy) -> bool:
    """Whether this offer would be trimmed and bring a commitment above our dust exposure."""
    return _Judge(channel, side, policy).exceeds_dust(amount.value)


# -- the largest offers
def can_send(channel: Channel, policy: Policy) -> Msat:
    """The most that we can offer in one HTLC now; one msat more is refused."""
    return Msat(_Judge(channel, Side.US, policy).largest())


def can_receive(channel: Channel, policy: Policy) -> Msat:
    """The most that the peer can offer in one HTLC, if it is as cautious as we are."""
    return Msat(_Judge(channel, Side.THEM, policy).largest())


def lacks_to_receive(channel: Channel, policy: Policy) -> Msat:
    """What must come to the peer's side before it can pay us anything."""
    return Msat(_Judge(channel, Side.THEM, policy).lacks())


# -- offers of the peer
def check_offer(channel: Channel, amount: Msat, cltv_expiry: int) -> None:
    """Raise `RemoteError` where BOLT 2 forbids the peer to offer this."""
    require(bool(amount) and amount >= channel.ours.htlc_minimum, Violation.HTLC_TOO_SMALL)
    require(cltv_expiry < _SECONDS_BEGIN, Violation.HTLC_IN_SECONDS)
    outlook = _outlook(channel, Side.US, View.NEXT).with_offer(Side.THEM, amount.value)
    slots, most = channel.ours.max_accepted_htlcs, channel.ours.max_htlc_value_in_flight.value
    require(outlook.offers[Side.THEM] <= slots, Violation.HTLC_SLOTS)
    require(outlook.offered[Side.THEM] <= most, Violation.HTLC_IN_FLIGHT)
    # BOLT 2: "receiving an `amount_msat` that the sending node cannot afford at the current
    # `feerate_per_kw` (while maintaining its channel reserve and any `to_local_anchor` and
    # `to_remote_anchor` costs)"
    left = outlook.balances[Side.THEM] - _reserve(channel, Side.THEM)
    cost = 0 if channel.we_fund else outlook.cost()
    require(left >= cost, Violation.HTLC_UNAFFORDABLE)


# -- feerates
def refuse_feerate(channel: Channel, feerate_per_kw: int, env: Env) -> RefusalReason | None:
    """Why we, the funder, do not propose this feerate; None if we can."""
    value = channel.funding.value
    if is_feerate_low(feerate_per_kw, channel.anchors, env) or is_feerate_high(
        feerate_per_kw, value, channel.anchors, env
    ):
        return RefusalReason.FEERATE
    # Where no child can help, a lower one waits until nothing hangs on it. Signed, and lost on the
    # way, it may be too low for a payment's deadline by the time it is said again.
    lower = feerate_per_kw < channel.ledger.feerate_in(Side.THEM, View.FORESEEN)
    must_wait = any(_hangs_on(channel, owner, feerate_per_kw) for owner in Side)
    if lower and must_wait and not channel.anchors:
        return RefusalReason.FEERATE
    for owner in Side:
        outlook = _outlook(channel, owner, View.FORESEEN, feerate_per_kw)
        if outlook.balances[Side.US] - _reserve(channel, Side.US) < outlook.cost():
            return RefusalReason.FEE
    if _trims_too_much(channel, feerate_per_kw, env.policy.dust_exposure(value).value):
        return RefusalReason.DUST
    return None


def check_feerate(channel: Channel, feerate_per_kw: int, env: Env) -> Violation | None:
    """Raise `RemoteError` where the peer may not set this feerate. What is wrong with one that is
    borne all the same; None if nothing is."""
    require(not channel.we_fund, Violation.FEE_NOT_FUNDER)
    anchors, value = channel.anchors, channel.funding.value
    # Where the standing one is out of bounds, as estimates move, each step back is welcome: who is
    # sent away for it keeps the worse one (LDK does the same).
    standing = channel.ledger.feerate_in(Side.US, View.NEXT)
    strange: Violation | None = None
    if is_feerate_low(feerate_per_kw, anchors, env) and feerate_per_kw < standing:
        strange = Violation.FEE_TOO_LOW
    elif is_feerate_high(feerate_per_kw, value, anchors, env) and feerate_per_kw > standing:
        strange = Violation.FEE_TOO_HIGH
    # BOLT 2: "if the `update_fee` is too low for timely processing, OR is unreasonably large: MUST
    # send a `warning` and close the connection".
    if strange is not None:
        require(_is_borne(channel, strange, feerate_per_kw, env), strange)
    # BOLT 2: "if the sender cannot afford the new fee rate on the receiving node's current
    # commitment transaction". Its reserve is not for that: who has burnt it can cheat for nothing.
    # One that is below it (BOLT 2: "Initially this reserve may not be met") may ask for less.
    outlook = _outlook(channel, Side.US, View.NEXT, feerate_per_kw)
    left = outlook.balances[Side.THEM] - _reserve(channel, Side.THEM)
    cheaper = outlook.cost() <= _outlook(channel, Side.US, View.NEXT).cost()
    require(left >= outlook.cost() or cheaper, Violation.FEE_UNAFFORDABLE)
    # BOLT 2 leaves it to us what is too much dust ("MAY fail the channel"). Of offers of ours the
    # funder may not have heard when it set the feerate. Who hangs up for those hears the same again
    # after each reconnection, until a deadline closes the channel: so they may double the dust.
    most = env.policy.dust_exposure(value).value
    too_much = _trims_too_much(_as_heard(channel), feerate_per_kw, most)
    too_much = too_much or _trims_too_much(channel, feerate_per_kw, 2 * most)
    require(not too_much, Violation.FEE_DUST)
    return strange


def _is_borne(channel: Channel, strange: Violation, feerate_per_kw: int, env: Env) -> bool:
    """Whether to take a feerate of the peer's all the same: where it harms nobody.

    It may be one that was signed in other weather and lost on the way. Its sender must say it
    again, and can set no other before it is taken: who hangs up for it hangs up for ever.
    """
    anchors, value = channel.anchors, channel.funding.value
    # While nothing hangs on it, nothing has to be in time.
    harmless = anchors or not _hangs_on(channel, Side.US, feerate_per_kw)
    # One that is too high makes nothing late. It costs the funder the commitment's fee, and us what
    # our HTLC transactions would pay: as much as by dust we may lose by that. What costs more
    # waits, at most until its payments' deadline. The close that this brings pays the feerate that
    # stands; with the new one the funder could go to chain and burn our HTLCs by fees.
    if strange is Violation.FEE_TOO_HIGH:
        most = env.policy.dust_exposure(value)
        harmless = harmless or _eaten(channel, feerate_per_kw) <= most
    return harmless and is_feerate_bearable(feerate_per_kw, value, anchors, env)


def _hangs_on(channel: Channel, owner: Side, feerate_per_kw: int) -> bool:
    """Whether an HTLC has an output in that commitment of `owner`, or is about to have one."""
    return _outlook(channel, owner, View.FORESEEN, feerate_per_kw).untrimmed > 0


def _eaten(channel: Channel, feerate_per_kw: int) -> Msat:
    """What we could lose of the HTLCs in our own commitment at that feerate: those that it trims,
    and the fees of the transactions that take the others, which it fixes."""
    outlook = _outlook(channel, Side.US, View.FORESEEN, feerate_per_kw)
    fee = htlc_fee(feerate_per_kw, offered=False, anchors=channel.anchors)
    return Msat(outlook.dust) + (fee * outlook.untrimmed).to_msat()


def costs_too_much(channel: Channel, env: Env) -> bool:
    """Whether to take an HTLC of this channel on chain costs out of all proportion, by a feerate of
    the peer's; not so with anchors."""
    rate = channel.ledger.feerate_in(Side.US, View.NEXT)
    high = is_feerate_high(rate, channel.funding.value, channel.anchors, env)
    return high and not channel.we_fund and not channel.anchors


def _as_heard(channel: Channel) -> Channel:
    """Without the offers of ours that the peer has not answered for yet."""
    unanswered = (Stage.ADD_PROPOSED, Stage.ADD_SIGNED)
    heard = tuple(
        htlc
        for htlc in channel.ledger.htlcs
        if htlc.offered_by is Side.THEM or htlc.stage not in unanswered
    )
    return changed(channel, ledger=changed(channel.ledger, htlcs=heard))


def _trims_too_much(channel: Channel, feerate_per_kw: int, most: int) -> bool:
    """Whether that feerate would make more dust than `most` msat; a lower one never does, nor any
    with anchors.

    Offers that crossed may have made more already: a rise that trims nothing does not add to it.
    """
    return any(
        _outlook(channel, owner, View.FORESEEN, feerate_per_kw).dust
        > max(most, _outlook(channel, owner, View.FORESEEN).dust)
        for owner in Side
    )
