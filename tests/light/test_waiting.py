"""A wallet over the Bitcoin network says how far its transactions came."""

from __future__ import annotations

import asyncio
from pathlib import Path

from lnwallet_tui.api.coins import TransactionsPage
from lnwallet_tui.api.events import WaitingChanged
from lnwallet_tui.api.spending import Sending, WantedFee
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS


class Ear:
    """Notes when it was told that more is known."""

    def __init__(self, town: LightTown, name: str) -> None:
        self._town, self._feed = town, town.nodes[name].feed()
        self.told_at: list[int] = []
        self._task = asyncio.create_task(self._listen(), name="ear")

    async def _listen(self) -> None:
        async for item in self._feed:
            if isinstance(item.event, WaitingChanged):
                self.told_at.append(self._town.clock.now_ms())


async def said(town: LightTown, name: str) -> str:
    """Of the newest transaction."""
    page = await town.nodes[name].transactions()
    assert isinstance(page, TransactionsPage)
    return page.transactions[0].explanation


async def sent(town: LightTown) -> None:
    await town.clock.wait_for(lambda: False, MINUTE_MS)  # one node alone is asked slowly
    address = (await town.do(town.nodes["ben"].address())).address
    await town.do(
        town.nodes["ada"].send(Sending(((address, 250_000),), fee=WantedFee(feerate_per_kw=1_000)))
    )


async def test_each_step_of_a_payment_is_said_and_told_not_more_than_once_a_second(
    tmp_path: Path,
) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    ear = Ear(town, "ada")
    await town.clock.rest()
    await sent(town)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await said(town, "ada")).endswith("Another node announced it to us, so it goes round.")
    assert ear.told_at
    steps = zip(ear.told_at, ear.told_at[1:], strict=False)
    assert all(later - earlier >= 1_000 for earlier, later in steps)
    await town.mine(2)
    assert (await said(town, "ada")).endswith("Nothing is left to do.")
    await town.end()


async def test_with_one_node_it_is_fetched_and_no_more_is_claimed(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=1)
    await town.begin("ada", "ben")
    await sent(town)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await said(town, "ada")).endswith(
        "It is fetched by 1 node: where only one is connected, that is the best there is."
    )
    await town.end()


async def test_with_nobody_there_it_says_so(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    for node in town.bitcoin.nodes:
        town.wires.hang_up(node.name)
    town.whom["ada"].addresses.clear()
    await sent(town)
    assert (await said(town, "ada")).endswith("No node was told of it yet.")
    await town.end()
