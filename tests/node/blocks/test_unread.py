"""Before blocks were read nobody is told that coins are not enough: nothing is known of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.chain import ChainStage, ChainView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.chain.blocks import ChainEvent
from lnwallet_tui.node.ports import ChainSource
from lnwallet_tui.playground.chain_source import SimChainSource
from tests.node.town import Town

WHY: Final = "No node of the Bitcoin network is reached. Look whether this machine is online."
UNREAD: Final = "What this wallet has on chain is not known yet: no block was read."


class Alone(SimChainSource):
    """Whom nobody tells of a block until `reached` is set, as the light node without its peers."""

    reached: asyncio.Event

    async def follow(self, known: Sequence[tuple[int, bytes]]) -> AsyncIterator[ChainEvent]:
        await self.reached.wait()
        async for event in super().follow(known):
            yield event

    def waiting_for(self) -> str:
        return "" if self.reached.is_set() else WHY

    def view(self) -> ChainView:
        stage = ChainStage.CAUGHT_UP if self.reached.is_set() else ChainStage.NODES
        return replace(super().view(), stage=stage, waiting_for=self.waiting_for())


class Remote(Town):
    """Where the nodes that are started while nobody is reached are alone."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.reached = asyncio.Event()
        self.reached.set()

    def _source(self, name: str) -> ChainSource:
        source = self.regtest.source(self._birthday)
        source.__class__ = Alone
        assert isinstance(source, Alone)
        source.reached = self.reached
        return source


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Remote]:
    town = Remote(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def refusals(town: Town, name: str) -> list[Refused]:
    """Of all that takes coins: more than there are."""
    node = town.nodes[name]
    address = (await town.do(town.nodes["ben"].address())).address
    uri = town.uri("ben")
    answers = [
        await town.run(node.quote_send(Sending(((address, 5_000_000),)))),
        await town.run(node.send(Sending(((address, 5_000_000),)))),
        await town.run(node.export_send(Sending(((address, 5_000_000),)))),
        await town.run(node.quote_open(uri, 5_000_000)),
        await town.run(node.open_channel(uri, 5_000_000)),
    ]
    found = [one for one in answers if isinstance(one, Refused)]
    assert len(found) == len(answers)
    return found


async def test_before_the_first_block_nothing_is_known(town: Remote) -> None:
    await town.lose("ada")  # all but its words
    town.reached.clear()
    ada = await town.start("ada")
    for refused in await refusals(town, "ada"):
        assert refused.code is RefusalCode.NOT_READY
        assert refused.message == f"{UNREAD} {WHY}"
        assert refused.remedy == "Try again once the chain is read."
    [everything] = [
        await town.run(
            ada.quote_send(Sending((((await town.do(ada.address())).address, 0),), everything=True))
        )
    ]
    assert isinstance(everything, Refused)
    assert UNREAD in everything.message
    assert (await ada.holdings()).total.explanation == (
        f"What is yours on chain is not known yet: no block was read. {WHY}"
    )
    assert not (await ada.balance()).knows_chain
    town.reached.set()
    await town.mine()
    assert (await ada.balance()).knows_chain
    assert {one.code for one in await refusals(town, "ada")} == {RefusalCode.NOT_ENOUGH}


async def test_who_is_alone_for_a_while_knows_what_there_was(town: Remote) -> None:
    height = town.regtest.chain.height
    town.reached.clear()
    for refused in await refusals(town, "ada"):
        assert refused.code is RefusalCode.NOT_READY
        assert refused.message == (
            "The coins that are known are not enough for that, and what came after block "
            f"{height:,} is not read yet. {WHY}"
        )
    town.reached.set()
    for refused in await refusals(town, "ada"):
        assert refused.message == "The coins on chain are not enough for that."
