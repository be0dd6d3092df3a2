"""LDK nodes for scenarios; what they logged is shown with a test that failed."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from lnwallet_tui.node.config import RelayTerms
from tests.needed import expect_there
from tests.peers.ldk.ldk import LdkNode, LdkSettings
from tests.peers.ldk.machine import Machine
from tests.peers.ldk.ours import OurNode
from tests.peers.ldk.world import World
from tests.peers.stage import engine_and_folder

HERE = Path(__file__).parent
INSTALLED = HERE / "node_modules" / "lightningdevkit"
SECONDS = 300
"""For one scenario; it takes less than ten where its processes have the machine for themselves."""
StartLdk = Callable[..., Awaitable[LdkNode]]
StartOurs = Callable[..., Awaitable[OurNode]]
Meet = Callable[..., Awaitable[tuple[Machine, LdkNode]]]


def why_not() -> str:
    """What is missing to run LDK; empty if nothing is."""
    if shutil.which("node") is None:
        return "node is not installed (Debian: apt-get install nodejs npm)"
    if not (INSTALLED / "liblightningjs.wasm").exists():
        return "LDK is not installed (npm ci --prefix tests/peers/ldk)"
    return ""


def version() -> str:
    """Of the LDK that is installed."""
    return str(json.loads((INSTALLED / "package.json").read_text())["version"])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A scenario is slow where other work is done beside it, and that is no fault."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(SECONDS))


@pytest.fixture(autouse=True)
def ldk_is_there() -> None:
    expect_there(why_not())


@pytest.fixture
def world() -> Iterator[World]:
    with engine_and_folder("ldk") as (engine, folder):
        yield World(engine, folder)


@pytest_asyncio.fixture
async def start_ldk(world: World, request: pytest.FixtureRequest) -> AsyncIterator[StartLdk]:
    """Starts LDK nodes in the world, and ends them with the test."""
    running: list[LdkNode] = []

    async def start(name: str, *, folder: Path | None = None, **settings: object) -> LdkNode:
        node = await LdkNode.start(name, world, LdkSettings(**settings), folder)  # type: ignore[arg-type]  # the settings' own types
        running.append(node)
        return node

    yield start
    for node in running:
        await node.stop()
        request.node.add_report_section("teardown", f"log of {node.name}", node.log_tail())


@pytest_asyncio.fixture
async def meet(world: World, start_ldk: StartLdk) -> AsyncIterator[Meet]:
    """Our machine and LDK, connected; at the end nothing may have been refused for its form."""
    machines: list[Machine] = []

    async def start(*, anchors: bool = True, announces: bool = False) -> tuple[Machine, LdkNode]:
        ldk = await start_ldk("ldk", anchors=anchors, announces=announces)
        machine = Machine(world, ldk, announces=announces)
        machines.append(machine)
        await machine.connect()
        return machine, ldk

    yield start
    for machine in machines:
        await machine.stop()
    assert world.faults() == []


@pytest_asyncio.fixture
async def start_ours(world: World) -> AsyncIterator[StartOurs]:
    """Starts nodes of ours, each with coins; nothing may have been refused for its form."""
    nodes: list[OurNode] = []

    async def start(name: str, *, anchors: bool = True, relays: bool = False) -> OurNode:
        terms = RelayTerms() if relays else None
        node = OurNode(world, world.folder / name, anchors=anchors, relay=terms)
        await node.start()
        nodes.append(node)
        await node.fund(2_000_000, 2_000_000)
        return node

    yield start
    for node in nodes:
        await node.stop()
    assert world.faults() == []
