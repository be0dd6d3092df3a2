"""What a peer could write to take over a terminal, crash a toolkit or lie about an amount."""

from __future__ import annotations

import unicodedata
from typing import Final

PAYLOADS: Final[dict[str, str | bytes]] = {
    "markup that closes what is not open": "[/foo] [/] [bold",
    "a click action": "[@click=app.bell][b]X[/b][/] [@click=app.quit]pay[/]",
    "a link": "[link=https://evil.example]x[/link] https://evil.example",
    "colours and cursor": "\x1b[31m\x1b[2J\x1b[H\x1b]8;;https://evil.example\x1b\\x\x1b]8;;\x1b\\",
    "the clipboard": "\x1b]52;c;ZXZpbA==\x07",
    "the title": "\x1b]0;evil\x07\x1bPq#0\x1b\\\x1b_G\x1b\\",
    "C1": "\x9b31m\x9d52;c;ZXZpbA==\x9c\x90q\x9c\x85",
    "an overwritten line": "10 sat\r99 sat\x08\x08\x7f\x00",
    "lines and paragraphs": "a\nb\u2028c\u2029d\te\x0bf\x0c",
    "directions": "\u202eevil\u202c \u2066evil\u2069 \u200f\u061c\u2067",
    "nothing to see": "\u200b\u200d\u2060\ufeff\u3164\u115f\u2800\U000e0041",
    "zalgo": "Z" + "\u0335\u0321\u0348" * 200 + "a\u20dd\u20e3",
    "wide": "漢字かな👨‍👩‍👧🏳️‍🌈" * 30,
    "flags and faces": "🇩🇪🏴\U000e0067\U000e007f👍🏽❤\ufe0f1\ufe0f\u20e3" * 9,
    "letters of no width": "\u1161\u11a8\ud7b0a\u034fb\u17b4\U000e0101" * 9,
    "questions to the terminal": "\x1b[6n\x1b[c\x05\x1b[66;266H\x1b[?1049l\x1bc",
    "messages to other programs": "\x1b^x\x1b\\\x1bXy\x1b\\\x1bk z\x1b\\",
    "half a surrogate": "a\ud800b\udfff",
    "no text at all": b"\xff\xfe\x80\x1b[31m",
    "a screen full of blocks": "█▀▄│╭╯" * 60,
    "more than anybody reads": "M" * 1_000_000,
}
"""Of a peer, the longest is fifteen times what it can send: a message of the wire has 65,535 bytes
at most, and a field of an invoice 639."""
LONGEST: Final = 10_000_000
"""Characters that a user could paste: nothing bounds those."""

_CONTROLS: Final = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def harmful(text: str) -> str:
    """The characters of it that no cell of a screen may hold."""
    return "".join(one for one in text if unicodedata.category(one) in _CONTROLS)
