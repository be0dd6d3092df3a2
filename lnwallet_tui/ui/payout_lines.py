"""Lines such as `ADDRESS 25,000`, one for each who is to be paid; and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.spending import Payouts, Sending
from lnwallet_tui.ui import format as fmt

MOST_LINES: Final = 500
ALL: Final = "all"
HOW: Final = "A line for each: ADDRESS AMOUNT, in satoshis. One line ADDRESS all sends everything."


@dataclass(frozen=True, slots=True)
class Lines:
    """As they were read; with `everything` there is one address, and its amount says nothing."""

    payouts: Payouts
    everything: bool = False


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and what to do."""

    message: str
    remedy: str


def read(text: str) -> Lines | Wrong:
    """What was typed; empty lines say nothing."""
    lines = [line.split(maxsplit=1) for line in text.splitlines() if line.strip()]
    if not lines:
        return Wrong("Nobody is to be paid yet.", "Type an address and an amount.")
    if len(lines) > MOST_LINES:
        return Wrong("So many cannot be paid at once.", f"Type at most {MOST_LINES} lines.")
    if len(lines) == 1 and lines[0][1:] == [ALL]:
        return Lines(((lines[0][0], 0),), everything=True)
    payouts = []
    for number, words in enumerate(lines, 1):
        if words[1:] == [ALL]:
            return Wrong("Everything goes to one address.", "Type one line alone.")
        amount_sat = fmt.parse_sat(words[1]) if len(words) == 2 else None
        if not amount_sat:
            return _no_amount(number, len(lines), has_one=len(words) == 2)
        payouts.append((words[0], amount_sat))
    return Lines(tuple(payouts))


def _no_amount(number: int, lines: int, *, has_one: bool) -> Wrong:
    if has_one:
        message = f"What stands behind the address in line {number} is no whole number of satoshis."
        return Wrong(message, "Type one such as 25,000; 1 sat is the least.")
    everything = f", or the word “{ALL}” to send everything" if lines == 1 else ""
    remedy = f"Type whole satoshis behind the address, such as 25,000{everything}."
    return Wrong(f"Line {number} has no amount.", remedy)


def each(wanted: Sending) -> str:
    """Every receiver, as it is to be compared; an address that stands there twice gets both."""
    if wanted.everything:
        return f"To {wanted.payouts[0][0]}: everything"
    before: set[str] = set()
    said = []
    for address, sat in wanted.payouts:
        again = ", the same address again" if address in before else ""
        before.add(address)
        said.append(f"To {address}: {fmt.sat(sat)}{again}")
    return "\n".join(said)


def from_coins(count: int, amount_sat: int) -> str:
    """Which coins pay."""
    if not count:
        return "From coins that the wallet chooses"
    return f"From {fmt.count(count, 'coin')} that you marked: {fmt.sat(amount_sat)}"


def marked(count: int, amount_sat: int) -> str:
    """Beside the number of coins, where some are marked."""
    return f"{count:,} marked: {fmt.sat(amount_sat)}, {{onchain.pay}} pays from them"
