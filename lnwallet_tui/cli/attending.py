"""`lock`, `unlock`, `stop`: asked of the process that a wallet's node lives in."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from lnwallet_tui.api.custody import CustodyRefused, CustodyView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.cli import answers, passphrases, stopping
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.counter.client import Visitor


async def _lock(visitor: Visitor, _: argparse.Namespace) -> Answer | Refused:
    refused = await visitor.process.lock()
    return await _standing(visitor) if refused is None else refused


async def _unlock(visitor: Visitor, options: argparse.Namespace) -> Answer | Refused:
    """Asks for a passphrase only where one is of use."""
    passphrase = passphrases.given(options)
    view: CustodyView = await visitor.custody.view()
    needs_one = view.keeping is not None and view.keeping.needs_passphrase and not view.is_open
    if passphrase is None and needs_one and passphrases.can_ask():
        passphrase = passphrases.asked("The wallet's passphrase: ")
    refused = await visitor.process.unlock(passphrase)
    if isinstance(refused, CustodyRefused):
        return answers.not_kept(refused)
    return await _standing(visitor) if refused is None else refused


async def _standing(visitor: Visitor) -> Answer:
    status = await visitor.node.status()
    return {"network": status.network, "node_id": status.node_id or None, "locked": status.locked}


ERRANDS: Final[
    Mapping[str, Callable[[Visitor, argparse.Namespace], Awaitable[Answer | Refused]]]
] = {"lock": _lock, "unlock": _unlock, "stop": stopping.stop}
