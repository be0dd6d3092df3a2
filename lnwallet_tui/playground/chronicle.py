"""What the tour says of the world at the end of each step: for an auditor.

Nothing is judged here. The fields are those that `tests/audit` asks for. What they say comes from
the nodes' channels, from the blocks, and from what the story did (`opened`, `gave`, `settled`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.views import PaymentView
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.playground.closes_told import close_facts, commitment_facts, settled_on_chain
from lnwallet_tui.playground.parties import Facts, Pair, Party
from lnwallet_tui.playground.people import FAUCET
from lnwallet_tui.playground.world import World


@dataclass(frozen=True, slots=True)
class Moved:
    """What a payment, all its parts together, took through a channel."""

    channel_id: bytes
    giver: str
    receiver: str
    amount_msat: int

    def facts(self) -> Facts:
        """As the line has it."""
        return {
            "channel_id": self.channel_id.hex(),
            "from": self.giver,
            "to": self.receiver,
            "amount_msat": self.amount_msat,
        }


class Chronicle:
    """Remembers what happened since the line before."""

    def __init__(self, world: World) -> None:
        self._world: Final = world
        self._pushes: dict[bytes, int] = {}
        self._balances: dict[bytes, dict[str, int]] = {}
        self._transfers: list[Facts] = []
        self._payments: list[Facts] = []
        self._height = 0
        if world.built.gift is not None:
            self.gave(world.built.gift)
        for channel_id, opening in world.built.channels.items():
            self.opened(channel_id, opening.push_msat)

    # -- told by the story

    def gave(self, tx: Tx) -> None:
        """The faucet paid people by this transaction."""
        owners = {
            script: name
            for name, resident in self._world.residents.items()
            for script in resident.node.wallet_scripts()
        }
        for output in tx.outputs:
            if output.script_pubkey in owners:
                self._transfers.append(
                    {
                        "txid": txid_to_hex(tx.txid),
                        "from": FAUCET,
                        "to": owners[output.script_pubkey],
                        "amount_sat": output.value.value,
                    }
                )

    def opened(self, channel_id: bytes, push_msat: int) -> None:
        """Somebody funded a channel and gave that much away."""
        self._pushes[channel_id] = push_msat
        self._balances[channel_id] = self._worth(self.pair(channel_id))

    def settled(self, paid: PaymentView, payer: str, payee: str) -> list[Moved]:
        """A payment was made: what changed in channels since the one before, from the payer on."""
        moved = _from(payer, self.moved())
        self.settled_by(paid, payer, payee, moved)
        return moved

    def settled_by(self, paid: PaymentView, payer: str, payee: str, moved: list[Moved]) -> None:
        """One of several payments at once was made, and this is what it moved."""
        self._balances = {pair[0].channel.channel_id: self._worth(pair) for pair in self.pairs()}
        self._payments.append(
            {
                "payment_hash": paid.payment_hash,
                "preimage": paid.preimage,
                "payer": payer,
                "payee": payee,
                "amount_msat": paid.amount_msat,
                "fee_msat": paid.fee_msat,
                "hops": [one.facts() for one in moved],
            }
        )

    def moved(self) -> list[Moved]:
        """What lies elsewhere in channels than after the newest payment."""
        return [one for one in map(self._moved_in, self.pairs()) if one.amount_msat]

    def _moved_in(self, pair: Pair) -> Moved:
        channel_id = pair[0].channel.channel_id
        before, after = self._balances[channel_id], self._worth(pair)
        giver, receiver = sorted(after, key=lambda name: after[name] - before[name])
        return Moved(channel_id, giver, receiver, after[receiver] - before[receiver])

    # -- looking

    def pairs(self) -> list[Pair]:
        """Every channel ever funded, by both parties, in the order in which they were opened."""
        return [self.pair(channel_id) for channel_id in self._pushes]

    def pair(self, channel_id: bytes) -> Pair:
        """Both parties of a channel."""
        parties = [
            Party(resident, channel)
            for resident in self._world.residents.values()
            for channel in resident.node.channel_states()
            if channel.channel_id == channel_id
        ]
        one, other = parties
        return one, other

    @staticmethod
    def _balances_of(pair: Pair) -> dict[str, int]:
        return {party.name: party.balance_msat for party in pair}

    def _worth(self, pair: Pair) -> dict[str, int]:
        """Balances, and what HTLCs brought that were settled on chain."""
        worth = Counter(self._balances_of(pair))
        worth.update(settled_on_chain(self._world.regtest.chain, pair))
        return dict(worth)

    # -- the line

    async def line(self) -> Facts:
        """What the auditor wants to know now; the next line begins here."""
        facts: Facts = {
            "height": self._world.height(),
            "people": await self._people(),
            "channels": [self._channel(pair) for pair in self.pairs()],
            "transfers": self._transfers,
            "payments": self._payments,
            "closes": list(self._closes()),
        }
        self._transfers, self._payments = [], []
        self._height = self._world.height()
        return facts

    async def _people(self) -> Facts:
        regtest = self._world.regtest
        people: Facts = {
            FAUCET: {
                "scripts": [regtest.key.script.hex()],
                "total_msat": regtest.faucet_sat() * 1000,
                "earned_msat": 0,
            }
        }
        for name, resident in self._world.residents.items():
            people[name] = {
                "scripts": [script.hex() for script in resident.node.wallet_scripts()],
                "total_msat": (await resident.node.balance()).total_msat,
                "earned_msat": resident.node.earned_msat,
            }
        return people

    def _channel(self, pair: Pair) -> Facts:
        one, other = pair
        channel = one.channel
        return {
            "channel_id": channel.channel_id.hex(),
            "funding_txid": txid_to_hex(channel.funding.outpoint.txid),
            "funding_vout": channel.funding.outpoint.vout,
            "capacity_sat": channel.funding.value.value,
            "channel_type": "anchors" if channel.anchors else "static_remotekey",
            "funder": one.name if channel.we_fund else other.name,
            "push_msat": self._pushes[channel.channel_id],
            "feerate_per_kw": channel.our_commitment.spec.feerate_per_kw,
            "balances_msat": self._balances_of(pair),
            "basepoints": {party.name: _basepoints(party.channel) for party in pair},
            "to_self_delay": {party.name: party.channel.theirs.to_self_delay for party in pair},
            "dust_limit_sat": {party.name: party.channel.ours.dust_limit.value for party in pair},
            "commitments": {party.name: commitment_facts(pair, party) for party in pair},
        }

    def _closes(self) -> Iterator[Facts]:
        """Channels whose funding was spent in a block since the line before."""
        fundings: dict[OutPoint, Pair] = {
            pair[0].channel.funding.outpoint: pair for pair in self.pairs()
        }
        chain = self._world.regtest.chain
        for height in range(self._height + 1, chain.height + 1):
            for tx in chain.at(height).block.transactions:
                for txin in tx.inputs:
                    if txin.outpoint in fundings:
                        yield close_facts(self._world, fundings[txin.outpoint], tx)


def _from(payer: str, moved: list[Moved]) -> list[Moved]:
    """In the order in which the payment gets there; what nobody on its way gave comes last."""
    there, left, ordered = {payer}, moved, list[Moved]()
    while reached := [one for one in left if one.giver in there]:
        ordered += reached
        there |= {one.receiver for one in reached}
        left = [one for one in left if one not in reached]
    return ordered + left


def _basepoints(channel: Channel) -> Facts:
    ours: Basepoints = channel.ours.basepoints
    return {
        "funding_pubkey": ours.funding_pubkey.hex(),
        "revocation": ours.revocation.hex(),
        "payment": ours.payment.hex(),
        "delayed_payment": ours.delayed_payment.hex(),
        "htlc": ours.htlc.hex(),
    }
