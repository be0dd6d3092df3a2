"""Who is whose neighbour, and what strangers may have us dial."""

import ipaddress

import pytest

from lnwallet_tui.chain.hosts import Host, address_of, host_of, is_public
from lnwallet_tui.p2p.addresses import NetworkId, PeerAddress

ONION = "a" * 55 + "d.onion"


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("203.0.113.9:8333", Host("203.0.113.9", NetworkId.IPV4, "203.0/16")),
        ("[2001:DB8:1::7]:8333", Host("2001:db8:1::7", NetworkId.IPV6, "20010db8/32")),
        ("[::ffff:203.0.113.9]:1", Host("203.0.113.9", NetworkId.IPV4, "203.0/16")),
        (f"{ONION}:8333", Host(ONION, NetworkId.TORV3, ONION)),
        (f"{ONION.upper()}:8333", Host(ONION, NetworkId.TORV3, ONION)),
        ("node.example:8333", Host("node.example", None, "node.example")),
    ],
)
def test_the_host_of_an_address(address: str, host: Host) -> None:
    assert host_of(address) == host


@pytest.mark.parametrize("text", ["", ":", "::::", "[", "]:1", "a b", "[zz]:1", "1.2.3:4"])
def test_any_text_has_a_host(text: str) -> None:
    assert host_of(text).network is None


def told(host: str, port: int = 8333) -> PeerAddress:
    address = ipaddress.ip_address(host)
    kind = NetworkId.IPV4 if address.version == 4 else NetworkId.IPV6
    return PeerAddress(0, 0, kind, address.packed, port)


def test_addresses_are_written_as_they_are_read() -> None:
    for one in (
        told("8.8.4.4"),
        told("2600::1"),
        PeerAddress(0, 0, NetworkId.TORV3, b"\7" * 32, 9),
    ):
        written = address_of(one)
        assert host_of(written).network is one.network
        assert host_of(written).name == one.host
        assert written.endswith(f":{one.port}")


@pytest.mark.parametrize("host", ["8.8.4.4", "2600::1", "193.0.6.139"])
def test_what_anybody_may_be_told(host: str) -> None:
    assert is_public(told(host))


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.1.1", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "203.0.113.9"),
        *("::1", "fe80::1", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1", "::"),
    ],
)
def test_what_nobody_may_have_us_dial(host: str) -> None:
    assert not is_public(told(host))


def test_other_services_are_left_alone() -> None:
    assert not is_public(told("8.8.4.4", 25))
    assert not is_public(told("8.8.4.4", 0))


def test_what_needs_a_router_of_its_own_is_not_dialled() -> None:
    assert is_public(PeerAddress(0, 0, NetworkId.TORV3, bytes(32), 8333))
    assert not is_public(PeerAddress(0, 0, NetworkId.I2P, bytes(32), 8333))
    assert not is_public(PeerAddress(0, 0, NetworkId.CJDNS, b"\xfc" + bytes(15), 8333))
