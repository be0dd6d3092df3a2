"""No class of `keys` shows a secret, whichever way it is printed, dumped or raised."""

from __future__ import annotations

import base64
import dataclasses
import importlib
import inspect
import json
import pkgutil
import sys
import traceback
from collections.abc import Callable, Iterator
from functools import partial

import msgspec
import pytest
from keyring import errors as keyring_errors
from rich.pretty import pretty_repr
from rich.traceback import Traceback

from lnwallet_tui import keys as room
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.bip32 import ExtendedKey
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn
from lnwallet_tui.channel.signing import SpentOutput
from lnwallet_tui.coins.coin import Coin, KeyPath
from lnwallet_tui.keys import (
    custody,
    custody_errors,
    envelope,
    guard_file,
    keyring_vault,
    seed,
)
from lnwallet_tui.keys.coin_signer import KeyCoinSigner
from lnwallet_tui.keys.derive import ChannelKeyId, KeySchedule
from lnwallet_tui.keys.kit import Kit, KitSigner, OurPublished
from lnwallet_tui.keys.named_key import NamedKey
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.signer import Signer
from tests.keys.test_keyring_vault import GoodKeyring

ENTROPY = sha256(b"entropy of what must not be seen")
WORDS = seed.words_of(ENTROPY)
KEYS = KeySchedule(WORDS.seed(), Network.REGTEST)
KEY_ID = ChannelKeyId(3, sha256(b"salt"))
CHANNEL = KEYS.channel_keys(KEY_ID)
NODE = KEYS.node_key()
VAULT = keyring_vault.KeyringVault(keyring_vault.Backend(GoodKeyring(), "a keyring"))
BACKUP = KEYS.backup_key()
SIGNER = Signer(CHANNEL)
PASSPHRASE = Secret(b"words that nobody would guess together")
GUARD = KEYS.guard_key()
KIT = Kit.of(CHANNEL, b"\x00\x14" + bytes(20))
WRAPPING_KEY = Secret(sha256(b"a key in a keyring"))
PARTS = envelope.Parts(WRAPPING_KEY, PASSPHRASE)
HEADER = envelope.new_header(Network.REGTEST, 0)
with pytest.MonkeyPatch.context() as patched:  # Argon2id takes the least that a file may ask for
    for stretching in (envelope, guard_file):
        patched.setattr(stretching, "_new_stretch", lambda salt: envelope.Stretch(salt, 64, 1, 1))
    GUARD_FILE = guard_file.wrap(GUARD, NODE.public_key, PASSPHRASE)
    SEALED = envelope.seal(WORDS, HEADER, [envelope.Way.KEYRING, envelope.Way.BOTH], PARTS)

INSTANCES: list[object] = [
    CHANNEL.funding,
    WORDS,
    KEYS,
    KEY_ID,
    CHANNEL,
    NODE,
    KEYS.payment_key(),
    BACKUP,
    GUARD,
    KIT,
    OurPublished(0, bytes(33)),
    KitSigner(KIT, SIGNER.basepoints),
    msgspec.json.decode(GUARD_FILE, type=guard_file.GuardFile),
    SIGNER,
    NamedKey.of(CHANNEL.htlc.reveal()),
    SIGNER.memory,
    KeyCoinSigner(KEYS),
    VAULT,
    keyring_vault.Backend(GoodKeyring(), "a keyring"),
    *(PARTS, HEADER, SEALED, *SEALED.slots, envelope.Way.BOTH, envelope.Stretch(bytes(16))),
    envelope._JustVersion(1),
    custody.Closed(HEADER, (envelope.Way.BOTH,)),
    custody.Unlocked(HEADER, WORDS, PARTS),
]


def secrets() -> Iterator[bytes]:
    """Everything that must not be seen."""
    yield ENTROPY
    yield WORDS.seed().reveal()
    root = ExtendedKey.from_seed(WORDS.seed().reveal())
    for path in (
        "m",
        "m/84'/1'/0'",
        "m/9735'/1'",
        "m/9735'/1'/0'",
        "m/9735'/1'/2'",
        "m/9735'/1'/3'",
        "m/9735'/1'/4'",
    ):
        yield root.derive(path).secret
        yield root.derive(path).chain_code
    for name in ("funding", "revocation", "payment", "delayed_payment", "htlc", "commitment_seed"):
        yield getattr(CHANNEL, name).reveal()
    yield KEYS.coin_key(False, 0).reveal()
    yield WRAPPING_KEY.reveal()
    yield PASSPHRASE.reveal()


