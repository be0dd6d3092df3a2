"""Puts something else in the place of a function or a method, wherever it was imported to."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import lnwallet_tui

_OURS = lnwallet_tui.__name__ + "."


def replace_function(module: Any, name: str, broken: Callable[[Any], Any]) -> None:
    """`broken` is given the real one and returns what stands for it, in every module of ours."""
    real = getattr(module, name)
    false = broken(real)
    places = [
        (one, key)
        for where, one in tuple(sys.modules.items())
        if where.startswith(_OURS)
        for key, value in tuple(vars(one).items())
        if value is real
    ]
    assert places, f"{name} is nowhere"
    for place, key in places:
        setattr(place, key, false)


def replace_method(kind: type, name: str, broken: Callable[[Any], Any]) -> None:
    """The same of a method."""
    setattr(kind, name, broken(getattr(kind, name)))
