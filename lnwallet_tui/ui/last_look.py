"""The last look at every line before it leaves for the terminal.

What others wrote is made safe where it comes in (`Untrusted`). Should one of us forget that in a
widget or in a sentence, it still drives nothing, hides nothing and leads nowhere.
"""

from __future__ import annotations

import re
from typing import Final

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_HARMFUL: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""Controls (C0, DEL, C1), what has no shape, what turns text around, halves of surrogates."""


def harmless(text: str) -> str:
    """The same without what no cell may hold; its line breaks stay. The toolkit drops some controls
    from a text by itself, and then trips over styles that were meant for the longer one."""
    return "\n".join(_HARMFUL.sub(_instead, line) for line in text.split("\n"))


class LastLook(LineFilter):
    """Takes out what no cell may hold; where it had a width, a question mark stands."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002  # Textual's
        if any(_is_harmful(one) for one in segments):
            return [_harmless(one) for one in segments]
        return segments


def _is_harmful(segment: Segment) -> bool:
    is_link = segment.style is not None and segment.style.link is not None
    return is_link or _HARMFUL.search(segment.text) is not None


def _harmless(segment: Segment) -> Segment:
    style = segment.style.update_link(None) if segment.style is not None else None
    return Segment(_HARMFUL.sub(_instead, segment.text), style, segment.control)


def _instead(found: re.Match[str]) -> str:
    return "?" * cell_len(found[0])
