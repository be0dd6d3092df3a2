"""Why a transaction of the wallet is not built: typed, harmless, each with its numbers."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import Sat


class CoinsRefused(Exception):
    """The user's wish cannot be carried out with these coins; nothing changed."""


class InsufficientFunds(CoinsRefused):
    """The coins do not cover it. `missing` is what lacks (as one more coin's worth after its own
    cost), `largest` what could be paid instead to the same scripts, together; zero if nothing."""

    def __init__(self, missing: Sat, largest: Sat) -> None:
        super().__init__(f"{missing.value:,} sat are missing; {largest.value:,} sat could be paid.")
        self.missing = missing
        self.largest = largest


class ChosenTooLittle(InsufficientFunds):
    """The same of coins that were chosen by hand."""


class MustStay(CoinsRefused):
    """So much is kept for fees of closes, and would be spent. `largest` as in
    `InsufficientFunds`."""

    def __init__(self, kept: Sat, largest: Sat) -> None:
        super().__init__(f"{kept.value:,} sat must stay; {largest.value:,} sat could be paid.")
        self.kept = kept
        self.largest = largest


class FeeTooHigh(CoinsRefused):
    """The fee is above what is sane, or above what the user set as the most."""

    def __init__(self, fee: Sat, limit: Sat) -> None:
        super().__init__(f"A fee of {fee.value:,} sat is more than {limit.value:,} sat.")
        self.fee = fee
        self.limit = limit


class NotAsQuoted(CoinsRefused):
    """The coins are others than when somebody looked, so that all of them pay another amount."""

    def __init__(self, value: Sat, quoted_sat: int) -> None:
        super().__init__(f"It would be {value.value:,} sat, not {quoted_sat:,} sat.")
        self.value = value
        self.quoted_sat = quoted_sat


class DustOutput(CoinsRefused):
    """An output so small that no node would relay it."""

    def __init__(self, value: Sat, least: Sat) -> None:
        super().__init__(
            f"{value.value:,} sat is too little for the chain (dust): it must be at least "
            f"{least.value:,} sat."
        )
        self.value = value
        self.least = least


class FeerateTooLow(CoinsRefused):
    """A transaction that is to take the place of another must offer at least `least` (sat/kw)."""

    def __init__(self, feerate_per_kw: int, least: int) -> None:
        super().__init__(
            f"{feerate_per_kw:,} sat/kw is too little to take its place: at least {least:,} sat/kw."
        )
        self.feerate_per_kw = feerate_per_kw
        self.least = least


class TooManyCoins(CoinsRefused):
    """More than one transaction has room for."""

    def __init__(self, count: int, most: int) -> None:
        super().__init__(f"{count:,} coins are too many for one transaction: at most {most:,}.")
        self.count = count
        self.most = most


class TooManyWaiting(CoinsRefused):
    """It would hang together with more transactions that wait for a block than the `most` that
    nodes pass on. There is room again when `waits_for` is in a block."""

    def __init__(self, waits_for: bytes, most: int) -> None:
        super().__init__(f"{most} transactions hang together already that wait for a block.")
        self.waits_for = waits_for
        self.most = most
