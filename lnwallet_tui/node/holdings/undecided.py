"""How much more counts as ours in a channel than its payments account for, as they stand.

An HTLC and its payment do not end in the same moment. A payment has arrived as soon as its preimage
was seen, while its HTLC counts as ours until both commitments, or the chain, are without it; an
invoice is paid only once all of it is ours for good, while a part that can be taken counts already.
Where the two never come to the same end, as where a peer that showed a preimage lets the HTLC time
out all the same, it stays so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.onchain.classify import Ours, Theirs
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.payment.records import IncomingInvoice, InvoiceStatus, OutgoingStatus
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard


@dataclass(frozen=True, slots=True)
class _Htlc:
    """`counts`: among what is ours in the channel, or is what was written off of that."""

    id: int
    payment_hash: bytes
    amount_msat: int
    outgoing: bool
    counts: bool


def undecided_msat(board: Switchboard, held: Held) -> int:
    """So much; negative where less counts."""
    channel_id = held.channel.channel_id
    return sum(
        htlc.amount_msat * (htlc.counts - _is_accounted_for(board, channel_id, htlc))
        for htlc in _htlcs(board, held)
    )


def _htlcs(board: Switchboard, held: Held) -> Iterator[_Htlc]:
    resolution = board.guard.resolution(held)
    yield from _settled(board, held.channel.channel_id)
    close = None if resolution is None else resolution.close
    if resolution is None or not isinstance(close, Ours | Theirs):
        for htlc in held.channel.ledger.htlcs:
            yield _standing(htlc, counts=htlc.offered_by is Side.US)
        return
    fates = {one.htlc: one.fate for one in resolution.outputs if one.htlc is not None}
    committed = set[tuple[bool, int]]()
    for spec in close.built.spec.htlcs:
        outgoing = spec.offered is isinstance(close, Ours)  # `offered` is seen from the holder
        committed.add((outgoing, spec.htlc_id))
        counts = fates[spec] is not Fate.THEIRS if spec in fates else outgoing  # else trimmed
        yield _Htlc(spec.htlc_id, spec.payment_hash, spec.amount.value, outgoing, counts)
    for htlc in held.channel.ledger.htlcs:
        outgoing = htlc.offered_by is Side.US
        if (outgoing, htlc.id) not in committed:  # removed from that commitment, or not in it yet
            yield _standing(htlc, counts=outgoing is not htlc.fulfilled)


def _standing(htlc: Htlc, *, counts: bool) -> _Htlc:
    outgoing = htlc.offered_by is Side.US
    return _Htlc(htlc.id, htlc.payment_hash, htlc.amount.value, outgoing, counts)


def _settled(board: Switchboard, channel_id: bytes) -> Iterator[_Htlc]:
    """Parts that are ours for good, of invoices of which others are not."""
    for invoice in board.payments.under_way():
        if isinstance(invoice, IncomingInvoice):
            for part in invoice.parts:
                if part.channel_id == channel_id and part.settled:
                    amount = part.amount.value
                    yield _Htlc(part.htlc_id, invoice.payment_hash, amount, False, True)


def _is_accounted_for(board: Switchboard, channel_id: bytes, htlc: _Htlc) -> bool:
    """Whether it is ours by what its payment says; what is passed on for others has none."""
    name = channel_id, htlc.id
    try:
        sent = board.payments.book.sent(htlc.payment_hash) if htlc.outgoing else None
        issued = None if htlc.outgoing else board.payments.book.issued(htlc.payment_hash)
    except StoreError:  # no list has it, either
        return htlc.counts
    if sent is not None:
        alive = {(one.route.channel_id, one.htlc_id) for one in sent.alive}
        return sent.status is not OutgoingStatus.PAID or name not in alive
    if issued is not None:
        parts = {(one.channel_id, one.htlc_id) for one in issued.parts}
        return issued.status is InvoiceStatus.PAID and name in parts
    return htlc.counts
