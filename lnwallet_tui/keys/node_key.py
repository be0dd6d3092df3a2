"""The node's own key: its id, its side of Noise and of onions, its signature under invoices."""

from __future__ import annotations

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.keys.secret import Secret


class NodeKey:
    """One key and what it is used for; the methods are the handles that other rooms get."""

    __slots__ = ("_secret", "public_key")

    public_key: bytes
    """The node's id, 33 bytes."""

    def __init__(self, secret: Secret) -> None:
        self._secret = secret
        self.public_key = curve.public_key(secret.reveal())

    def __repr__(self) -> str:
        return f"NodeKey({self.public_key.hex()})"

    def ecdh(self, pubkey: bytes) -> bytes:
        """The shared secret with `pubkey`, as BOLT 4 and BOLT 8 hash it; 32 bytes.

        `CurveError` for bytes that are no public key.
        """
        return curve.ecdh(self._secret.reveal(), pubkey)

    def sign(self, digest: bytes) -> bytes:
        """Sign gossip; 64 bytes."""
        return curve.sign(self._secret.reveal(), digest)

    def sign_recoverable(self, digest: bytes) -> tuple[bytes, int]:
        """Sign an invoice: 64 bytes and the recovery id."""
        return curve.sign_recoverable(self._secret.reveal(), digest)
