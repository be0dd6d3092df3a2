"""A route of the tests' own: nodes with known secrets, and onions for them."""

from functools import partial

from hypothesis import strategies as st

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.onion.sphinx import BuiltOnion, Ecdh, build_onion

SESSION_KEY = bytes([0x41]) * 32
HASH = bytes([0x42]) * 32


def secret(hop: int) -> bytes:
    """The secret key of the node at this hop."""
    return bytes([hop + 1]) * 32


def ecdh_of(hop: int) -> Ecdh:
    """The node's own half of the key agreement."""
    return partial(curve.ecdh, secret(hop))


def onion_for(*payloads: bytes) -> BuiltOnion:
    """An onion with these payloads, one a hop."""
    hops = [(curve.public_key(secret(i)), payload) for i, payload in enumerate(payloads)]
    return build_onion(SESSION_KEY, hops, HASH)


routes = st.lists(st.binary(min_size=2, max_size=60), min_size=1, max_size=12)
"""Payloads of a route that fits into one onion."""
