"""The seed, encrypted: what the seed file holds. No disk and no keyring here, only the boxes.

    body     = ChaCha20-Poly1305(data key, entropy of the words), authenticated with the header
    slot     = ChaCha20-Poly1305(slot key, data key), one for each way to open the file
    slot key = HKDF-SHA256(parts, salt = wallet id, info = kind of slot)
    parts    = the keyring's 32 bytes, or Argon2id(passphrase), or the one followed by the other

The data key is random and lives in the slots only. So a file whose only slot is the keyring's is
noise to whoever lacks that keyring, and a passphrase alone is as strong as it is long.

Argon2id costs a second and 256 MiB on purpose: whoever calls `seal` or `open_envelope` with a
passphrase does so beside the event loop.
"""

from __future__ import annotations

import enum
import os
import threading
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Meta

from lnwallet_tui.bitcoin.hashes import hkdf_sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import SeedWords, words_of

VERSION: Final = 1
_KEY, _NONCE, _SALT, _ID, _CHECK, _TAG = 32, 12, 16, 8, 8, 16

_ONE_AT_A_TIME: Final = threading.Lock()
"""Whoever tries many passphrases at once would take all the machine's memory."""
_Kind = TypeVar("_Kind")

Nonce = Annotated[bytes, Meta(min_length=_NONCE, max_length=_NONCE)]


class Way(enum.Enum):
    """What opens a slot; the value is what the file says."""

    KEYRING = "keyring"
    PASSPHRASE = "passphrase"  # noqa: S105  # the word, not one of them
    BOTH = "keyring and passphrase"

    @property
    def needs_keyring(self) -> bool:
        """Whether the keyring's key is a part of the slot's."""
        return self is not Way.PASSPHRASE

    @property
    def needs_passphrase(self) -> bool:
        """Whether the passphrase is a part of the slot's key."""
        return self is not Way.KEYRING


class Stretch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Parameters of Argon2id (RFC 9106), bounded: a file from elsewhere cannot ask for more than
    this machine has."""

    salt: Annotated[bytes, Meta(min_length=_SALT, max_length=_SALT)]
    memory_kib: Annotated[int, Meta(ge=64, le=1024 * 1024)] = 256 * 1024
    passes: Annotated[int, Meta(ge=1, le=16)] = 3
    lanes: Annotated[int, Meta(ge=1, le=4)] = 1

    def of(self, passphrase: Secret) -> bytes:
        """32 bytes, however the keyboard composed its accents (NFKC)."""
        function = Argon2id(
            salt=self.salt,
            length=_KEY,
            iterations=self.passes,
            lanes=self.lanes,
            memory_cost=self.memory_kib,
        )
        typed = unicodedata.normalize("NFKC", passphrase.reveal().decode())
        with _ONE_AT_A_TIME:
            return function.derive(typed.encode())


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to the data key. `check` tells the keyring's key from another one, without hinting
    at either: it is a hash of 256 random bits."""

    way: Way
    nonce: Nonce
    box: Annotated[bytes, Meta(min_length=_KEY + _TAG, max_length=_KEY + _TAG)]
    stretch: Stretch | None = None
    check: Annotated[bytes, Meta(min_length=_CHECK, max_length=_CHECK)] | None = None


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What anybody may read, and nobody change: it is authenticated with the seed."""

    wallet: Annotated[str, Meta(pattern="^[0-9a-f]{16}$")]
    network: Network
    birthday: Annotated[int, Meta(ge=0, lt=1 << 31)]
    """Height of the chain when the wallet was made: nothing of it is older. Blocks."""
    words_verified: bool
    """Whether its owner has shown to have written the words down."""


class Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole file."""

    version: int
    header: Header
    slots: Annotated[tuple[Slot, ...], Meta(min_length=1, max_length=2)]
    nonce: Nonce
    body: Annotated[bytes, Meta(min_length=16 + _TAG, max_length=32 + _TAG)]


@dataclass(frozen=True, slots=True)
class Parts:
    """What its owner has in hand; the passphrase is text in UTF-8."""

    keyring: Secret | None = None
    passphrase: Secret | None = None

    def suffice_for(self, way: Way) -> bool:
        """Whether a slot of that kind can be tried."""
        has_keyring = not way.needs_keyring or self.keyring is not None
        return has_keyring and (not way.needs_passphrase or self.passphrase is not None)


class SlotsStayShut(Exception):
    """None of the parts opens a slot. `keyring_is_wrong` where its key is another wallet's."""

    def __init__(self, *, keyring_is_wrong: bool) -> None:
        super().__init__("no slot opens")
        self.keyring_is_wrong = keyring_is_wrong


class NotAnEnvelope(Exception):
    """Not what `encode` gives."""


class BodyDamaged(Exception):
    """A slot opened, the body did not: header or body are not what was written."""


def new_header(
    network: Network, birthday: int, random: Callable[[int], bytes] = os.urandom
) -> Header:
    """Of a wallet that nobody has the words of yet."""
    return Header(random(_ID).hex(), network, birthday, words_verified=False)


