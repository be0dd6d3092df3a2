"""Since when a wallet that is restored can have had coins, as somebody says it."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.refusals import RefusalCode, Refused

_TO_COME: Final = Refused(
    RefusalCode.BAD_INPUT,
    "That month has not begun yet.",
    "Name the month in which the wallet was first used, or none.",
)


def refused(birthday: int, now: int) -> Refused | None:
    """Both in Unix seconds. One that is to come is a slip, and no block would be looked at."""
    return _TO_COME if birthday > now else None
