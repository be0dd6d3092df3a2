"""BOLT 8: the three acts of `Noise_XK_secp256k1_ChaChaPoly_SHA256`, and the ciphers they end in.

Sans-I/O: acts are bytes in, bytes out. The static secret stays outside behind an ECDH function;
the ephemeral secret is an argument and must be fresh from a secure random source each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from lnwallet_tui.bitcoin.curve import ecdh, is_public_key, public_key
from lnwallet_tui.bitcoin.hashes import hkdf_sha256, sha256
from lnwallet_tui.peer.errors import BadMac, HandshakeFailed

Ecdh = Callable[[bytes], bytes]
"""From a public key (33 bytes) to the SHA-256 of the shared point (32 bytes)."""

ACT_ONE_SIZE: Final = 50
ACT_TWO_SIZE: Final = 50
ACT_THREE_SIZE: Final = 66
LENGTH_SIZE: Final = 18
TAG_SIZE: Final = 16

_VERSION: Final = b"\0"
_ROTATE_AT: Final = 1000
_PROTOCOL: Final = b"Noise_XK_secp256k1_ChaChaPoly_SHA256"
_PROLOGUE: Final = b"lightning"


def _hkdf(salt: bytes, secret: bytes) -> tuple[bytes, bytes]:
    both = hkdf_sha256(salt, secret, 64)
    return both[:32], both[32:]


def _nonce(number: int) -> bytes:
    """BOLT 8: "32 zero bits, followed by a little-endian 64-bit value"."""
    return bytes(4) + number.to_bytes(8, "little")


class Cipher:
    """One direction of an established connection; changes its key every 1000 uses."""

    __slots__ = ("_aead", "_chaining_key", "_key", "_nonce")

    def __init__(self, chaining_key: bytes, key: bytes) -> None:
        self._chaining_key = chaining_key
        self._use(key)

    def _use(self, key: bytes) -> None:
        self._key, self._aead, self._nonce = key, ChaCha20Poly1305(key), 0

    def _count(self) -> None:
        self._nonce += 1
        if self._nonce == _ROTATE_AT:
            self._chaining_key, key = _hkdf(self._chaining_key, self._key)
            self._use(key)

    def encrypt(self, plaintext: bytes) -> bytes:
        """The ciphertext and its tag, 16 bytes more."""
        ciphertext = self._aead.encrypt(_nonce(self._nonce), plaintext, None)
        self._count()
        return ciphertext

    def decrypt(self, ciphertext: bytes) -> bytes:
        """The plaintext. Raises `BadMac`."""
        try:
            plaintext = self._aead.decrypt(_nonce(self._nonce), ciphertext, None)
        except InvalidTag:
            raise BadMac from None
        self._count()
        return plaintext

    def seal(self, message: bytes) -> bytes:
        """A Lightning message as a packet: encrypted length, encrypted body."""
        return self.encrypt(len(message).to_bytes(2, "big")) + self.encrypt(message)


class _Transcript:
    """BOLT 8's handshake state: chaining key `ck`, handshake hash `h`, the temporary key."""

    def __init__(self, responder_pubkey: bytes) -> None:
        self.chaining_key = sha256(_PROTOCOL)
        self.hash = sha256(self.chaining_key + _PROLOGUE)
        self.temporary_key = b""
        self.mix_hash(responder_pubkey)

    def mix_hash(self, data: bytes) -> None:
        self.hash = sha256(self.hash + data)

    def mix_key(self, shared: bytes) -> None:
        self.chaining_key, self.temporary_key = _hkdf(self.chaining_key, shared)

    def encrypt(self, nonce: int, plaintext: bytes) -> bytes:
        aead = ChaCha20Poly1305(self.temporary_key)
        ciphertext = aead.encrypt(_nonce(nonce), plaintext, self.hash)
        self.mix_hash(ciphertext)
        return ciphertext

    def decrypt(self, nonce: int, ciphertext: bytes) -> bytes:
        """Raises `InvalidTag`."""
        aead = ChaCha20Poly1305(self.temporary_key)
        plaintext = aead.decrypt(_nonce(nonce), ciphertext, self.hash)
        self.mix_hash(ciphertext)
        return plaintext

    def send_ephemeral(self, ephemeral: bytes, shared: Callable[[], bytes]) -> bytes:
        """Acts one and two as their sender: `e`, then an ECDH, then an empty payload."""
        pubkey = public_key(ephemeral)
        self.mix_hash(pubkey)
        self.mix_key(shared())
        return _VERSION + pubkey + self.encrypt(0, b"")

    def receive_ephemeral(self, act: int, data: bytes, shared: Ecdh) -> bytes:
        """Acts one and two as their receiver; returns the sender's ephemeral public key."""
        _check_form(act, data, ACT_ONE_SIZE)
        pubkey, tag = data[1:34], data[34:]
        if not is_public_key(pubkey):
            raise HandshakeFailed(act, "BAD_PUBKEY")
        self.mix_hash(pubkey)
        self.mix_key(shared(pubkey))
        try:
            self.decrypt(0, tag)
        except InvalidTag:
            raise HandshakeFailed(act, "BAD_TAG") from None
        return pubkey

    def split(self) -> tuple[Cipher, Cipher]:
        """The ciphers of the established connection: the initiator's sending one comes first."""
        first, second = _hkdf(self.chaining_key, b"")
        return Cipher(self.chaining_key, first), Cipher(self.chaining_key, second)


