"""The checks of one line after the other; the numbers are those of the audit's docstring."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.block import Block
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import Tx
from tests.audit import bolt3
from tests.audit.facts import Channel, Close, Line, Payment, insist
from tests.audit.ledger import Ledger
from tests.audit.owners import ANYBODY, Owners


@dataclass(frozen=True)
class Row:
    """What was found at the end of a line, in msat: by person, in anchors, paid as fees."""

    step: str
    height: int
    people: dict[str, int]
    anchors: int
    fees: int


@dataclass
class Auditor:
    """Believes blocks; feed it the lines in order."""

    blocks: list[Block]
    ledger: Ledger = field(default_factory=Ledger)
    balances: dict[str, dict[str, int]] = field(default_factory=dict)
    earned: Counter[str] = field(default_factory=Counter)
    owners: Owners = field(init=False)

    def __post_init__(self) -> None:
        self.owners = Owners(self.ledger)

    def check(self, line: Line) -> Row:
        """All checks of one line; `Contradiction` at the first that fails."""
        insist(line.ok, f"the tour itself says that {line.step!r} failed")
        insist(self.ledger.height <= line.height <= len(self.blocks), "a height beyond the chain")
        while self.ledger.height < line.height:
            self.ledger.apply(self.blocks[self.ledger.height])  # 1
        self.owners.learn(line)
        self._payments(line)
        self._earnings(line)
        ended = {close.channel_id for close in line.closes}
        for channel in line.channels:
            self._channel(channel, has_just_ended=channel.channel_id in ended)
        for close in line.closes:
            if close.kind == "cooperative":
                self._cooperative(close)
        for tx in self.ledger.take_fresh():  # 6
            closed = {close.txid for close in line.closes}
            self.owners.check_flow(tx, line.transfers, closed)
        return self._totals(line)

    # -- 4: what moved inside channels
    def _payments(self, line: Line) -> None:
        for channel in line.channels:
            funder, fundee = channel.funder, channel.other(channel.funder)
            begun = {
                funder: channel.capacity_sat * 1000 - channel.push_msat,
                fundee: channel.push_msat,
            }
            self.balances.setdefault(channel.channel_id, begun)
        for payment in line.payments:
            self._payment(payment)
        for channel in line.channels:
            credited = self.owners.credited(channel)
            held = {name: held + credited[name] for name, held in channel.balances_msat.items()}
            insist(
                self.balances[channel.channel_id] == held,
                f"channel {channel.channel_id} holds {held}; the payments make it",
                self.balances[channel.channel_id],
            )

    def _payment(self, payment: Payment) -> None:
        preimage = bytes.fromhex(payment.preimage)
        insist(sha256(preimage).hex() == payment.payment_hash, "a preimage that is none")
        insist(payment.hops != [], f"payment {payment.payment_hash} went nowhere")
        self._fees(payment)
        for hop in payment.hops:
            insist(hop.amount_msat > 0, "a payment of nothing")
            balances = self.balances[hop.channel_id]
            balances[hop.giver] -= hop.amount_msat
            balances[hop.receiver] += hop.amount_msat

    def _fees(self, payment: Payment) -> None:
        """Everybody between payer and payee has what came less what went on."""
        kept: Counter[str] = Counter()
        for hop in payment.hops:
            kept[hop.giver] -= hop.amount_msat
            kept[hop.receiver] += hop.amount_msat
        name = f"payment {payment.payment_hash}"
        insist(payment.amount_msat > 0 and payment.payer != payment.payee, f"{name} pays nobody")
        paid = -kept.pop(payment.payer, 0)
        insist(
            paid == payment.amount_msat + payment.fee_msat,
            f"{name} cost {payment.payer} {paid} msat, not {payment.amount_msat} and its fee",
        )
        arrived = kept.pop(payment.payee, 0)
        insist(arrived == payment.amount_msat, f"{name} brought {payment.payee} {arrived} msat")
        insist(min(kept.values(), default=0) >= 0, f"{name} was paid for by who passed it on")
        self.earned.update(kept)

    def _earnings(self, line: Line) -> None:
        for name, person in line.people.items():
            insist(
                person.earned_msat == self.earned[name],
                f"{name}'s node counts {person.earned_msat} msat of fees, payments make it",
                self.earned[name],
            )

    # -- 3: open channels, and those that were until now
    def _channel(self, channel: Channel, *, has_just_ended: bool) -> None:
        name = f"channel {channel.channel_id}"
        insist(min(channel.balances_msat.values()) >= 0, f"{name} owes something")
        is_open = self._is_open(channel)
        for holder, newest in channel.commitments.items():
            pending = sum(htlc.amount_msat for htlc in newest.htlcs)
            insist(not (is_open and pending), f"{name} is not at rest")
            insist(
                sum(channel.balances_msat.values()) + pending == channel.capacity_sat * 1000,
                f"{name} does not hold what it was funded with",
            )
            if is_open or has_just_ended:
                self._commitment(channel, holder)

    def _is_open(self, channel: Channel) -> bool:
        return self.owners.funding_outpoint(channel) in self.ledger.unspent

    def _commitment(self, channel: Channel, holder: str) -> None:
        newest = channel.commitments[holder]
        tx = Tx.parse(bytes.fromhex(newest.tx))
        words = f"{holder}'s commitment of channel {channel.channel_id}"
        insist(
            [txin.outpoint for txin in tx.inputs] == [self.owners.funding_outpoint(channel)],
            f"{words} does not spend the funding alone",
        )
        hidden = (tx.inputs[0].sequence & 0xFFFFFF) << 24 | tx.locktime & 0xFFFFFF
        insist(hidden ^ bolt3.mask(channel) == newest.number, f"{words} has another number")
        paid = sorted((out.value.value, out.script_pubkey) for out in tx.outputs)
        due = bolt3.payouts(channel, holder, bytes.fromhex(newest.per_commitment_point))
        insist(paid == due, f"{words} pays {paid}, the balances make it {due}")

    # -- 5: cooperative closes
    def _cooperative(self, close: Close) -> None:
        channel, tx = self.owners.closing(close)
        paid = dict.fromkeys(channel.balances_msat, 0)
        for vout, out in enumerate(tx.outputs):
            owner = self.owners.of(tx.outpoint(vout))
            insist(owner in paid, f"{close.txid} pays {owner}, who is no party")
            paid[owner] += out.value.value
        dust = max(channel.dust_limit_sat.values())
        for name, value in paid.items():
            due = channel.balances_msat[name] // 1000
            least = 0 if name == channel.funder or due < dust else due
            insist(least <= value <= due, f"{close.txid} pays {name} {value} of {due}")

    # -- 2, 7, 8: every satoshi
    def _totals(self, line: Line) -> Row:
        found = dict.fromkeys(line.people, 0)
        anchors = 0
        open_channels = {f"channel {c.channel_id}": c for c in line.channels if self._is_open(c)}
        for outpoint in self.ledger.unspent:
            owner, value = self.owners.of(outpoint), self.ledger.outputs[outpoint].value.value
            if owner == ANYBODY:
                anchors += value * 1000
            elif owner in open_channels:
                for name, balance in open_channels[owner].balances_msat.items():
                    insist(name in found, f"{owner} is {name}'s, too, whom the line forgets")
                    found[name] += balance
            else:
                insist(owner in found, f"{outpoint} is {owner}'s, whom the line forgets")
                found[owner] += value * 1000
        for name, person in line.people.items():
            insist(
                person.total_msat == found[name],
                f"{name}'s node counts {person.total_msat} msat, the chain {found[name]}",
            )
        there = sum(self.ledger.outputs[outpoint].value.value for outpoint in self.ledger.unspent)
        insist(sum(found.values()) + anchors == there * 1000, "the sum is not the chain's")
        return Row(line.step, line.height, found, anchors, self.ledger.fees * 1000)
