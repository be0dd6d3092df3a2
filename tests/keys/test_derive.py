"""The key schedule against its own vectors, which never change, and against its own text."""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.bip32 import ExtendedKey, parse_path
from lnwallet_tui.bitcoin.curve import public_key
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.shachain import generate_from_seed
from lnwallet_tui.coins.coin import KeyPath, script_at
from lnwallet_tui.keys import derive
from lnwallet_tui.keys.backup_key import BackupKey
from lnwallet_tui.keys.derive import ChannelKeyId, KeySchedule
from lnwallet_tui.keys.secret import Secret
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.keys.signer import Signer
from tests.bips import vectors

_FILE = Path(__file__).resolve().parents[1] / "vectors" / "keys" / "schedule.json"
WALLETS = json.loads(_FILE.read_text())["wallets"]

Json = dict[str, Any]
pytestmark = pytest.mark.parametrize("wallet", WALLETS, ids=lambda wallet: wallet["network"])


def schedule(wallet: Json) -> KeySchedule:
    return KeySchedule(parse_words(wallet["words"]).seed(), Network(wallet["network"]))


def root(wallet: Json) -> ExtendedKey:
    return ExtendedKey.from_seed(parse_words(wallet["words"]).seed().reveal())


def last_step(path: str) -> int:
    return parse_path(path)[-1] & 0x7FFF_FFFF


def test_coins(wallet: Json) -> None:
    keys, network = schedule(wallet), Network(wallet["network"])
    for coin in wallet["coins"]:
        change, index = parse_path(coin["path"])[-2:]
        secret = keys.coin_key(bool(change), index).reveal()
        script = script_at(keys.account(), KeyPath(bool(change), index))
        assert public_key(secret).hex() == coin["pubkey"]
        assert script_to_address(script, network) == coin["address"]
        assert root(wallet).derive(coin["path"]).secret == secret


def test_taproot_coins(wallet: Json) -> None:
    keys, network = schedule(wallet), Network(wallet["network"])
    for coin in wallet["taproot_coins"]:
        change, index = parse_path(coin["path"])[-2:]
        secret = keys.taproot_key(bool(change), index).reveal()
        path = KeyPath(bool(change), index, taproot=True)
        assert public_key(secret).hex() == coin["pubkey"]
        assert (
            script_to_address(script_at(keys.taproot_account(), path), network) == coin["address"]
        )
        assert root(wallet).derive(coin["path"]).secret == secret


def test_node(wallet: Json) -> None:
    path = wallet["node"]["path"]
    assert schedule(wallet).node_key().public_key.hex() == wallet["node"]["pubkey"]
    assert root(wallet).derive(path).pubkey.hex() == wallet["node"]["pubkey"]


def test_channels(wallet: Json) -> None:
    for channel in wallet["channels"]:
        key_id = ChannelKeyId(last_step(channel["path"]), bytes.fromhex(channel["salt"]))
        signer = Signer(schedule(wallet).channel_keys(key_id))
        points = signer.basepoints
        assert {
            "funding_pubkey": points.funding_pubkey.hex(),
            "revocation_basepoint": points.revocation.hex(),
            "payment_basepoint": points.payment.hex(),
            "delayed_payment_basepoint": points.delayed_payment.hex(),
            "htlc_basepoint": points.htlc.hex(),
        }.items() <= channel.items()
        for number, point in channel["per_commitment_points"].items():
            assert signer.per_commitment_point(int(number)).hex() == point


def test_channels_by_the_text_of_the_schedule(wallet: Json) -> None:
    for channel in wallet["channels"]:
        names = ["funding_pubkey", "revocation_basepoint", "payment_basepoint"]
        names += ["delayed_payment_basepoint", "htlc_basepoint"]
        for step, name in enumerate(names):
            key = root(wallet).derive(f"{channel['path']}/{step}'")
            assert key.pubkey.hex() == channel[name]
        commitment = root(wallet).derive(f"{channel['path']}/5'").secret
        seed = hmac.digest(commitment, bytes.fromhex(channel["salt"]), "sha256")
        first = generate_from_seed(seed, (1 << 48) - 1)
        assert public_key(first).hex() == channel["per_commitment_points"]["0"]


