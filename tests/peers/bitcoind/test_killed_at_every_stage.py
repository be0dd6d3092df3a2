"""The script by the command line once more, with a wallet that is killed at one of its stages and
started again: nothing that was said to be done is lost, and nothing is done twice."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from lnwallet_tui.bitcoin.tx import txid_from_hex
from tests.peers.bitcoind.backend import ChainBackend
from tests.peers.bitcoind.command_line import Answer, CommandLine
from tests.sampling import sampled

COINS: Final = 1_000_000
CHANNEL: Final = 400_000
PAID_MSAT: Final = 50_000_000
SENT: Final = 100_000
OTHERS: Final = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
STAGES: Final = (
    "an address was shown",
    "coins are under way",
    "the funding is in no block",
    "a child hurries the funding",
    "the channel is ready",
    "a payment was made",
    "the close is in no block",
    "a payment on chain was replaced",
)


class Life:
    """What Ada does; at one stage her node is killed."""

    def __init__(self, backend: ChainBackend, ada: CommandLine, ben: CommandLine, dies: str):
        self._backend, self._ada, self._ben, self._dies = backend, ada, ben, dies
        self._deaths = 0

    async def whole(self) -> None:
        """All stages, in their order."""
        await self._receive()
        channel_id = await self._open()
        await self._pay()
        await self._close(channel_id)
        await self._send()
        assert self._deaths == 1

    async def _stage(self, name: str) -> None:
        assert name in STAGES
        if name == self._dies:
            self._deaths += 1
            self._ada.kill()
            await self._ada.start(self._backend)

    async def _mined(self, count: int) -> None:
        height = await self._backend.mine(count)
        for wallet in (self._ada, self._ben):
            await wallet.read_to(height)

    async def _receive(self) -> None:
        address = (await self._ada.ask("address"))["address"]
        await self._stage("an address was shown")
        await self._backend.pay(address, COINS)
        await self._stage("coins are under way")
        await self._mined(1)
        assert (await self._ada.ask("balance"))["onchain_confirmed_sat"] == COINS

    async def _open(self) -> str:
        opened = await self._ada.ask("open", self._ben.address, str(CHANNEL), "--yes")
        funding = txid_from_hex(opened["funding_txid"])
        assert await self._backend.wait_for_tx(funding) == ""
        await self._stage("the funding is in no block")
        # Its txid is signed over: it is never replaced, a child pays for it.
        hurried = await self._ada.ask("bump", opened["funding_txid"], "--feerate", "20", "--yes")
        assert hurried["way"] == "child"
        child = txid_from_hex(hurried["txid"])
        assert await self._backend.wait_for_tx(child) == ""
        assert set(await self._backend.mempool()) == {funding, child}
        await self._stage("a child hurries the funding")
        assert set(await self._backend.mempool()) == {funding, child}
        await self._mined(6)
        for wallet in (self._ada, self._ben):
            await wallet.until_channel("ready")
        await self._stage("the channel is ready")
        await self._ada.until_channel("ready")
        return str(opened["channel_id"])

    async def _pay(self) -> None:
        asked = (await self._ben.ask("invoice", str(PAID_MSAT)))["invoice"]
        await self._ada.until(_is_up, "channels")
        paid = await self._ada.ask("pay", asked, "--yes")
        await self._stage("a payment was made")
        (row,) = (await self._ada.ask("payments"))["payments"]
        assert (row["preimage"], row["status"]) == (paid["preimage"], "paid")
        assert (await self._ben.until_channel("ready"))["local_msat"] == PAID_MSAT

    async def _close(self, channel_id: str) -> None:
        await self._ada.until(_is_up, "channels")
        closed = await self._ada.ask("close", channel_id, "--yes")
        txid = txid_from_hex(closed["txid"])
        assert await self._backend.wait_for_tx(txid) == ""
        await self._stage("the close is in no block")
        assert await self._backend.mempool() == (txid,)
        await self._mined(1)
        await self._ada.until_channel("closed")
        assert (await self._ben.ask("balance"))["onchain_confirmed_sat"] == PAID_MSAT // 1_000

    async def _send(self) -> None:
        sent = await self._ada.ask("send", OTHERS, str(SENT), "--feerate", "1.5", "--yes")
        assert await self._backend.wait_for_tx(txid_from_hex(sent["txid"])) == ""
        bumped = await self._ada.ask("bump", sent["txid"], "--feerate", "9", "--yes")
        assert bumped["way"] == "replace"
        replaced = txid_from_hex(bumped["txid"])
        assert await self._backend.wait_for_tx(replaced) == ""
        await self._stage("a payment on chain was replaced")
        assert await self._backend.mempool() == (replaced,)
        await self._mined(1)
        balance = await self._ada.ask("balance")
        left = COINS - PAID_MSAT // 1_000 - SENT
        assert left - 20_000 < balance["onchain_confirmed_sat"] < left
        assert balance["onchain_pending_sat"] == 0


def _is_up(told: Answer) -> bool:
    """Whether the only channel can be used now: after a start the peer is dialled first."""
    (channel,) = told["channels"]
    return bool(channel["can_send_msat"])


@pytest.mark.parametrize("stage", sampled("stages of a wallet that is killed", STAGES, 1))
async def test_killed_and_started_again(backend: ChainBackend, tmp_path: Path, stage: str) -> None:
    async with (
        CommandLine.made(tmp_path / "ada", backend) as ada,
        CommandLine.made(tmp_path / "ben", backend) as ben,
    ):
        await Life(backend, ada, ben, stage).whole()
