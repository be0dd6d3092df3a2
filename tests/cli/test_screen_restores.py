"""A wallet is brought back on the screen, as with `restore`: words, month and channel backup."""

from __future__ import annotations

import json
from pathlib import Path

from lnwallet_tui.bitcoin.network import Network
from tests.cli.run import lnwallet
from tests.cli.terminal import Terminal
from tests.cli.test_node import BACKED_UP, WORDS
from tests.cli.test_screen import CTRL_Q, DOWN, ENTER, PHRASE, screen
from tests.running.test_restores import MARCH, backup_of, birthday_in


def pasted(text: str) -> str:
    """As a terminal brackets it."""
    return f"\x1b[200~{text}\x1b[201~"


def go_on(terminal: Terminal, drawn: str) -> None:
    """To the next field; then one of both is drawn anew."""
    terminal.from_now()
    terminal.press(ENTER)
    terminal.wait_for(drawn)


def test_from_words_month_and_backup_to_its_channel(tmp_path: Path) -> None:
    folder, file = tmp_path / "wallet", backup_of(WORDS, Network.REGTEST, tmp_path / "a copy")
    try:
        with screen(folder, "--network", "regtest", "--when-closed", "stays") as terminal:
            terminal.wait_for("will be for regtest")
            terminal.press(DOWN + ENTER)
            terminal.wait_for("Restore from words")
            terminal.press(pasted(WORDS))
            terminal.wait_for("12 of 12 or 24")
            terminal.press(ENTER)
            terminal.wait_for("What else do you know of it")
            terminal.wait_for("its path")  # so that later it is drawn for the focus alone
            terminal.press("2026-03")
            terminal.wait_for("2026-03")
            go_on(terminal, "ts path")
            terminal.press(pasted(str(file)))
            terminal.wait_for(str(file)[:20])
            terminal.press(ENTER)
            terminal.wait_for("Where the key lives")
            terminal.press(ENTER)
            terminal.wait_for("Once more")
            terminal.press(PHRASE)
            terminal.wait_for("•" * len(PHRASE))
            go_on(terminal, "•" * len(PHRASE))
            terminal.press(PHRASE + ENTER)
            terminal.wait_for("Does this square scan")
            terminal.press(ENTER)
            terminal.wait_for("backup --second DIR")
            terminal.press(ENTER)
            terminal.wait_for("Receive")
            done = lnwallet("channels", "--datadir", folder, "--json")
            [channel] = json.loads(done.stdout)["channels"]
            assert channel["channel_id"] == BACKED_UP.channel_id.hex()
            assert terminal.leave(CTRL_Q) == 0
        assert birthday_in(folder) == MARCH
    finally:
        lnwallet("stop", "--datadir", folder)