def test_payments(wallet: Json) -> None:
    for payment in wallet["payments"]:
        nonce, key = bytes.fromhex(payment["nonce"]), schedule(wallet).payment_key()
        payment_hash = sha256(key.preimage(nonce))
        assert payment_hash.hex() == payment["payment_hash"]
        hashed = sha256(key.payment_secret(payment_hash))
        assert hashed.hex() == payment["sha256_of_payment_secret"]
        by_hand = root(wallet).derive(payment["path"]).secret
        preimage = hmac.digest(by_hand, b"preimage" + nonce, "sha256")
        assert hashlib.sha256(preimage).hexdigest() == payment["payment_hash"]


def test_the_backup_key(wallet: Json) -> None:
    """The vector was made with nothing but HMAC and integers."""
    backup = wallet["backup"]
    by_hand = root(wallet).derive(backup["path"]).secret
    assert hashlib.sha256(by_hand).hexdigest() == backup["sha256_of_key"]
    file = schedule(wallet).backup_key().close(b"content")
    assert BackupKey(Secret(by_hand)).open(file) == b"content"


def test_the_guard_key(wallet: Json) -> None:
    """The vector was made in the same way."""
    guard = wallet["guard"]
    by_hand = root(wallet).derive(guard["path"]).secret
    assert hashlib.sha256(by_hand).hexdigest() == guard["sha256_of_key"]
    assert schedule(wallet).guard_key().secret == Secret(by_hand)


def test_a_payment_basepoint_is_found_by_its_number_alone(wallet: Json) -> None:
    for channel in wallet["channels"]:
        found = schedule(wallet).payment_basepoint(last_step(channel["path"]))
        assert found.hex() == channel["payment_basepoint"]


def test_the_account_is_public(wallet: Json) -> None:
    account = schedule(wallet).account()
    coin = Network(wallet["network"]).coin_type
    assert account == root(wallet).derive(f"m/84'/{coin}'/0'").public()


def test_the_first_wallet_is_the_one_of_bip84(wallet: Json) -> None:
    bip84 = vectors("bip84")
    if wallet["words"] != bip84["mnemonic"] or wallet["network"] != "mainnet":
        assert wallet["coins"][0] not in bip84["addresses"]
        return
    assert wallet["coins"][:3] == bip84["addresses"]


def test_the_same_index_with_another_salt_has_other_per_commitment_secrets_only(
    wallet: Json,
) -> None:
    keys = schedule(wallet)
    one = keys.channel_keys(ChannelKeyId(5, bytes(32)))
    other = keys.channel_keys(ChannelKeyId(5, bytes(31) + b"\x01"))
    assert one.basepoints() == other.basepoints()
    assert one.commitment_seed != other.commitment_seed


def test_no_two_keys_are_the_same(wallet: Json) -> None:
    keys = schedule(wallet)
    secrets = [keys.coin_key(change, index) for change in (False, True) for index in range(5)]
    for index in range(5):
        channel = keys.channel_keys(ChannelKeyId(index, bytes(32)))
        secrets += [channel.funding, channel.revocation, channel.payment]
        secrets += [channel.delayed_payment, channel.htlc, channel.commitment_seed]
    secrets += [keys.taproot_key(change, at) for change in (False, True) for at in range(5)]
    assert len({secret.reveal() for secret in secrets}) == len(secrets) == 50


def test_every_path_of_the_vectors_is_in_the_written_schedule(wallet: Json) -> None:
    assert derive.__doc__ is not None
    for text in (
        "m/84'/coin'/0'/0/i", "m/86'/coin'/0'/1/i", "m/9735'/coin'/0'", "m/9735'/coin'/1'/c'/5'",
        "m/9735'/coin'/3'", "m/9735'/coin'/4'",
    ):  # fmt: skip
        assert text in derive.__doc__
    rows = [wallet["node"], *wallet["coins"], *wallet["channels"], *wallet["payments"]]
    rows += [wallet["backup"], wallet["guard"], *wallet["taproot_coins"]]
    assert {row["path"].split("/")[1] for row in rows} == {"84'", "86'", "9735'"}


@pytest.mark.parametrize(
    ("index", "salt"), [(-1, bytes(32)), (1 << 31, bytes(32)), (0, b""), (0, bytes(31))]
)
def test_a_key_id_that_is_none(wallet: Json, index: int, salt: bytes) -> None:
    with pytest.raises(AssertionError):
        ChannelKeyId(index, salt)
