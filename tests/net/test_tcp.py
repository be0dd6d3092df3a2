"""TCP on loopback: a conversation, refusals in plain words, closing, a peer that never reads."""

import asyncio
import gc
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from lnwallet_tui.net.link import MOST_READ
from lnwallet_tui.net.tcp import MOST_UNSENT, DialError, TcpLink, dial, listen
from lnwallet_tui.peer.connection import Handshaken, InitReceived, PeerConnection
from tests.peer.pair import OUR_INIT, alice, bob, events


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[TcpLink, TcpLink]]:
    """A dialled link and its accepted end, both closed afterwards."""
    accepted: asyncio.Queue[TcpLink] = asyncio.Queue()
    listener = await listen(accepted.put_nowait, "127.0.0.1")
    dialled = await dial(f"127.0.0.1:{listener.port}")
    other = await accepted.get()
    listener.close()
    try:
        yield dialled, other
    finally:
        for link in (dialled, other):
            link.close()
        await drained(dialled)
        await drained(other)


async def drained(link: TcpLink) -> None:
    """Until the system has let go of the socket."""
    await asyncio.wait([asyncio.create_task(link._writer.wait_closed())])


async def read_exactly(link: TcpLink, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = await link.read()
        assert part, "closed too early"
        data += part
    return data


async def test_bytes_go_both_ways() -> None:
    async with connected() as (one, other):
        one.write(b"there")
        other.write(b"back")
        assert await read_exactly(one, 4) == b"back"
        assert await read_exactly(other, 5) == b"there"


async def test_one_read_is_bounded() -> None:
    async with connected() as (one, other):
        one.write(bytes(5 * MOST_READ))
        left = 5 * MOST_READ
        while left:
            part = await other.read()
            assert 0 < len(part) <= MOST_READ
            left -= len(part)


async def test_closing_comes_after_what_was_written() -> None:
    async with connected() as (one, other):
        one.write(b"bye")
        one.close()
        one.write(b"too late")
        assert await one.read() == b""
        assert await read_exactly(other, 3) == b"bye"
        assert await other.read() == b""


async def test_closing_wakes_our_own_reader() -> None:
    async with connected() as (one, _):
        reader = asyncio.create_task(one.read())
        await asyncio.sleep(0)
        one.close()
        assert await reader == b""


async def test_a_reset_is_a_close() -> None:
    async with connected() as (one, other):
        one.write(b"unread")
        await read_exactly(other, 1)
        other._writer.transport.abort()
        assert await one.read() == b""


async def test_a_peer_that_never_reads_is_cut_off() -> None:
    async with connected() as (one, _):
        for _ in range(MOST_UNSENT // MOST_READ * 4):
            one.write(bytes(MOST_READ))
        assert not one.is_open
        assert await one.read() == b""


async def test_nothing_listens() -> None:
    listener = await listen(lambda _: None, "127.0.0.1")
    port = listener.port
    listener.close()
    with pytest.raises(DialError, match=f"^Nothing listens at 127.0.0.1:{port}.$"):
        await dial(f"127.0.0.1:{port}")


async def test_no_answer_in_time() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(DialError, match=r"did not answer within 0 seconds\.$"),
    ):
        await dial(f"127.0.0.1:{silent.getsockname()[1]}", timeout_seconds=0)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nonsense:port", "is no address: a port is a number"),
        ("abcdef.onion:9735", "is a Tor address"),
        ("a..b:9735", "is not known"),
    ],
)
async def test_an_address_that_cannot_be_dialled(address: str, sentence: str) -> None:
    with pytest.raises(DialError, match=sentence):
        await dial(address)


async def serve(connection: PeerConnection, link: TcpLink, until: type) -> list[object]:
    """Run a connection over a link until an event of this type."""
    told: list[object] = []
    while not any(isinstance(event, until) for event in told):
        link.write(connection.data_to_send())
        connection.receive_data(await link.read(), 0)
        told += events(connection)
        link.write(connection.data_to_send())
    return told


async def test_two_peers_shake_hands() -> None:
    async with connected() as (one, other):
        told = await asyncio.gather(
            serve(alice(), one, InitReceived), serve(bob(), other, InitReceived)
        )
    assert [type(event) for event in told[0]] == [Handshaken, InitReceived]
    assert told[1][1] == InitReceived(OUR_INIT)


@pytest.mark.parametrize("turns", range(16))
async def test_a_dial_that_is_given_up_leaves_no_socket(turns: int) -> None:
    """Wherever it stands: one that nobody closes would be a warning, and so a failure."""
    # Connected by the system, whether somebody accepts or not.
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        dialling = asyncio.create_task(dial(f"127.0.0.1:{port}"))
        for _ in range(turns):
            await asyncio.sleep(0)
        dialling.cancel()
        [outcome] = await asyncio.gather(dialling, return_exceptions=True)
        if isinstance(outcome, TcpLink):
            outcome.close()
            await drained(outcome)
        del dialling, outcome
        await asyncio.sleep(0)
        gc.collect()


async def test_a_name_is_tried_at_each_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at the first, the second never answers, and the third does."""
    with socket.socket() as closed, socket.create_server(("127.0.0.1", 0)) as listener:
        closed.bind(("127.0.0.1", 0))  # without listening
        addresses = [closed.getsockname(), ("192.0.2.1", 9735), listener.getsockname()]

        def look_up(*_name: object, flags: int = 0, **_kind: object) -> list[object]:
            if flags & socket.AI_NUMERICHOST:
                raise socket.gaierror("a name")
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", one) for one in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        link = await dial("somebody.test:9735")
        assert link._writer.get_extra_info("peername") == listener.getsockname()
        link.close()
        await drained(link)


async def test_a_name_is_looked_up_by_nobody_for_whom_the_program_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without a network that takes half a minute; all threads of the loop are waited for."""
    go_on = threading.Event()
    threads: list[threading.Thread] = []

    def look_up(*_name: object, flags: int = 0, **_kind: object) -> list[object]:
        if not flags & socket.AI_NUMERICHOST:
            threads.append(threading.current_thread())
            go_on.wait()
        raise socket.gaierror("no network")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    with pytest.raises(DialError, match="did not answer"):
        await dial("somebody.test:9735", timeout_seconds=0.01)
    go_on.set()
    [thread] = threads
    assert thread.daemon
    thread.join()
