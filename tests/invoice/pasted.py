"""Texts that would keep a careless pattern busy."""

from typing import Final

from tests.invoice.invoices import NODE_ID

PIECES: Final = ("a", "1", "a.", "a1", "ln", "@", "lnbc1 ", "bitcoin:", "&a=")
STARTS: Final = ("", "lnbc", "a@", "bitcoin:x?", f"{NODE_ID}@")


def hostile(start: str, piece: str, length: int) -> str:
    """So many characters, the last of which fits nothing that came before."""
    return (start + piece * length)[: length - 1] + "!"
