"""The guard of one channel in its plainest form: looks at every block, publishes what it must."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.env import Record
from lnwallet_tui.channel.held_htlcs import HeldHtlc, HtlcEntered
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx, facts_of
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep import plan
from lnwallet_tui.onchain.sweep_groups import Offer
from tests.channel.two import Party, script_of
from tests.peers.ldk.world import World

HOME: Final = script_of("home")
"""Where the sweeps go."""

_FEERATE: Final = 500


class Guard:
    """Watches the channel of `party`. `resolution` is what it found at the newest block."""

    def __init__(self, world: World, party: Party) -> None:
        self.resolution: Resolution | None = None
        self._world = world
        self._party = party
        self._born = world.chain.height
        self._held: list[HeldHtlc] = []
        self._offers: dict[OutPoint, Offer] = {}

    def look(self) -> None:
        """Work out where the channel stands, and publish the sweeps of the next block."""
        self._note(self._party.records)
        self._party.records.clear()
        channel, signer = self._party.channel, self._party.signer
        self.resolution = resolve(
            facts_of(channel, tuple(self._held), signer.per_commitment_point),
            self._view(),
            signer.per_commitment_point,
            script=HOME,
            preimages={},
        )
        if self.resolution is None:
            return
        sweeps = plan(
            self.resolution.claims,
            script=HOME,
            next_height=self._world.chain.height + 1,
            estimate=lambda _target: _FEERATE,
            before=self._offers,
        )
        self._offers |= sweeps.offers()
        for sweep in sweeps.sweeps:
            self._world.publish("guard", (sweep.sign(signer),))

    def home(self) -> Sat:
        """What is home by now."""
        return self._world.chain.held_by(HOME)

    def _note(self, records: list[Record]) -> None:
        for record in records:
            if isinstance(record, HtlcEntered):
                self._held.append(HeldHtlc(record.htlc, record.first))
                continue
            name = record.offered, record.htlc_id
            for at, row in enumerate(self._held):
                if row.last is None and (row.htlc.offered, row.htlc.htlc_id) == name:
                    self._held[at] = HeldHtlc(row.htlc, row.first, record.last)

    def _view(self) -> ChainView:
        chain = self._world.chain
        spends = {
            txin.outpoint: ConfirmedTx(tx, height)
            for height in range(self._born + 1, chain.height + 1)
            for tx in chain.at(height).block.transactions
            for txin in tx.inputs
        }
        return ChainView(chain.height, spends)
