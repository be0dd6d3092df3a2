"""What a cooperative close may cost, and what to answer to a fee of the peer's.

The funder pays, so its bounds are what the user named; the other side only wants the transaction to
be relayed, and takes what it is given above that. Fees are whole satoshis for the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.errors import RemoteError, Violation
from lnwallet_tui.channel.state import Channel, FeeOffers
from lnwallet_tui.channel.transactions import closing_fee
from lnwallet_tui.wire.bolt2 import FeeRange


@dataclass(frozen=True, slots=True)
class Bounds:
    """The fees that we agree to, ends included, and the one that we want."""

    low: Sat
    wanted: Sat
    high: Sat

    def allow(self, fee: Sat) -> bool:
        """Whether we agree to it."""
        return self.low <= fee <= self.high

    def clamp(self, fee: Sat) -> Sat:
        """The nearest fee that we agree to."""
        return min(max(fee, self.low), self.high)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The peer's fee is ours."""


@dataclass(frozen=True, slots=True)
class Counter:
    """We propose this one."""

    fee: Sat


@dataclass(frozen=True, slots=True)
class Disputed:
    """There is nothing to propose: no fee suits both."""


Verdict = Agreed | Counter | Disputed


# -- our side
def bounds(channel: Channel, env: Env) -> Bounds:
    """What we agree to at today's feerates."""
    scripts, terms, high = _scripts(channel), channel.closing.terms, payable(channel)
    low = closing_fee(max(env.policy.min_feerate, env.feerates.minimum), *scripts)
    wanted = closing_fee(terms.feerate_per_kw if terms else env.feerates.today, *scripts)
    if channel.we_fund:
        # The user's own maximum, or what is enough whatever the peer's estimate is.
        soon = closing_fee(env.feerates.market, *scripts)
        high = min(high, terms.max_fee if terms else max(low, soon))
    low = min(low, high)
    return Bounds(low, min(max(wanted, low), high), high)


def payable(channel: Channel) -> Sat:
    """The most that the funder's side can pay and leave an output at all."""
    ledger, dust = channel.ledger, channel.ours.dust_limit
    pair = (ledger.ours.floor_sat(), ledger.theirs.floor_sat())
    funders, others = pair if channel.we_fund else pair[::-1]
    return funders if others >= dust else funders.minus_or_zero(dust)


def _scripts(channel: Channel) -> tuple[bytes, ...]:
    """Of the outputs that are not dust before the fee."""
    dust, closing = channel.ours.dust_limit, channel.closing
    sides = (
        (channel.ledger.ours, closing.our_script),
        (channel.ledger.theirs, closing.their_script),
    )
    return tuple(script for amount, script in sides if amount.floor_sat() >= dust)


# -- the answer
def judge(
    fee: Sat, their_range: FeeRange | None, offers: FeeOffers, ours: Bounds, *, we_fund: bool
) -> Verdict:
    """What to answer to `fee`; `offers` are those before it. Raises `RemoteError`."""
    # BOLT 2: "if `fee_satoshis` is equal to its previously sent `fee_satoshis`: SHOULD sign and
    # broadcast the final closing transaction."
    if fee == offers.ours:
        return Agreed()
    # BOLT 2: "if `fee_satoshis` matches its previously sent `fee_range`: SHOULD use `fee_satoshis`
    # to sign and broadcast the final closing transaction".
    if offers.our_range is not None and offers.our_range[0] <= fee <= offers.our_range[1]:
        return Agreed()
    if their_range is not None:
        return _within_ranges(fee, their_range, offers, ours, we_fund=we_fund)
    return _step_by_step(fee, offers, ours)


def _within_ranges(
    fee: Sat, their_range: FeeRange, offers: FeeOffers, ours: Bounds, *, we_fund: bool
) -> Verdict:
    low = max(ours.low, their_range.min_fee_satoshis)
    high = min(ours.high, their_range.max_fee_satoshis)
    # BOLT 2: "if there is no overlap between that and its own `fee_range`: SHOULD send a warning".
    if low > high:
        return Disputed()
    # BOLT 2: "if it is the funder: if `fee_satoshis` is not in the overlap between the sent and
    # received `fee_range`: MUST fail the channel"; "otherwise: if it has already sent a
    # `closing_signed`: if `fee_satoshis` is not the same as the value it sent: MUST fail".
    if we_fund or offers.ours is not None:
        raise RemoteError(Violation.CLOSING_OUT_OF_RANGE)
    # BOLT 2: "MUST propose a `fee_satoshis` in the overlap between received and (about-to-be) sent
    # `fee_range`." The peer pays: what it wants is right, if it is relayed.
    chosen = min(max(fee, low), high)
    return Agreed() if chosen == fee else Counter(chosen)


def _step_by_step(fee: Sat, offers: FeeOffers, ours: Bounds) -> Verdict:
    """The old way, for peers that name no range."""
    if offers.ours is not None and offers.theirs is not None:
        # BOLT 2: "if `fee_satoshis` is not strictly between its last-sent `fee_satoshis` and its
        # previously-received `fee_satoshis`, UNLESS it has since reconnected".
        low, high = sorted((offers.ours, offers.theirs))
        if not low < fee < high:
            raise RemoteError(Violation.CLOSING_NO_PROGRESS)
    if ours.allow(fee):
        return Agreed()
    if offers.ours is None:
        return Counter(ours.wanted)
    # BOLT 2: "MUST propose a value "strictly between" the received `fee_satoshis` and its
    # previously-sent `fee_satoshis`."
    low, high = sorted((offers.ours, fee))
    middle = ours.clamp(Sat((low.value + high.value) // 2))
    return Counter(middle) if low < middle < high else Disputed()
