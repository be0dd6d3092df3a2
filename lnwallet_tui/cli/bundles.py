"""`guard --export-bundle` and `guard --bundle`: penalties that are signed already."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from lnwallet_tui.cli import answers
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.guard_told import Teller, guards_passphrase
from lnwallet_tui.cli.wallets import proxy_said
from lnwallet_tui.keys.guard_file import GuardFileUnusable
from lnwallet_tui.loading import loading
from lnwallet_tui.running import guard_key_file
from lnwallet_tui.running.outdoors import MachineClock
from lnwallet_tui.running.wallet_folder import OtherNetwork, WalletFolder
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.reader import reading

with loading():
    from lnwallet_tui.node.guard import bundle_duty, bundling
    from lnwallet_tui.node.words import duty_words
    from lnwallet_tui.running.bundle_guard import BundleGuard, BundleTold
    from lnwallet_tui.running.ways_out import ways_out


async def export(folder: Path, options: argparse.Namespace) -> Answer:
    """Write the bundle of the wallet in `folder`, whose node may run meanwhile. Raises
    `FolderError`, `NotGiven`, `StoreError`."""
    if not (folder / DATABASE_NAME).exists():
        return answers.failure(
            "no_wallet", f"There is no wallet in {folder}.", "Name its folder with --datadir."
        )
    network = WalletFolder.at(folder, None).network
    try:
        key = await guard_key_file.read(folder, guards_passphrase(options))
    except GuardFileUnusable as error:
        return answers.failure("guard_key", str(error), error.remedy)
    now = MachineClock().now_ms() // 1000
    with reading(folder / DATABASE_NAME) as rows:
        done = bundling.export(rows, key, network, now, options.export_bundle)
    channels = done.header.channels
    states = sum(channel.states for channel in channels)
    if options.json:
        covered = [
            {"peer": one.name, "states": one.states, "newest": one.newest, "revoked": one.revoked}
            for one in channels
        ]
        lacks = list(done.lacks)
        return {"bytes": done.size, "states": states, "channels": covered, "not_covered": lacks}
    told = [f"{options.export_bundle} has {done.size:,} bytes: {_covers(states)}"]
    told += [*bundle_duty.standing(done.header), *done.lacks, bundle_duty.LIMITS]
    told += [
        "There is no key in it: whoever has it can punish a cheat, and see which channels you "
        "have, and nothing else."
    ]
    return {"explanation": " ".join(told)}


def _covers(states: int) -> str:
    if states:
        return f"{duty_words.count(states, 'revoked state')} can be punished with it."
    return (
        "it can punish nothing yet, for no revoked state is in it. A peer revokes one with each "
        "payment: write it anew after the next."
    )


async def watch(options: argparse.Namespace, teller: Teller) -> None:
    """Until it is ended. Raises `CannotRun`, `OtherNetwork` or `StoreError`."""
    peers = tuple(options.chain_peer)

    def began() -> None:
        channels = guard.bundle.header.channels
        words = [
            f"The guard watches {duty_words.watched(len(channels), 0)} with this file.",
            *bundle_duty.standing(guard.bundle.header),
            bundle_duty.LIMITS,
        ]
        teller.line("Watching", " ".join(words), channels=len(channels))

    def reads(height: int, by: str, nodes: int) -> None:
        words = f"It has read to block {height:,}, shown by {by}, and goes on with each new one."
        teller.line("Reading", words, height=height, verified_by=nodes)

    def waits(words: str) -> None:
        teller.line("Waiting", words)

    told = BundleTold(began=began, waits=waits, reads=reads, did=teller.did)
    guard = await asyncio.to_thread(
        BundleGuard, options.bundle, ways_out(), told, peers=peers, proxy=proxy_said(options) or ""
    )
    header = guard.bundle.header
    if options.network not in (None, header.network.value):
        guard.bundle.close()
        raise OtherNetwork(
            f"{options.bundle} is a bundle for {header.network.value}, not for {options.network}.",
            "Leave out --network, or name another bundle.",
        )
    await guard.run()
