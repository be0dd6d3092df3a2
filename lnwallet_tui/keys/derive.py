"""The key schedule: every key of the wallet, from the BIP39 seed. Changing it loses money.

The BIP39 seed (64 bytes, no passphrase) gives the BIP32 root `m`. `coin` is 0 on mainnet and 1
everywhere else (SLIP 44), so that test wallets made of the same words share no key with real ones.

    m/84'/coin'/0'/0/i        on-chain receiving key i (BIP84: P2WPKH)
    m/84'/coin'/0'/1/i        on-chain change key i
    m/86'/coin'/0'/0/i        the same for taproot outputs (BIP86: P2TR, no script)
    m/86'/coin'/0'/1/i        its change keys
    m/9735'/coin'/0'          node key: the node's id, Noise, invoice signatures, onions
    m/9735'/coin'/1'/c'/0'    funding key of channel c
    m/9735'/coin'/1'/c'/1'    its revocation basepoint secret
    m/9735'/coin'/1'/c'/2'    its payment basepoint secret
    m/9735'/coin'/1'/c'/3'    its delayed payment basepoint secret
    m/9735'/coin'/1'/c'/4'    its HTLC basepoint secret
    m/9735'/coin'/1'/c'/5'    commitment key; the shachain seed is HMAC-SHA256(this, salt)
    m/9735'/coin'/2'          payment key; a preimage is HMAC-SHA256(this, "preimage" || nonce)
                              and a payment secret HMAC-SHA256(this, "secret" || payment hash)
    m/9735'/coin'/3'          backup key: what the channel backup is encrypted with
    m/9735'/coin'/4'          guard key: what the guard's key kit is encrypted with

Below 9735' (Lightning's port) everything is hardened: a key that leaks leads to no other.

Channels are counted, c = 0, 1, 2, …, so that a wallet restored from its words alone finds what
others' commitments paid to the payment keys by trying them in order. But whoever restores words
begins to count at 0 again, and per-commitment secrets that a peer has seen once must never serve
again: it could punish a commitment that is not revoked. So the shachain seed depends also on 32
random bytes, drawn for each channel and stored with it. Preimages follow the same rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec

from lnwallet_tui.bitcoin.bip32 import HARDENED, ExtendedKey, ExtendedPublicKey
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.hashes import hash160, hmac_sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.signing import Basepoints
from lnwallet_tui.keys.backup_key import BackupKey
from lnwallet_tui.keys.guard_key import GuardKey
from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.keys.secret import Secret

_BIP84, _BIP86 = 84, 86
_PAYMENT_BASEPOINT: Final = 2
_LIGHTNING: Final = 9735
_NODE, _CHANNELS, _PAYMENTS, _BACKUP, _GUARD = range(5)

RANDOM_LENGTH: Final = 32
"""Bytes in the salt of a channel and in the nonce of an invoice."""


class ChannelKeyId(msgspec.Struct, frozen=True):
    """Which keys a channel has; stored with it. `salt` is random, `index` counts channels."""

    index: int
    salt: bytes

    def __post_init__(self) -> None:
        assert 0 <= self.index < HARDENED, "channels are counted from 0"
        assert len(self.salt) == RANDOM_LENGTH, "the salt of a channel has 32 bytes"


@dataclass(frozen=True, slots=True)
class ChannelKeys:
    """The secrets of one channel, 32 bytes each."""

    funding: Secret
    revocation: Secret
    payment: Secret
    delayed_payment: Secret
    htlc: Secret
    commitment_seed: Secret

    def basepoints(self) -> Basepoints:
        """The public keys, as `open_channel` names them."""
        return Basepoints(
            funding_pubkey=public_key(self.funding.reveal()),
            revocation=public_key(self.revocation.reveal()),
            payment=public_key(self.payment.reveal()),
            delayed_payment=public_key(self.delayed_payment.reveal()),
            htlc=public_key(self.htlc.reveal()),
        )


class PaymentKey:
    """Makes preimages and payment secrets that nobody can guess, whatever the dice are worth: the
    wallet's own key is in each. What was made is stored with its invoice."""

    __slots__ = ("_key",)

    def __init__(self, key: Secret) -> None:
        self._key = key

    def preimage(self, nonce: bytes) -> bytes:
        """The preimage of the invoice with this random nonce (32 bytes, never used twice)."""
        assert len(nonce) == RANDOM_LENGTH, "a nonce has 32 bytes"
        return hmac_sha256(self._key.reveal(), b"preimage" + nonce)

    def payment_secret(self, payment_hash: bytes) -> bytes:
        """The payment secret of the invoice with this payment hash."""
        return hmac_sha256(self._key.reveal(), b"secret" + payment_hash)


class KeySchedule:
    """All keys of one wallet on one network."""

    __slots__ = ("_account", "_lightning", "_taproot", "fingerprint", "network")

    def __init__(self, seed: Secret, network: Network) -> None:
        self.network = network
        root = ExtendedKey.from_seed(seed.reveal())
        self.fingerprint = hash160(root.pubkey)[:4]
        """BIP32: by which other wallets name the root."""
        self._account = _hardened(root, _BIP84, network.coin_type, 0)
        self._taproot = _hardened(root, _BIP86, network.coin_type, 0)
        self._lightning = _hardened(root, _LIGHTNING, network.coin_type)

    def __repr__(self) -> str:
        return f"KeySchedule({self.network.value})"

    def account(self) -> ExtendedPublicKey:
        """The public half of m/84'/coin'/0': all on-chain scripts follow from it."""
        return self._account.public()

    def taproot_account(self) -> ExtendedPublicKey:
        """The same of m/86'/coin'/0', for taproot outputs."""
        return self._taproot.public()

    def coin_key(self, change: bool, index: int) -> Secret:
        """The secret of an on-chain key."""
        return Secret(self._account.child(int(change)).child(index).secret)

    def taproot_key(self, change: bool, index: int) -> Secret:
        """The internal secret of a taproot output."""
        return Secret(self._taproot.child(int(change)).child(index).secret)

    def node_key(self) -> NodeKey:
        """The node's own key."""
        return NodeKey(Secret(_hardened(self._lightning, _NODE).secret))

    def channel_keys(self, key_id: ChannelKeyId) -> ChannelKeys:
        """The keys of a channel."""
        channel = _hardened(self._lightning, _CHANNELS, key_id.index)
        secrets = [_hardened(channel, step).secret for step in range(6)]
        secrets[5] = hmac_sha256(secrets[5], key_id.salt)
        return ChannelKeys(*map(Secret, secrets))

    def payment_key(self) -> PaymentKey:
        """What preimages and payment secrets are made of."""
        return PaymentKey(Secret(_hardened(self._lightning, _PAYMENTS).secret))

    def payment_basepoint(self, index: int) -> bytes:
        """Of channel `index`, without its other keys: what a commitment of a peer pays us by."""
        return _hardened(self._lightning, _CHANNELS, index, _PAYMENT_BASEPOINT).pubkey

    def backup_key(self) -> BackupKey:
        """What the channel backup is encrypted with."""
        return BackupKey(Secret(_hardened(self._lightning, _BACKUP).secret))

    def guard_key(self) -> GuardKey:
        """What the guard's key kit is encrypted with."""
        return GuardKey(Secret(_hardened(self._lightning, _GUARD).secret))


def _hardened(key: ExtendedKey, *steps: int) -> ExtendedKey:
    for step in steps:
        key = key.child(step + HARDENED)
    return key
