"""The guard's file: its key, behind a passphrase of its own.

    box = ChaCha20-Poly1305(Argon2id(passphrase), guard key), authenticated with the header

The passphrase is not the wallet's: it stands where the guard starts by itself, a systemd credential
for example, and whoever has it there must not have the wallet.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Final

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from msgspec import Meta

from lnwallet_tui.keys.envelope import Nonce, Stretch
from lnwallet_tui.keys.guard_key import GuardKey
from lnwallet_tui.keys.secret import Secret

GUARD_FILE: Final = "guard.key"
VERSION: Final = 1
_KEY, _NONCE, _SALT, _TAG = 32, 12, 16, 16


class GuardFileUnusable(Exception):
    """It does not open. The message is a plain sentence, `remedy` what to do."""

    remedy = "Make it anew, while the wallet is open: lnwallet-tui guard --prepare"


class WrongPassphrase(GuardFileUnusable):
    """Or a damaged box, which looks the same."""

    remedy = "Type the guard's passphrase, which is not the wallet's, or make its file anew."


class GuardFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As JSON. `node_id` (hex) is that of the wallet."""

    version: int
    node_id: Annotated[str, Meta(pattern="^[0-9a-f]{66}$")]
    stretch: Stretch
    nonce: Nonce
    box: Annotated[bytes, Meta(min_length=_KEY + _TAG, max_length=_KEY + _TAG)]


def wrap(
    key: GuardKey,
    node_id: bytes,
    passphrase: Secret,
    random: Callable[[int], bytes] = os.urandom,
) -> bytes:
    """The file. Takes a second, on purpose: beside the event loop."""
    stretch, nonce = _new_stretch(random(_SALT)), random(_NONCE)
    box = ChaCha20Poly1305(stretch.of(passphrase))
    sealed = box.encrypt(nonce, key.secret.reveal(), _bound_to(node_id.hex(), stretch))
    file = GuardFile(VERSION, node_id.hex(), stretch, nonce, sealed)
    return msgspec.json.format(msgspec.json.encode(file), indent=1) + b"\n"


def unwrap(text: bytes, passphrase: Secret) -> tuple[GuardKey, str]:
    """The key, and the id (hex) of the wallet's node. Takes as long. Raises `GuardFileUnusable`."""
    try:
        if msgspec.json.decode(text, type=_JustVersion).version > VERSION:
            raise GuardFileUnusable("A newer version of this program wrote the guard's file.")
        file = msgspec.json.decode(text, type=GuardFile)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise GuardFileUnusable("The guard's file is damaged.") from None
    box = ChaCha20Poly1305(file.stretch.of(passphrase))
    try:
        key = box.decrypt(file.nonce, file.box, _bound_to(file.node_id, file.stretch))
    except InvalidTag:
        raise WrongPassphrase("The passphrase does not open the guard's file.") from None
    return GuardKey(Secret(key)), file.node_id


class _JustVersion(msgspec.Struct):
    version: int


def _new_stretch(salt: bytes) -> Stretch:
    return Stretch(salt)


def _bound_to(node_id: str, stretch: Stretch) -> bytes:
    return msgspec.json.encode((VERSION, node_id, stretch))
