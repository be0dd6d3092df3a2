"""What became of a state that was revoked: whoever publishes one keeps nothing of it.

Read from blocks alone. BOLT 5: "A local node … MUST resolve" each output of a revoked commitment,
and of the HTLC transactions that spend it, by its penalty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.commitment import commitment_number
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.playground.simchain import SimChain
from tests.sim.checks import Checks

_P2WSH_SIZE: Final = 34
_SMALL: Final = 3_000
"""Sat: what may cost more than it brings."""


@dataclass(frozen=True)
class Spoils:
    """`owners` are the scripts of wallets, by name; `states` the ids of all commitments of the
    cheat's own."""

    chain: SimChain
    since: int
    checks: Checks
    owners: Mapping[bytes, str]
    states: AbstractSet[bytes]

    def revoked(self) -> Iterator[tuple[str, Tx]]:
        """The honest side of each channel that was closed by a state which its peer had revoked,
        and that state."""
        for both in self.checks.seen.values():
            for name, channel in both.items():
                found = self.chain.spender(channel.funding.outpoint, self.since)
                if name in self.checks.cheats or found is None or found[1].txid not in self.states:
                    continue
                number = commitment_number(found[1], channel.params(Side.THEM).obscuring_factor)
                if number is not None and channel.their_secrets.secret_of(number) is not None:
                    yield name, found[1]

    def wrongs(self) -> Iterator[str]:
        """What cheats have kept, and what nobody took from them."""
        for victim, close in self.revoked():
            for at in range(len(close.outputs)):
                yield from self._follow(victim, close, at)

    def _follow(self, victim: str, tx: Tx, at: int) -> Iterator[str]:
        out = tx.outputs[at]
        owner = self.owners.get(out.script_pubkey, "")
        if out.value.value <= _SMALL or owner == victim:
            return
        what = f"{out.value.value} sat of a state that was revoked to {victim}"
        spent = self._spender(tx.outpoint(at))
        if owner:
            yield f"{owner} has {what}"
        elif spent is None:
            yield f"{what} were left where they are"
        elif not any(self.owners.get(one.script_pubkey) == victim for one in spent.outputs):
            # A second stage: each input has its output, and those behind them are change.
            [number] = [
                number for number, one in enumerate(spent.inputs) if one.outpoint == tx.outpoint(at)
            ]
            yield from self._follow(victim, spent, min(number, len(spent.outputs) - 1))

    def _spender(self, outpoint: OutPoint) -> Tx | None:
        found = self.chain.spender(outpoint, self.since)
        return None if found is None else found[1]