def forms(secret: bytes) -> Iterator[str]:
    """How bytes may look in text; every eight of them in a row are too many."""
    for start in range(0, len(secret) - 7, 8):
        part = secret[start : start + 8]
        yield part.hex()
        yield part[::-1].hex()
        yield repr(part)[2:-1]
        yield str(list(part))[1:-1]
        yield str(int.from_bytes(part, "big"))
    yield base64.b64encode(secret)[:12].decode()


NEEDLES = [form for secret in secrets() for form in forms(secret)]
NEEDLES += [f"{one} {two}" for one, two in zip(WORDS.reveal(), WORDS.reveal()[1:], strict=False)]


def expect_nothing(shown: str) -> None:
    found = [needle for needle in NEEDLES if needle in shown]
    assert found == []


def dump(value: object) -> str:
    """Whatever libraries can take a value apart with."""
    shown = ""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        shown += repr(dataclasses.astuple(value)) + repr(dataclasses.fields(value))
    if isinstance(value, msgspec.Struct):
        shown += repr(msgspec.to_builtins(value)) + repr(msgspec.structs.astuple(value))
    return shown + json.dumps(value, default=repr) + pretty_repr(value) + repr(dir(value))


@pytest.mark.parametrize("show", [repr, str, format, ascii, pretty_repr, dump])
@pytest.mark.parametrize("value", INSTANCES, ids=lambda value: type(value).__name__)
def test_nothing_shows(value: object, show: Callable[[object], str]) -> None:
    expect_nothing(show(value))
    expect_nothing(show([value]))
    expect_nothing(f"{value} {value!r} {value!s} {value!a}")


def classes() -> dict[str, type]:
    """Every class that a module of the room defines."""
    found = {}
    for module in pkgutil.walk_packages(room.__path__, room.__name__ + "."):
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if inspect.isclass(value) and value.__module__ == module.name:
                found[name] = value
    return found


def test_every_class_of_the_room_was_looked_at() -> None:
    shown = {type(value).__name__ for value in INSTANCES}
    errors = {name for name, kind in classes().items() if issubclass(kind, Exception)}
    raised = {type(error).__name__ for error in raised_errors()}
    bases = {"SeedError", "CustodyError", "BackupUnreadable"}
    assert classes().keys() == shown | errors
    assert errors - bases <= raised


# -- errors


def failing() -> Iterator[Callable[[], object]]:
    """What goes wrong with secrets at hand."""
    words = list(WORDS.reveal())
    yield lambda: seed.parse_words(" ".join(words[:23]))
    yield lambda: seed.parse_words(" ".join([words[0] + "x", *words[1:]]))
    yield lambda: seed.parse_words(" ".join([words[1], words[0], *words[2:]]))
    yield lambda: Secret(" ".join(words))  # type: ignore[arg-type]  # a careless caller
    for kind in (BrokenKeyring, DeafKeyring, LockedKeyring):
        yield lambda kind=kind: vault(kind()).store("wallet", WRAPPING_KEY)  # type: ignore[misc]  # no type beside a default
    yield load_damaged
    yield lambda: envelope.open_envelope(SEALED, envelope.Parts(Secret(bytes(32)), PASSPHRASE))
    yield lambda: envelope.decode(envelope.encode(SEALED)[:-9])
    damaged = msgspec.structs.replace(SEALED, body=bytes(len(SEALED.body)))
    yield lambda: envelope.open_envelope(damaged, PARTS)
    yield from (partial(raise_it, error) for error in OF_CUSTODY)
    file = BACKUP.close(ENTROPY)
    for damaged_file in (b"", file[:17] + b"\xff", file[:18] + bytes(60), file[:-1]):
        yield partial(BACKUP.open, damaged_file)
    yield partial(guard_file.unwrap, GUARD_FILE, Secret(b"words that somebody would guess"))
    yield partial(guard_file.unwrap, GUARD_FILE[:-9], PASSPHRASE)
    row = KIT.close(GUARD, 3)
    for damaged_row in (b"", row[:20], row[:-1]):
        yield partial(Kit.open, GUARD, 3, damaged_row)
    yield lambda: SIGNER.release_secret(0)
    yield lambda: SIGNER.sign_delayed(SPEND, SPENT, 0)
    yield lambda: NODE.ecdh(bytes(33))
    yield lambda: NODE.sign(b"")
    yield lambda: KeyCoinSigner(KEYS).sign(SPEND, [COIN])


