"""A claim: an output of a closed channel that is ours to take, with all it takes to spend it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.serial import with_length
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.signing import ChannelSigner, SpentOutput

NO_DELAY: Final = 0xFFFFFFFD
"""A sequence without a relative lock that says: may be replaced (BIP125)."""

_TXIN_WEIGHT: Final = 4 * 41


def witness_of(tx: Tx, spent: OutPoint) -> witnesses.Witness:
    """The witness of the input with which `tx` spends that output."""
    return next(txin.witness for txin in tx.inputs if txin.outpoint == spent)


@dataclass(frozen=True, slots=True)
class DelayedKey:
    """Our own delayed money, of our commitment `number`."""

    number: int


@dataclass(frozen=True, slots=True)
class ToRemoteKey:
    """Our balance in a commitment of theirs; `pubkey` goes into the witness of a P2WPKH."""

    pubkey: bytes
    is_p2wpkh: bool


@dataclass(frozen=True, slots=True)
class PenaltyKey:
    """A revoked output; `revocationpubkey` goes into the witness of an HTLC output, else None."""

    per_commitment_secret: bytes
    revocationpubkey: bytes | None


@dataclass(frozen=True, slots=True)
class HtlcKey:
    """An HTLC in a commitment of theirs: with the preimage, or after its expiry (None)."""

    per_commitment_point: bytes
    preimage: bytes | None


@dataclass(frozen=True, slots=True)
class AnchorKey:
    """Our anchor."""


ClaimKey = DelayedKey | ToRemoteKey | PenaltyKey | HtlcKey | AnchorKey


@dataclass(frozen=True)  # without slots: its weight is remembered, since plans weigh it many times
class Claim:
    """An output to take.

    `script_code` is the witness script, or of a P2WPKH the code that signatures commit to.
    `earliest` is the first block that may hold our spend, `deadline` the first that may hold one by
    which the counterparty takes the money for good (None: never). It may spend an HTLC output
    earlier than that, where we can still punish what it does.
    """

    outpoint: OutPoint
    value: Sat
    script_code: bytes
    key: ClaimKey
    earliest: int
    deadline: int | None = None
    sequence: int = NO_DELAY
    locktime: int = 0

    @property
    def is_htlc(self) -> bool:
        """Whether it is an HTLC output, which the counterparty may spend in a way of its own."""
        match self.key:
            case HtlcKey():
                return True
            case PenaltyKey(_, revocationpubkey):
                return revocationpubkey is not None
            case DelayedKey() | ToRemoteKey() | AnchorKey():
                return False

    @property
    def is_raced(self) -> bool:
        """Whether somebody else could come first."""
        return self.is_htlc or self.deadline is not None

    @cached_property
    def input_weight(self) -> int:
        """What it adds to a transaction: the input and its witness."""
        witness = self._witness(witnesses.HEAVIEST)
        return _TXIN_WEIGHT + 1 + sum(len(with_length(item)) for item in witness)

    def sign(self, tx: Tx, index: int, signer: ChannelSigner) -> Tx:
        """`tx` with the witness of input `index`, which must spend this claim's output."""
        assert tx.inputs[index].outpoint == self.outpoint, "this input spends something else"
        spent = SpentOutput(index, self.script_code, self.value, SIGHASH_ALL)
        return tx.with_witness(index, self._witness(self._signature(tx, spent, signer)))

    def _signature(self, tx: Tx, spent: SpentOutput, signer: ChannelSigner) -> bytes:
        match self.key:
            case DelayedKey(number):
                return signer.sign_delayed(tx, spent, number)
            case ToRemoteKey():
                return signer.sign_to_remote(tx, spent)
            case PenaltyKey(secret):
                return signer.sign_penalty(tx, spent, secret)
            case HtlcKey(point):
                return signer.sign_htlc_claim(tx, spent, point)
            case AnchorKey():
                return signer.sign_anchor(tx, spent)

    def is_taken_by_us(self, tx: Tx) -> bool:
        """Whether `tx`, which spends the output, does it our way."""
        witness = witness_of(tx, self.outpoint)
        match self.key:
            case PenaltyKey(_, None):
                return witness[1:2] == (b"\x01",)
            case PenaltyKey(_, revocationpubkey):
                return len(witness) == 3 and witness[1] == revocationpubkey
            case DelayedKey():
                return witness[1:2] == (b"",)
            case HtlcKey():
                return len(witness) == 3
            case ToRemoteKey() | AnchorKey():
                return True

    def _witness(self, signature: bytes) -> witnesses.Witness:
        script = self.script_code
        match self.key:
            case DelayedKey():
                return witnesses.delayed(signature, script)
            case ToRemoteKey(pubkey, is_p2wpkh):
                return witnesses.to_remote(signature, pubkey, None if is_p2wpkh else script)
            case PenaltyKey(_, pubkey_or_none):
                if pubkey_or_none is None:
                    return witnesses.penalty(signature, script)
                return witnesses.htlc_penalty(signature, pubkey_or_none, script)
            case HtlcKey(_, preimage):
                return witnesses.htlc_claim(signature, preimage, script)
            case AnchorKey():
                return witnesses.anchor(signature, script)
