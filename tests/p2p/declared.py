"""Messages for tests, drawn from the declarations themselves: what is declared is tested."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from lnwallet_tui.p2p import addresses, fields
from lnwallet_tui.p2p.addresses import Endpoint, NetworkId, PeerAddress
from lnwallet_tui.p2p.codec import MESSAGES, Message, Unknown
from lnwallet_tui.p2p.message import Layout, RecordOf

services = st.integers(0, (1 << 64) - 1)
ports = st.integers(0, 0xFFFF)
LENGTHS = {
    NetworkId.IPV4: 4,
    NetworkId.IPV6: 16,
    NetworkId.TORV3: 32,
    NetworkId.I2P: 32,
    NetworkId.CJDNS: 16,
}


def peer_addresses(*networks: NetworkId) -> st.SearchStrategy[PeerAddress]:
    """Addresses on some of the networks."""

    def of(network: NetworkId) -> st.SearchStrategy[PeerAddress]:
        length = LENGTHS[network]
        raw = st.binary(min_size=length, max_size=length)
        if network in (NetworkId.CJDNS, NetworkId.IPV6):
            first = b"\xfc" if network is NetworkId.CJDNS else b"\x20"
            raw = raw.map(lambda data: first + data[1:])
        return st.builds(
            PeerAddress, st.integers(0, (1 << 32) - 1), services, st.just(network), raw, ports
        )

    return st.sampled_from(networks).flatmap(of)


def values(codec: fields.AnyCodec) -> st.SearchStrategy[Any]:
    """What a codec can write."""
    match codec:
        case fields.Unsigned():
            return st.integers(0, (1 << 8 * codec.width) - 1)
        case fields.Signed():
            half = 1 << 8 * codec.width - 1
            return st.integers(-half, half - 1)
        case fields.Fixed():
            return st.binary(min_size=codec.width, max_size=codec.width)
        case fields.Counted():
            return st.binary(max_size=min(80, codec.limit))
        case fields.Rest():
            return st.binary(min_size=codec.least, max_size=codec.least + 80)
        case fields.HeaderOfBlock():
            return st.binary(min_size=80, max_size=80)
        case fields.Flag():
            return st.booleans()
        case fields.Many():
            return st.lists(values(codec.item), max_size=4).map(tuple)
        case RecordOf():
            return declared(codec.declaration, codec.declaration.LAYOUT)
        case addresses.EndpointField():
            return st.builds(Endpoint, services, st.binary(min_size=16, max_size=16), ports)
        case addresses.AddressesV1():
            of_internet = peer_addresses(NetworkId.IPV4, NetworkId.IPV6)
            return st.lists(of_internet, max_size=4).map(tuple)
        case addresses.AddressesV2():
            return st.lists(peer_addresses(*NetworkId), max_size=4).map(tuple)
        case _:
            raise AssertionError(f"no strategy for {codec}")


def declared(declaration: type[Any], layout: Layout) -> st.SearchStrategy[Any]:
    """Instances of a declared message or record."""
    return st.builds(declaration, **{name: values(codec) for name, codec in layout})


known: st.SearchStrategy[Message] = st.sampled_from(list(MESSAGES.values())).flatmap(
    lambda declaration: declared(declaration, declaration.LAYOUT)
)
unknown: st.SearchStrategy[Message] = st.builds(
    Unknown,
    st.from_regex(r"[ -~]{1,12}", fullmatch=True).filter(lambda command: command not in MESSAGES),
    st.binary(max_size=80),
)
messages = known | unknown
