"""`host:port`, as it stands behind the `@` of a node's address."""

from __future__ import annotations

from typing import Final

DEFAULT_PORT: Final = 9735
_MOST_CHARACTERS: Final = 300


def split_address(text: str, default_port: int = DEFAULT_PORT) -> tuple[str, int]:
    """Host and port of `host:port`, `[IPv6]:port`, or a host alone. Raises `ValueError`."""
    host, port = _split(text.strip(), default_port)
    if not host or len(host) > _MOST_CHARACTERS or any(c.isspace() for c in host):
        raise ValueError("an address looks like HOST:PORT")
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 1 << 16):
        raise ValueError("a port is a number from 1 to 65535")
    return host, int(port)


def join_address(host: str, port: int) -> str:
    """As `host:port`, IPv6 in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _split(text: str, default_port: int) -> tuple[str, str]:
    if text.startswith("["):
        host, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("an IPv6 address looks like [ADDRESS]:PORT")
        return host, rest[1:] if rest else str(default_port)
    if text.count(":") > 1:  # an IPv6 address alone
        return text, str(default_port)
    host, colon, port = text.partition(":")
    return host, port if colon else str(default_port)
