"""Hostile words in a real terminal: what comes out is the toolkit's own, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import pytest

from lnwallet_tui.api.untrusted import Untrusted
from tests.sampling import sampled
from tests.ui import spending, views
from tests.ui.hostile.fields import of_type
from tests.ui.hostile.terminal import ENTER, ESCAPE, PASTE, Wallet
from tests.ui.payloads import PAYLOADS

PROGRAM = "tests.ui.hostile.wallet"
LINK = f"bitcoin:{spending.ADDRESS}"
SIZES = ((80, 24), (120, 40))
SENTENCES = {"here", "offline", "log", "refusal", "notice"}

Step = tuple[bytes, str]
EVERYWHERE: tuple[Step, ...] = (
    (b"", "Latest payments"),
    (ENTER, "not verified"),
    (ESCAPE, "Latest payments"),
    (b"d", "is offline"),
    (b"n", "last said"),
    (b"j", "on your invoice"),
    (b"j", "its words"),
    (ENTER, "Not paid"),
    (b"2", "How it stands"),
    (ENTER, "The peer calls itself"),
    (ESCAPE, "How it stands"),
    (b"j", "It says"),
    (ENTER, "Then yours"),
    (ESCAPE, "How it stands"),
    (b"5", "What it did"),
    (b"w", "its words"),
    (ESCAPE, "What it did"),
    (b"7", "you noted"),
    (b"j", "its transaction"),
    (b"t", "you noted"),
    (ESCAPE, "What it did"),
    (b"8", "it last complained"),
    (b"b", "Of no use lately"),
    (ESCAPE, "it last complained"),
    (ESCAPE, "What it did"),
    (b"6", "you noted"),
    (b"4", "Paste a Lightning invoice"),
    (PASTE % LINK.encode(), "The link calls it"),
    (ESCAPE, "Clear"),
    (ESCAPE, "Latest payments"),
    (b"4", "Paste a Lightning invoice"),
    (PASTE % views.INVOICE.encode(), "Pay 25,000 sat"),
    (b"\t", "[ Pay 25,000 sat ]"),
    (ENTER, "This is final"),
    (b"2", "How it stands"),
    (b"o", "[ Continue ]"),
    (b"1000000", "1000000"),
    (ENTER, "Held back"),
    (b"\t", "[ Open ]"),
    (ENTER, "It said"),
)  # fmt: skip


def shows_all(payload: str, size: tuple[int, int], fault: str = "") -> None:
    """Goes everywhere and finds nothing in the terminal but what is ours."""
    text = walked(EVERYWHERE, size, payload, fault)
    if not fault:
        assert unseen(text, of_type(Untrusted) | SENTENCES) == []


def walked(
    steps: Iterable[Step],
    size: tuple[int, int],
    payload: str,
    fault: str,
    *more: str,
    patience: float = 30,
) -> str:
    """What all these pages showed, of which nothing was foreign."""
    columns, lines = size
    with Wallet(PROGRAM, payload, fault, *more, columns=columns, lines=lines) as wallet:
        for keys, until in steps:
            wallet.press(keys, _changed(until, fault), patience)
        code = wallet.leave()
        assert wallet.foreign() == ""
        assert code == 0
        assert "because of a bug" not in wallet.text
        return wallet.text


def _changed(until: str, fault: str) -> str:
    """What is waited for where sentences forget: the words that they quote fill the page, and the
    list that the page is opened from says `<raw>`, too."""
    if fault != "sentences forget":
        return until
    return {"It says": "<raw>", "It said": "<raw>", "Then yours": "Channel with"}.get(until, until)


def unseen(text: str, labels: Iterable[str]) -> list[str]:
    """Those that stood on none of the pages."""
    return [label for label in labels if f"<{label}>" not in text]


@pytest.mark.parametrize(
    ("payload", "size"),
    sampled("hostile words on every screen", list(product(PAYLOADS, SIZES)), 3),
    ids=str,
)
def test_hostile_words_on_every_screen(payload: str, size: tuple[int, int]) -> None:
    shows_all(payload, size)


@pytest.mark.parametrize(
    "payload", sampled("hostile words that nobody made safe", list(PAYLOADS), 2)
)
def test_hostile_words_that_nobody_made_safe(payload: str) -> None:
    shows_all(payload, SIZES[1], "sentences forget")


@pytest.mark.parametrize(
    ("payload", "fault"),
    sampled(
        "faults of the screen with hostile words",
        [
            ("colours and cursor", "a widget forgets and nobody looks"),
            ("C1", "a widget forgets and nobody looks"),
            ("directions", "a widget forgets and nobody looks"),
            ("a click action", "a widget reads markup"),
            ("a link", "a widget reads markup"),
            ("markup that closes what is not open", "a widget reads markup"),
        ],
        2,
    ),
)
def test_a_fault_would_be_seen(payload: str, fault: str) -> None:
    with pytest.raises(AssertionError):
        shows_all(payload, SIZES[1], fault)
