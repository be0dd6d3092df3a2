"""Messages that others have published, byte for byte.

From the developer reference of bitcoin.org (reference/p2p_networking.rst, MIT) and from Bitcoin
Core's src/test/net_tests.cpp (MIT): `stream_addrv1_hex`, `stream_addrv2_hex`,
`cnetaddr_unserialize_v2`.
"""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.block import BlockHeader
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.p2p.addresses import Endpoint, NetworkId, PeerAddress, Service, offers
from lnwallet_tui.p2p.codec import Message, decode, encode
from lnwallet_tui.p2p.control import Addr, AddrV2, FeeFilter, Ping, Verack, Version
from lnwallet_tui.p2p.errors import Malformed, TooLong
from lnwallet_tui.p2p.frame import Deframer, frame
from lnwallet_tui.p2p.inventory import GetHeaders, Headers, Inv, Item, ItemKind

LOOPBACK = bytes(15) + b"\x01"
ADDRESSES = (
    PeerAddress(0x4966BC61, 0, NetworkId.IPV6, LOOPBACK, 0),
    PeerAddress(0x83766279, Service.NETWORK, NetworkId.IPV6, LOOPBACK, 0xF1),
    PeerAddress(
        0xFFFFFFFF,
        Service.WITNESS | Service.COMPACT_FILTERS | Service.NETWORK_LIMITED,
        NetworkId.IPV6,
        LOOPBACK,
        0xF1F2,
    ),
)
ADDR = (
    "03"
    "61bc6649 0000000000000000 00000000000000000000000000000001 0000"
    "79627683 0100000000000000 00000000000000000000000000000001 00f1"
    "ffffffff 4804000000000000 00000000000000000000000000000001 f1f2"
)
ADDRV2 = (
    "03"
    "61bc6649 00 02 10 00000000000000000000000000000001 0000"
    "79627683 01 02 10 00000000000000000000000000000001 00f1"
    "ffffffff fd4804 02 10 00000000000000000000000000000001 f1f2"
)
VERSION = (
    "72110100 0100000000000000 bc8f5e5400000000"
    "0100000000000000 00000000000000000000ffffc61b6409 208d"
    "0100000000000000 00000000000000000000ffffcb0071c0 208d"
    "128035cbc97953f8 0f 2f5361746f7368693a302e392e332f cf050500 01"
)
HEADERS = (
    "01 02000000 b6ff0b1b1680a2862a30ca44d346d9e8910d334beb48ca0c0000000000000000"
    "9d10aa52ee949386ca9385695f04ede270dda20810decd12bc9b048aaab31471"
    "24d95a54 30c31b18 fe9f0864 00"
)


def hash_(text: str) -> bytes:
    return bytes.fromhex(text)


PAYLOADS: list[tuple[str, str, Message]] = [
    ("addr", ADDR, Addr(ADDRESSES)),
    ("addrv2", ADDRV2, AddrV2(ADDRESSES)),
    (
        "addr",
        "01 d91f4854 0100000000000000 00000000000000000000ffffc0000233 208d",
        Addr(
            (
                PeerAddress(
                    1414012889, Service.NETWORK, NetworkId.IPV4, bytes((192, 0, 2, 51)), 8333
                ),
            )
        ),
    ),
    (
        "version",
        VERSION,
        Version(
            70002,
            Service.NETWORK,
            1415483324,
            Endpoint(Service.NETWORK, hash_("00000000000000000000ffffc61b6409"), 8333),
            Endpoint(Service.NETWORK, hash_("00000000000000000000ffffcb0071c0"), 8333),
            0xF85379C9CB358012,
            b"/Satoshi:0.9.3/",
            329167,
        ),
    ),
    (
        "getheaders",  # the reference shows `getblocks`, which is the same but for its answer
        "71110100 02 d39f608a7775b537729884d4e6633bb2105e55a16a14d31b0000000000000000"
        "5c3e6403d40837110a2e8afb602b1c01714bda7ce23bea0a0000000000000000" + 32 * "00",
        GetHeaders(
            70001,
            (
                hash_("d39f608a7775b537729884d4e6633bb2105e55a16a14d31b0000000000000000"),
                hash_("5c3e6403d40837110a2e8afb602b1c01714bda7ce23bea0a0000000000000000"),
            ),
        ),
    ),
    ("headers", HEADERS, Headers((bytes.fromhex(HEADERS)[1:81],))),
    (
        "inv",
        "02 01000000 de55ffd709ac1f5dc509a0925d0b1fc442ca034f224732e429081da1b621f55a"
        "01000000 91d36d997037e08018262978766f24b8a055aaf1d872e94ae85e9817b2c68dc7",
        Inv(
            (
                Item(
                    ItemKind.TX,
                    hash_("de55ffd709ac1f5dc509a0925d0b1fc442ca034f224732e429081da1b621f55a"),
                ),
                Item(
                    ItemKind.TX,
                    hash_("91d36d997037e08018262978766f24b8a055aaf1d872e94ae85e9817b2c68dc7"),
                ),
            )
        ),
    ),
    ("ping", "0094102111e2af4d", Ping(5597941425041871872)),
    ("feefilter", "7cbd000000000000", FeeFilter(48_508)),
]


