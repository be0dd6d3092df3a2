"""A channel's secret key that signs only where a script names it."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.bitcoin.curve import public_key, sign
from lnwallet_tui.bitcoin.hashes import hash160
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.keys import derive_privkey, derive_revocation_privkey
from lnwallet_tui.channel.signing import SignerRefused, SpentOutput
from lnwallet_tui.channel.witnesses import digest
from lnwallet_tui.keys.secret import Secret


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A secret key with what scripts name it by, which takes longer to reckon than a signature: its
    public key, or (revocation of HTLCs) the hash of that."""

    secret: Secret = field(repr=False)
    names: tuple[bytes, bytes]

    @classmethod
    def of(cls, secret: bytes) -> NamedKey:
        """That of this secret."""
        pubkey = public_key(secret)
        return cls(Secret(secret), (pubkey, hash160(pubkey)))

    @classmethod
    def tweaked(cls, basepoint_secret: Secret, per_commitment_point: bytes) -> NamedKey:
        """A basepoint's at one commitment."""
        return cls.of(derive_privkey(basepoint_secret.reveal(), per_commitment_point))

    @classmethod
    def revocation(cls, basepoint_secret: Secret, per_commitment_secret: bytes) -> NamedKey:
        """What takes a commitment whose secret was revealed."""
        base = basepoint_secret.reveal()
        return cls.of(derive_revocation_privkey(base, per_commitment_secret))

    def sign(self, tx: Tx, spent: SpentOutput, *sighashes: int) -> bytes:
        """Sign if the script names the key; with SIGHASH_ALL unless others are allowed."""
        # BOLT 5: with any other, "anyone can attach additional inputs and outputs to the tx".
        if spent.sighash not in (sighashes or (SIGHASH_ALL,)):
            raise SignerRefused(f"not with sighash {spent.sighash:#x}")
        pubkey, its_hash = self.names
        if pubkey not in spent.witness_script and its_hash not in spent.witness_script:
            raise SignerRefused("the script does not name our key")
        return signed(self.secret, tx, spent)


def signed(secret: Secret, tx: Tx, spent: SpentOutput) -> bytes:
    """The signature of that input."""
    if not 0 <= spent.input_index < len(tx.inputs):
        raise SignerRefused(f"there is no input {spent.input_index}")
    return sign(secret.reveal(), digest(tx, spent))
