"""Electrum nodes for scenarios; what they logged is shown with a test that failed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from lnwallet_tui.node.config import RelayTerms
from tests.needed import expect_there
from tests.peers.electrum.electrum import ElectrumNode, ElectrumSettings
from tests.peers.electrum.process import PROGRAM
from tests.peers.electrum.wire import Wire
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import OurNode
from tests.peers.stage import engine_and_folder

pytest.register_assert_rewrite("tests.peers.electrum.scenes")

VERSION_FILE: Final = Path("/usr/lib/python3/dist-packages/electrum/version.py")
VERSIONS: Final = ("4.3.4", "4.5.8")
"""Of Debian 12 and 13: those that all these scenarios have been seen to pass with."""

StartElectrum = Callable[..., Awaitable[ElectrumNode]]
StartOurs = Callable[..., Awaitable[OurNode]]
StartWire = Callable[[ElectrumNode], Awaitable[Wire]]


def why_not() -> str:
    """What is missing to run Electrum; empty if nothing is."""
    if not PROGRAM.exists() or not VERSION_FILE.exists():
        return "Electrum is not installed (Debian: apt-get install electrum)"
    if version() not in VERSIONS:
        return f"Electrum is {version()}; the scenarios know {', '.join(VERSIONS)}"
    return ""


def version() -> str:
    """Of the Electrum that is installed."""
    found = re.search(r"ELECTRUM_VERSION = '([^']+)'", VERSION_FILE.read_text())
    return "of an unknown version" if found is None else found[1]


@pytest.fixture(autouse=True)
def electrum_is_there(request: pytest.FixtureRequest) -> None:
    """Of what needs it."""
    expect_there(why_not() if request.node.get_closest_marker("peer") else "")


@pytest.fixture
def world() -> Iterator[World]:
    """Nothing that anybody publishes in it may be refused for its form."""
    with engine_and_folder("electrum") as (engine, folder):
        world = World(engine, folder)
        yield world
        assert world.faults() == []


@pytest_asyncio.fixture
async def start_electrum(
    world: World, request: pytest.FixtureRequest
) -> AsyncIterator[StartElectrum]:
    """Starts Electrum nodes in the world, and ends them with the test."""
    running: list[ElectrumNode] = []

    async def start(name: str = "electrum", **settings: bool) -> ElectrumNode:
        node = await ElectrumNode.start(name, world, ElectrumSettings(**settings))
        running.append(node)
        return node

    yield start
    for node in running:
        await node.kill()
        request.node.add_report_section("teardown", f"log of {node.name}", node.log_tail())


@pytest_asyncio.fixture
async def start_ours(world: World) -> AsyncIterator[StartOurs]:
    """Starts nodes of ours, each with coins."""
    nodes: list[OurNode] = []

    async def start(name: str = "ours", *, relays: bool = False, anchors: bool = False) -> OurNode:
        terms = RelayTerms() if relays else None
        node = OurNode(world, world.folder / name, anchors=anchors, relay=terms)
        await node.start()
        nodes.append(node)
        await node.fund(3_000_000, 2_000_000)
        return node

    yield start
    for node in nodes:
        if node in world.inhabitants:
            await node.stop()


@pytest_asyncio.fixture
async def start_wire() -> AsyncIterator[StartWire]:
    """Lays wires from our nodes to Electrum."""
    wires: list[Wire] = []

    async def start(electrum: ElectrumNode) -> Wire:
        wire = Wire(electrum.port)
        await wire.start()
        wires.append(wire)
        return wire

    yield start
    for wire in wires:
        await wire.stop()
