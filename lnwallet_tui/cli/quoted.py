"""What money moving would cost and give, as `--json` prints it; see `answers`.

Before a yes it is all that there is (`answers.not_agreed`), afterwards a part of what was done.
"""

from __future__ import annotations

from lnwallet_tui.api.costs import OutputKind, blocks_at
from lnwallet_tui.api.spending import BumpQuote, Payouts, PsbtView, SendQuote
from lnwallet_tui.api.views import CloseQuote, OpenQuote, PaymentQuote
from lnwallet_tui.cli import onchain_answers
from lnwallet_tui.cli.answers import Answer, expected
from lnwallet_tui.cli.by_block import ByBlock


def opening(quote: OpenQuote, push_msat: int) -> Answer:
    """What it costs and gives. `force_close` is what closing alone would cost now, and how long the
    money would wait then at most, `cooperative_close` closing together, `shared_close` the same
    once the peer owns a part; null where it does from the beginning. It should be ready at the
    block `expected_height`; then `can_send_msat` can be sent, `reserve_sat` stays, and
    `pushed_msat` is the peer's."""
    return {
        "onchain_fee_sat": quote.onchain_fee_sat,
        "confirmations_needed": quote.confirmations_needed,
        "force_close_fee_sat": quote.force_close_fee_sat,
        "force_close_delay_blocks": quote.our_delay_blocks,
        "cooperative_close_fee_sat": quote.cooperative_close_fee_sat,
        **_ready(quote),
        "peer_id": quote.peer_id,
        "capacity_sat": quote.capacity_sat,
        "pushed_msat": push_msat,
        "can_send_msat": can_send_first(quote, push_msat),
        "reserve_sat": quote.reserve_sat,
        "shared_close_fee_sat": quote.shared_close_fee_sat or None,
        "can_be_hurried": quote.can_be_hurried,
    }


def can_send_first(quote: OpenQuote, push_msat: int) -> int:
    """As soon as it is ready; what is given away cannot be sent."""
    return max(0, quote.can_send_after_msat - push_msat)


def _ready(quote: OpenQuote) -> Answer:
    """Where its feerate promises nothing, the block that is named is only the first possible."""
    [ready] = (one for one in quote.outputs if one.kind is OutputKind.CHANNEL)
    if not blocks_at(quote.feerate_per_kw, quote.rates):
        return expected(0, 0)
    return expected(ready.spendable_height, ready.spendable_time)


def closing(quote: CloseQuote, *, alone: bool) -> Answer:
    """What is expected: of a close alone with the block and the time from which the money can be
    used, which are 0 where it comes with the next block. Of `receives_sat` so much as
    `outgoing_sat` is on its way to others, and comes only where it does not arrive; if all of it
    does, `arrived_sat` is left. It should come at the block `expected_height`, and at worst
    it is `worst_sat` (below zero: it costs coins) by `worst_height`. What
    hurrying a close alone may take of the coins, `hurrying_most_sat`, is already off there.
    `payments_under_way` are in the channel; `may_be_old`: alone all may be lost."""
    outcome = quote.force_outcome if alone else quote.cooperative_outcome
    receives = quote.force_receives_sat if alone else quote.cooperative_receives_sat
    arrived = quote.force_arrived_sat if alone else quote.cooperative_arrived_sat
    return {
        "fee_sat": quote.force_fee_sat if alone else quote.cooperative_fee_sat,
        "receives_sat": receives,
        "outgoing_sat": quote.outgoing_sat,
        "available_height": quote.force_available_height if alone else 0,
        "available_at": quote.force_available_time if alone else 0,
        **expected(outcome.about_height, outcome.about_time),
        "worst_sat": outcome.worst_sat,
        "worst_height": outcome.worst_height,
        "worst_at": outcome.worst_time,
        "max_fee_sat": None if alone else quote.cooperative_max_fee_sat,
        "hurrying_most_sat": quote.force_child_most_sat if alone else 0,
        "arrived_sat": arrived if quote.outgoing_sat else receives,
        "payments_under_way": quote.htlcs_pending,
        "peer_connected": quote.peer_online,
        "may_be_old": quote.may_be_old,
    }


def paying(quote: PaymentQuote) -> Answer:
    """What it costs, about and at most, and until when it could be locked at the latest."""
    return {
        "payment_hash": quote.decoded.payment_hash,
        "payee": quote.decoded.payee,
        "amount_msat": quote.amount_msat,
        "fee_msat": quote.fee_msat,
        "max_fee_msat": quote.max_fee_msat,
        "locked_until_height": quote.locked_until_height,
        "locked_until_at": quote.locked_until_time,
    }


def sending(quote: SendQuote, payouts: Payouts, soon: ByBlock) -> Answer:
    """A payment from the coins. `change_sat` comes back, `to_us_sat` of what is paid go to
    addresses of this wallet; `must_stay_sat` stays for closes, and `left_alone_sat` cannot be
    spent now."""
    whole = len(payouts) == 1
    return {
        "amount_sat": quote.amount_sat,
        "fee_sat": quote.fee_sat,
        **expected(soon.height, soon.time),
        "feerate_sat_per_kvb": quote.feerate_per_kw * 4,
        "pays": [
            {"address": address, "amount_sat": quote.amount_sat if whole else sat}
            for address, sat in payouts
        ],
        "change_sat": quote.change_sat,
        "to_us_sat": quote.to_us_sat,
        "must_stay_sat": quote.must_stay_sat,
        "left_alone_sat": quote.left_alone_sat,
        "can_be_hurried": quote.can_be_hurried,
    }


def hurrying(quote: BumpQuote, soon: ByBlock) -> Answer:
    """What hurrying the transaction `hurries` costs; `to_us_sat` of what is paid go to addresses of
    this wallet. Where what it pays already is not known (`fee_of_parent_known`), it is counted as
    nothing."""
    return {
        "hurries": quote.txid,
        "way": quote.way.value,
        "fee_sat": quote.fee_sat,
        "added_fee_sat": quote.added_fee_sat,
        "from_anchor_sat": quote.from_anchor_sat,
        **expected(soon.height, soon.time),
        "feerate_sat_per_kvb": quote.feerate_per_kw * 4,
        "amount_sat": quote.amount_sat,
        "pays": onchain_answers.pays(quote.pays),
        "to_us_sat": quote.to_us_sat,
        "fee_of_parent_known": quote.fee_of_parent_known,
        "caution": quote.caution,
    }


def signing(read: PsbtView, soon: ByBlock) -> Answer:
    """What signing costs; `complete` and `sent` are as it would be afterwards."""
    signed = {**onchain_answers.psbt(read), "complete": read.sends, "sent": read.sends}
    del signed["psbt"]  # which is what was handed in
    return {**signed, **expected(soon.height, soon.time)}
