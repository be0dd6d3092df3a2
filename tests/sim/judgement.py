"""The end of a life: everything is settled on chain, and nobody honest has less than is due."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Final

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.hashes import ripemd160, sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.commitment import CommitmentParams, CommitmentSpec, commitment_number
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.chain_source import CALM
from tests.node.town import Town
from tests.sim.checks import Checks
from tests.sim.costs import Accountant, Funded
from tests.sim.model import Model, Order

_P2WSH_SIZE: Final = 34
_CLAIM_ITEMS: Final = 2  # beside the script: a signature, and a preimage, nothing, or a key
_ENDS: Final = (None, PaymentStatus.PAID, PaymentStatus.FAILED)


def is_settled(node: Node) -> bool:
    """Whether nothing of its channels is open any more."""
    board = node._board
    for held in board.channels:
        channel = held.channel
        if channel.phase is Phase.DONE or channel.funding.confirmed is None:
            continue
        resolution = board.guard.resolution(held)
        if resolution is None or resolution.claims or resolution.stages or resolution.pending:
            return False
    return not board.wallet.waiting()


async def outcome(node: Node, payment_hash: str) -> PaymentStatus | None:
    """What became of a payment as the node has it; None where it knows nothing of it."""
    view = await node.payment(payment_hash)
    return None if isinstance(view, Refused) else view.status


class Judgement:
    """Of one life, once its nodes are settled. `dearest` is the highest feerate (sat/kvB) of it."""

    def __init__(
        self,
        town: Town,
        checks: Checks,
        model: Model,
        orders: list[Order],
        dearest: int = CALM[0],
    ) -> None:
        self._town, self._checks = town, checks
        self._model, self._orders, self._dearest = model, orders, dearest
        self.payments: Counter[str] = Counter()

    async def wrongs(self) -> list[str]:
        """What is not as it must be."""
        model = Model(self._model.balances.copy())
        wrongs = [words async for words in self._payments(model)]
        return [*wrongs, *self._balances(model)]

    async def all_ended(self) -> bool:
        """Whether no honest payer waits for anything."""
        for order in self._orders:
            payer = order.way[0]
            if payer not in self._checks.cheats:
                sent = await outcome(self._town.nodes[payer], order.payment_hash)
                if sent not in _ENDS:
                    return False
        return True

    async def _payments(self, model: Model) -> AsyncIterator[str]:
        for order in self._orders:
            payer, payee = order.way[0], order.way[-1]
            sent = await outcome(self._town.nodes[payer], order.payment_hash)
            received = await outcome(self._town.nodes[payee], order.payment_hash)
            cheats = self._checks.cheats
            # A cheat's own books are worth nothing; there is at most one.
            is_paid = (received if payer in cheats else sent) is PaymentStatus.PAID
            self.payments["paid" if is_paid else "not paid"] += 1
            if is_paid:
                model.settle(order)
            at = f"payment {order.payment_hash[:8]} of {order.amount_msat} msat, {order.way}"
            is_same = is_paid == (received is PaymentStatus.PAID)
            if cheats.isdisjoint((payer, payee)) and not is_same and not self._is_trimmed(order):
                yield f"{at}: {payer} says {sent}, {payee} says {received}"
            if payer not in cheats and sent not in _ENDS:
                yield f"{at}: {payer} still says {sent}"

    def _is_trimmed(self, order: Order) -> bool:
        """Whether a commitment that closed a channel had no output for it: nobody can enforce it,
        so both may be right."""
        name = bytes.fromhex(order.payment_hash)
        return any(
            htlc.payment_hash == name
            for one, channel, tx in self._closed()
            for spec, params in _versions(self._checks, one, channel, tx)
            for htlc in spec.htlcs
            if htlc not in spec.untrimmed(params)
        )

    def htlcs(self) -> Counter[str]:
        """How the HTLCs ended that were in the commitments which the chain has."""
        chain, ends, looked_at = self._town.regtest.chain, Counter[str](), set[bytes]()
        for name, channel, tx in self._closed():
            hashes = {
                htlc.payment_hash
                for spec, params in _versions(self._checks, name, channel, tx)
                for htlc in spec.untrimmed(params)
            }
            if not hashes or tx.txid in looked_at:
                continue
            looked_at.add(tx.txid)
            for at, out in enumerate(tx.outputs):
                found = chain.spender(tx.outpoint(at), self._town._birthday)
                if found is not None and len(out.script_pubkey) == _P2WSH_SIZE:
                    ends[_end(found[1], tx.outpoint(at), hashes)] += 1
        del ends[""]
        return ends

    def _closed(self) -> Iterator[tuple[str, Channel, Tx]]:
        """Each side of each channel, and what spent its funding output."""
        chain = self._town.regtest.chain
        for both in self._checks.seen.values():
            for name, channel in both.items():
                found = chain.spender(channel.funding.outpoint, self._town._birthday)
                if found is not None:
                    yield name, channel, found[1]

    def _balances(self, model: Model) -> Iterator[str]:
        accountant = Accountant.of(self._town, self._funded(), self._dearest)
        costs, held = accountant.costs(), accountant.holdings()
        yield from costs.absurd
        for name in self._town.nodes:
            if name in self._checks.cheats:
                continue
            due = model.balances[name] // 1000 - costs.fees[name] - costs.dropped[name]
            due -= self._unpaid(name)
            if held[name] < due:
                yield (
                    f"{name} has {held[name]} sat and must have {due}: {model.balances[name]} msat "
                    f"less {costs.fees[name]} in fees and what was too small"
                )

    def _funded(self) -> Iterator[Funded]:
        for both in self._checks.seen.values():
            name, channel = next(iter(both.items()))
            other = self._checks.peer(name, channel)
            funder = name if channel.we_fund else other
            outpoint, value = channel.funding.outpoint, channel.funding.value.value
            yield Funded(outpoint, value, funder, (name, other))

    def _unpaid(self, name: str) -> int:
        """What the closes of the channels of `name` could not pay out, in sat."""
        return sum(
            2 + _unpaid(self._checks, one, channel, tx)
            for one, channel, tx in self._closed()
            if one == name
        )


def _unpaid(checks: Checks, name: str, channel: Channel, tx: Tx) -> int:
    """What of either version of the commitment has no output and may be of `name`, in sat."""
    most = channel.ours.dust_limit.value  # a balance that was too small for a close
    for spec, params in _versions(checks, name, channel, tx):
        kept = spec.untrimmed(params)
        lost = sum(-(-one.amount.value // 1000) for one in spec.htlcs if one not in kept)
        most = max(most, lost + channel.theirs.dust_limit.value + len(spec.htlcs))
    return most


def _versions(
    checks: Checks, name: str, channel: Channel, tx: Tx
) -> Iterator[tuple[CommitmentSpec, CommitmentParams]]:
    """The commitments of that number, of which one is in the chain; none for another close."""
    number = commitment_number(tx, channel.params(Side.US).obscuring_factor)
    for holder, side in ((name, Side.US), (checks.peer(name, channel), Side.THEM)):
        spec = None if number is None else checks.specs.get((channel.channel_id, holder, number))
        if spec is not None:
            yield spec, channel.params(side)


def _end(tx: Tx, outpoint: OutPoint, hashes: set[bytes]) -> str:
    """How `tx` takes that output of a commitment; empty where it is no HTLC's."""
    [txin] = (one for one in tx.inputs if one.outpoint == outpoint)
    *items, script = txin.witness
    if not any(ripemd160(name) in script for name in hashes):
        return ""
    if any(sha256(item) in hashes for item in items):
        return "by preimage, second stage" if len(items) > _CLAIM_ITEMS else "by preimage"
    if len(items) > _CLAIM_ITEMS:
        return "timed out, second stage"
    return "timed out" if not items[-1] else "punished"
