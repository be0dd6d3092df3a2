"""Which coins to spend: Branch-and-Bound for a match without change, else a single random draw.

Both as in Bitcoin Core. A match costs no change output, now or later, and links less; a random draw
grinds the wallet neither into crumbs nor into one heap, and tells an observer nothing. Coins that
cost more to spend than they hold are left alone.

Inside, money is counted in thousandths of a satoshi, in which feerate times weight is exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.coins.coin import Coin

_TRIES: Final = 20_000  # of 2^n subsets; a match that exists is found early or hardly ever


@dataclass(frozen=True, slots=True)
class Target:
    """What the coins' effective values (value less the cost of spending it) must reach.

    `exact` pays all outputs and the fee without change; up to `tolerance` more may go to the fee
    instead. `with_change` pays for a change output, too, that is worth making. All in thousandths.
    """

    exact: int
    tolerance: int
    with_change: int


def effective(coin: Coin, feerate_per_kw: int) -> int:
    """What a coin adds to a transaction, in thousandths of a satoshi; below zero for dust."""
    return coin.value.value * 1000 - feerate_per_kw * coin.input_weight


def worth_spending(coins: Sequence[Coin], feerate_per_kw: int) -> tuple[Coin, ...]:
    """The coins that bring more than they cost."""
    return tuple(coin for coin in coins if effective(coin, feerate_per_kw) > 0)


def shuffled(coins: Sequence[Coin], entropy: bytes) -> tuple[Coin, ...]:
    """The coins in an order that only `entropy` (32 random bytes) decides."""
    return tuple(sorted(coins, key=lambda coin: sha256(entropy + coin.outpoint.serialize())))


def select(
    coins: Sequence[Coin], target: Target, feerate_per_kw: int, entropy: bytes
) -> tuple[Coin, ...] | None:
    """Coins that reach the target, or None where all together do not.

    Confirmed coins alone are tried first: what hangs on nothing cannot be held up by it.
    """
    pool = worth_spending(coins, feerate_per_kw)
    for tier in (tuple(coin for coin in pool if coin.height is not None), pool):
        chosen = _match(tier, target, feerate_per_kw) or _draw(
            shuffled(tier, entropy), target, feerate_per_kw
        )
        if chosen:
            return chosen
    return None


def _draw(coins: Sequence[Coin], target: Target, feerate_per_kw: int) -> tuple[Coin, ...] | None:
    """Coins in the given order until they pay for change; all of them may do without it."""
    total = 0
    for count, coin in enumerate(coins, start=1):
        total += effective(coin, feerate_per_kw)
        if total >= target.with_change:
            return tuple(coins[:count])
    return tuple(coins) if coins and total >= target.exact else None


def _match(coins: Sequence[Coin], target: Target, feerate_per_kw: int) -> tuple[Coin, ...] | None:
    """The coins that reach the target with the least excess, if any do within the tolerance."""
    ordered = sorted(coins, key=lambda coin: (-coin.value.value, coin.outpoint))
    values = [effective(coin, feerate_per_kw) for coin in ordered]
    picked = _Search(values, target.exact, target.exact + target.tolerance).run()
    return None if picked is None else tuple(ordered[at] for at in picked)


class _Search:
    """Depth first over all subsets of `values` (falling), the ones with large values first."""

    def __init__(self, values: list[int], least: int, most: int) -> None:
        self._values = values
        self._least = least
        self._most = most  # shrinks to the best sum found
        self._best: tuple[int, ...] | None = None
        self._left = [0] * (len(values) + 1)  # the sum of values from an index on
        for at in reversed(range(len(values))):
            self._left[at] = self._left[at + 1] + values[at]

    def run(self) -> tuple[int, ...] | None:
        """The indices of the best subset with a sum between least and most."""
        picked: list[int] = []
        total = at = 0
        for _ in range(_TRIES):
            if (
                total > self._most
                or total + self._left[at] < self._least
                or at == len(self._values)
            ):
                if not picked:
                    break
                at = picked.pop()  # the last one taken is left out instead
                total -= self._values[at]
                at = self._next_different(at)
                continue
            picked.append(at)
            total += self._values[at]
            at += 1
            if self._least <= total <= self._most:
                self._best, self._most = tuple(picked), total - 1
        return self._best

    def _next_different(self, at: int) -> int:
        """Past all coins of the same value: leaving out one twin or the other is the same."""
        following = at + 1
        while following < len(self._values) and self._values[following] == self._values[at]:
            following += 1
        return following