def seal(
    words: SeedWords,
    header: Header,
    ways: Sequence[Way],
    parts: Parts,
    random: Callable[[int], bytes] = os.urandom,
) -> Envelope:
    """Put the words into a new envelope that opens in each of `ways`."""
    data_key = random(_KEY)
    nonce = random(_NONCE)
    body = ChaCha20Poly1305(data_key).encrypt(nonce, words.entropy().reveal(), _bound_to(header))
    slots = tuple(_new_slot(way, header.wallet, data_key, parts, random) for way in ways)
    return Envelope(VERSION, header, slots, nonce, body)


def open_envelope(envelope: Envelope, parts: Parts) -> SeedWords:
    """The words. Raises `SlotsStayShut` or `BodyDamaged`."""
    return _words_in(envelope, _data_key(envelope, parts))


def _words_in(envelope: Envelope, data_key: bytes) -> SeedWords:
    try:
        entropy = ChaCha20Poly1305(data_key).decrypt(
            envelope.nonce, envelope.body, _bound_to(envelope.header)
        )
        return words_of(entropy)
    except (InvalidTag, ValueError):
        raise BodyDamaged from None


def with_header(
    envelope: Envelope,
    parts: Parts,
    header: Header,
    random: Callable[[int], bytes] = os.urandom,
) -> Envelope:
    """The same seed and slots under another header. Raises as `open_envelope`."""
    data_key = _data_key(envelope, parts)
    words = _words_in(envelope, data_key)
    nonce = random(_NONCE)
    body = ChaCha20Poly1305(data_key).encrypt(nonce, words.entropy().reveal(), _bound_to(header))
    return msgspec.structs.replace(envelope, header=header, nonce=nonce, body=body)


def encode(envelope: Envelope) -> bytes:
    """As JSON, so that a person who finds the file sees what it is."""
    return msgspec.json.format(msgspec.json.encode(envelope), indent=1) + b"\n"


def decode(text: bytes) -> Envelope:
    """Raises `NotAnEnvelope`."""
    return _decode(text, Envelope)


def decode_version(text: bytes) -> int:
    """The version alone, of whatever format the rest is. Raises `NotAnEnvelope`."""
    return _decode(text, _JustVersion).version


def _decode(text: bytes, kind: type[_Kind]) -> _Kind:
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        # The second is for a name of a field that is no UTF-8, the last for very deep brackets.
        raise NotAnEnvelope from None


class _JustVersion(msgspec.Struct):
    version: int


def _new_slot(
    way: Way, wallet: str, data_key: bytes, parts: Parts, random: Callable[[int], bytes]
) -> Slot:
    assert parts.suffice_for(way), "a slot is made of what its owner has"
    stretch = _new_stretch(random(_SALT)) if way.needs_passphrase else None
    check = _check(wallet, parts) if way.needs_keyring else None
    nonce = random(_NONCE)
    key = _slot_key(way, wallet, stretch, parts)
    box = ChaCha20Poly1305(key).encrypt(nonce, data_key, _slot_bound_to(way, wallet, stretch))
    return Slot(way, nonce, box, stretch, check)


def _new_stretch(salt: bytes) -> Stretch:
    return Stretch(salt)


def _data_key(envelope: Envelope, parts: Parts) -> bytes:
    wallet, keyring_is_wrong = envelope.header.wallet, False
    for slot in envelope.slots:
        if not parts.suffice_for(slot.way):
            continue
        if slot.way.needs_keyring and slot.check != _check(wallet, parts):
            keyring_is_wrong = True
            continue
        key = _slot_key(slot.way, wallet, slot.stretch, parts)
        bound_to = _slot_bound_to(slot.way, wallet, slot.stretch)
        try:
            return ChaCha20Poly1305(key).decrypt(slot.nonce, slot.box, bound_to)
        except InvalidTag:
            continue
    raise SlotsStayShut(keyring_is_wrong=keyring_is_wrong)


def _slot_key(way: Way, wallet: str, stretch: Stretch | None, parts: Parts) -> bytes:
    secret = b""
    if way.needs_keyring and parts.keyring is not None:
        secret += parts.keyring.reveal()
    if stretch is not None and parts.passphrase is not None:
        secret += stretch.of(parts.passphrase)
    return hkdf_sha256(bytes.fromhex(wallet), secret, _KEY, way.value.encode())


def _check(wallet: str, parts: Parts) -> bytes:
    assert parts.keyring is not None, "only asked where the keyring has answered"
    return hkdf_sha256(bytes.fromhex(wallet), parts.keyring.reveal(), _CHECK, b"check")


def _bound_to(header: Header) -> bytes:
    return msgspec.json.encode((VERSION, header))


def _slot_bound_to(way: Way, wallet: str, stretch: Stretch | None) -> bytes:
    return msgspec.json.encode((VERSION, wallet, way, stretch))
