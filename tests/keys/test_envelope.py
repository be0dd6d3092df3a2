"""The boxes around the seed: what opens them, and what nothing opens."""

from __future__ import annotations

import itertools
import random
import threading
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys import envelope
from lnwallet_tui.keys.envelope import (
    BodyDamaged,
    Envelope,
    Header,
    NotAnEnvelope,
    Parts,
    SlotsStayShut,
    Stretch,
    Way,
    new_header,
    open_envelope,
    seal,
)
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import words_of

WORDS = words_of(bytes(range(16)))
KEY = Secret(sha256(b"the keyring's key"))
PASSPHRASE = Secret("vier Wörter über Käse".encode())
HEADER = Header("00112233aabbccdd", Network.REGTEST, 700, words_verified=False)
ALL = Parts(KEY, PASSPHRASE)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wallet's own parameters cost a second: one test has them, the others cost nothing."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


@pytest.mark.parametrize("way", Way)
@pytest.mark.parametrize("entropy", [bytes(16), bytes(range(32))])
def test_what_was_sealed_opens(way: Way, entropy: bytes) -> None:
    words = words_of(entropy)
    sealed = seal(words, HEADER, [way], ALL)
    assert open_envelope(envelope.decode(envelope.encode(sealed)), ALL) == words


WRONG = Parts(Secret(bytes(32)), Secret(b"another passphrase"))


@pytest.mark.parametrize(
    ("way", "parts", "keyring_is_wrong"),
    [
        (Way.KEYRING, WRONG, True),
        (Way.KEYRING, Parts(None, PASSPHRASE), False),
        (Way.PASSPHRASE, WRONG, False),
        (Way.PASSPHRASE, Parts(KEY), False),
        (Way.BOTH, Parts(KEY), False),
        (Way.BOTH, Parts(None, PASSPHRASE), False),
        (Way.BOTH, Parts(KEY, WRONG.passphrase), False),
        (Way.BOTH, Parts(WRONG.keyring, PASSPHRASE), True),
        (Way.BOTH, Parts(), False),
    ],
)
def test_nothing_else_opens_it(way: Way, parts: Parts, keyring_is_wrong: bool) -> None:
    with pytest.raises(SlotsStayShut) as shut:
        open_envelope(seal(WORDS, HEADER, [way], ALL), parts)
    assert shut.value.keyring_is_wrong is keyring_is_wrong


def test_two_ways_are_either() -> None:
    sealed = seal(WORDS, HEADER, [Way.KEYRING, Way.PASSPHRASE], ALL)
    for parts in (Parts(KEY), Parts(None, PASSPHRASE), Parts(WRONG.keyring, PASSPHRASE)):
        assert open_envelope(sealed, parts) == WORDS
    with pytest.raises(SlotsStayShut):
        open_envelope(sealed, WRONG)


def test_a_passphrase_is_what_was_typed_on_any_keyboard() -> None:
    """Composed or not: macOS gives one, Linux the other."""
    sealed = seal(WORDS, HEADER, [Way.PASSPHRASE], Parts(None, Secret("größer".encode())))
    decomposed = Secret("gro\u0308ßer".encode())
    assert open_envelope(sealed, Parts(None, decomposed)) == WORDS


def test_a_header_can_change_without_the_slots() -> None:
    sealed = seal(WORDS, HEADER, [Way.KEYRING, Way.PASSPHRASE], ALL)
    verified = msgspec.structs.replace(HEADER, words_verified=True)
    changed = envelope.with_header(sealed, Parts(KEY), verified)
    assert changed.header.words_verified
    assert changed.nonce != sealed.nonce
    assert open_envelope(changed, Parts(None, PASSPHRASE)) == WORDS


# -- what nobody may change


def tampered(sealed: Envelope) -> dict[str, Envelope]:
    """Each fixed part of the file, changed to something well-formed."""
    replace = msgspec.structs.replace
    header, slot = sealed.header, sealed.slots[0]

    def flipped(text: bytes) -> bytes:
        return bytes((text[0] ^ 1,)) + text[1:]

    return {
        "wallet": replace(sealed, header=replace(header, wallet="ff" * 8)),
        "network": replace(sealed, header=replace(header, network=Network.MAINNET)),
        "birthday": replace(sealed, header=replace(header, birthday=701)),
        "words verified": replace(sealed, header=replace(header, words_verified=True)),
        "nonce": replace(sealed, nonce=flipped(sealed.nonce)),
        "body": replace(sealed, body=flipped(sealed.body)),
        "slot's nonce": replace(sealed, slots=(replace(slot, nonce=flipped(slot.nonce)),)),
        "slot's box": replace(sealed, slots=(replace(slot, box=flipped(slot.box)),)),
        "slot's way": replace(sealed, slots=(replace(slot, way=Way.KEYRING),)),
        "slot's check": replace(sealed, slots=(replace(slot, check=bytes(8)),)),
        "stretch": replace(sealed, slots=(replace(slot, stretch=Stretch(bytes(16), 64, 2, 1)),)),
    }


