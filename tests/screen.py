"""What the README shows of the running application: its first screen, and the tour as it tells it.

    python -m tests.screen          write both into README.md
    python -m tests.screen --check  say whether the README shows what it draws and tells now

A seed and the playground's clock make it the same each time: a wallet that opened a channel to the
shop and bought something there, and to which the neighbour opened one and paid for something. The
tour is the command's own output, its long lines folded.
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Final, TypeVar

from lnwallet_tui import launch
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.playground.people import NEIGHBOUR, SHOP
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.app import LnWalletApp
from tests.shopping import shop_invoice

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
MARKS: Final = {
    "screen": ("<!-- screen: begin (drawn by python -m tests.screen) -->", "<!-- screen: end -->"),
    "tour": ("<!-- tour: begin (told by python -m tests.screen) -->", "<!-- tour: end -->"),
}
SEED: Final = 1
COLUMNS, LINES = 80, 24
TOUR_COLUMNS: Final = 120
TOLD_FROM: Final = 26  # the column at which the tour's sentences begin
DEPTH: Final = 6  # blocks until any channel of the playground can be used

Answer = TypeVar("Answer")


def granted(answer: Answer | Refused) -> Answer:
    """What was asked for; a refusal is an error here."""
    if isinstance(answer, Refused):
        raise RuntimeError(answer.message)
    return answer


async def live(world: World) -> None:
    """What happened before the picture."""
    node = world.you.node
    people = {person.role: person for person in world.people()}
    granted(await world.carry_out(node.open_channel(people[SHOP].uri, 1_000_000)))
    granted(await world.have_them_open(people[NEIGHBOUR].name, 600_000))
    await world.mine(DEPTH)
    bought = granted(await shop_invoice(world, 42_000_000, "Two kilos of coffee"))
    granted(await world.carry_out(node.pay(bought)))
    sold = granted(await node.create_invoice(250_000_000, "An old bicycle"))
    granted(await world.have_them_pay(people[NEIGHBOUR].name, sold.invoice))


async def draw(seed: int = SEED) -> str:
    """The first screen after that, 80 columns and 24 lines."""
    with tempfile.TemporaryDirectory() as folder:
        world = await World.begin(seed, Path(folder))
        try:
            await world.fund()
            await live(world)
            return await look(world)
        finally:
            await world.close()


async def look(world: World) -> str:
    """What the application shows of that world when everything has come to rest."""
    app = LnWalletApp(world.you.node, world)
    async with app.run_test(size=(COLUMNS, LINES)) as pilot:
        seen = ""
        for _ in range(20):
            await pilot.pause()
            strips = app.screen._compositor.render_strips()
            before, seen = seen, "\n".join(strip.text.rstrip() for strip in strips)
            if seen == before and "Total" in seen:
                break
        return seen


def tell(seed: int = SEED) -> str:
    """What the tour prints, its long lines folded under their sentences."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = launch.tour(seed, None, None, as_json=False)
    if code != 0:
        raise RuntimeError(f"the tour ended with {code}: {out.getvalue()}")
    return "\n".join(
        textwrap.fill(line, TOUR_COLUMNS, subsequent_indent=" " * TOLD_FROM)
        for line in out.getvalue().splitlines()
    )


def rendered(readme: str, **shown: str) -> str:
    """The README with each text between its two marks."""
    for name, text in shown.items():
        begin, end = MARKS[name]
        head, rest = readme.split(begin)
        _, tail = rest.split(end)
        readme = f"{head}{begin}\n\n```text\n{text}\n```\n\n{end}{tail}"
    return readme


def main() -> int:
    """Write, or check."""
    readme = README.read_text()
    wanted = rendered(readme, screen=asyncio.run(draw()), tour=tell())
    if "--check" in sys.argv[1:]:
        return int(readme != wanted)
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
