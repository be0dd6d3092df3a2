"""Secret bytes that do not show themselves: not printed, formatted, pickled, hashed or stored."""

from __future__ import annotations

import hmac
from typing import Never, SupportsIndex

_HIDDEN = "Secret(hidden)"


class Secret:
    """Bytes that only `reveal` gives away.

    Python cannot wipe memory; what this prevents is a secret in a log, a traceback, a crash screen
    or a stored row, where it would have come by accident.
    """

    __slots__ = ("_value",)
    _value: bytes

    def __init__(self, value: bytes) -> None:
        if type(value) is not bytes:
            raise TypeError("a secret is made of bytes")  # not what it was: that may be the secret
        object.__setattr__(self, "_value", value)

    def reveal(self) -> bytes:
        """The bytes, for the one line that computes with them."""
        return self._value

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("secrets do not change")

    def __repr__(self) -> str:
        return _HIDDEN

    def __format__(self, spec: str) -> str:
        return _HIDDEN

    def __eq__(self, other: object) -> bool:
        return type(other) is Secret and hmac.compare_digest(self._value, other._value)

    # A hash of a secret, however short, is a hint at it.
    __hash__ = None  # type: ignore[assignment]  # the way to say "not hashable"

    def __copy__(self) -> Secret:
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce_ex__(self, protocol: SupportsIndex) -> Never:
        raise TypeError("secrets are not pickled")
