"""Dialling through a SOCKS5 proxy: what it is told, what it is not, and what it says."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lnwallet_tui.net.dialling import Dialling
from lnwallet_tui.net.link import DialFailed
from lnwallet_tui.net.socks import dial_through
from lnwallet_tui.net.tcp import DialError, TcpLink, dial, listen
from lnwallet_tui.peer.connection import Handshaken, InitReceived
from tests.net.socks_server import (
    EXPIRED,
    FAILED,
    IPV4,
    IPV6,
    NAME,
    NO_LOGIN,
    NO_SUCH_ADDRESS,
    NO_SUCH_COMMAND,
    NOT_ALLOWED,
    PASSWORD,
    REFUSED,
    SPEAKS_FIRST,
    UNREACHABLE,
    UNREACHABLE_NET,
    SocksServer,
    saying,
)
from tests.net.test_tcp import drained, read_exactly, serve
from tests.peer.pair import alice, bob

ONION = "a" * 55 + "d.onion"
SOMEBODY = "somebody.example"


class Listening:
    """Somebody behind the proxy."""

    def __init__(self) -> None:
        self.accepted: asyncio.Queue[TcpLink] = asyncio.Queue()
        self.port = 0


@asynccontextmanager
async def listening() -> AsyncIterator[Listening]:
    there = Listening()
    listener = await listen(there.accepted.put_nowait, "127.0.0.1")
    there.port = listener.port
    try:
        yield there
    finally:
        listener.close()


async def closed(*links: TcpLink) -> None:
    for link in links:
        link.close()
    for link in links:
        await drained(link)


async def test_bytes_go_both_ways() -> None:
    async with listening() as there, SocksServer().open() as proxy:
        link = await dial_through(proxy.address, f"127.0.0.1:{there.port}")
        other = await there.accepted.get()
        link.write(b"there")
        other.write(b"back")
        assert await read_exactly(link, 4) == b"back"
        assert await read_exactly(other, 5) == b"there"
        other.close()
        assert await link.read() == b""
        await closed(link, other)


async def test_two_peers_shake_hands_through_it() -> None:
    async with listening() as there, SocksServer(names={ONION: there.port}).open() as proxy:
        link = await Dialling(proxy.address).dial(b"\2" * 33, f"{ONION}:9735")
        assert isinstance(link, TcpLink)
        other = await there.accepted.get()
        told = await asyncio.gather(
            serve(alice(), link, InitReceived), serve(bob(), other, InitReceived)
        )
        assert [type(event) for event in told[0]] == [Handshaken, InitReceived]
        await closed(link, other)


@pytest.mark.parametrize("name", [SOMEBODY, ONION])
async def test_names_are_the_proxys_affair(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[object] = []
    real = socket.getaddrinfo

    def look_up(host: object, *rest: object, **more: object) -> object:
        looked_up.append(host)
        return real(host, *rest, **more)  # type: ignore[arg-type]  # whatever they are

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with listening() as there, SocksServer(names={name: there.port}).open() as proxy:
        link = await dial_through(f"localhost:{proxy.port}", f"{name}:8333")
        [request] = proxy.requests
        assert (request.kind, request.host, request.port) == (NAME, name, 8333)
        assert name not in looked_up
        await closed(link, await there.accepted.get())


async def test_an_ip_address_is_said_as_one() -> None:
    async with SocksServer(reply=UNREACHABLE).open() as proxy:
        for address in ("192.0.2.7:8333", "[2001:db8::7]:8333"):
            with pytest.raises(DialError):
                await dial_through(proxy.address, address)
        assert [one.kind for one in proxy.requests] == [IPV4, IPV6]
        assert [one.host for one in proxy.requests] == ["192.0.2.7", "2001:db8::7"]


async def test_no_two_connections_have_a_login_in_common() -> None:
    async with SocksServer(reply=FAILED).open() as proxy:
        for _ in range(4):
            with pytest.raises(DialError):
                await dial_through(proxy.address, "192.0.2.7:8333")
        words = [word for one in proxy.requests for word in one.login or ()]
        assert len(words) == len(set(words)) == 8
        assert all(len(word) >= 16 for word in words)


async def test_a_proxy_without_logins_does() -> None:
    async with listening() as there, SocksServer(logins=(NO_LOGIN,)).open() as proxy:
        link = await dial_through(proxy.address, f"127.0.0.1:{there.port}")
        assert proxy.requests[0].login is None
        await closed(link, await there.accepted.get())


@pytest.mark.parametrize(
    "bound", [bytes((IPV4, 1, 2, 3, 4, 5, 6)), bytes((IPV6, *range(18))), b"\3\4name\1\2"]
)
async def test_what_the_other_side_says_at_once_is_not_lost(bound: bytes) -> None:
    async with listening() as there:
        server = SocksServer(names={SOMEBODY: there.port}, bound=bound)
        async with server.open() as proxy:
            dialling = asyncio.create_task(
                dial_through(proxy.address, f"{SOMEBODY}:{SPEAKS_FIRST}")
            )
            other = await there.accepted.get()
            other.write(b"first")
            link = await dialling
            assert await read_exactly(link, 5) == b"first"
            await closed(link, other)


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (FAILED, "The proxy at P could not reach A."),
        (NOT_ALLOWED, "The proxy at P does not allow connections to A."),
        (UNREACHABLE_NET, "The proxy at P finds no way to A."),
        (UNREACHABLE, "The proxy at P finds no way to A."),
        (REFUSED, "Nothing listens at A, says the proxy at P."),
        (EXPIRED, "The proxy at P finds no way to A."),
        (NO_SUCH_COMMAND, "The proxy at P makes no such connections."),
        (NO_SUCH_ADDRESS, "The proxy at P cannot reach addresses of that kind: A."),
        (0xF0, "What listens at P is no SOCKS5 proxy that would take us."),
    ],
)
async def test_what_the_proxy_says_is_said(reply: int, sentence: str) -> None:
    async with SocksServer(reply=reply).open() as proxy:
        with pytest.raises(DialError) as failed:
            await dial_through(proxy.address, f"{SOMEBODY}:8333")
        said = str(failed.value).replace(proxy.address, "P").replace(f"{SOMEBODY}:8333", "A")
        assert said == sentence


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"", r"^The proxy at \S+ hung up\.$"),
        (b"\5", r"^The proxy at \S+ hung up\.$"),
        (b"\5\0\5\0\0\1\1\2", r"^The proxy at \S+ hung up\.$"),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "is no SOCKS5 proxy"),
        (b"\4\0", "is no SOCKS5 proxy"),
        (b"\5\xff", "is no SOCKS5 proxy"),
        (b"\5\1", "is no SOCKS5 proxy"),
        (b"\5\2\1\1", "is no SOCKS5 proxy"),
        (b"\5\0\5\0\0\3\2\xff\xff\0\0", "is no SOCKS5 proxy"),
    ],
)
async def test_what_is_no_proxy_is_said(answer: bytes, sentence: str) -> None:
    async with saying(answer) as address:
        with pytest.raises(DialError, match=sentence):
            await dial_through(address, f"{SOMEBODY}:8333")


async def test_nobody_listens_where_the_proxy_should() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        proxy = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(DialError, match=f"^No proxy answers at {proxy}.$"):
            await dial_through(proxy, f"{SOMEBODY}:8333")


async def test_no_answer_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        proxy = f"127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(DialError, match=f"did not answer within 0 seconds, through {proxy}"):
            await dial_through(proxy, f"{SOMEBODY}:8333", timeout_seconds=0.01)


@pytest.mark.parametrize("address", ["nonsense:port", "a..b:1", ".".join(["x" * 60] * 5) + ":1"])
async def test_an_address_that_cannot_be_said(address: str) -> None:
    async with SocksServer().open() as proxy:
        with pytest.raises(DialError, match="is no address: "):
            await dial_through(proxy.address, address)
        assert proxy.requests == []


@pytest.mark.parametrize("turns", range(24))
async def test_a_dial_that_is_given_up_leaves_no_socket(turns: int) -> None:
    """Wherever it stands: one that nobody closes would be a warning, and so a failure."""
    async with listening() as there:
        address = f"127.0.0.1:{there.port}"
        async with SocksServer().open() as proxy:
            dialling = asyncio.create_task(dial_through(proxy.address, address))
            for _ in range(turns):
                await asyncio.sleep(0)
            dialling.cancel()
            [outcome] = await asyncio.gather(dialling, return_exceptions=True)
            if isinstance(outcome, TcpLink):
                await closed(outcome)
            del dialling, outcome
            await closed(await dial_through(proxy.address, address))  # it has taken the first too
        last = await dial(address)
        ours = last._writer.get_extra_info("sockname")
        await closed(last)
        while True:  # whoever came before is there as well
            other = await there.accepted.get()
            theirs = other._writer.get_extra_info("peername")
            await closed(other)
            if theirs == ours:
                break
    gc.collect()


# -- straight or by proxy


async def test_straight_without_a_proxy() -> None:
    async with listening() as there:
        link = await Dialling().dial(b"\2" * 33, f"127.0.0.1:{there.port}")
        assert isinstance(link, TcpLink)
        await closed(link, await there.accepted.get())
        with pytest.raises(DialFailed, match="is a Tor address"):
            await Dialling().open(f"{ONION}:8333")


async def test_everything_goes_by_the_proxy() -> None:
    async with listening() as there, SocksServer(logins=(PASSWORD,)).open() as proxy:
        link = await Dialling(proxy.address).open(f"127.0.0.1:{there.port}")
        assert [one.port for one in proxy.requests] == [there.port]
        await closed(link, await there.accepted.get())


def test_the_proxys_address_is_looked_at() -> None:
    assert Dialling("tor.local").proxy == "tor.local:9050"
    assert Dialling("[::1]").proxy == "[::1]:9050"
    with pytest.raises(ValueError, match="a port is a number"):
        Dialling("127.0.0.1:many")
