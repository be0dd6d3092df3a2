"""The contrast of two colours as WCAG 2 defines it, in hundredths: 450 is 4.5 to 1."""

from __future__ import annotations

from typing import Final

from textual.color import Color

READABLE: Final = 450
STRICT: Final = 700
VISIBLE: Final = 300
"""What shapes need that carry a meaning without being text."""


def contrast(one: Color, other: Color) -> int:
    """Their ratio of luminance."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return int((light + 0.05) / (dark + 0.05) * 100)


def _luminance(colour: Color) -> float:
    red, green, blue = (_linear(part / 255) for part in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4
