"""Makes the signature bundle of a wallet, from what the node stored and the key kit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.channel.old_states import OldState
from lnwallet_tui.keys.guard_key import GuardKey
from lnwallet_tui.node.guard.charges import Charge, read_charges
from lnwallet_tui.node.words.duty_words import not_covered
from lnwallet_tui.onchain.bundle import BundledState, bundled
from lnwallet_tui.store.bundle_file import BundledChannel, BundleHeader, write_bundle
from lnwallet_tui.store.rows import Rows
from lnwallet_tui.store.states import load_states

_KNOWN: Final = 144
"""Blocks: a reorganisation as deep as that is looked through."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written, and in sentences of which channels nothing could be."""

    header: BundleHeader
    size: int
    lacks: tuple[str, ...]


def export(rows: Rows, key: GuardKey, network: Network, now: int, file: Path) -> Exported:
    """Sign everything, which takes a while. Raises `StoreError`."""
    found = read_charges(rows, key)
    open_ones = [
        (charge, _states(rows, charge))
        for charge in found.charges
        if not found.follower.spends_of(charge.facts.ours.funding_outpoint)
    ]
    channels = tuple(_channel(charge, states) for charge, states in open_ones)
    header = BundleHeader(network, now, found.follower.known()[:_KNOWN], channels)
    lacks = tuple(map(not_covered, found.not_covered))
    return Exported(header, write_bundle(file, header, _signed(open_ones)), lacks)


def _states(rows: Rows, charge: Charge) -> dict[int, OldState]:
    """The revoked ones that were kept: an older version kept none."""
    secrets = charge.facts.their_secrets
    states = load_states(rows, charge.number)
    return {number: old for number, old in states.items() if number < secrets.revoked}


def _channel(charge: Charge, states: dict[int, OldState]) -> BundledChannel:
    theirs = charge.facts.theirs
    return BundledChannel(
        name=charge.name,
        outpoint=theirs.funding_outpoint,
        script=p2wsh(theirs.funding_script),
        home=charge.kit.home,
        delay=theirs.to_self_delay,
        anchors=theirs.anchors,
        revoked=charge.facts.their_secrets.revoked,
        states=len(states),
        newest=max(states, default=-1),
    )


def _signed(charges: list[tuple[Charge, dict[int, OldState]]]) -> Iterator[BundledState]:
    for charge, states in charges:
        for number, old in states.items():
            yield bundled(charge.facts, number, old, charge.signer, charge.kit.home)
