"""Modules are loaded without the collector of garbage, which would look through all that was loaded
before again and again and find none.

What is loaded stays until the end, so that later it is not looked through either: a full look would
hold up a key that is pressed meanwhile.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def loading() -> Iterator[None]:
    """Load modules in this block."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
