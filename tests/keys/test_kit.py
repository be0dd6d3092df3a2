"""The guard's key kit: what is in it, what it signs, and all that it cannot."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.channel.keys import derive_revocation_pubkey
from lnwallet_tui.channel.signing import SignerRefused, SpentOutput
from lnwallet_tui.channel.transactions import HtlcOutput, ToLocal
from lnwallet_tui.channel.witnesses import is_signed_by
from lnwallet_tui.keys import guard_file
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.keys.guard_file import GuardFileUnusable, WrongPassphrase
from lnwallet_tui.keys.guard_key import GuardKey, KitUnreadable
from lnwallet_tui.keys.kit import Kit, KitSigner, OurPublished
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import words_of
from tests.keys.pair import HOME, Spend, basepoints_of, commitment, keys_of, signer, spend
from tests.keys.test_signer import find, script_of

KEY = GuardKey(Secret(sha256(b"a guard key")))
ALICE = keys_of("alice")
POINT = signer().per_commitment_point(4)
KIT = Kit.of(ALICE, HOME)
PUBLISHED = Kit.of(ALICE, HOME, OurPublished(4, POINT))
NUMBER, NODE_ID = 7, b"\x02" + bytes(32)
OURS = SpentOutput(0, b"", Sat(1_000), SIGHASH_ALL)


def kit_signer(kit: Kit = KIT) -> KitSigner:
    return KitSigner(kit, basepoints_of("alice"))


@pytest.fixture
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_file, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


@pytest.mark.parametrize("kit", [KIT, PUBLISHED], ids=["open", "published"])
def test_it_comes_back_as_it_was_closed(kit: Kit) -> None:
    row = kit.close(KEY, NUMBER)
    assert Kit.open(KEY, NUMBER, row) == kit
    assert kit.close(KEY, NUMBER) == row
    assert kit.close(KEY, NUMBER + 1) != row


def test_what_was_closed_for_another_channel_or_by_another_key_stays_shut() -> None:
    row = KIT.close(KEY, NUMBER)
    others = [row[:-1], row[:13], b"", b"\x02" + row[1:], row[:-1] + bytes([row[-1] ^ 1])]
    for damaged in others:
        with pytest.raises(KitUnreadable):
            Kit.open(KEY, NUMBER, damaged)
    with pytest.raises(KitUnreadable):
        Kit.open(KEY, NUMBER + 1, row)
    with pytest.raises(KitUnreadable):
        Kit.open(GuardKey(Secret(bytes(32))), NUMBER, row)
    with pytest.raises(KitUnreadable):
        Kit.open(KEY, NUMBER, KEY.close(NUMBER, Secret(bytes(137))))


def test_neither_the_funding_key_nor_any_of_the_wallet_is_in_it() -> None:
    """Whoever opens it finds three secrets of one channel, and none that they could be made of."""
    seed = words_of(sha256(b"alice")).seed()
    schedule = KeySchedule(seed, Network.REGTEST)
    key = schedule.guard_key()
    content = key.open(NUMBER, PUBLISHED.close(key, NUMBER)).reveal()
    held = {name: getattr(ALICE, name).reveal() for name in (one.name for one in fields(ALICE))}
    inside = {name for name, secret in held.items() if secret in content}
    assert inside == {"revocation", "delayed_payment", "htlc"}
    wallet = [schedule.coin_key(change, at) for change in (False, True) for at in range(20)]
    wallet += [schedule.taproot_key(change, at) for change in (False, True) for at in range(20)]
    assert not any(secret.reveal() in content for secret in (*wallet, seed, key.secret))
    assert len(content) == 3 * 32 + 8 + 33 + len(HOME)


def test_every_kind_of_signature_that_is_not_its_own_is_refused() -> None:
    built, kit = commitment("bob", 0), kit_signer(PUBLISHED)
    tx, funding = built.tx, built.funding_input
    to_remote = spend(built, 0)
    asked: list[Callable[[], object]] = [
        lambda: kit.sign_holder_commitment(4, tx, funding),
        lambda: kit.sign_counterparty_commitment(0, tx, funding),
        lambda: kit.sign_counterparty_htlc(tx, funding, POINT),
        lambda: kit.sign_closing(tx, funding),
        lambda: kit.sign_to_remote(to_remote.tx, OURS),
        lambda: kit.sign_anchor(to_remote.tx, OURS),
        lambda: kit.release_secret(0),
        lambda: kit.accept_holder_commitment(0),
        lambda: kit.per_commitment_point(3),
        lambda: kit_signer().per_commitment_point(4),
    ]
    for ask in asked:
        with pytest.raises(SignerRefused):
            ask()
    # The funding output by any of its other ways: no script of it names a key of the kit.
    others: list[Callable[[], object]] = [
        lambda: kit.sign_penalty(to_remote.tx, funding, bytes(31) + b"\x01"),
        lambda: kit.sign_htlc_claim(to_remote.tx, funding, POINT),
        lambda: kit.sign_delayed(to_remote.tx, funding, 4),
        lambda: kit.sign_holder_htlc(to_remote.tx, funding, 4),
    ]
    for ask in others:
        with pytest.raises(SignerRefused, match="does not name our key"):
            ask()


def revoked() -> tuple[bytes, list[tuple[Spend, SpentOutput]]]:
    """Bob's commitment 0 with its secret, and each output that a penalty takes."""
    bob = signer("bob")
    for number in (0, 1):
        bob.accept_holder_commitment(number)
    built = commitment("bob", 0)
    found = []
    for vout in (find(built, ToLocal), find(built, HtlcOutput)):
        one = spend(built, vout)
        spent = SpentOutput(0, script_of(built, vout), one.spent.value, SIGHASH_ALL)
        found.append((one, spent))
    return bob.release_secret(0), found


def test_a_penalty_is_good_and_pays_to_the_wallet_only() -> None:
    secret, outputs = revoked()
    kit = kit_signer()
    point = signer("bob").per_commitment_point(0)
    key = derive_revocation_pubkey(basepoints_of("alice").revocation, point)
    for one, spent in outputs:
        signature = kit.sign_penalty(one.tx, spent, secret)
        assert is_signed_by(key, signature, one.tx, spent)
        away = Tx(2, one.tx.inputs, (*one.tx.outputs, TxOut(Sat(1_000), b"\x00\x14" + bytes(20))))
        with pytest.raises(SignerRefused, match="pays to the wallet only"):
            kit.sign_penalty(away, spent, secret)
        other = SpentOutput(0, spent.witness_script, spent.value, 0x81)
        with pytest.raises(SignerRefused, match="sighash"):
            kit.sign_penalty(one.tx, other, secret)


def test_the_guards_file_opens_with_its_passphrase_only(cheap: None) -> None:
    file = guard_file.wrap(KEY, NODE_ID, Secret(b"owls fly at night"))
    key, node_id = guard_file.unwrap(file, Secret(b"owls fly at night"))
    assert (key.secret, node_id) == (KEY.secret, NODE_ID.hex())
    assert KEY.secret.reveal() not in file
    with pytest.raises(WrongPassphrase):
        guard_file.unwrap(file, Secret(b"owls fly by night"))
    other = file.replace(NODE_ID.hex().encode(), b"03" + bytes(64).replace(b"\0", b"0"))
    with pytest.raises(WrongPassphrase):
        guard_file.unwrap(other, Secret(b"owls fly at night"))
    for damaged in (b"", b"{}", file[:-9], file.replace(b'"version": 1', b'"version": 2')):
        with pytest.raises(GuardFileUnusable):
            guard_file.unwrap(damaged, Secret(b"owls fly at night"))
