"""Modules are loaded without the collector of garbage, which would look through all that was loaded
before again and again and find none.

What is loaded stays until the end, so that later it is not looked through either: a full look would
hold up a key that is pressed meanwhile. What is made from then on is looked through less often than
Python would: a wallet that opens its channels, or draws its first screen, keeps nearly all of it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_MADE_MEANWHILE: Final = 10_000
"""Python looks after 700 objects that were made and are still there."""


@contextmanager
def loading() -> Iterator[None]:
    """Load modules in this block."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(_MADE_MEANWHILE, *gc.get_threshold()[1:])
        gc.enable()