@pytest.mark.parametrize(("command", "payload", "message"), PAYLOADS)
def test_published_payloads(command: str, payload: str, message: Message) -> None:
    data = bytes.fromhex(payload)
    assert decode(command, data) == message
    assert encode(message) == data


def test_the_published_header_is_one() -> None:
    message = decode("headers", bytes.fromhex(HEADERS))
    assert isinstance(message, Headers)
    header = BlockHeader.parse(message.headers[0])
    assert (header.version, header.time, header.bits) == (2, 1415239972, 0x181BC330)


def test_published_frames() -> None:
    verack = bytes.fromhex("f9beb4d9 76657261636b000000000000 00000000 5df6e0e2")
    assert frame(Network.MAINNET, Verack()) == verack
    version = bytes.fromhex("f9beb4d9 76657273696f6e0000000000 65000000 5f1a69d2" + VERSION)
    frames = Deframer(Network.MAINNET)
    frames.feed(version + verack)
    first = frames.next_message()
    assert isinstance(first, Version)
    assert frame(Network.MAINNET, first) == version
    assert frames.next_message() == Verack()


def entry(address: str) -> bytes:
    """An `addrv2` with one entry; `address` begins with the network's number."""
    return bytes.fromhex("01 00000000 00" + address + "208d")


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("01 04 01020304", "1.2.3.4"),
        ("02 10 0102030405060708090a0b0c0d0e0f10", "102:304:506:708:90a:b0c:d0e:f10"),
        (
            "04 20 79bcc625184b05194975c28b66b66b0469f7f6556fb1ac3189a79b40dda32f1f",
            "pg6mmjiyjmcrsslvykfwnntlaru7p5svn6y2ymmju6nubxndf4pscryd.onion",
        ),
        (
            "05 20 a2894dabaec08c0051a481a6dac88b64f98232ae42d4b6fd2fa81952dfe36a87",
            "ukeu3k5oycgaauneqgtnvselmt4yemvoilkln7jpvamvfx7dnkdq.b32.i2p",
        ),
        ("06 10 fc000001000200030004000500060007", "fc00:1:2:3:4:5:6:7"),
    ],
)
def test_addresses_of_each_network(address: str, host: str) -> None:
    message = decode("addrv2", entry(address))
    assert isinstance(message, AddrV2)
    assert [one.host for one in message.addresses] == [host]
    assert encode(message) == entry(address)


@pytest.mark.parametrize(
    "address",
    [
        "02 10 00000000000000000000ffff01020304",  # IPv4 inside IPv6
        "02 10 fd87d87eeb430102030405060708090a",  # Tor v2 inside IPv6
        "03 0a f1f2f3f4f5f6f7f8f9fa",  # Tor v2, which is no more
        "06 10 aa000001000200030004000500060007",  # not a CJDNS address
        "07 10 02000001000200030004000500060007",  # Yggdrasil: known, not dialled
        "aa 04 01020304",  # a network that we do not know
        "aa 00",
    ],
)
def test_addresses_that_cannot_be_dialled_are_left_out(address: str) -> None:
    assert decode("addrv2", entry(address)) == AddrV2(())


@pytest.mark.parametrize(
    "address",
    [
        "01 05 0102030405",
        "02 04 01020304",
        "03 07 " + 7 * "00",
        "04 00",
        "05 03 010203",
        "06 01 fc",
    ],
)
def test_an_address_of_the_wrong_length_is_an_error(address: str) -> None:
    with pytest.raises(Malformed):
        decode("addrv2", entry(address))


def test_an_address_is_never_longer_than_512_bytes() -> None:
    assert decode("addrv2", entry("aa fd0002" + 512 * "00")) == AddrV2(())
    with pytest.raises(TooLong):
        decode("addrv2", entry("aa fd0102" + 513 * "00"))


def test_addr_tells_tor_v2_in_the_clothes_of_ipv6() -> None:
    raw = bytes.fromhex("01 00000000 0000000000000000 fd87d87eeb430102030405060708090a 208d")
    assert decode("addr", raw) == Addr(())


def test_service_bits_without_a_name_are_kept() -> None:
    strange = 1 << 63 | Service.COMPACT_FILTERS | Service.WITNESS
    one = PeerAddress(0, strange, NetworkId.IPV4, bytes(4), 1)
    assert decode("addrv2", encode(AddrV2((one,)))) == AddrV2((one,))
    assert offers(strange, Service.COMPACT_FILTERS | Service.WITNESS)
    assert not offers(strange, Service.COMPACT_FILTERS | Service.NETWORK)
