"""The node key does what the curve does, for one secret."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.keys.node_key import NodeKey
from lnwallet_tui.keys.secret import Secret

SECRET = sha256(b"node")
KEY = NodeKey(Secret(SECRET))
DIGEST = sha256(b"what is signed")


def test_its_id() -> None:
    assert KEY.public_key == curve.public_key(SECRET)
    assert KEY.public_key.hex() in repr(KEY)


def test_shared_secrets_are_shared() -> None:
    other = NodeKey(Secret(sha256(b"other")))
    assert KEY.ecdh(other.public_key) == other.ecdh(KEY.public_key)
    assert KEY.ecdh(other.public_key) == curve.ecdh(SECRET, other.public_key)


@pytest.mark.parametrize("point", [b"", bytes(33), b"\x02" + bytes(32), b"\x04" + bytes(64)])
def test_a_point_that_is_none(point: bytes) -> None:
    with pytest.raises(curve.CurveError):
        KEY.ecdh(point)


def test_signatures() -> None:
    assert curve.verify(KEY.public_key, DIGEST, KEY.sign(DIGEST))
    signature, recid = KEY.sign_recoverable(DIGEST)
    assert curve.recover(DIGEST, signature, recid) == KEY.public_key


def test_a_secret_that_is_none() -> None:
    with pytest.raises(curve.CurveError):
        NodeKey(Secret(bytes(32)))
