"""The screen that the README shows: the playground's own, drawn by the running application.

    python -m tests.screen          write it into README.md
    python -m tests.screen --check  say whether the README shows what the application draws

A seed and the playground's clock make it the same each time: a wallet that opened a channel to the
shop and bought something there, and to which the neighbour opened one and paid for something.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path
from typing import Final, TypeVar

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.playground.people import NEIGHBOUR, SHOP
from lnwallet_tui.playground.world import World
from lnwallet_tui.ui.app import LnWalletApp

ROOT: Final = Path(__file__).resolve().parents[1]
README: Final = ROOT / "README.md"
BEGIN: Final = "<!-- screen: begin (drawn by python -m tests.screen) -->"
END: Final = "<!-- screen: end -->"
SEED: Final = 1
COLUMNS, LINES = 80, 24
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
    bought = granted(await world.shop_invoice(42_000_000, "Two kilos of coffee"))
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


def rendered(readme: str, screen: str) -> str:
    """The README with `screen` between the two marks."""
    head, rest = readme.split(BEGIN)
    _, tail = rest.split(END)
    return f"{head}{BEGIN}\n\n```text\n{screen}\n```\n\n{END}{tail}"


def main() -> int:
    """Write, or check."""
    readme = README.read_text()
    wanted = rendered(readme, asyncio.run(draw()))
    if "--check" in sys.argv[1:]:
        return int(readme != wanted)
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