SPEND = Tx(2, (TxIn(OutPoint(bytes(32), 0)),), ())
SPENT = SpentOutput(0, b"", Sat(1), 1)
COIN = Coin(
    outpoint=OutPoint(bytes(32), 0),
    value=Sat(1),
    script_pubkey=b"",
    path=KeyPath(False, 0),
    height=1,
    certain=True,
)


class BrokenKeyring(GoodKeyring):
    """Raises with the password in the message, as some libraries would."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise OSError(f"cannot write {password} for {username}")


class DeafKeyring(GoodKeyring):
    """Takes everything and keeps nothing, as keyring's null backend does."""

    def set_password(self, service: str, username: str, password: str) -> None:
        return


class LockedKeyring(GoodKeyring):
    """Its owner declined to open it."""

    def get_password(self, service: str, username: str) -> str | None:
        raise keyring_errors.KeyringLocked(PASSPHRASE.reveal().decode())


def vault(backend: GoodKeyring) -> keyring_vault.KeyringVault:
    return keyring_vault.KeyringVault(keyring_vault.Backend(backend, "a keyring"))


def load_damaged() -> None:
    backend = GoodKeyring()
    text = base64.b64encode(WRAPPING_KEY.reveal()[:-1]).decode()
    backend.set_password(keyring_vault.SERVICE, "wallet", text)
    vault(backend).load("wallet")


# They are made of names and paths only; how each comes about is shown where custody is tested.
OF_CUSTODY = [
    custody_errors.NoUsableKeyring(),
    custody_errors.EntryGone("a keyring", HEADER.wallet),
    custody_errors.EntryWrong("a keyring"),
    custody_errors.PassphraseNeeded(),
    custody_errors.PassphraseWrong(),
    custody_errors.PassphraseTooShort(8),
    custody_errors.SeedFileExists("a folder"),
    custody_errors.NoSeedFile("a folder"),
    custody_errors.SeedFileDamaged("a file"),
    custody_errors.SeedFileTooNew("a file"),
    custody_errors.SeedFileUnusable("a file", "No space left on device"),
]


def raise_it(error: Exception) -> None:
    raise error


def raised_errors() -> list[Exception]:
    errors = []
    for fail in failing():
        try:
            fail()
        except Exception as error:
            errors.append(error)
    return errors


def test_everything_that_should_fail_fails() -> None:
    assert len(raised_errors()) == len(list(failing()))


def test_no_error_shows_a_secret() -> None:
    for error in raised_errors():
        expect_nothing(f"{error} {error!r} {error.args}")
        expect_nothing("".join(traceback.format_exception(error)))
        assert error.__context__ is None or error.__suppress_context__


def test_not_even_a_traceback_with_local_variables() -> None:
    """Crash screens print what `repr` gives of each local; where ours are, they are no bytes."""
    try:
        SIGNER.sign_delayed(SPEND, SPENT, 0)
    except Exception as error:
        trace = Traceback.extract(type(error), error, error.__traceback__, show_locals=True)
        ours = [frame for stack in trace.stacks for frame in stack.frames]
        locals_shown = [frame.locals for frame in ours if "/keys/" in frame.filename]
        assert locals_shown
        expect_nothing(repr(locals_shown))
    else:
        pytest.fail("it was signed")


def test_the_needles_are_found_where_they_are() -> None:
    """That the test above can fail."""
    assert len(NEEDLES) > 400
    for text in (
        repr(CHANNEL.funding.reveal()),
        CHANNEL.htlc.reveal().hex(),
        " ".join(WORDS.reveal()),
        repr(vars(sys.modules[__name__])["ENTROPY"]),
    ):
        with pytest.raises(AssertionError):
            expect_nothing(text)
