"""What became of a cheat's channel, in sentences whose amounts add up."""

from __future__ import annotations

from collections.abc import Iterator

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel.fees import ANCHOR_VALUE
from lnwallet_tui.onchain.spoils import Spoils


def account(cheat: Spoils) -> str:
    """Every satoshi of the channel: the parts in it add up to the whole."""
    home = f"{_sat(cheat.home)} came to the wallet"
    parts = [home] if cheat.home else []
    return f"Of the channel's {_sat(cheat.whole)}: {', '.join([*parts, *_others(cheat)])}."


def others(cheat: Spoils) -> str:
    """What of it did not come home, after `caught`; empty where all did."""
    rest = cheat.whole - cheat.home
    return f"The other {_sat(rest)}: {', '.join(_others(cheat))}." if rest else ""


def _others(cheat: Spoils) -> Iterator[str]:
    for amount, words in (
        (cheat.coming, "are being taken"),
        (cheat.penalties, "were the fee of the penalty"),
        (cheat.published, "were the fee of the old state"),
        (cheat.anchors, _anchors(cheat.anchors)),
        (cheat.left, "cost more to take than they are worth"),
        (cheat.lost, "were taken by somebody else"),
    ):
        if amount:
            yield f"{_sat(amount)} {words}"


def anchors_of(amount: Sat) -> str:
    """BOLT 3: a side without output or HTLC of its own in the commitment has none."""
    return "its only anchor" if amount == ANCHOR_VALUE else "its anchors"


def _anchors(amount: Sat) -> str:
    costs = (
        "which costs more to take than it holds"
        if amount == ANCHOR_VALUE
        else "which cost more to take than they hold"
    )
    return f"are {anchors_of(amount)}, {costs}"


def caught(cheat: Spoils, peer: str, number: int) -> str:
    """That it was punished, short."""
    lost = f", {_sat(cheat.lost)} were taken by somebody else" if cheat.lost else ""
    return (
        f"{peer} cheated with its old state {number:,}. Of the channel's {_sat(cheat.whole)}, "
        f"{_sat(cheat.home)} came to the wallet{lost}."
    )


def _sat(amount: Sat) -> str:
    return f"{amount.value:,} sat"
