"""The handle through which a channel signs: one channel's keys, never the keys themselves.

Implemented by `keys.signer`. It is the last check before money could be lost: it refuses
(`SignerRefused`) to sign two different versions of one counterparty commitment, to sign a holder
commitment that it has revoked, and to release the secret of a holder commitment that is not
superseded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement


class SignerRefused(Exception):
    """The signer will not: signing this could lose money. This is our own bug, never the peer's."""


@dataclass(frozen=True, slots=True)
class Basepoints:
    """Public keys of one side of a channel (33 bytes each), in the order of `open_channel`."""

    funding_pubkey: bytes
    revocation: bytes
    payment: bytes
    delayed_payment: bytes
    htlc: bytes


@dataclass(frozen=True, slots=True)
class SpentOutput:
    """An input to sign: which, over what script (the witness script, or script code), what
    value, which sighash."""

    input_index: int
    witness_script: bytes
    value: Sat
    sighash: int


class ChannelSigner(Protocol):
    """Signs for one channel. Signatures are 64 bytes (r, s), low-S."""

    @property
    def basepoints(self) -> Basepoints: ...

    def per_commitment_point(self, number: int) -> bytes:
        """The point of holder commitment `number` (0 is the first; BOLT 3 index 2^48-1-number)."""
        ...

    def release_secret(self, number: int) -> bytes:
        """Revoke holder commitment `number`; only after `accept_holder_commitment(number + 1)`."""
        ...

    def accept_holder_commitment(self, number: int) -> None:
        """The machine verified the counterparty's signatures on holder commitment `number`."""
        ...

    def sign_counterparty_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign their commitment `number`; a second, different one of the same number is refused."""
        ...

    def sign_counterparty_htlc(
        self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes
    ) -> bytes:
        """Sign an HTLC transaction of theirs with our HTLC key at their `per_commitment_point`."""
        ...

    def sign_holder_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign our own commitment for broadcast; refused once it is revoked."""
        ...

    def sign_holder_htlc(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Our HTLC key at our own point `number`."""
        ...

    def sign_closing(self, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign a cooperative closing transaction."""
        ...

    def sign_delayed(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Our delayed payment key at our own point `number`: `to_local` and second-stage
        outputs."""
        ...

    def sign_to_remote(self, tx: Tx, spent: SpentOutput) -> bytes:
        """Our payment basepoint key: `to_remote` of their commitment (P2WPKH code or the
        anchors script)."""
        ...

    def sign_htlc_claim(self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes) -> bytes:
        """Our HTLC key at their point: claim an HTLC output of their commitment."""
        ...

    def sign_penalty(self, tx: Tx, spent: SpentOutput, per_commitment_secret: bytes) -> bytes:
        """The revocation key made of our basepoint secret and their revealed
        `per_commitment_secret`."""
        ...

    def sign_anchor(self, tx: Tx, spent: SpentOutput) -> bytes:
        """Our funding key: our anchor output."""
        ...

    def sign_announcement(self, announcement: ChannelAnnouncement) -> bytes:
        """Our funding key's `bitcoin_signature`; refused for a channel of other keys."""
        ...
