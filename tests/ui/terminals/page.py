"""The playground's Receive page with an invoice on it, in whatever terminal this is started in.

    python -m tests.ui.terminals.page NOTE [KEY...]

Somebody presses keys until the code is there, then those that are named. What the code says is
written into the file NOTE. The program shows its page until it is ended.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from textual.pilot import Pilot

from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.app import LnWalletApp
from lnwallet_tui.ui.screens.receive import ReceiveScreen

_AMOUNT, _NOTE = "250000", "A table, and the two chairs that belong to it"


async def show(note: Path, keys: list[str]) -> None:
    """A wallet without a channel makes invoices, too, when one insists."""
    with tempfile.TemporaryDirectory() as folder:
        world = await World.begin(1, Path(folder))
        try:
            await world.fund()

            async def press(pilot: Pilot[object]) -> None:
                await pilot.press("3", *_AMOUNT, "enter", *_NOTE, "enter", "enter")
                screen = pilot.app.screen
                assert isinstance(screen, ReceiveScreen)
                while not screen.can("copy"):
                    await pilot.pause()
                await pilot.press(*keys, "y")
                draft = note.with_suffix(".draft")
                draft.write_text(pilot.app.clipboard)
                draft.replace(note)

            settings = Path(os.environ["XDG_CONFIG_HOME"], "lnwallet-tui")
            app = LnWalletApp(world.you.node, world, settings)
            await app.run_async(auto_pilot=press)
        finally:
            await world.close()


if __name__ == "__main__":
    asyncio.run(show(Path(sys.argv[1]), sys.argv[2:]))
