"""Names of one machine are one node."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.light.named import each_once
from lnwallet_tui.net.names import addresses_of

KNOWN = {
    "localhost": ("::1", "127.0.0.1"),
    "node.example": ("192.0.2.1",),
    "other.example": ("192.0.2.2", "192.0.2.1"),
}


async def resolve(name: str) -> Sequence[str]:
    return KNOWN.get(name, ())


@pytest.mark.parametrize(
    ("named", "left"),
    [
        ((), ()),
        (("localhost:18444",), ("localhost:18444",)),
        (("127.0.0.1:18444", "localhost:18444"), ("127.0.0.1:18444",)),
        (("localhost:18444", "127.0.0.1:18444", "[::1]:18444"), ("localhost:18444",)),
        (("127.0.0.1:18444", "127.0.0.1"), ("127.0.0.1:18444",)),
        (("127.0.0.1:1", "127.0.0.1:2"), ("127.0.0.1:1", "127.0.0.1:2")),
        (("[::ffff:192.0.2.1]:1", "node.example:1"), ("[::ffff:192.0.2.1]:1",)),
        (("node.example:1", "other.example:1"), ("node.example:1",)),
        (("unknown.example:1", "Unknown.example:1"), ("unknown.example:1",)),
        (("unknown.example:1", "192.0.2.1:1"), ("unknown.example:1", "192.0.2.1:1")),
    ],
)
async def test_each_machine_is_named_once(named: tuple[str, ...], left: tuple[str, ...]) -> None:
    assert await each_once(Network.REGTEST, named, resolve) == left


async def test_a_real_machine_knows_itself_by_its_name() -> None:
    named = ("127.0.0.1:18444", "localhost:18444")
    assert await each_once(Network.REGTEST, named, addresses_of) == named[:1]


async def test_through_a_proxy_no_name_is_looked_up() -> None:
    named = ("127.0.0.1:1", "localhost:1", "LOCALHOST:1")
    assert await each_once(Network.REGTEST, named, None) == named[:2]


async def test_what_is_no_address_is_said() -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        await each_once(Network.REGTEST, ("not an address",), resolve)
