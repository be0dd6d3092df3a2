"""From nothing, by the command line alone: two wallets in processes of their own, on a chain that
they follow over connections to Bitcoin nodes, and on a Lightning connection over TCP."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from lnwallet_tui.p2p.inventory import RawTx
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.node import BitcoinNode
from tests.cli.least_stretch import LEAST
from tests.cli.node_process import NodeProcess
from tests.cli.test_node import asked

MOST_EVENTS = 20_000
MOST_LOOKS = 60


class Wallet:
    """One of the two, and how a script uses it."""

    def __init__(
        self, folder: Path, keys: Path, processes: ExitStack, module: str = "lnwallet_tui"
    ) -> None:
        self._module = module
        self.folder, self._keys, self._processes = folder, ("--passphrase-file", keys), processes
        self.port = a_port()

    async def make(self) -> None:
        """Of new words."""
        made = await self.ask("create", "--network", "regtest", *self._keys, module=LEAST)
        self.uri = f"{made['node_id']}@127.0.0.1:{self.port}"

    async def start(self, chain: BitcoinNode) -> None:
        """For the first time, or again; returns when it has read all blocks."""
        peers = [word for one in chain.addresses for word in ("--chain-peer", one)]
        door = ("--listen", f"127.0.0.1:{self.port}")
        options: tuple[str | Path, ...] = (*peers, *self._keys, *door)
        node = NodeProcess(self.folder, *options, module=self._module)
        self.node = self._processes.enter_context(node)
        await asyncio.to_thread(self.node.started)
        await self.ask("unlock")  # waits until it is open
        await self.at(await chain.height())

    async def ask(self, *words: str | Path, module: str = "lnwallet_tui") -> dict[str, Any]:
        return await asyncio.to_thread(asked, self.folder, *words, module=module)

    async def until(self, kind: str, happened: Callable[[dict[str, Any]], bool]) -> None:
        """Read what the node tells, until it tells that."""
        for _ in range(MOST_EVENTS):
            told = await asyncio.to_thread(self.node.line)
            if told["type"] == kind and happened(told):
                return
        raise AssertionError(f"it never told that: {kind}")

    async def at(self, height: int) -> None:
        """It has read the chain up to there."""
        while ((await self.ask("status"))["height"] or 0) < height:
            await self.until(
                "StatusChanged", lambda told: (told["status"]["height"] or 0) >= height
            )

    async def end(self) -> None:
        await self.ask("stop")
        assert (await asyncio.to_thread(self.node.end))[0] == 0

    def kill(self) -> None:
        """As when the power fails."""
        self.node.signal(signal.SIGKILL)
        self.node.process.wait()


def a_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


async def mined(chain: BitcoinNode, blocks: int, *wallets: Wallet) -> None:
    height = await chain.mine(blocks)
    for wallet in wallets:
        await wallet.at(height)


async def ready(wallet: Wallet) -> dict[str, Any]:
    """Its one channel, once it can be used."""
    while True:
        [channel] = (await wallet.ask("channels"))["channels"]
        if channel["state"] == "ready":
            return dict(channel)
        await wallet.until("ChannelChanged", lambda told: told["channel"]["state"] == "ready")


async def test_from_nothing_to_a_close_and_a_restart_in_between(tmp_path: Path) -> None:
    keys = tmp_path / "passphrase"
    keys.write_text("correct horse battery staple\n")
    with ExitStack() as processes:
        ada, ben = (Wallet(tmp_path / name, keys, processes) for name in ("ada", "ben"))
        async with BitcoinNode.started(tmp_path, HONEST, HONEST) as chain:
            for wallet in (ada, ben):
                await wallet.make()
                await wallet.start(chain)
            await fund(chain, ada, ben)
            channel_id = await open_and_pay(chain, ada, ben)
            ada.kill()
            await ada.start(chain)
            await ready(ada)
            bread = await ada.ask("invoice", "20000000", "--note", "bread")
            assert (await ben.ask("pay", bread["invoice"], "--yes"))["status"] == "paid"
            payments = (await ada.ask("payments"))["payments"]
            assert [one["direction"] for one in payments] == ["in", "out"]
            closed = await ada.ask("close", channel_id, "--yes")
            assert closed["kind"] == "cooperative"
            assert await chain.wait_for_tx(wire(closed["txid"])) == ""
            await mined(chain, 6, ada, ben)
            assert (await ben.ask("balance"))["onchain_confirmed_sat"] == 30_000
            assert (await ada.ask("balance"))["onchain_confirmed_sat"] > 960_000
            address = (await ben.ask("address"))["address"]
            sent = await ada.ask("send", address, "100000", "--yes")
            assert await chain.wait_for_tx(wire(sent["txid"])) == ""
            await mined(chain, 1, ada, ben)
            assert (await ben.ask("balance"))["onchain_confirmed_sat"] == 130_000
            for wallet in (ada, ben):
                await wallet.end()


async def test_alone_with_a_peer_that_is_gone_the_money_comes_home(tmp_path: Path) -> None:
    keys = tmp_path / "passphrase"
    keys.write_text("correct horse battery staple\n")
    with ExitStack() as processes:
        ada, ben = (Wallet(tmp_path / name, keys, processes) for name in ("ada", "ben"))
        async with BitcoinNode.started(tmp_path, HONEST, HONEST) as chain:
            for wallet in (ada, ben):
                await wallet.make()
                await wallet.start(chain)
            await fund(chain, ada, ben)
            channel_id = await open_and_pay(chain, ada, ben)
            ben.kill()
            closed = await ada.ask("close", channel_id, "--force", "--yes")
            assert closed["kind"] == "ours"
            assert await chain.wait_for_tx(wire(closed["txid"])) == ""
            await mined(chain, 1, ada)
            [channel] = (await ada.ask("channels"))["channels"]
            brought = len(await chain.heard(RawTx))
            await mined(chain, channel["available_height"] - await chain.height(), ada)
            await chain.wait_for_message(RawTx, 1 + brought)
            await mined(chain, 1, ada)
            balance = await ada.ask("balance")
            assert balance["closing_msat"] == 0
            assert balance["onchain_confirmed_sat"] > 940_000
            await chain.shut()
            for _ in range(MOST_LOOKS):
                status = await ada.ask("status")
                if status["verified_by"] == 0:
                    break
            assert status["verified_by"] == 0
            waits_for = status["waiting_for"]
            assert waits_for.startswith("No node of the Bitcoin network is reached. Only ")
            await ada.end()


async def fund(chain: BitcoinNode, ada: Wallet, ben: Wallet) -> None:
    address = (await ada.ask("address"))["address"]
    await chain.pay(address, 1_000_000)
    await mined(chain, 1, ada, ben)
    assert (await ada.ask("balance"))["onchain_confirmed_sat"] == 1_000_000


async def open_and_pay(chain: BitcoinNode, ada: Wallet, ben: Wallet) -> str:
    """From Ada to Ben, whose door is open."""
    opened = await ada.ask("open", ben.uri, "500000", "--yes")
    assert await chain.wait_for_tx(wire(opened["funding_txid"])) == ""
    await mined(chain, 6, ada, ben)
    await ready(ada)
    await ready(ben)
    tea = await ben.ask("invoice", "50000000", "--note", "tea")
    paid = await ada.ask("pay", tea["invoice"], "--yes")
    assert (paid["status"], paid["fee_msat"]) == ("paid", 0)
    return str(opened["channel_id"])


def wire(txid: str) -> bytes:
    """As it stands in messages."""
    return bytes.fromhex(txid)[::-1]
