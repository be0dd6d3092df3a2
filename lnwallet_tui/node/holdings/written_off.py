"""What was ours in a channel and is not any more since it closed: fees, anchors, dust, and what
somebody else took. Information; no part of the balance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.channel.fees import ANCHOR_VALUE, commitment_fee
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.coins import labels
from lnwallet_tui.node.coins.wallet import Wallet
from lnwallet_tui.node.words.justice_words import account
from lnwallet_tui.onchain.classify import Cooperative, Ours, Revoked, Theirs
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.spoils import Spoils, spoils

if TYPE_CHECKING:
    from lnwallet_tui.node.switchboard import Switchboard

K = HoldingKind
_Paid = Mapping[bytes, Sat]
"""Fees by the ids of the transactions that paid them."""
_Hurries = Mapping[bytes, _Paid]
"""What hurried each transaction, by its id."""
_ANCHORS: Final = (Part.OUR_ANCHOR, Part.THEIR_ANCHOR)
_BY_US: Final = (Fate.TAKEN, Fate.MOVED)

_SENTENCES: Final = {
    K.CLOSE_FEE: "What miners got of your side for the transaction that closed the channel. "
    "Nothing can be done about it.",
    K.SWEEP_FEE: "What miners got for the transactions that brought your money home. Nothing can "
    "be done about it.",
    K.FEE_BY_COINS: "What miners got from coins of your wallet, so that the close, or a payment "
    "that was under way in it, came into a block in time. Nothing can be done about it.",
    K.ANCHORS_LEFT: "The anchors of the close, of which you paid for both. To take one costs more "
    "than it holds, so they are left, unless one had to raise the fee.",
    K.DUST: "Too small for an output of its own, or not worth its fee: miners got it, or it stays "
    "where it is.",
    K.TRIMMED: "A payment of yours that was too small for an output of its own when the channel "
    "closed: miners got it.",
    K.TAKEN_BY_OTHERS: "Somebody else took this before the wallet could. See Guard for when.",
}


def written_off(board: Switchboard) -> HoldingView:
    """By channel; only of those that are closed."""
    hurries = _hurries(board.wallet)
    found = (_channel(board, held, hurries) for held in board.channels)
    channels = tuple(view for view in found if view)
    return HoldingView(
        kind=K.WRITTEN_OFF,
        name=K.WRITTEN_OFF.value,
        amount_msat=sum(view.amount_msat for view in channels),
        explanation="Not yours any more, and not part of the sum: what went to fees and dust when "
        "channels closed, as far as the wallet knows it.",
        children=channels,
    )


def _hurries(wallet: Wallet) -> _Hurries:
    """What was paid to hurry transactions that paid the wallet, by their ids."""
    paid: dict[bytes, dict[bytes, Sat]] = {}
    for row in wallet.newest_first():
        if row.label == labels.FEE_OF_WAITING and row.height is not None and row.fee is not None:
            for txid in {outpoint.txid for outpoint in row.spends}:
                paid.setdefault(txid, {})[row.txid] = row.fee
    return paid


def _channel(board: Switchboard, held: Held, hurries: _Hurries) -> HoldingView | None:
    resolution = board.guard.resolution(held)
    if resolution is None:
        return None
    channel_id = held.channel.channel_id.hex()
    lost = [one for one in _lost(board, held, resolution, hurries) if one.amount]
    if not lost:
        return None
    leaves = tuple(
        HoldingView(
            kind=one.kind,
            name=f"{one.kind.value} {at}",
            amount_msat=one.amount.value,
            explanation=_SENTENCES[one.kind],
            channel_id=channel_id,
            peer_id=held.peer_id.hex(),
            txid=txid_to_hex(one.txid) if one.txid else "",
        )
        for at, one in enumerate(lost)
    )
    return HoldingView(
        kind=K.CHANNEL,
        name=channel_id,
        amount_msat=sum(leaf.amount_msat for leaf in leaves),
        explanation=_has_cost(held, resolution, spoils_of(board.wallet, held, resolution)),
        children=leaves,
        channel_id=channel_id,
        peer_id=held.peer_id.hex(),
        txid=txid_to_hex(resolution.closing.tx.txid),
    )


def _has_cost(held: Held, resolution: Resolution, cheat: Spoils | None) -> str:
    closed = f"closing the channel with {held.peer_id.hex()[:8]} in block"
    said = f"What {closed} {resolution.closing.height:,} has cost you."
    return said if cheat is None else f"{said} The peer cheated. {account(cheat)}"


def spoils_of(wallet: Wallet, held: Held, resolution: Resolution) -> Spoils | None:
    """Where the money of its channel went, if the peer cheated."""
    if not isinstance(resolution.close, Revoked):
        return None
    return spoils(held.channel.funding.value, resolution, sweep_fees(wallet, resolution))


class _Lost(NamedTuple):
    """`txid` is of the transaction that lost it; empty where several did."""

    kind: HoldingKind
    amount: Msat
    txid: bytes


def _lost(
    board: Switchboard, held: Held, resolution: Resolution, hurries: _Hurries
) -> Iterator[_Lost]:
    closing = resolution.closing.tx.txid
    for kind, amount in _by_closing(held.channel, resolution):
        yield _Lost(kind, amount, closing)
    fees = _fees(board.wallet, resolution, hurries)
    for kind, paid in ((K.SWEEP_FEE, fees.of_close), (K.FEE_BY_COINS, fees.by_coins)):
        by = [txid for txid, fee in paid.items() if fee]
        yield _Lost(kind, _sum(paid).to_msat(), by[0] if len(by) == 1 else b"")
    for kind, amount in _on_chain(resolution):
        yield _Lost(kind, amount, closing)


def _on_chain(resolution: Resolution) -> Iterator[tuple[HoldingKind, Msat]]:
    """What no fee took, but dust, miners or somebody else."""
    left = (o for o in resolution.outputs if o.fate is Fate.LEFT and o.part not in _ANCHORS)
    yield K.DUST, sum((o.value for o in left), ZERO_SAT).to_msat() + _broken(resolution)
    if isinstance(resolution.close, Ours | Theirs):
        by_us = isinstance(resolution.close, Ours)  # `offered` is seen from the holder
        for htlc in resolution.trimmed:
            if htlc.offered is by_us:
                yield K.TRIMMED, htlc.amount
    yield K.TAKEN_BY_OTHERS, resolution.total(Fate.LOST).to_msat()


def _by_closing(channel: Channel, resolution: Resolution) -> Iterator[tuple[HoldingKind, Msat]]:
    """Our side before the closing transaction, less what it pays to us."""
    close = resolution.close
    ours = (o.value for o in resolution.outputs if o.part is Part.OUR_BALANCE)
    paid = sum(ours, ZERO_SAT).to_msat()
    match close:
        case Cooperative():
            gone = channel.ledger.ours.minus_or_zero(paid)
            yield (K.CLOSE_FEE if channel.we_fund else K.DUST), gone
        case Ours(built) | Theirs(built):
            spec = built.spec
            mine = spec.to_local if isinstance(close, Ours) else spec.to_remote
            gone = mine.minus_or_zero(paid)
            if channel.we_fund:
                holder = Side.US if isinstance(close, Ours) else Side.THEM
                untrimmed = len(spec.untrimmed(channel.params(holder)))
                fee = commitment_fee(spec.feerate_per_kw, untrimmed, channel.anchors)
                anchors = ANCHOR_VALUE * sum(o.part in _ANCHORS for o in resolution.outputs)
                for kind, most in ((K.CLOSE_FEE, fee), (K.ANCHORS_LEFT, anchors)):
                    part = min(gone, most.to_msat())
                    gone -= part
                    yield kind, part
            yield K.DUST, gone
        case _:
            return  # what was ours in a state that is not the newest is not known


def _broken(resolution: Resolution) -> Msat:
    """The parts of a satoshi of the payments that came back, or may: no output holds them. Who is
    paid gets them with the payment."""
    if not isinstance(resolution.close, Ours | Theirs):
        return ZERO_MSAT
    mine = (o for o in resolution.outputs if o.htlc is not None and o.fate is not Fate.THEIRS)
    parts = (o.htlc.amount - o.value.to_msat() for o in mine if o.htlc is not None)
    return sum(parts, ZERO_MSAT)


def sweep_fees(wallet: Wallet, resolution: Resolution) -> Sat:
    """Of every transaction that took something of it for us, where all that it spends is known."""
    fees = _fees(wallet, resolution, {})
    return _sum(fees.of_close) + _sum(fees.by_coins)


def _sum(paid: _Paid) -> Sat:
    return sum(paid.values(), ZERO_SAT)


class _Fees(NamedTuple):
    """Taken off what the close held, and paid by coins of the wallet beside it."""

    of_close: _Paid
    by_coins: _Paid


def _fees(wallet: Wallet, resolution: Resolution, hurries: _Hurries) -> _Fees:
    outputs = {output.outpoint: output for output in resolution.outputs}
    # What a cheat moves to a second stage it pays for itself.
    by_us = (Fate.TAKEN,) if isinstance(resolution.close, Revoked) else _BY_US
    taking = {
        output.spent.tx.txid: output.spent.tx
        for output in resolution.outputs
        if output.spent is not None and output.fate in by_us
    }
    paid_us = {resolution.closing.tx.txid} if isinstance(resolution.close, Cooperative) else set()
    of_close: dict[bytes, Sat] = {}
    by_coins: dict[bytes, Sat] = {}
    for txid in taking.keys() | paid_us:
        by_coins.update(hurries.get(txid, {}))
    for txid, tx in taking.items():
        beside = any(txin.outpoint not in outputs for txin in tx.inputs)
        (by_coins if beside else of_close)[txid] = _fee(wallet, tx, outputs)
    return _Fees(of_close, by_coins)


def _fee(wallet: Wallet, tx: Tx, outputs: dict[OutPoint, OutputReport]) -> Sat:
    """Of a transaction that the wallet made it knows the fee, unless it was restored since: then
    from all that it spends, of the close and of coins."""
    row = wallet.transaction(tx.txid)
    spent = [outputs[txin.outpoint] for txin in tx.inputs if txin.outpoint in outputs]
    fee = None if row is None else row.fee
    if fee is None:
        coins = wallet.spent_by(tx)
        if len(spent) + len(coins) < len(tx.inputs):
            return ZERO_SAT  # somebody else's are among them
        paid_in = [*(one.value for one in spent), *(one.value for one in coins)]
        paid_out = sum((txout.value for txout in tx.outputs), ZERO_SAT)
        fee = sum(paid_in, ZERO_SAT).minus_or_zero(paid_out)
    # An anchor is written off by itself, or was paid for by the other side.
    return fee.minus_or_zero(ANCHOR_VALUE * sum(one.part in _ANCHORS for one in spent))
