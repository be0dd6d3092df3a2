"""Work that is counted instead of timed: the count is the same however busy the machine is.

`steps` are those of Python's interpreter; what one call of a C function does is a single step. What
it costs to reckon with a long number hides in such steps, so there `Weighed` counts its bytes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, ClassVar, Final, Self

import pytest

_MOST_PER_CENT_OF_TWICE: Final = 110


def is_linear(count: Callable[[int], int], size: int) -> bool:
    """Whether twice the size counts about twice, or less. By its square it would count four
    times."""
    return count(2 * size) * 100 <= 2 * count(size) * _MOST_PER_CENT_OF_TWICE


def steps(work: Callable[[], object]) -> int:
    """How many steps of the interpreter `work` takes, in all that it calls; it is done twice, and
    what only the first time does (fill a cache, have code traced) does not count."""
    _traced(work)
    counted = _traced(work)
    assert counted, "nothing was traced"
    return counted


def _traced(work: Callable[[], object]) -> int:
    counted = 0

    def trace(frame: FrameType, event: str, _: object) -> Any:
        nonlocal counted
        frame.f_trace_lines, frame.f_trace_opcodes = False, True
        counted += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return counted


class Weighed(int):
    """A number that adds up the bytes of every long number that is reckoned with."""

    weight: ClassVar[int] = 0

    def _weigh(self, result: int) -> Self:
        Weighed.weight += (max(self.bit_length(), result.bit_length()) + 7) // 8
        return type(self)(result)

    def __and__(self, other: int) -> Self:
        return self._weigh(int.__and__(self, other))

    def __or__(self, other: int) -> Self:
        return self._weigh(int.__or__(self, other))

    def __xor__(self, other: int) -> Self:
        return self._weigh(int.__xor__(self, other))

    def __lshift__(self, places: int) -> Self:
        return self._weigh(int.__lshift__(self, places))

    def __rshift__(self, places: int) -> Self:
        return self._weigh(int.__rshift__(self, places))

    def __add__(self, other: int) -> Self:
        return self._weigh(int.__add__(self, other))

    def __sub__(self, other: int) -> Self:
        return self._weigh(int.__sub__(self, other))

    def __neg__(self) -> Self:
        return self._weigh(int.__neg__(self))

    def __invert__(self) -> Self:
        return self._weigh(int.__invert__(self))

    __rand__, __ror__, __rxor__, __radd__ = __and__, __or__, __xor__, __add__

    def to_bytes(self, *how: Any, **also: Any) -> bytes:
        self._weigh(0)
        return int.to_bytes(self, *how, **also)


@contextmanager
def weighed(module: object) -> Iterator[Callable[[], int]]:
    """The numbers that `module` makes of bytes are weighed; yields what says how much it was."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "int", Weighed, raising=False)
        Weighed.weight = 0
        yield lambda: Weighed.weight
