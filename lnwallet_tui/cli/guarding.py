"""`guard`: watch, or prepare that."""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path
from typing import Any

from lnwallet_tui.api.gone import NodeFailed, NodeGone, WalletShut
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.cli import answers, bundles, no_node, reminder_units, reminding, units
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.errand import say
from lnwallet_tui.cli.guard_told import Teller, guards_passphrase
from lnwallet_tui.cli.passphrases import NotGiven
from lnwallet_tui.cli.wallets import proxy_said
from lnwallet_tui.counter.client import NobodyThere, OtherVersion, visit
from lnwallet_tui.counter.place import NoPlace
from lnwallet_tui.loading import loading
from lnwallet_tui.running import guard_key_file
from lnwallet_tui.running.hardening import NotHardened, harden
from lnwallet_tui.running.wallet_folder import FolderError, WalletFolder, meant
from lnwallet_tui.store.errors import StoreError

with loading():
    from lnwallet_tui.node.words import duty_words
    from lnwallet_tui.running.guard_process import GuardProcess, GuardWanted, Told, expect_prepared
    from lnwallet_tui.running.process import CannotRun
    from lnwallet_tui.running.ways_out import ways_out

_PREPARED = "The guard is prepared: its passphrase is chosen."
_REPLACED = (
    "The former one does not open it any more: where the guard reads it by itself (a file, a "
    "credential of systemd's), put the new one there before it starts again."
)
_BESIDE = "A node has this wallet: this guard stands by until that ends."
_SECOND = (
    "Another guard of this wallet runs already, and one is enough. This one stands by until that "
    "one has ended, and the wallet's node too."
)
_START_IT = "Start it with: lnwallet-tui guard"


def run(options: argparse.Namespace) -> int:
    """Do what was asked for; the exit code."""
    try:
        if options.bundle is not None:
            asyncio.run(bundles.watch(options, Teller(as_json=options.json)))
            return 0
        network = None if options.network is None else Network(options.network)
        folder = meant(options.datadir, network)
        if options.print_unit is not None:
            return _print_unit(folder.absolute(), options)
        if options.print_reminder is not None:
            return _printed(*reminder_units.of(options.print_reminder, folder.absolute()))
        if options.remind:
            wallet = WalletFolder.at(folder, network)
            return say(asyncio.run(reminding.remind(wallet, as_json=options.json)), options)
        no_node.expect_network(folder, network)
        if options.prepare:
            return say(asyncio.run(_prepare(folder, options)), options)
        if options.export_bundle is not None:
            return say(asyncio.run(bundles.export(folder, options)), options)
        harden()
        wallet = WalletFolder.at(folder, network)
        asyncio.run(_watch(wallet, options))
    except (CannotRun, FolderError, NotGiven) as error:
        return _fail(options, error.code, error)
    except NoPlace as error:
        return _fail(options, "bad_folder", error)
    except NotHardened as error:
        return _fail(options, "not_hardened", error)
    except StoreError as error:
        return _fail(options, "disk", error)
    return 0


def _fail(options: argparse.Namespace, code: str, error: Any) -> int:
    return say(answers.failure(code, str(error), error.remedy), options)


# -- preparing
async def _prepare(folder: Path, options: argparse.Namespace) -> Answer:
    try:
        visitor = await visit(folder)
    except NobodyThere as error:
        remedy = "Start it, and unlock the wallet: lnwallet-tui node"
        return answers.failure("no_node", str(error), remedy)
    except OtherVersion as error:
        return answers.failure("other_version", str(error), error.remedy)
    replaces = guard_key_file.is_there(folder)
    try:
        refused = await visitor.process.prepare_guard(guards_passphrase(options, new=True))
    except NodeGone:
        return answers.failure("node_gone", "The node has ended meanwhile.", "Ask for it again.")
    except NodeFailed as error:
        return answers.failure("node_bug", str(error), "Its log says more.")
    except WalletShut as shut:
        return answers.error(shut.refused)
    finally:
        await visitor.leave()
    if isinstance(refused, Refused):
        return answers.error(refused)
    if options.json:
        return {"prepared": True, "replaced": replaces}
    former = f" {_REPLACED}" if replaces else ""
    return {"explanation": f"{_PREPARED}{former} {duty_words.CANNOT}\n{_START_IT}"}


def _print_unit(folder: Path, options: argparse.Namespace) -> int:
    ways = [word for peer in options.chain_peer for word in ("--chain-peer", peer)]
    ways += ["--proxy", options.proxy] if options.proxy else []
    if options.print_unit == "systemd":
        return _printed(units.systemd(folder, ways))
    return _printed(*units.launchd(folder, ways))


def _printed(unit: str, says: str = "") -> int:
    """`says` stands on the error output: what is printed is a file."""
    sys.stdout.write(unit)
    sys.stderr.write(says)
    return 0


# -- watching
async def _watch(wallet: WalletFolder, options: argparse.Namespace) -> None:
    expect_prepared(wallet.path)
    by_hand = options.passphrase_file is None and options.passphrase_fd is None
    wanted = GuardWanted(
        passphrase=guards_passphrase(options),
        by_hand=by_hand,
        chain_peers=tuple(options.chain_peer),
        proxy=proxy_said(options),
    )
    teller = Teller(as_json=options.json)

    def watches(channels: int, closes: int) -> None:
        words = f"The guard watches {duty_words.watched(channels, closes)}."
        opened = duty_words.BY_HAND if by_hand else duty_words.BY_FILE
        told = f"{words} {duty_words.CANNOT} {opened}"
        teller.line("Watching", told, channels=channels, closes=closes)

    def stands_by(second: bool) -> None:
        teller.line("StandingBy", _SECOND if second else _BESIDE, second=second)

    told = Told(watches=watches, stands_by=stands_by, did=teller.did)
    await GuardProcess(wallet, wanted, ways_out(), told).run()
