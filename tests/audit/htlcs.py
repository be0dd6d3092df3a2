"""What became of the HTLCs in a commitment that was published, as the chain tells it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from tests.audit import bolt3
from tests.audit.facts import Basepoints, Channel, Htlc, insist
from tests.audit.ledger import Ledger

_SECOND_STAGE_ITEMS = 5  # `0 <remotehtlcsig> <localhtlcsig> <preimage or empty> <script>`


@dataclass(frozen=True)
class Published:
    """A commitment in the chain; `holder` is who could publish it, `point` its point."""

    channel: Channel
    holder: str
    point: bytes
    tx: Tx

    def delayed_script(self) -> bytes:
        """The output script of `to_local`, and of the second stage."""
        mine, their = self._basepoints()
        return bolt3.to_local(mine, their, self.point, self.channel.to_self_delay[self.holder])

    def outputs_of(self, htlcs: list[Htlc]) -> dict[OutPoint, Htlc]:
        """Which output each HTLC has; `Contradiction` where it has none.

        HTLCs with one script and amount, which are parts of one payment, are in the order of their
        outputs.
        """
        mine, their = self._basepoints()
        found: dict[OutPoint, Htlc] = {}
        for htlc in sorted(htlcs, key=lambda one: one.cltv_expiry):
            script = bolt3.htlc(
                mine, their, self.point, htlc, self.holder == htlc.offered_by, self.channel.anchors
            )
            places = (
                self.tx.outpoint(vout)
                for vout, out in enumerate(self.tx.outputs)
                if (out.value.value, out.script_pubkey) == (htlc.amount_msat // 1000, script)
            )
            place = next((one for one in places if one not in found), None)
            insist(place is not None, f"HTLC {htlc.payment_hash} has no output in its commitment")
            assert place is not None
            found[place] = htlc
        return found

    def _basepoints(self) -> tuple[Basepoints, Basepoints]:
        channel = self.channel
        return channel.basepoints[self.holder], channel.basepoints[channel.other(self.holder)]


@dataclass(frozen=True)
class Fate:
    """Who has an HTLC's money, and by which transaction; `second_stage` is the output in it that
    waits for its delay, where the holder went that way."""

    owner: str
    by_preimage: bool
    tx: Tx
    second_stage: OutPoint | None


def fate(ledger: Ledger, commitment: Published, outpoint: OutPoint, htlc: Htlc) -> Fate:
    """`Contradiction` where the chain has not decided, or against BOLT 3."""
    words = f"HTLC {htlc.payment_hash} of channel {commitment.channel.channel_id}"
    tx = ledger.spenders.get(outpoint)
    insist(tx is not None, f"{words} is still on the chain when all should be at rest")
    assert tx is not None
    [txin] = (txin for txin in tx.inputs if txin.outpoint == outpoint)
    by_preimage = any(sha256(item).hex() == htlc.payment_hash for item in txin.witness[:-1])
    insist(
        by_preimage or tx.locktime >= htlc.cltv_expiry,
        f"{words} was taken without its preimage before it expired",
    )
    receiver = commitment.channel.other(htlc.offered_by)
    owner = receiver if by_preimage else htlc.offered_by
    is_second = len(txin.witness) == _SECOND_STAGE_ITEMS
    insist(
        is_second == (owner == commitment.holder),
        f"{words} was taken in another's way than its own",
    )
    second = _second_stage(commitment, outpoint, htlc, tx) if is_second else None
    return Fate(owner, by_preimage, tx, second)


def _second_stage(commitment: Published, outpoint: OutPoint, htlc: Htlc, tx: Tx) -> OutPoint:
    """BOLT 3: the output that stands at the place of the input, less the fee that is fixed."""
    [index] = (at for at, txin in enumerate(tx.inputs) if txin.outpoint == outpoint)
    out = tx.outputs[index]
    offered = htlc.offered_by == commitment.holder
    due = htlc.amount_msat // 1000 - bolt3.htlc_fee(commitment.channel, offered)
    insist(
        (out.value.value, out.script_pubkey) == (due, commitment.delayed_script()),
        f"the second stage of HTLC {htlc.payment_hash} pays {out.value.value}, not {due}",
    )
    return tx.outpoint(index)


def second_stages(commitment: Published, tx: Tx) -> Iterator[OutPoint]:
    """Outputs of `tx` that its maker can have only after the delay."""
    script = commitment.delayed_script()
    for vout, out in enumerate(tx.outputs):
        if out.script_pubkey == script:
            yield tx.outpoint(vout)
