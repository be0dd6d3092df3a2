"""How a peer that is away comes back: the same words wherever they stand."""

from __future__ import annotations


def coming_back(address: str) -> str:
    """A sentence of one that a channel needs; `address` is where it is dialled, empty where that is
    not known."""
    if address:
        return "It is dialled again by itself."
    return (
        "This wallet knows no address of it: it comes by itself, or you connect to it at one that "
        "its owner tells you."
    )
