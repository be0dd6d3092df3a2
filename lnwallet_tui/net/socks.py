"""Links through a SOCKS5 proxy (RFC 1928), such as Tor's.

The proxy looks names up: whom we dial, this machine tells nobody else. Each connection has a user
name and a password of its own (RFC 1929), which tells Tor to keep them on ways apart from each
other; a proxy that wants none does not ask for them.
"""

from __future__ import annotations

import secrets
from typing import Final

from python_socks import ProxyConnectionError, ProxyError, ProxyTimeoutError, ProxyType
from python_socks.async_.asyncio.v2 import Proxy

from lnwallet_tui.net.address import split_address
from lnwallet_tui.net.tcp import DialError, TcpLink

TOR_PORT: Final = 9_050
"""Where Tor listens for such connections by itself."""

PROXY_SECONDS: Final = 30.0
"""A way through Tor takes some seconds to be made, to an .onion address some more."""

_LONGEST_NAME: Final = 255  # RFC 1928: its length is one byte

# RFC 1928, section 6: "Reply field".
_REPLIES: Final = {
    2: "The proxy at {proxy} does not allow connections to {address}.",
    3: "The proxy at {proxy} finds no way to {address}.",
    4: "The proxy at {proxy} finds no way to {address}.",
    5: "Nothing listens at {address}, says the proxy at {proxy}.",
    6: "The proxy at {proxy} finds no way to {address}.",
    7: "The proxy at {proxy} makes no such connections.",
    8: "The proxy at {proxy} cannot reach addresses of that kind: {address}.",
}
_FAILED: Final = "The proxy at {proxy} could not reach {address}."
_NO_PROXY: Final = "What listens at {proxy} is no SOCKS5 proxy that would take us."


async def dial_through(proxy: str, address: str, timeout_seconds: float = PROXY_SECONDS) -> TcpLink:
    """A link to `host:port` by way of the proxy at another one. Raises `DialError`."""
    try:
        host, port = split_address(address)
        if len(host.encode("idna")) > _LONGEST_NAME:
            raise ValueError("it is too long")
        proxy_host, proxy_port = split_address(proxy, TOR_PORT)
    except ValueError as error:
        raise DialError(f"{address} is no address: {error}.") from None
    way = Proxy(
        ProxyType.SOCKS5,
        proxy_host,
        proxy_port,
        username=secrets.token_hex(16),
        password=secrets.token_hex(16),
        rdns=True,
    )
    try:
        stream = await way.connect(host, port, timeout=timeout_seconds)
    except (ProxyError, OSError, EOFError, ValueError) as error:
        sentence = _sentence(error, timeout_seconds)
        raise DialError(sentence.format(proxy=proxy, address=address)) from None
    return TcpLink(stream.reader, stream.writer)


def _sentence(error: Exception, seconds: float) -> str:
    match error:
        case ProxyTimeoutError():
            return f"{{address}} did not answer within {seconds:.0f} seconds, through {{proxy}}."
        case ProxyConnectionError():
            return "No proxy answers at {proxy}."
        case ProxyError(error_code=int(code)):
            return _REPLIES.get(code, _FAILED)
        case ProxyError():
            return _NO_PROXY
        case OSError() | EOFError():
            return "The proxy at {proxy} hung up."
        case _:
            return _NO_PROXY  # it answered with what is no text
