"""The verbs `channels`, `payments` and `transactions`: what there is of each."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from typing import Final

from lnwallet_tui.api.activity import Moved, is_gift_meant, moved
from lnwallet_tui.api.coins import TransactionView
from lnwallet_tui.api.filter import parse
from lnwallet_tui.api.gifts import GiftView
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView
from lnwallet_tui.cli import answers, gifts, onchain_answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent

_LOST: Final = "waits for its peer to close it"
_NOT_TAKEN_UP: Final = "not taken up by its peer"


async def channels(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer:
    """All of them; `sweep_txids` bring money of a closed one home, and wait for a block."""
    views, sweeps = await node.channels(), _sweeps((await node.holdings()).total)
    found: list[Answer] = [
        {**answers.channel(one), "sweep_txids": sweeps.get(one.channel_id, [])} for one in views
    ]
    if not options.json:
        here = {one.node_id for one in await node.peers() if one.connected}
        for view, answer in zip(views, found, strict=True):
            answer["state"] = state_word(view, is_connected=view.peer_id in here)
    return {"channels": found}


async def payments(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """The newest payments that are looked for, and beside them the gifts at openings, which move
    money over Lightning, too."""
    found = await node.search_payments(options.find, options.limit)
    if isinstance(found, Refused):
        return found
    wanted = parse(options.find, (await node.status()).now)  # the node has understood it
    given = [one.gift for one in await node.channels() if one.gift is not None]
    newest = sorted((one for one in given if is_gift_meant(wanted, one)), key=_age)
    told = [gifts.answer(one) for one in newest[: options.limit]]
    listed: Answer = {"payments": [answers.payment(one) for one in found]}
    return {**listed, "gifts": told} if told or options.json else listed


def _age(one: GiftView) -> int:
    return -one.time


async def transactions(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """The closes that wait, and the newest of the wallet's history, page by page."""
    closes: list[Answer] = []
    found: list[Answer] = []
    while len(closes) + len(found) < options.limit:
        page = await node.transactions(options.limit - len(found), len(found))
        if isinstance(page, Refused):
            return page
        tell = onchain_answers.transaction if options.json else for_people
        closes = list(map(tell, page.waiting_closes))
        found += map(tell, page.transactions)
        if not page.transactions or len(found) >= page.total:
            break
    return {"transactions": [*closes, *found][: options.limit]}


def for_people(one: TransactionView) -> Answer:
    """With the amount that the screen's lists have: without its fee, which is named beside it."""
    answer, way = onchain_answers.transaction(one), moved(one)
    sign = "-" if way.outgoing else "+"
    said_already = ("fee_is", "change_sat")
    return {
        **{name: value for name, value in answer.items() if name not in said_already},
        "amount_sat": f"{sign}{way.shown_sat:,} sat",
        "fee_sat": f"{way.fee_sat:,} sat, {_fee_is(way)}" if way.fee_sat else "not yours",
    }


def _fee_is(way: Moved) -> str:
    if not way.outgoing:
        return "taken off already"
    return "on top of it" if way.amount_sat else "the same: nothing else left the wallet"


def state_word(view: ChannelView, *, is_connected: bool) -> str:
    """For people: one whose peer is there is not called offline."""
    as_it_is: str = view.state.value
    if view.state is not ChannelState.OFFLINE:
        return as_it_is
    if view.restored:
        return _LOST
    return _NOT_TAKEN_UP if is_connected else as_it_is


def _sweeps(everything: HoldingView) -> dict[str, list[str]]:
    """What brings money of closed channels home, and is in no block yet: by channel."""
    found = defaultdict[str, list[str]](list)
    for leaf in _leaves(everything):
        is_waiting = leaf.kind is HoldingKind.SWEEP and leaf.txid and leaf.vout < 0
        if is_waiting and leaf.txid not in found[leaf.channel_id]:
            found[leaf.channel_id].append(leaf.txid)
    return found


def _leaves(node: HoldingView) -> Iterator[HoldingView]:
    if not node.children:
        yield node
    for child in node.children:
        yield from _leaves(child)
