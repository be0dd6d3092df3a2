"""The script by the command line alone, from nothing: two wallets, each a process of its own, that
know of nobody but the node of the chain and of each other."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.bitcoin.tx import txid_from_hex
from tests.peers.bitcoind.backend import ChainBackend
from tests.peers.bitcoind.command_line import CommandLine

COINS = 1_000_000


async def mined(backend: ChainBackend, count: int, *wallets: CommandLine) -> None:
    """Blocks that all have read."""
    height = await backend.mine(count)
    for wallet in wallets:
        await wallet.read_to(height)


async def test_receive_open_pay_and_close(backend: ChainBackend, tmp_path: Path) -> None:
    async with (
        CommandLine.made(tmp_path / "ada", backend) as ada,
        CommandLine.made(tmp_path / "ben", backend) as ben,
    ):
        # Receive.
        address = (await ada.ask("address"))["address"]
        await backend.pay(address, COINS)
        await mined(backend, 1, ada, ben)
        assert (await ada.ask("balance"))["onchain_confirmed_sat"] == COINS
        opened = await ada.ask("open", ben.address, "400000", "--yes")
        funding = txid_from_hex(opened["funding_txid"])
        assert await backend.wait_for_tx(funding) == ""
        await mined(backend, 6, ada, ben)
        await ada.until_channel("ready")
        await ben.until_channel("ready")
        # Be paid, pay.
        asked = (await ben.ask("invoice", "50000000"))["invoice"]
        paid = await ada.ask("pay", asked, "--yes")
        assert (paid["amount_msat"], paid["fee_msat"]) == (50_000_000, 0)
        assert (await ben.until_channel("ready"))["local_msat"] == 50_000_000
        # A restart in between.
        await ada.stop()
        await ada.start(backend)
        await ada.until_channel("ready")
        # Close.
        closed = await ada.ask("close", opened["channel_id"], "--yes")
        assert await backend.wait_for_tx(txid_from_hex(closed["txid"])) == ""
        await mined(backend, 1, ada, ben)
        await ada.until_channel("closed")
        balances = [(await one.ask("balance"))["onchain_confirmed_sat"] for one in (ada, ben)]
        assert balances[1] == 50_000
        assert COINS - 60_000 < balances[0] < COINS - 50_000


async def test_killed_and_away_while_blocks_are_replaced(
    backend: ChainBackend, tmp_path: Path
) -> None:
    async with CommandLine.made(tmp_path / "ada", backend) as ada:
        address = (await ada.ask("address"))["address"]
        await backend.pay(address, COINS)
        await mined(backend, 4, ada)
        ada.kill()
        height = await backend.reorganise(10, empty=2)
        await ada.start(backend)
        await ada.read_to(height)
        assert (await ada.ask("balance"))["onchain_confirmed_sat"] == COINS
        # Nobody to ask: it says so, and goes on once somebody is there.
        await backend.shut()
        told = await ada.until(lambda told: bool(told["waiting_for"]))
        assert "No node of the Bitcoin network is reached" in told["waiting_for"]
        await backend.reopen()
        await mined(backend, 1, ada)
