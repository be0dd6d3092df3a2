"""Numbers and names as a person or a script typed them: read, or refused."""

from __future__ import annotations

from lnwallet_tui.api.refusals import Refused
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
