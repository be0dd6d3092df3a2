"""The Bitcoin network: how far, by whose word, what is waited for; a sentence for every state."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from syrupy.assertion import SnapshotAssertion

from lnwallet_tui.api.chain import ChainView
from lnwallet_tui.api.events import StatusChanged
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.ui import chain_words
from tests.ui import chains, views
from tests.ui.payloads import PAYLOADS
from tests.ui.scripted_node import ScriptedNode
from tests.ui.scripted_world import ScriptedWorld
from tests.ui.stage import LARGE, SMALL, Stage, on_stage
from tests.ui.test_hostile import MARK, is_safe, marked
from tests.ui.test_keyboard import Footers
from tests.ui.test_snapshots import Album

OPEN = ("8", "b")
READ = f"Verified to block {views.HEIGHT:,}, of 3 min ago"
STATES: dict[str, tuple[ChainView, tuple[str, ...]]] = {
    "nobody": (chains.NOBODY, (
        f"! {READ}; no node that is connected says so now.",
        "! No node of the Bitcoin network is reached. Look whether this machine is online;",
        "Since 14:03 (10 min).", "Nodes: 0 connected, 4 wanted", chain_words.NONE_YET,
        "198.51.100.4:8333", "Nobody answered there.", "peerblockfilters=1",
    )),
    "alone": (chains.ALONE, (
        "One node alone said what the blocks hold; for half a minute we wait",
        "✓ 1 Headers", "· 2 What the blocks hold: 1,023 of 1,024",
        "· 3 Looked through: comes then",
        "Nodes: 1 connected, 4 wanted",
    )),
    "alone-caught-up": (chains.ALONE_CAUGHT_UP, (
        f"! {READ}, by 1 node alone. It could keep something from you; others are looked for",
    )),
    "headers": (chains.HEADERS, (
        "No block is verified yet", "312,000 of about 930,412",
        "1 Headers: 312,000 of 930,412; 204,000 a minute, about 3 min left",
        "Since 14:11 (2 min).",
    )),
    "filters": (chains.FILTERS, (
        "Verified to block 918,003", "by 3 nodes. The chain is 12,409 blocks ahead.",
        "✓ 2 What the blocks hold",
        "3 Looked through: 920,000 of 930,412; 9,000 a minute, about 1 min left",
    )),
    "blocks": (chains.BLOCKS, (
        "12 blocks that may concern you are fetched", "✓ 3 Looked through",
        "4 Fetched and read: 918,003 of 930,412",
    )),
    "caught-up": (chains.CAUGHT_UP, (
        f"✓ {READ}, by 2 nodes.", "It waits for the next block: about every ten minutes one",
        "Nodes: 3 connected, 4 wanted", "203.0.113.7:8333", "84 ms since 12:13", "not known yet",
        "Of no use lately", "within 6 blocks 12.5 sat/vB what blocks took (6 of them, 50 min ago)",
        "within 1,008 blocks 1.0 sat/vB what peers pass on (3 of them, 4 min ago)",
    )),
    "stale": (chains.STALE, (
        "of 100 min ago, by 2 nodes.", "No block came since 12:33 UTC", "t tries other nodes.",
    )),
    "disagreement": (chains.DISAGREEMENT, (
        f"! 1 node disagrees about block {views.HEIGHT - 3:,}; it was read whole, so that nothing",
    )),
    "clock": (chains.CLOCK, ("! Nodes know of blocks from more than two hours ahead of this",)),
}  # fmt: skip


async def tell(stage: Stage, node: ScriptedNode, view: ChainView) -> None:
    """From now on it is so, and the node says that something is new."""
    node.chain_view = view
    node.speak(StatusChanged(node.status_view))
    await stage.rest()


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
async def test_how_it_looks(size: tuple[int, int], snapshot: SnapshotAssertion) -> None:
    node = ScriptedNode()
    node.fee_views = chains.FEES
    async with on_stage(node, size=size) as stage:
        album, footers = Album(stage, snapshot), Footers(stage)
        await stage.press(*OPEN)
        for name, (view, words) in STATES.items():
            await tell(stage, node, view)
            await album.add(f"chain-{name}", *words[:2])
            for part in words:
                await seen_somewhere(stage, part)
            await footers.add(f"chain-{name}", words[0])
    assert album.dim == {}
    assert album.different == []
    assert footers.wrong == {}


async def seen_somewhere(stage: Stage, part: str) -> None:
    """On the page, perhaps after moving down."""
    if part not in stage.seen:
        await stage.press("G")
        await stage.shows(part)
        await stage.press("g")


async def test_it_lives_while_the_node_follows() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        node.chain_view = chains.HEADERS
        await stage.press(*OPEN)
        await stage.shows("312,000 of 930,412")
        for headers in range(320_000, 330_000, 1_000):
            await tell(stage, node, replace(chains.HEADERS, headers=headers))
        await stage.shows("329,000 of 930,412")
        await tell(stage, node, chains.CAUGHT_UP)
        await stage.shows("It waits for the next block")
        await stage.lacks("1 Headers")


async def test_others_are_tried_by_key_and_by_mouse() -> None:
    node = ScriptedNode()
    node.chain_view = chains.STALE
    async with on_stage(node) as stage:
        await stage.press(*OPEN, "t")
        await stage.shows("Hung up; other nodes are looked for.")
        await stage.click_on("t Try others")
        assert len(node.told("try_other_nodes")) == 2
        node.refusing["try_other_nodes"] = Refused(RefusalCode.NOT_READY, "Not here.", "Wait.")
        await stage.press("t")
        await stage.shows("Not here. Wait.")
        await stage.press("escape")
        assert stage.place == "PeersScreen"


async def test_a_playground_has_no_nodes_and_says_where_its_blocks_are_from() -> None:
    node = ScriptedNode()
    async with on_stage(node, ScriptedWorld()) as stage:
        await stage.press("8")
        await stage.shows(f"block {views.HEIGHT:,}, 3 min ago, by the simulated chain. b: more")
        await stage.press("b")
        await stage.shows(f"{READ}, by the playground's simulated chain")
        await stage.shows("Nobody said anything yet: what is sent before pays a guess.")
        await stage.lacks("Try others", "Nodes:", "Of no use")
        await stage.press("t")
        assert node.told("try_other_nodes") == []


async def test_the_line_on_peers_says_by_whom() -> None:
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press("8")
        for count, words in ((0, "by no node that is connected."), (1, "by 1 node."),
                             (3, "by 3 nodes.")):  # fmt: skip
            node.status_view = replace(views.STATUS, verified_by=count)
            node.speak(StatusChanged(node.status_view))
            await stage.shows(f"Bitcoin: verified to block {views.HEIGHT:,}, 3 min ago, {words}")
        node.status_view = replace(views.STATUS, tip_time=0, height=0)
        node.speak(StatusChanged(node.status_view))
        await stage.shows("Bitcoin: no block is verified yet. b: more")


async def test_the_palette_leads_there() -> None:
    async with on_stage(ScriptedNode()) as stage:
        await stage.press("ctrl+p", *"bitcoin net", "enter")
        await stage.shows("The Bitcoin network", READ)


async def test_hostile_addresses_do_nothing() -> None:
    """No address like these could be dialled; if one came all the same, it would do nothing."""
    node = ScriptedNode()
    async with on_stage(node) as stage:
        await stage.press(*OPEN)
        for name, payload in PAYLOADS.items():
            address = Untrusted(marked(payload))
            hostile = replace(
                chains.CAUGHT_UP,
                nodes=(replace(chains.NODES[0], address=address),),
                useless=(replace(chains.USELESS[0], address=address),),
            )
            await tell(stage, node, hostile)
            await stage.shows(f"since 12:13 <{MARK}>", f"14:12 <{MARK}>", "Nobody answered there.")
            is_safe(stage, name)
            await tell(stage, node, chains.PLAYGROUND)
            await stage.lacks(f"<{MARK}>")