@pytest.mark.parametrize("part", tampered(seal(WORDS, HEADER, [Way.KEYRING], ALL)))
def test_every_part_is_authenticated(part: str) -> None:
    changed = tampered(seal(WORDS, HEADER, [Way.BOTH], ALL))[part]
    with pytest.raises((SlotsStayShut, BodyDamaged)):
        open_envelope(changed, ALL)


@given(st.randoms(use_true_random=False))
def test_any_bit_that_turns_is_noticed(dice: random.Random) -> None:
    text = bytearray(envelope.encode(seal(WORDS, HEADER, [Way.KEYRING], Parts(KEY))))
    place = dice.randrange(len(text))
    text[place] ^= 1 << dice.randrange(8)
    try:
        found = envelope.decode(bytes(text))
    except NotAnEnvelope:
        return
    if found.version != envelope.VERSION:
        return  # the reader refuses it
    try:
        assert open_envelope(found, Parts(KEY)) == WORDS  # a bit of a blank between two fields
    except (SlotsStayShut, BodyDamaged):
        return


@pytest.mark.parametrize(
    "change",
    [
        {"memory_kib": 1 << 30},
        {"passes": 1_000_000},
        {"lanes": 200},
        {"memory_kib": 8},
        {"salt": ""},
        {"more": 1},
    ],
)
def test_a_file_cannot_ask_for_more_than_a_machine_has(change: dict[str, object]) -> None:
    rough = msgspec.json.decode(envelope.encode(seal(WORDS, HEADER, [Way.PASSPHRASE], ALL)))
    rough["slots"][0]["stretch"].update(change)
    with pytest.raises(NotAnEnvelope):
        envelope.decode(msgspec.json.encode(rough))


# -- what the file gives away


def test_the_file_without_the_keyring_is_noise() -> None:
    """Mode keyring: nothing in the file depends on the seed but the length of a box."""
    drawn = [sha256(bytes((number,)))[:16] for number in range(8)]
    texts = []
    for entropy in drawn:
        dice = random.Random(1)  # the same keys for all: only the seeds differ
        sealed = seal(words_of(entropy), HEADER, [Way.KEYRING], ALL, dice.randbytes)
        texts.append(envelope.encode(sealed))
        shown = texts[-1].lower()
        for form in (entropy, KEY.reveal()):
            assert form not in shown
            assert form.hex().encode() not in shown
        assert not any(
            word.encode() in shown for word in words_of(entropy).reveal()[:1] if len(word) > 7
        )
        for other in (None, bytes(32), sha256(b"guess")):
            with pytest.raises(SlotsStayShut):
                open_envelope(sealed, Parts(Secret(other) if other else None, PASSPHRASE))
    bodies = [envelope.decode(text) for text in texts]
    for one, two in itertools.combinations(bodies, 2):
        assert msgspec.structs.replace(one, body=b"") == msgspec.structs.replace(two, body=b"")


def test_the_same_seed_looks_different_each_time() -> None:
    one, two = (seal(WORDS, new_header(Network.REGTEST, 0), [Way.KEYRING], ALL) for _ in "ab")
    assert one.header.wallet != two.header.wallet
    assert {one.body, one.slots[0].box, one.slots[0].check}.isdisjoint(
        {two.body, two.slots[0].box, two.slots[0].check}
    )


# -- the parameters


def test_a_new_slot_costs_a_thief_256_mebibytes_a_guess() -> None:
    """The real parameters, once; and the function is RFC 9106's."""
    stretch = Stretch(bytes(16))
    assert (stretch.memory_kib, stretch.passes, stretch.lanes) == (262_144, 3, 1)
    function = Argon2id(salt=bytes(16), length=32, iterations=3, lanes=1, memory_cost=262_144)
    assert stretch.of(Secret(b"password")) == function.derive(b"password")


def test_argon2id_is_that_of_rfc_9106() -> None:
    """RFC 9106, section 5.3: the test vector of Argon2id."""
    function = Argon2id(
        salt=b"\x02" * 16,
        length=32,
        iterations=3,
        lanes=4,
        memory_cost=32,
        ad=b"\x04" * 12,
        secret=b"\x03" * 8,
    )
    tag = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
    assert function.derive(b"\x01" * 32).hex() == tag


def test_one_passphrase_is_tried_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try takes 256 MiB: sixteen at once took four gigabytes."""
    at_once, most = 0, 0

    class Counted:
        def __init__(self, **how: Any) -> None:
            self._function = Argon2id(**how)

        def derive(self, typed: bytes) -> bytes:
            nonlocal at_once, most
            at_once += 1
            most = max(most, at_once)
            made = self._function.derive(typed)
            at_once -= 1
            return made

    monkeypatch.setattr(envelope, "Argon2id", Counted)
    stretch = Stretch(bytes(16), 8 * 1024, 1, 1)
    threads = [threading.Thread(target=stretch.of, args=(PASSPHRASE,)) for _ in range(8)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert (most, at_once) == (1, 0)
