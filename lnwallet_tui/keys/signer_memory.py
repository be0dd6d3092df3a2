"""What a channel signer must remember to refuse what would lose money; pure, and stored.

Every rule stands here once, as a transition of a frozen struct that raises `SignerRefused`. The
node stores the struct in the transaction that stores the channel, so that a signer made of it after
a crash refuses exactly what the one before the crash would have refused.
"""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.commitment import commitment_number
from lnwallet_tui.channel.signing import SignerRefused

_NONE_YET = -1


class SignerMemory(msgspec.Struct, frozen=True, kw_only=True):
    """How far a channel is, as its signer knows it. Numbers are of commitments; -1 is none yet.

    `accepted` is our newest commitment with the counterparty's signatures, `released` our newest
    revoked one, `published` the newest that we signed ourselves. `signed` is the counterparty's
    newest that we signed, `signed_txid` its id. `outpoint` and `factor` (which commitment numbers
    are obscured with) are learned from the first commitment and never change. `only_sweeps`: how
    far the channel is was lost, so nothing of it may be signed but what takes its outputs.
    """

    accepted: int = _NONE_YET
    released: int = _NONE_YET
    published: int = _NONE_YET
    signed: int = _NONE_YET
    signed_txid: bytes = b""
    outpoint: OutPoint | None = None
    factor: int | None = None
    only_sweeps: bool = False

    # -- our commitments
    def accept(self, number: int) -> SignerMemory:
        """We hold the counterparty's signatures on our commitment `number`."""
        self._expect_to_know()
        if number not in (self.accepted, self.accepted + 1):
            raise SignerRefused(f"our commitment {number} does not follow {self.accepted}")
        return replace(self, accepted=number)

    def release(self, number: int) -> SignerMemory:
        """Our commitment `number` is about to be revoked, or its secret sent once more."""
        self._expect_to_know()
        if not 0 <= number < self.accepted:
            raise SignerRefused(f"our commitment {number} is not superseded")
        if number > self.released + 1:
            raise SignerRefused(f"commitment {self.released + 1} is to be revoked before {number}")
        if 0 <= self.published <= number and number > self.released:
            raise SignerRefused(f"our commitment {number} is signed to be published")
        return replace(self, released=max(self.released, number))

    def publish(self, number: int, tx: Tx) -> SignerMemory:
        """We are about to sign our own commitment `number`."""
        self._expect_to_know()
        if number <= self.released:
            raise SignerRefused(f"our commitment {number} is revoked")
        if number > self.accepted:
            raise SignerRefused(f"we have no signatures on our commitment {number}")
        known = self._recognise(number, tx)
        return replace(known, published=max(self.published, number))

    # -- the counterparty's
    def sign(self, number: int, tx: Tx) -> SignerMemory:
        """We are about to sign the counterparty's commitment `number`, or to do so once more."""
        self._expect_to_know()
        if number == self.signed:
            if tx.txid != self.signed_txid:
                raise SignerRefused(f"a second version of their commitment {number}")
            return self
        if number != self.signed + 1:
            raise SignerRefused(f"their commitment {number} does not follow {self.signed}")
        known = self._recognise(number, tx)
        return replace(known, signed=number, signed_txid=tx.txid)

    def expect_htlc_of_signed(self, tx: Tx) -> None:
        """Their HTLC transactions are signed for the commitment that we signed last."""
        self._expect_to_know()
        if len(tx.inputs) != 1 or tx.inputs[0].outpoint.txid != self.signed_txid:
            raise SignerRefused("not an HTLC transaction of the commitment signed last")

    # -- both
    def _expect_to_know(self) -> None:
        if self.only_sweeps:
            raise SignerRefused("what was signed in this channel before is not known any more")

    def _recognise(self, number: int, tx: Tx) -> SignerMemory:
        """`tx` must be a commitment of this channel and carry `number` itself."""
        obscured = commitment_number(tx, 0)
        if obscured is None:
            raise SignerRefused("not a commitment transaction")
        outpoint, factor = tx.inputs[0].outpoint, obscured ^ number
        if self.outpoint not in (None, outpoint):
            raise SignerRefused("a commitment of another funding output")
        if self.factor not in (None, factor):
            raise SignerRefused(f"a commitment of another number than {number}")
        return replace(self, outpoint=outpoint, factor=factor)

    def expect_closing(self, tx: Tx) -> None:
        """`tx` must spend the funding output of this channel and be no commitment."""
        self._expect_to_know()
        spends = [txin.outpoint for txin in tx.inputs]
        if self.outpoint is None or spends != [self.outpoint]:
            raise SignerRefused("not a closing transaction of this channel")
        if commitment_number(tx, 0) is not None:
            raise SignerRefused("a commitment is not signed as a closing transaction")
