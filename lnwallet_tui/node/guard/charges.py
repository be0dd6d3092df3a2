"""What the guard without a node has charge of: read where the node stored it, with the key kit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from lnwallet_tui.bitcoin.script import p2wsh
from lnwallet_tui.chain.watch import Follower
from lnwallet_tui.channel.named import is_only_named
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.keys.guard_key import GuardKey, KitUnreadable
from lnwallet_tui.keys.kit import Kit, KitSigner
from lnwallet_tui.node.blocks.chain import GENERATIONS
from lnwallet_tui.node.payments.arrivals import offered_hashes
from lnwallet_tui.onchain.facts import PastFacts, facts_of
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus
from lnwallet_tui.store import chain as stored_chain
from lnwallet_tui.store import channels as stored_channels
from lnwallet_tui.store import closes as stored_closes
from lnwallet_tui.store import payments as stored_payments
from lnwallet_tui.store.channels import ChannelRow, LostChannel
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.damage import Damaged, Kind, not_asked
from lnwallet_tui.store.errors import RowDamaged, StoreError
from lnwallet_tui.store.kit import load_kits
from lnwallet_tui.store.rows import Rows, expect_known

_TAKEN: Final = (InvoiceStatus.SETTLING, InvoiceStatus.PAID)


@dataclass(frozen=True, slots=True)
class Charge:
    """One channel in the guard's care."""

    number: int
    name: str
    channel: Channel
    facts: PastFacts
    kit: Kit
    signer: KitSigner
    preimages: Mapping[int, bytes]

    def our_point(self, number: int) -> bytes:
        """Of our published commitment. Of others it is not known: with the point that stands in
        its place nothing of them is recognised."""
        return _point(self.kit, self.channel, number)


@dataclass(frozen=True, slots=True)
class NotCovered:
    """A channel that the guard can do nothing for. `keys_unread` says what is wrong with its row of
    the kit, `bug` what of ours stumbled over it, `is_damaged` that its own row is; with none of
    these there is no such row of the kit."""

    name: str
    keys_unread: str = ""
    bug: str = ""
    is_damaged: bool = False


@dataclass(frozen=True, slots=True)
class Charges:
    """All that the wallet's database says: the channels, those that nothing can be done for, the
    place on the chain, and what the node had offered already. `lacks_from`: the first block of
    which a row is damaged; `time`: of the newest block, 0 before the first."""

    charges: tuple[Charge, ...]
    not_covered: tuple[NotCovered, ...]
    follower: Follower
    closes: Mapping[int, Close]
    lacks_from: int | None = None
    time: int = 0

    def read_again(self) -> None:
        """For one that follows the chain: what is damaged is told by the blocks themselves."""
        if self.lacks_from is not None:
            self.follower.step_back(self.lacks_from)
            for one in self.charges:
                _look_for(self.follower, one)


def read_charges(rows: Rows, key: GuardKey) -> Charges:
    """As the last commit of the node left them; what of it is damaged holds up nothing else. Raises
    `StoreError`."""
    expect_known(rows)
    kits, charges, not_covered = load_kits(rows), list[Charge](), list[NotCovered]()
    lost = list[LostChannel]()
    for row in stored_channels.load_channels(rows, lost.append):
        if row.state.phase is Phase.DONE or is_only_named(row.state):
            continue  # nothing is at stake
        name = row.peer_id.hex()[:8]
        if row.number not in kits:
            not_covered.append(NotCovered(name))
            continue
        try:
            kit = Kit.open(key, row.number, kits[row.number])
            charges.append(_charge(rows, row, name, kit))
        except StoreError:
            raise
        except KitUnreadable as error:
            not_covered.append(NotCovered(name, keys_unread=str(error)))
        except Exception as error:  # the other channels are guarded
            not_covered.append(NotCovered(name, bug=type(error).__name__))
    not_covered += (NotCovered(one.peer_id.hex()[:8], is_damaged=True) for one in lost)
    damaged = list[Damaged]()
    follower = stored_chain.load_follower(rows, (), damaged.append)
    lacking = (int(one.name) for one in damaged if one.kind is Kind.FACT)
    for one in charges:
        _look_for(follower, one)
    follower.keep_only(one.facts.ours.funding_outpoint for one in charges)
    closes = stored_closes.load_closes(rows, not_asked)
    return Charges(
        tuple(charges),
        tuple(not_covered),
        follower,
        closes,
        lacks_from=min(lacking, default=None),
        time=stored_chain.tip_time(rows),
    )


def _look_for(follower: Follower, charge: Charge) -> None:
    """Rows that say so may be damaged: the channel itself knows what is to be watched for it, and
    what has spent it."""
    params, spend = charge.facts.ours, charge.channel.spend
    follower.ask(params.funding_outpoint, p2wsh(params.funding_script), GENERATIONS)
    if spend is not None:
        follower.spent_again(params.funding_outpoint, spend.tx, spend.height)


def _charge(rows: Rows, row: ChannelRow, name: str, kit: Kit) -> Charge:
    channel, held = row.state, stored_channels.held_htlcs(rows, row.number, not_asked)
    return Charge(
        number=row.number,
        name=name,
        channel=channel,
        facts=facts_of(channel, held, partial(_point, kit, channel)),
        kit=kit,
        signer=KitSigner(kit, channel.ours.basepoints),
        preimages=_preimages(rows, channel),
    )


def _point(kit: Kit, channel: Channel, number: int) -> bytes:
    if kit.published is not None and kit.published.number == number:
        return kit.published.point
    return channel.ours.basepoints.payment


def _preimages(rows: Rows, channel: Channel) -> dict[int, bytes]:
    """Of the HTLCs in it that the node had decided to take."""
    invoices = (_issued(rows, one) for one in offered_hashes(channel))
    return {
        part.htlc_id: invoice.preimage
        for invoice in invoices
        if invoice is not None and invoice.status in _TAKEN
        for part in invoice.parts
        if part.channel_id == channel.channel_id
    }


def _issued(rows: Rows, payment_hash: bytes) -> IncomingInvoice | None:
    """None too where its row is damaged, which the node tells: the others are taken as ever."""
    try:
        return stored_payments.issued(rows, payment_hash)
    except RowDamaged:
        return None
