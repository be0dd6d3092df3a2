"""The verbs `coins`, `freeze` and `thaw`: what there is on chain, and what of it is left alone."""

from __future__ import annotations

import argparse

from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.cli import onchain_answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.consent import Consent


async def coins(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """What waits first, then the newest, page by page."""
    found: list[Answer] = []
    while len(found) < options.limit:
        page = await node.coins(options.limit - len(found), len(found))
        if isinstance(page, Refused):
            return page
        found += map(onchain_answers.coin, page.coins)
        if not page.coins or len(found) >= page.total:
            break
    return {"coins": found}


async def freeze(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """With a note why, where there is one."""
    coin = await node.freeze(options.coin, frozen=True)
    if options.note is not None and not isinstance(coin, Refused):
        coin = await node.set_coin_note(options.coin, options.note)
    return coin if isinstance(coin, Refused) else onchain_answers.coin(coin)


async def thaw(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """Its note stays."""
    coin = await node.freeze(options.coin, frozen=False)
    return coin if isinstance(coin, Refused) else onchain_answers.coin(coin)
