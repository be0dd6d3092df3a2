"""`open`: what it costs, a yes, and the funding transaction."""

from __future__ import annotations

import argparse
from typing import Final

from lnwallet_tui.api.costs import OutputKind, blocks_at
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import OpenQuote
from lnwallet_tui.cli import answers, quoted, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent

_BLOCKS_A_DAY: Final = 144
_READ_BEFORE: Final = frozenset(
    {
        "peer_id",
        "capacity_sat",
        "pushed_msat",
        "can_send_msat",
        "reserve_sat",
        "shared_close_fee_sat",
        "can_be_hurried",
    }
)
"""In the question."""
_NO_CHANGE: Final = (
    " It takes all of these coins, so that nothing comes back that could hurry it later: it cannot"
    " be bumped. Do not pay too little for it."
)


async def open_channel(
    node: NodeApi, options: argparse.Namespace, consent: Consent
) -> Answer | Refused:
    """Returns when the funding transaction has been broadcast."""
    quote = await node.quote_open(options.node, options.amount_sat, push_msat=options.push_msat)
    if isinstance(quote, Refused):
        return quote
    quotation = quoted.opening(quote, options.push_msat)
    consent.ask(costs(quote, options.push_msat), quotation)
    channel = await node.open_channel(
        options.node,
        options.amount_sat,
        push_msat=options.push_msat,
        feerate_per_kw=quote.feerate_per_kw,
        most_fee_sat=quote.onchain_fee_sat,
    )
    if isinstance(channel, Refused):
        return channel
    answer = answers.opened(channel, quotation)
    if options.json:
        return answer
    return {name: value for name, value in answer.items() if name not in _READ_BEFORE}


def costs(quote: OpenQuote, push_msat: int) -> str:
    """What opening costs and gives, in sentences."""
    can_send_msat = quoted.can_send_first(quote, push_msat)
    days = -(-quote.our_delay_blocks // _BLOCKS_A_DAY)
    return (
        f"Open a channel of {quote.capacity_sat:,} sat with {quote.peer_id}."
        f" The funding transaction costs {quote.onchain_fee_sat:,} sat. The channel can be used"
        f" after {quote.confirmations_needed} confirmations, {_from(quote)};"
        f" {can_send_msat // 1000:,} sat can be sent then, {quote.reserve_sat:,} sat stay in"
        " reserve."
        + (f" {told.sats(push_msat)} are given away to them." if push_msat else "")
        + f" Closing it together some day would cost about {quote.cooperative_close_fee_sat:,} sat"
        f"{_shared(quote)}; alone about {quote.force_close_fee_sat:,} sat, and the"
        f" money would wait for up to {quote.our_delay_blocks:,} blocks, about {days} days."
        + ("" if quote.can_be_hurried else _NO_CHANGE)
    )


def _from(quote: OpenQuote) -> str:
    [ready] = (one for one in quote.outputs if one.kind is OutputKind.CHANNEL)
    at = told.block_at(ready.spendable_height, ready.spendable_time)
    is_expected = blocks_at(quote.feerate_per_kw, quote.rates)
    return f"from about {at}" if is_expected else f"from {at} at the earliest"


def _shared(quote: OpenQuote) -> str:
    if not quote.shared_close_fee_sat:
        return ""
    return f" ({quote.shared_close_fee_sat:,} sat once the peer owns a part of it)"
