"""The chain over real connections, all of them by a SOCKS5 proxy."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.blocks import BlockConnected
from lnwallet_tui.light.known_peers import FixedPeers
from lnwallet_tui.light.outside import Outside
from lnwallet_tui.light.source import LightChain
from lnwallet_tui.net.dialling import Dialling
from lnwallet_tui.net.tcp import TcpLink, listen
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.db import Store
from tests.light.bitcoin_nodes import BitcoinNode
from tests.light.town import Inline, LightTown
from tests.net.socks_server import NAME, SocksServer
from tests.net.test_tcp import drained
from tests.peers.ldk.clock import RunningClock

ONIONS = [letter * 55 + "d.onion" for letter in "abc"]


async def test_the_chain_comes_from_tor_addresses(tmp_path: Path) -> None:
    town = LightTown(tmp_path, nodes=len(ONIONS))
    await town.regtest.begin()
    chain = town.regtest.chain
    links: list[TcpLink] = []

    def answer(node: BitcoinNode, link: TcpLink) -> None:
        links.append(link)
        node.answer(link)

    nodes = town.bitcoin.nodes
    listeners = [await listen(partial(answer, node), "127.0.0.1") for node in nodes]
    names = {name: one.port for name, one in zip(ONIONS, listeners, strict=True)}
    bugs: list[Exception] = []
    async with SocksServer(names=names).open() as proxy:
        outside = Outside(
            network=Network.REGTEST,
            birthday=chain.height - 2,
            whom=FixedPeers(Network.REGTEST, ONIONS),
            dial=Dialling(proxy.address).open,
            clock=RunningClock(town.clock.now()),
            dice=SeededDice(b"by proxy", "light"),
            complain=lambda _words, error: bugs.append(error),
            workers=Inline(),
        )
        with Store(tmp_path / "chain") as store:
            light = LightChain(store, outside)
            heights: list[int] = []
            async for event in light.follow(()):
                assert isinstance(event, BlockConnected)
                heights.append(event.height)
                if event.block_hash == chain.tip.hash:
                    break
            verified_by = light.verified_by()
            await light.close()
    for listener in listeners:
        listener.close()
    for link in links:
        link.close()
        await drained(link)
    town.regtest.close()
    assert heights == [chain.height - 2, chain.height - 1, chain.height]
    assert verified_by >= 2
    assert bugs == []
    assert {(one.kind, one.host, one.port) for one in proxy.requests} <= {
        (NAME, name, 18_444) for name in ONIONS
    }
    logins = [one.login for one in proxy.requests]
    assert len(logins) == len(set(logins)) >= 2
