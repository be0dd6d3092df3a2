"""Numbers and names as a person or a script typed them: read, or refused."""

from __future__ import annotations

from lnwallet_tui.api.notes import LONGEST_NOTE
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import AmountError, Msat, Sat
from lnwallet_tui.node import refusing


def sat(amount_sat: int) -> Sat | Refused:
    """An amount in satoshi."""
    try:
        return Sat(amount_sat)
    except AmountError:
        return refusing.no_such_amount()


def msat(amount_msat: int) -> Msat | Refused:
    """An amount in thousandths of a satoshi."""
    try:
        return Msat(amount_msat)
    except AmountError:
        return refusing.no_such_amount()


def name(text: str) -> bytes | None:
    """An id in hex; None where it is none."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def note(text: str) -> Untrusted | Refused:
    """The user's own words, as they are kept."""
    if len(text) > LONGEST_NOTE:
        return Refused(
            RefusalCode.BAD_INPUT,
            f"A note has at most {LONGEST_NOTE} characters.",
            "Make it shorter.",
        )
    try:
        text.encode()
    except UnicodeEncodeError:  # a terminal that sends something else than UTF-8
        return Refused(
            RefusalCode.BAD_INPUT, "The note has something in it that is no text.", "Type it anew."
        )
    return Untrusted(text)
