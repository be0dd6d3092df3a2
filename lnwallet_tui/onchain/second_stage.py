"""HTLC-timeout and HTLC-success transactions on our own commitment.

Without anchors they are whole and carry their fee. On anchors their fee is zero: they cannot be
relayed until `bump.fund_second_stage` has added coins, and are signed only then.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.signing import ChannelSigner
from lnwallet_tui.channel.transactions import HtlcTransaction, htlc_weight
from lnwallet_tui.onchain.claim import witness_of
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.classify import Ours
from lnwallet_tui.onchain.deadlines import after_delay, after_expiry
from lnwallet_tui.onchain.facts import ChannelFacts


@dataclass(frozen=True, slots=True)
class SecondStage:
    """An HTLC of our own commitment `number` that we can take to the second stage.

    `preimage` is None for the HTLC-timeout transaction. Heights as in `claim.Claim`.
    """

    transaction: HtlcTransaction
    counterparty_signature: bytes
    preimage: bytes | None
    number: int
    earliest: int
    deadline: int | None

    @property
    def outpoint(self) -> OutPoint:
        """The output of the commitment that it spends."""
        return self.transaction.tx.inputs[0].outpoint

    @property
    def value(self) -> Sat:
        """What the HTLC is worth."""
        return self.transaction.value

    @property
    def weight(self) -> int:
        """The expected weight of the signed transaction, without added inputs and outputs."""
        return htlc_weight(self.transaction.htlc.offered, self.transaction.anchors)

    @property
    def needs_coins(self) -> bool:
        """Whether nobody would relay it as it is."""
        return self.transaction.anchors

    def is_taken_by_us(self, tx: Tx) -> bool:
        """Whether `tx`, which spends the output, is our HTLC transaction."""
        return len(witness_of(tx, self.outpoint)) == 5

    def sign(self, tx: Tx, signer: ChannelSigner) -> Tx:
        """`tx` with the witness of input 0.

        `tx` is the transaction itself or, on anchors, the one with coins added behind it.
        """
        assert tx.inputs[0] == self.transaction.tx.inputs[0], "not this HTLC's transaction"
        assert tx.outputs[0] == self.transaction.tx.outputs[0], "not this HTLC's transaction"
        witness = witnesses.htlc_transaction(
            self.counterparty_signature,
            self.transaction.counterparty_input.sighash,
            signer.sign_holder_htlc(tx, self.transaction.holder_input, self.number),
            self.preimage,
            self.transaction.witness_script,
        )
        return tx.with_witness(0, witness)


def second_stages(
    facts: ChannelFacts, close: Ours, confirmed_height: int, preimages: Preimages
) -> Iterator[SecondStage]:
    """One for each HTLC of ours that can be taken, now or when it expires."""
    possible = after_delay(confirmed_height, 1 if facts.ours.anchors else 0)
    built = close.built
    signatures = facts.our_commitment.htlc_signatures
    for transaction, signature in zip(built.htlc_transactions, signatures, strict=True):
        htlc = transaction.htlc
        expired = max(possible, after_expiry(htlc.cltv_expiry))
        preimage = None if htlc.offered else preimages.get(htlc.htlc_id)
        if htlc.offered or preimage is not None:
            yield SecondStage(
                transaction=transaction,
                counterparty_signature=signature,
                preimage=preimage,
                number=built.spec.number,
                earliest=expired if htlc.offered else possible,
                deadline=None if htlc.offered else expired,
            )
