"""`node`: the process of a wallet, in the foreground and without a screen."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from contextlib import suppress
from typing import Any, Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers, feed_told, passphrases, pasted, told
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.errand import say
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.cli.wallets import proxy_said
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.loading import loading
from lnwallet_tui.net.address import split_address
from lnwallet_tui.running.hardening import NotHardened, harden
from lnwallet_tui.running.wallet_folder import FolderError, WalletFolder, meant, network_of
from lnwallet_tui.store.errors import StoreError, WalletInUse

with loading():
    from lnwallet_tui.running.front import Front
    from lnwallet_tui.running.process import CannotRun, WalletProcess
    from lnwallet_tui.running.wanted import Wanted
    from lnwallet_tui.running.ways_out import ways_out

_OUT: Final = 1  # the descriptor: a thread that waits there holds no lock of Python's
_LAST_WORDS_S: Final = 5.0


def run(options: argparse.Namespace) -> int:
    """Until it is stopped; the exit code."""
    problem: Answer | None = None
    try:
        harden()
        if options.detached:  # by a screen, whose terminal may be shut
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        network = None if options.network is None else Network(options.network)
        place = meant(options.datadir, network)
        wallet = WalletFolder.at(place, network_of(options.datadir, network))
        asyncio.run(_serve(wallet, _wanted(options), options))
    except (CannotRun, FolderError, NotGiven) as error:
        problem = answers.failure(error.code, str(error), error.remedy)
    except NoPlace as error:
        problem = answers.failure("bad_folder", str(error), error.remedy)
    except NotHardened as error:
        problem = answers.failure("not_hardened", str(error), error.remedy)
    except WalletInUse:
        problem = answers.failure(
            "in_use",
            "A node, or another window, has this wallet open already.",
            "Ask that one; or end it first: lnwallet-tui stop",
        )
    except StoreError as error:
        problem = answers.failure("disk", str(error), error.remedy)
    return 0 if problem is None else say(problem, options)


def _wanted(options: argparse.Namespace) -> Wanted:
    return Wanted(
        passphrase=passphrases.given(options),
        chain_peers=tuple(options.chain_peer),
        listen=None if options.listen is None else split_address(options.listen),
        proxy=proxy_said(options),
    )


async def _serve(wallet: WalletFolder, wanted: Wanted, options: argparse.Namespace) -> None:
    process = WalletProcess(wallet, wanted, ways_out())
    process.complains = _complain
    telling: list[asyncio.Task[None]] = []

    def ready() -> None:
        if options.json:
            telling.append(asyncio.create_task(_tell(wallet, process.front, options)))
        else:
            words = (
                f"The node of the {wallet.network.value} wallet in {wallet.path} can be asked now. "
                f"It ends with ctrl+c, or with: lnwallet-tui stop\n{process.front.standing}"
            )
            sys.stderr.write(told.said(pasted.in_words(words, options), sys.stderr))

    await process.run(ready)
    if telling:
        await asyncio.wait(telling, timeout=_LAST_WORDS_S)


def _complain(words: str) -> None:
    sys.stderr.write(told.said(words, sys.stderr))


async def _tell(wallet: WalletFolder, front: Front, options: argparse.Namespace) -> None:
    """One object a line, the first when the node can be asked: it says what the wallet waits for.
    A reader that goes ends nothing."""
    feed = front.feed()
    first = {"folder": str(wallet.path), "network": wallet.network.value}
    first["waiting_for"] = pasted.in_words(front.standing, options)
    with suppress(OSError):
        await _line({"number": 0, "type": "Started", **first})
        async for item in feed:
            await _line({"number": item.number, **feed_told.event(item.event)})


async def _line(fact: dict[str, Any]) -> None:
    """Who reads slowly or not at all holds up a thread that nobody waits for, never the node; what
    is superseded meanwhile is not told. Raises `OSError`."""
    loop = asyncio.get_running_loop()
    written: asyncio.Future[OSError | None] = loop.create_future()

    def write() -> None:
        rest, problem = memoryview(f"{json.dumps(fact)}\n".encode()), None
        try:
            while rest:
                rest = rest[os.write(_OUT, rest) :]
        except OSError as error:
            problem = error
        with suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(_settle, written, problem)

    threading.Thread(target=write, name="telling", daemon=True).start()
    problem = await written
    if problem is not None:
        raise problem


def _settle(written: asyncio.Future[OSError | None], problem: OSError | None) -> None:
    if not written.done():
        written.set_result(problem)
