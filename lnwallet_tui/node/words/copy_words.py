"""What is said of a folder that may be an older copy of the wallet."""

from __future__ import annotations

from typing import Final

OVER: Final = (
    "This wallet's folder is not taken for an older copy any more: of each channel the peer has "
    "shown by now where it stands, or it is closed. The wallet goes on as usual."
)
NOT_ALONE: Final = (
    "This wallet's folder may be an older copy: do not close alone before the peer is there, for "
    "that could lose the whole channel."
)


def standing(count: int) -> str:
    """As long as some are suspected."""
    channels, wait = ("channel", "waits") if count == 1 else ("channels", "wait")
    return (
        f"This wallet's folder may be an older copy: {count} {channels} {wait} for the peer to "
        "show whether the state here is the newest. Leave the wallet on until then."
    )


def older() -> tuple[str, str]:
    """It is known to be one; and what to do."""
    return (
        "This wallet's folder is an older copy: its channels have gone on since it was made. "
        "To publish an old state of a channel loses all of it, so the wallet closes none alone by "
        "itself, and has the peers close those that are older here.",
        "If you have the newer folder, quit now and put it back. If not, leave the wallet on until "
        "each peer was reached; do not close alone.",
    )


def elsewhere() -> tuple[str, str]:
    """It may be one; and what to do."""
    return (
        "This wallet's folder was moved or copied here, or what this computer kept of it outside "
        "of the folder is gone. If it is an older copy, closing a channel alone would lose it: the "
        "wallet does not by itself before the peer has shown which state is the newest.",
        "If you only moved it, you need do nothing: this ends once the peers are reached. If the "
        "wallet was used elsewhere since it was copied, quit, and go on with that folder.",
    )


def held_back(payment: str, peer: str) -> tuple[str, str]:
    """`payment` says which and when it expires, and asks for a close that is not done."""
    return (
        f"{payment} The channel would be closed alone for it, but this wallet's folder may be an "
        f"older copy, and {peer} has not shown yet whether the state here is the newest: the "
        "wallet does not close it by itself.",
        "If the folder is no older copy, close the channel alone now. If it is one, closing would "
        f"lose the whole channel: leave the wallet on until {peer} can be reached.",
    )
