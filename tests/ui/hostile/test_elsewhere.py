"""Hostile words where one looks for something, scans, reads what was kept, closes, is helped, or
plays; and pastes that are longer than anybody reads. In a real terminal, as in `test_terminal`."""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Final

import pytest

from tests.sampling import FULL, sampled
from tests.ui import pictures, views
from tests.ui.hostile.fields import joined
from tests.ui.hostile.terminal import CTRL_P, ENTER, ESCAPE, PASTE
from tests.ui.hostile.test_terminal import SIZES, Step, unseen, walked
from tests.ui.payloads import LONGEST, PAYLOADS

HELP, F2, F8, RIGHT, DOWN = b"?", b"\x1bOQ", b"\x1b[19~", b"\x1b[C", b"\x1b[B"
IN_A_CODE: Final = 400
"""Bytes of a payload in the code of a picture; a QR code holds 2,953 at most."""
LABELS: Final = {
    "ChannelView.peer_name", "PaymentView.description", "PaymentView.note",
    "code", "here", "line", "notice", "person", "refusal", "yours",
}  # fmt: skip
_PASTED: Final = 50_000  # characters, of each payload


def steps(codes: Path, mine: bytes) -> tuple[Step, ...]:
    """Through the pages and the questions that `EVERYWHERE` leaves out."""
    return (
        (b"", "Latest payments"),
        (HELP, "Who must act"),
        (ESCAPE, "Latest payments"),
        (CTRL_P, "Search for"),
        (b"paymentview.no", "you noted"),
        (ENTER, "not verified"),
        (HELP, "Who must act"),
        (ESCAPE, "not verified"),
        (ESCAPE, "Latest payments"),
        (CTRL_P, "Search for"),
        (b"<channelv", "it calls itself"),
        (ENTER, "How it stands"),
        (HELP, "Who must act"),
        (ESCAPE, "How it stands"),
        (b"x", "Choose how to close"),
        (ENTER, "[ Close ]"),
        (RIGHT, "enter: Close"),
        (ENTER, "It said"),
        (b"i", "unread of"),
        (HELP, "Who must act"),
        (ESCAPE, "unread of"),
        (b"0", "under the cursor"),
        (HELP, "wrote down"),
        (ESCAPE, "under the cursor"),
        (PASTE % bytes(codes), "2 codes were found"),
        (DOWN, "other"),
        (ENTER, "[ Pay 25,000 sat ]"),
        (b"3", "Receive a payment"),
        (b"5", "5"),
        (ENTER, "Note"),
        (PASTE % mine, "<yours>"),
        (ENTER, "Waiting for 5 sat"),
        (F2, "The story"),
        (HELP, "What one does"),
        (ESCAPE, "The story"),
        (F8, "Who is there"),
        (b"O", "They were told"),
        (HELP, "run the same node"),
        (ESCAPE, "Who is there"),
    )


def picture(payload: str | bytes, path: Path) -> Path:
    """Of two codes, the second one hostile."""
    said = joined("code", payload)
    data = said.encode(errors="surrogatepass") if isinstance(said, str) else said
    return pictures.saved(pictures.page(views.INVOICE, data[:IN_A_CODE]), path)


def pasted(label: str, payload: str | bytes, length: int) -> bytes:
    """What a terminal gives of it: none of them lets the first controls through in a paste. The
    label is at the end, too, where the cursor is; a field may have room for the beginning only."""
    text = payload if isinstance(payload, str) else payload.decode("latin-1")
    plain = "".join(one for one in text if not _is_key(one)) or " "
    head = str(joined(label, ""))
    body = (plain * (length // len(plain) + 1))[:length]
    return (head + body + head).encode(errors="replace")


def _is_key(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and ord(char) < 128 and char not in "\r\n\t"


EACH: Final = [
    (payload, SIZES[(at + forget) % 2], "sentences forget" if forget else "")
    for at, payload in enumerate(PAYLOADS)
    for forget in (False, True)
]
"""One size with each payload, the other one where sentences forget to quote it."""


@pytest.mark.parametrize(
    ("payload", "size", "fault"),
    sampled("hostile words where one looks, scans and plays", EACH, 1),
    ids=str,
)
def test_hostile_words_elsewhere(
    payload: str, size: tuple[int, int], fault: str, tmp_path: Path
) -> None:
    codes = picture(PAYLOADS[payload], tmp_path / "codes.png")
    mine = pasted("yours", PAYLOADS[payload], 60)
    text = walked(steps(codes, mine), size, payload, fault, "on the playground")
    if not fault:
        assert unseen(text, LABELS) == []


@pytest.mark.parametrize("payload", sampled("pastes longer than anybody reads", [*PAYLOADS], 1))
def test_a_paste_that_nobody_reads(payload: str) -> None:
    """Into Send, into a line, into one for digits, and into the filter: whatever goes in is safe,
    what does not is said, and the screen goes on. With --full one of them has ten million."""
    most = LONGEST if FULL and payload == "more than anybody reads" else _PASTED
    long = PASTE % pasted("yours", PAYLOADS[payload], most)
    walk: tuple[Step, ...] = (
        (b"", "Latest payments"),
        (long, "2 of 3"),
        (b"3", "Receive a payment"),
        (PASTE % pasted("yours", PAYLOADS[payload], 60), "only digits go in"),
        (b"\t", "Note"),
        (long, "There is room for"),
        (ESCAPE, "Latest payments"),
        (b"a", "Activity"),
        (b"/", "f1 Help"),
        (long, "There is room for"),
        (ESCAPE, "/ Filter"),
    )
    walked(walk, SIZES[0], payload, "", patience=300)
