"""`close`: what it costs and when the money is back, a yes, and the closing transaction."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import AsyncIterator
from typing import Final

from lnwallet_tui.api.costs import OutcomeView, comes_back
from lnwallet_tui.api.events import ChannelChanged, FeedItem
from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelView, CloseQuote
from lnwallet_tui.cli import answers, quoted
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.told import block_at, date

_AGREEING_SECONDS: Final = 60.0
"""Two nodes that are online agree within seconds, unless a payment is under way."""
_MAY_BE_OLD: Final = (
    "This wallet's folder may be an older copy: if it is one, the peer can take the whole channel"
    " once you do; wait for the peer instead."
)


async def close(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """Returns when a closing transaction has been broadcast, or the two still have not agreed on
    one after a minute: then the node goes on."""
    most = None if options.force else options.max_fee_sat
    quote = await node.quote_close(options.channel_id, max_fee_sat=most)
    if isinstance(quote, Refused):
        return quote
    quotation = quoted.closing(quote, alone=options.force)
    consent.ask(
        alone(quote) if options.force else together(quote),
        {"channel_id": quote.channel_id, **quotation},
    )
    feed = node.feed()
    if options.force:
        channel = await node.force_close(options.channel_id)
    else:
        channel = await node.close(options.channel_id, max_fee_sat=options.max_fee_sat)
    if isinstance(channel, Refused):
        return channel
    return answers.closed(await _agreed(channel, feed), quotation, alone=options.force)


async def _agreed(channel: ChannelView, feed: AsyncIterator[FeedItem]) -> ChannelView:
    try:
        async with asyncio.timeout(_AGREEING_SECONDS):
            while not (channel.closing_txid or channel.published_txid):
                event = (await anext(feed)).event
                if isinstance(event, ChannelChanged) and _is_same(event.channel, channel):
                    channel = event.channel
    except (TimeoutError, StopAsyncIteration):
        pass  # its explanation says what is waited for
    return channel


def _is_same(one: ChannelView, other: ChannelView) -> bool:
    return one.channel_id == other.channel_id


def together(quote: CloseQuote) -> str:
    outcome = quote.cooperative_outcome
    leaving = _on_its_way(quote, quote.cooperative_arrived_sat)
    away = "" if quote.peer_online else " The peer is offline: it cannot begin before it is back."
    pays, reasons = "the peer pays the fee", []
    if quote.cooperative_max_fee_sat:
        pays = (
            f"the fee is {quote.cooperative_fee_sat:,} sat, at most"
            f" {quote.cooperative_max_fee_sat:,}"
        )
        reasons.append("the fee is the highest that is agreed to")
    return (
        f"Close the channel together with the peer. You get about"
        f" {quote.cooperative_receives_sat:,} sat on chain by about"
        f" {block_at(outcome.about_height, outcome.about_time)}; {pays}."
        f"{_worst(quote, outcome, reasons)}{leaving}{away}"
    )


def _worst(quote: CloseQuote, outcome: OutcomeView, reasons: list[str]) -> str:
    if quote.htlcs_pending:
        reasons = [*reasons, "no payment in it comes back to you"]
    why = f", if {' and '.join(reasons)}" if reasons else ""
    at = block_at(outcome.worst_height, outcome.worst_time)
    return f" At worst it is {comes_back(outcome.worst_sat)} by {at}{why}."


def _on_its_way(quote: CloseQuote, arrived_sat: int) -> str:
    """What is counted as received, and may go to others yet; `arrived_sat` is left then."""
    if not quote.outgoing_sat:
        return ""
    return (
        f" Of what you get {quote.outgoing_sat:,} sat are payments of yours on their way: what of"
        f" them arrives is gone; if all of them do, you get about {arrived_sat:,} sat."
    )


def alone(quote: CloseQuote) -> str:
    outcome = quote.force_outcome
    reasons = [f"fees rise to {sat_vb(outcome.worst_feerate_per_kw)}"]
    hurry = (
        f" Up to {quote.force_child_most_sat:,} sat of your coins to hurry it are taken off"
        " already."
        if quote.force_child_most_sat
        else ""
    )
    old = f" {_MAY_BE_OLD}" if quote.may_be_old else ""
    return (
        f"Close the channel alone.{old} You get about {quote.force_receives_sat:,} sat on chain"
        f" after {quote.force_delay_blocks:,} blocks, about {date(quote.force_available_time)}"
        f" (block {quote.force_available_height:,}); the fees are {quote.force_fee_sat:,} sat."
        f"{_worst(quote, outcome, reasons)}{hurry}"
        f" Payments under way in it: {quote.htlcs_pending}."
        f"{_on_its_way(quote, quote.force_arrived_sat)} This cannot be taken back."
    )
