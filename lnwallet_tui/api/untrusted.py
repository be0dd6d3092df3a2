"""Text that other people wrote. It is not `str` until it has been made safe for a terminal cell."""

from __future__ import annotations

import unicodedata
from typing import Final, final

_FORBIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_ODD_BLANKS: Final = frozenset(
    chr(c)
    for c in (
        0xA0,
        0x115F,
        0x1160,
        *range(0x2000, 0x200B),
        0x202F,
        0x205F,
        0x2800,
        0x3000,
        0x3164,
        0xFFA0,
    )
)
# Marks that only choose another shape of what is before them: whether that makes it wider is each
# terminal's own guess.
_SHAPES: Final = frozenset(
    chr(c)
    for c in (
        0x34F,
        0x17B4,
        0x17B5,
        *range(0x180B, 0x180E),
        0x180F,
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)
# Vowels and finals that found no syllable to join: letters of no width.
_LONELY_JAMO: Final = frozenset(chr(c) for c in (*range(0x1161, 0x1200), *range(0xD7B0, 0xD800)))
_INNER_MARKS: Final = str.maketrans(dict.fromkeys('"“”„‟″❝❞〝〞〟＂', "’"))
_MAX_COMBINING: Final = 2
_REPLACEMENT: Final = "�"


@final
class Untrusted:
    """Bytes or text from a peer, an invoice or a payment; shown only through `cells`.

    It is deliberately not a `str`: no markup, no terminal control and no width trick can reach the
    screen by accident. Two of them are equal when their raw text is.
    """

    __slots__ = ("_raw",)

    def __init__(self, raw: str | bytes) -> None:
        self._raw = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw

    def cells(self, limit: int) -> str:
        """One line of at most `limit` terminal cells, printable characters only, cut with an
        ellipsis."""
        return _cut(_printable(self._raw[: limit * 8]), limit)

    def quoted(self, limit: int) -> str:
        """The same in quotation marks, for a sentence of ours: none of theirs ends the quotation.
        Empty where there is nothing to see."""
        words = self.cells(limit).translate(_INNER_MARKS)
        return f"“{words}”" if words else ""

    def log(self) -> str:
        """Printable ASCII for a log line, at most 256 characters."""
        return self._raw[:256].encode("unicode_escape").decode("ascii")[:256]

    def raw(self) -> str:
        """The text as it came, for storing and hashing; never for a screen."""
        return self._raw

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Untrusted) and other._raw == self._raw

    def __hash__(self) -> int:
        return hash(self._raw)

    def __bool__(self) -> bool:
        return bool(self._raw)

    def __repr__(self) -> str:
        return f"Untrusted({self.log()!r})"

    def __str__(self) -> str:
        raise TypeError("peer-controlled text is shown through cells() only")

    def __format__(self, spec: str) -> str:
        raise TypeError("peer-controlled text is shown through cells() only")


def _printable(raw: str) -> str:
    out: list[str] = []
    combining = 0
    for char in unicodedata.normalize("NFC", raw):
        if char in _SHAPES:
            continue
        if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
            combining += 1
            if combining > _MAX_COMBINING or not out:
                continue
        else:
            combining = 0
        out.append(_safe(char))
    return "".join(out).strip()


def _safe(char: str) -> str:
    if char in "\t\n\r" or char in _ODD_BLANKS:
        return " "
    if char in _LONELY_JAMO or unicodedata.category(char) in _FORBIDDEN_CATEGORIES:
        return _REPLACEMENT
    return char


def _width(char: str) -> int:
    if unicodedata.combining(char) or unicodedata.category(char) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _cut(text: str, limit: int) -> str:
    if sum(map(_width, text)) <= limit:
        return text
    kept, used = [], 0
    for char in text:
        used += _width(char)
        if used > limit - 1:
            break
        kept.append(char)
    return "".join(kept) + "…"
