"""Signs for one channel: the only holder of its secrets, and the last check before money moves.

Implements `channel.signing.ChannelSigner`. What may be signed depends on what was signed before;
those rules and their memory are in `signer_memory`. Beside them each signature is bound to a script
that names our key: a signature commits to its script (BIP143), so none serves for another output
than was meant.
"""

from __future__ import annotations

from functools import cached_property
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT
from lnwallet_tui.bitcoin.curve import public_key, sign
from lnwallet_tui.bitcoin.script import p2wpkh_script_code
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL, SIGHASH_SINGLE_ANYONECANPAY
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.scripts import anchor_script, to_remote_anchors_script
from lnwallet_tui.channel.shachain import generate_from_seed, index_of
from lnwallet_tui.channel.signing import Basepoints, SignerRefused, SpentOutput
from lnwallet_tui.keys.derive import ChannelKeys
from lnwallet_tui.keys.named_key import NamedKey, signed
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.wire.bolt7 import ChannelAnnouncement

_POINTS_KEPT: Final = 8
"""Of the commitments of which somebody asks again and again; public, as their secrets are not."""


class Signer:
    """The signer of one channel. `memory` changes with what it does; store it with the channel.

    Where the store could not commit, no signature has left: make a new signer of the memory that is
    stored.
    """

    def __init__(self, keys: ChannelKeys, memory: SignerMemory | None = None) -> None:
        self._keys = keys
        self._memory = memory or SignerMemory()
        self._points: dict[int, bytes] = {}
        self._htlc_key: tuple[bytes, NamedKey] | None = None
        self._revocation_key: tuple[Secret, NamedKey] | None = None

    def __repr__(self) -> str:
        return f"Signer({self.basepoints.funding_pubkey.hex()})"

    @property
    def memory(self) -> SignerMemory:
        """What to store in the transaction that stores the channel."""
        return self._memory

    @cached_property
    def basepoints(self) -> Basepoints:
        """Our public keys."""
        return self._keys.basepoints()

    # -- our commitments
    def per_commitment_point(self, number: int) -> bytes:
        """The point of our commitment `number`; points may be given away before their time."""
        point = self._points.get(number)
        if point is None:
            point = public_key(self._commitment_secret(number))
            if len(self._points) == _POINTS_KEPT:
                del self._points[next(iter(self._points))]  # the one that was asked for first
            self._points[number] = point
        return point

    def release_secret(self, number: int) -> bytes:
        """Revoke our commitment `number`, or repeat that."""
        self._memory = self._memory.release(number)
        return self._commitment_secret(number)

    def accept_holder_commitment(self, number: int) -> None:
        """The counterparty's signatures on our commitment `number` are good."""
        self._memory = self._memory.accept(number)

    def sign_holder_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign our commitment to publish it; from then on it cannot be revoked any more."""
        self._expect_funding(tx, funding)
        self._memory = self._memory.publish(number, tx)
        return signed(self._keys.funding, tx, funding)

    def sign_holder_htlc(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Our half of our own HTLC transaction."""
        key = NamedKey.tweaked(self._keys.htlc, self.per_commitment_point(number))
        return key.sign(tx, spent)

    def sign_delayed(self, tx: Tx, spent: SpentOutput, number: int) -> bytes:
        """Sweep `to_local` or a second-stage output of our commitment `number`."""
        key = NamedKey.tweaked(self._keys.delayed_payment, self.per_commitment_point(number))
        return key.sign(tx, spent)

    # -- the counterparty's
    def sign_counterparty_commitment(self, number: int, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign their commitment `number`: the next one, or the same once more."""
        self._expect_funding(tx, funding)
        self._memory = self._memory.sign(number, tx)
        return signed(self._keys.funding, tx, funding)

    def sign_counterparty_htlc(
        self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes
    ) -> bytes:
        """Sign an HTLC transaction of the commitment that was signed last."""
        self._memory.expect_htlc_of_signed(tx)
        _expect_no_fee_to_take(tx, spent)
        key = self._htlc_at(per_commitment_point)
        # BOLT 3: "`SIGHASH_SINGLE|SIGHASH_ANYONECANPAY`" on anchors, where they add inputs.
        return key.sign(tx, spent, SIGHASH_ALL, SIGHASH_SINGLE_ANYONECANPAY)

    def sign_htlc_claim(self, tx: Tx, spent: SpentOutput, per_commitment_point: bytes) -> bytes:
        """Take an HTLC output of their commitment."""
        return self._htlc_at(per_commitment_point).sign(tx, spent)

    def sign_penalty(self, tx: Tx, spent: SpentOutput, per_commitment_secret: bytes) -> bytes:
        """Take a revoked output."""
        return self._revocation_by(per_commitment_secret).sign(tx, spent)

    def sign_to_remote(self, tx: Tx, spent: SpentOutput) -> bytes:
        """Take our balance in a commitment of theirs."""
        pubkey = self.basepoints.payment
        if spent.witness_script not in (
            p2wpkh_script_code(pubkey),
            to_remote_anchors_script(pubkey),
        ):
            raise SignerRefused("not our to_remote output")
        return self._sign_all(self._keys.payment, tx, spent)

    # -- either
    def sign_closing(self, tx: Tx, funding: SpentOutput) -> bytes:
        """Sign a cooperative closing transaction."""
        self._expect_funding(tx, funding)
        self._memory.expect_closing(tx)
        return signed(self._keys.funding, tx, funding)

    def sign_anchor(self, tx: Tx, spent: SpentOutput) -> bytes:
        """Spend our anchor. The key is the funding key, but no script of it is the funding's."""
        if spent.witness_script != anchor_script(self.basepoints.funding_pubkey):
            raise SignerRefused("not our anchor")
        return self._sign_all(self._keys.funding, tx, spent)

    def sign_announcement(self, announcement: ChannelAnnouncement) -> bytes:
        """Say in public that the funding output is of this channel (BOLT 7).

        Features and extension could be filled with what BIP143 hashes to spend that output; without
        them it is 174 bytes that are hashed, fewer than for any spend.
        """
        pubkey = self.basepoints.funding_pubkey
        if (announcement.bitcoin_key_1, announcement.bitcoin_key_2).count(pubkey) != 1:
            raise SignerRefused("not an announcement of our funding key")
        if announcement.features or announcement.extension:
            raise SignerRefused("an announcement that says more than whose the channel is")
        return sign(self._keys.funding.reveal(), announcement.digest())

    # -- how
    def _commitment_secret(self, number: int) -> bytes:
        if not 0 <= index_of(number) <= index_of(0):
            raise SignerRefused(f"there is no commitment {number}")
        return generate_from_seed(self._keys.commitment_seed.reveal(), index_of(number))

    def _htlc_at(self, per_commitment_point: bytes) -> NamedKey:
        """A commitment can hold hundreds of HTLCs at one point: the last key is kept."""
        if self._htlc_key is None or self._htlc_key[0] != per_commitment_point:
            key = NamedKey.tweaked(self._keys.htlc, per_commitment_point)
            self._htlc_key = per_commitment_point, key
        return self._htlc_key[1]

    def _revocation_by(self, per_commitment_secret: bytes) -> NamedKey:
        """The same of a revoked commitment."""
        revealed = Secret(per_commitment_secret)
        if self._revocation_key is None or self._revocation_key[0] != revealed:
            key = NamedKey.revocation(self._keys.revocation, per_commitment_secret)
            self._revocation_key = revealed, key
        return self._revocation_key[1]

    def _expect_funding(self, tx: Tx, funding: SpentOutput) -> None:
        if len(tx.inputs) != 1 or funding.input_index or funding.sighash != SIGHASH_ALL:
            raise SignerRefused("the funding output is spent alone, and signed as a whole")
        if self.basepoints.funding_pubkey not in funding.witness_script:
            raise SignerRefused("not our funding output")
        if sum((txout.value for txout in tx.outputs), ZERO_SAT) > funding.value:
            raise SignerRefused("it pays out more than the channel holds")

    def _sign_all(self, secret: Secret, tx: Tx, spent: SpentOutput) -> bytes:
        # BOLT 5: with any other, "anyone can attach additional inputs and outputs to the tx".
        if spent.sighash != SIGHASH_ALL:
            raise SignerRefused(f"not with sighash {spent.sighash:#x}")
        return signed(secret, tx, spent)


def _expect_no_fee_to_take(tx: Tx, spent: SpentOutput) -> None:
    """Where others may add inputs and outputs, a fee inside is theirs to take (fee siphoning)."""
    if spent.sighash != SIGHASH_ALL and [txout.value for txout in tx.outputs] != [spent.value]:
        raise SignerRefused("an HTLC transaction that others may add to has a fee in it")
