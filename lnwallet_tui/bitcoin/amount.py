"""Money: `Sat` and `Msat`, two small types that refuse to mix and never go below zero.

Arithmetic is checked: a difference below zero or a sum above all the bitcoin there can ever be
is an
`AmountError`, because in a wallet it is always a bug or an attack. There is no way to or from a
float.
Feerates are plain integers in sat/kw, weights plain integers.
"""

from __future__ import annotations

from typing import Any, Final, Self, final

MAX_SAT: Final = 21_000_000 * 100_000_000


class AmountError(ValueError):
    """An amount that cannot exist: negative, above 21 million bitcoin, or of two units at once."""


class _Amount:
    """What both units share; the unit is the class."""

    __slots__ = ("value",)
    value: int
    _limit: int = 0

    def __init__(self, value: int) -> None:
        if type(value) is not int:
            raise AmountError(f"an amount is an int, not {type(value).__name__}")
        if not 0 <= value <= self._limit:
            raise AmountError(f"no such amount: {value} {type(self).__name__.lower()}")
        object.__setattr__(self, "value", value)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError("amounts do not change")

    def _same_unit(self, other: object) -> int:
        if type(other) is not type(self):
            raise AmountError(f"{type(self).__name__} does not mix with {type(other).__name__}")
        return other.value

    def __add__(self, other: Self) -> Self:
        return type(self)(self.value + self._same_unit(other))

    def __sub__(self, other: Self) -> Self:
        return type(self)(self.value - self._same_unit(other))

    def __mul__(self, times: int) -> Self:
        if type(times) is not int:
            raise AmountError("an amount is multiplied by an int only")
        return type(self)(self.value * times)

    def __floordiv__(self, parts: int) -> Self:
        if type(parts) is not int:
            raise AmountError("an amount is divided by an int only")
        return type(self)(self.value // parts)

    def __lt__(self, other: Self) -> bool:
        return self.value < self._same_unit(other)

    def __le__(self, other: Self) -> bool:
        return self.value <= self._same_unit(other)

    def __gt__(self, other: Self) -> bool:
        return self.value > self._same_unit(other)

    def __ge__(self, other: Self) -> bool:
        return self.value >= self._same_unit(other)

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.value == self.value

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.value))

    def __bool__(self) -> bool:
        return self.value != 0

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.value:_})"

    def __reduce__(self) -> tuple[type[Self], tuple[int]]:
        return type(self), (self.value,)

    def minus_or_zero(self, other: Self) -> Self:
        """The difference, or zero where `other` is larger (what is left, never a debt)."""
        return type(self)(max(0, self.value - self._same_unit(other)))


@final
class Sat(_Amount):
    """An amount in satoshis."""

    __slots__ = ()
    _limit = MAX_SAT

    def to_msat(self) -> Msat:
        """The same amount in millisatoshis; exact."""
        return Msat(self.value * 1000)


@final
class Msat(_Amount):
    """An amount in millisatoshis."""

    __slots__ = ()
    _limit = MAX_SAT * 1000

    def floor_sat(self) -> Sat:
        """The whole satoshis in it; what BOLT 3 puts in an output."""
        return Sat(self.value // 1000)


ZERO_SAT: Final = Sat(0)
ZERO_MSAT: Final = Msat(0)