def _check_form(act: int, data: bytes, size: int) -> None:
    if len(data) != size:
        raise HandshakeFailed(act, "READ_FAILED")
    if data[:1] != _VERSION:
        raise HandshakeFailed(act, f"BAD_VERSION {data[0]}")


class Initiator:
    """The side that dialled, and knows the other's node id."""

    def __init__(
        self, local_ecdh: Ecdh, local_pubkey: bytes, remote_pubkey: bytes, ephemeral: bytes
    ) -> None:
        self._ecdh, self._local_pubkey = local_ecdh, local_pubkey
        self._ephemeral, self._remote_pubkey = ephemeral, remote_pubkey
        self._transcript = _Transcript(remote_pubkey)

    def act_one(self) -> bytes:
        """50 bytes to send."""
        return self._transcript.send_ephemeral(
            self._ephemeral, lambda: ecdh(self._ephemeral, self._remote_pubkey)
        )

    def act_two(self, data: bytes) -> bytes:
        """Read act two (50 bytes); returns act three (66). Raises `HandshakeFailed`."""
        state = self._transcript
        ephemeral = state.receive_ephemeral(2, data, lambda point: ecdh(self._ephemeral, point))
        static = state.encrypt(1, self._local_pubkey)
        state.mix_key(self._ecdh(ephemeral))
        return _VERSION + static + state.encrypt(0, b"")

    def ciphers(self) -> tuple[Cipher, Cipher]:
        """For sending and for receiving, once act three is made."""
        return self._transcript.split()


class Responder:
    """The side that was dialled; learns who dialled in act three."""

    def __init__(self, local_ecdh: Ecdh, local_pubkey: bytes, ephemeral: bytes) -> None:
        self._ecdh, self._ephemeral = local_ecdh, ephemeral
        self._transcript = _Transcript(local_pubkey)

    def act_one(self, data: bytes) -> bytes:
        """Read act one (50 bytes); returns act two (50). Raises `HandshakeFailed`."""
        theirs = self._transcript.receive_ephemeral(1, data, self._ecdh)
        return self._transcript.send_ephemeral(
            self._ephemeral, lambda: ecdh(self._ephemeral, theirs)
        )

    def act_three(self, data: bytes) -> bytes:
        """Read act three (66 bytes); returns who dialled. Raises `HandshakeFailed`."""
        _check_form(3, data, ACT_THREE_SIZE)
        static, tag = data[1:50], data[50:]
        try:
            remote_pubkey = self._transcript.decrypt(1, static)
        except InvalidTag:
            raise HandshakeFailed(3, "BAD_CIPHERTEXT") from None
        if not is_public_key(remote_pubkey):
            raise HandshakeFailed(3, "BAD_PUBKEY")
        self._transcript.mix_key(ecdh(self._ephemeral, remote_pubkey))
        try:
            self._transcript.decrypt(0, tag)
        except InvalidTag:
            raise HandshakeFailed(3, "BAD_TAG") from None
        return remote_pubkey

    def ciphers(self) -> tuple[Cipher, Cipher]:
        """For sending and for receiving, once act three was read."""
        receiving, sending = self._transcript.split()
        return sending, receiving
