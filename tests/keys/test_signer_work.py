"""A commitment can hold hundreds of HTLCs: what one signature needs is reckoned once for all."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.transactions import ToLocal
from lnwallet_tui.keys import derive, named_key
from lnwallet_tui.keys import signer as signing
from lnwallet_tui.keys.secret import Secret
from tests.keys.pair import commitment, signer, spend
from tests.keys.test_signer import find, script_of, whole


def count_public_keys(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Told of each that is reckoned."""
    reckoned = list[bytes]()

    def public_key(secret: bytes) -> bytes:
        reckoned.append(secret)
        return curve.public_key(secret)

    monkeypatch.setattr(signing, "public_key", public_key)
    monkeypatch.setattr(derive, "public_key", public_key)
    monkeypatch.setattr(named_key, "public_key", public_key)
    return reckoned


def test_a_key_is_compared_with_every_script_and_reckoned_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bob, alice = signer("bob"), signer("alice")
    for number in (0, 1):
        bob.accept_holder_commitment(number)
    secret, built = bob.release_secret(0), commitment("bob", 0)
    vout = find(built, ToLocal)
    taken, script = spend(built, vout), script_of(built, vout)
    reckoned = count_public_keys(monkeypatch)
    for _ in range(5):
        assert alice.sign_penalty(taken.tx, whole(taken, script), secret)
    assert len(reckoned) == 1


def test_a_signer_that_signs_nothing_reckons_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a start there is one for each channel."""
    reckoned = count_public_keys(monkeypatch)
    alice = signer("alice")
    assert not reckoned
    assert alice.basepoints is alice.basepoints
    assert len(reckoned) == 5


def test_the_keys_of_a_channel_need_two_public_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six children of one key name it, which is a child itself; the first of all was reckoned for
    another channel."""
    schedule = derive.KeySchedule(Secret(bytes(64)), Network.REGTEST)
    schedule.channel_keys(derive.ChannelKeyId(0, bytes(32)))
    reckoned, public_key = list[bytes](), curve.public_key

    def counted(secret: bytes) -> bytes:
        reckoned.append(secret)
        return public_key(secret)

    monkeypatch.setattr(curve, "public_key", counted)
    schedule.channel_keys(derive.ChannelKeyId(1, bytes(32)))
    assert len(reckoned) == 2
