"""One verb, carried out by the node that runs for a wallet."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from lnwallet_tui.api.gone import NodeFailed, NodeGone, WalletShut
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import LOCKED, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import (
    answers,
    asking_back,
    attending,
    chain_told,
    guard_beside,
    hints,
    no_node,
    pasted,
    reminding,
    stopping,
    told,
    words_alone,
)
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.closing import close
from lnwallet_tui.cli.coins_verbs import coins, freeze, thaw
from lnwallet_tui.cli.consent import Consent, NotAgreed
from lnwallet_tui.cli.inviting import invoice
from lnwallet_tui.cli.listing import channels, payments, transactions
from lnwallet_tui.cli.opening import open_channel
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.cli.paying import pay
from lnwallet_tui.cli.spending import (
    bump,
    decode_psbt,
    export,
    fees,
    is_psbt,
    send,
    sign,
)
from lnwallet_tui.counter.client import NobodyThere, OtherVersion
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.running.wallet_folder import FolderError, meant, other_network

Errand = Callable[[NodeApi, argparse.Namespace, Consent], Awaitable[Answer | Refused]]
_NO_SECOND: Final = (
    "No second place is set. Keep a copy on another disk: lnwallet-tui backup --second DIR"
)
_LOST: Final = "Ask for it when the node runs again: what was begun may have been done."


def run(options: argparse.Namespace, *, may_ask: bool) -> int:
    """Carry out `options.verb` and print what came of it; the exit code."""
    answer = asyncio.run(_answer(options, may_ask=may_ask))
    return say(hints.with_hint(options.verb, answer), options)


def say(answer: Answer, options: argparse.Namespace) -> int:
    """Print it; the exit code."""
    answer = pasted.placed(answer, options)
    failed = "error" in answer
    if options.json:
        sys.stdout.write(json.dumps(answer) + "\n")
    elif failed:
        for line in told.error(answer).splitlines():
            sys.stderr.write(told.said(line, sys.stderr))
    else:
        sys.stdout.write(told.answer(answer))
    sys.stdout.flush()
    return 1 if failed else 0


async def _answer(options: argparse.Namespace, *, may_ask: bool) -> Answer:
    network = None if options.network is None else Network(options.network)
    try:
        folder = meant(options.datadir, network)
        seek = guard_beside.guard if stopping.means_guard(options) else guard_beside.node_or_guard
        visitor, is_guard = await seek(folder)
    except NobodyThere as error:
        if options.verb == "stop":
            return stopping.nobody(options, folder, str(error))
        return no_node.answer(options, folder, network, str(error))
    except OtherVersion as error:
        return answers.failure("other_version", str(error), error.remedy)
    except NoPlace as error:
        return answers.failure("bad_folder", str(error), error.remedy)
    except FolderError as error:
        return answers.failure(error.code, str(error), error.remedy)
    moves_money = hasattr(options, "yes")
    consent = Consent(given=not moves_money or options.yes, may_ask=may_ask, tells=not options.json)
    try:
        if network is not None and (await visitor.node.status()).network != network.value:
            raise other_network(folder, network)
        if options.verb in attending.ERRANDS:
            result = await attending.ERRANDS[options.verb](visitor, options)
        elif moves_money and await _is_locked(visitor.node):
            result = LOCKED  # nobody need be asked
        else:
            result = await _ERRANDS[options.verb](visitor.node, options, consent)
        if options.verb in words_alone.VERBS and not isinstance(result, Refused):
            result = await words_alone.noted(visitor, result, as_json=options.json)
        if options.verb == "status" and not isinstance(result, Refused):
            result = result if options.json else await asking_back.noted(visitor, result)
            result = await reminding.noted(visitor, folder, result, as_json=options.json)
            result = await guard_beside.noted(folder, result, is_its=is_guard, as_json=options.json)
    except NodeGone:
        return answers.failure("node_gone", "The node has ended meanwhile.", _LOST)
    except NodeFailed as error:
        return answers.failure("node_bug", str(error), "Its log says more.")
    except WalletShut as shut:
        return answers.error(shut.refused)
    except NotAgreed as error:
        return answers.not_agreed(str(error), error.remedy, error.quote)
    except (FolderError, NotGiven) as error:
        return answers.failure(error.code, str(error), error.remedy)
    finally:
        await visitor.leave()
    return answers.error(result) if isinstance(result, Refused) else result


async def _is_locked(node: NodeApi) -> bool:
    """A wallet whose node has begun; of any other its counter says what it is."""
    status = await node.status()
    return status.locked and bool(status.node_id)


async def _status(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer:
    status = await node.status()
    if options.json:
        return answers.status(status)
    return chain_told.status(status, await node.chain() if status.node_id else None)


async def _nodes(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    chain = await (node.try_other_nodes() if options.try_others else node.chain())
    if isinstance(chain, Refused):
        return chain
    return answers.chain(chain) if options.json else chain_told.nodes(chain)


async def _balance(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer:
    status = await node.status()  # before, so that the sums are of that block at least
    sums = answers.balance(await node.balance())
    if options.json:
        return {**sums, **answers.as_of(status)}
    return chain_told.balance(sums, await node.chain(), locked=status.locked)


async def _address(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    given = await node.address(taproot=options.taproot)
    return given if isinstance(given, Refused) else answers.address(given)


async def _peers(node: NodeApi, _options: argparse.Namespace, _: Consent) -> Answer:
    return {"peers": [answers.peer(one) for one in await node.peers()]}


async def _connect(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    peer = await node.connect(options.node)
    return peer if isinstance(peer, Refused) else answers.peer(peer)


async def _disconnect(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    peer = await node.disconnect(options.node_id)
    return peer if isinstance(peer, Refused) else answers.peer(peer)


async def _decode(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    if is_psbt(options.text):
        return await decode_psbt(node, options.text, as_json=options.json)
    decoded = await node.decode(options.text)
    return decoded if isinstance(decoded, Refused) else answers.decoded(decoded)


async def _backup(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    if options.no_second:
        view = await node.set_second_backup("")
    elif options.second is not None:  # the node stands in another folder
        view = await node.set_second_backup(str(options.second.absolute()))
    else:
        view = await node.backup()
    if isinstance(view, Refused):
        return view
    answer = answers.backup(view)
    if view.file and not view.second:
        return {**answer, "explanation": f"{view.explanation} {_NO_SECOND}"}
    return answer


_ERRANDS: Final[Mapping[str, Errand]] = {
    "status": _status,
    "nodes": _nodes,
    "balance": _balance,
    "address": _address,
    "peers": _peers,
    "connect": _connect,
    "disconnect": _disconnect,
    "channels": channels,
    "open": open_channel,
    "close": close,
    "invoice": invoice,
    "decode": _decode,
    "pay": pay,
    "payments": payments,
    "transactions": transactions,
    "backup": _backup,
    "send": send,
    "export": export,
    "sign": sign,
    "bump": bump,
    "fees": fees,
    "coins": coins,
    "freeze": freeze,
    "thaw": thaw,
}
