"""The guard as a process: two real wallets on a chain of Bitcoin nodes, and one of them cheats
while nothing of the other's runs but its guard."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import plistlib
import shutil
import signal
import subprocess
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui import cli
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.keys.derive import ChannelKeyId, KeySchedule
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.keys.signer_memory import SignerMemory
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.playground.cheating import KeptState, kept_state
from lnwallet_tui.store.codec import decode
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.payments import issued
from lnwallet_tui.store.reader import reading
from tests.bitcoin_node.behaviour import HONEST
from tests.bitcoin_node.node import BitcoinNode
from tests.cli.cheat_node import KEPT, kept
from tests.cli.node_process import NodeProcess
from tests.cli.run import lnwallet
from tests.cli.test_node import code_of
from tests.cli.test_screen import CTRL_Q, ENTER, process_of, screen, unlock, wallet
from tests.cli.test_whole_life import Wallet, fund, mined, open_and_pay, ready, wire
from tests.playground.bench import HOME, sign_home

__all__ = ["wallet"]

BREAD_MSAT = 20_000_000
COIN_SAT = 100_000
FEE_SAT = 20_000
"""Of the cheat's second stage: more than a guard begins with, so that it is the cheat's that waits
for the block, whoever comes first."""
MOST_LINES = 50


class Guarding:
    """The guard's process, and what it says."""

    def __init__(self, folder: Path, keys: Path, chain: BitcoinNode, processes: ExitStack) -> None:
        peers = [word for one in chain.addresses for word in ("--chain-peer", one)]
        given = ("--passphrase-file", str(keys))
        guard = NodeProcess(folder, *given, *peers, verb="guard")
        self.process = processes.enter_context(guard)

    async def until(self, happened: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """It tells that."""
        for _ in range(MOST_LINES):
            told = await asyncio.to_thread(self.process.line)
            if happened(told):
                return told
        raise AssertionError("it never told that")

    async def says(self, kind: str) -> dict[str, Any]:
        return await self.until(lambda told: told["type"] == kind)

    async def takes(self, sat: int) -> bytes:
        """The transaction with which it takes an output that holds so much."""
        words = f"The guard takes {sat:,} sat"
        return wire((await self.until(lambda told: told["text"].startswith(words)))["txid"])


def old_state(ben: Wallet, file: Path, words: list[str]) -> KeptState:
    """Ben's state with the bread in it, signed by both, with what takes the bread."""
    [row] = [
        row
        for row in kept(file)
        if [htlc.amount.value for htlc in row.state.our_commitment.spec.htlcs] == [BREAD_MSAT]
    ][:1]
    keys = KeySchedule(parse_words(" ".join(words)).seed(), Network.REGTEST)
    signer = Signer(
        keys.channel_keys(ChannelKeyId(row.number, row.salt)), decode(row.signer, SignerMemory)
    )
    old = kept_state(row.state, signer)
    [stage] = old.stages
    with reading(ben.folder / DATABASE_NAME) as rows:
        invoice = issued(rows, stage.transaction.htlc.payment_hash)
    assert invoice is not None
    return dataclasses.replace(old, stages=(dataclasses.replace(stage, preimage=invoice.preimage),))


def paid_for(stage: SecondStage, old: KeptState, coin: bytes) -> Tx:
    """The second stage, with a coin that pays its fee."""
    change = TxOut(Sat(COIN_SAT - FEE_SAT), HOME)
    coin_at, output = OutPoint(coin, 0), TxOut(Sat(COIN_SAT), HOME)
    bare = stage.transaction.tx
    tx = Tx(2, (*bare.inputs, TxIn(coin_at)), (*bare.outputs, change), bare.locktime)
    nothing = bare.inputs[0].outpoint, TxOut(Sat(0), b"")
    return sign_home(stage.sign(tx, old.signer), nothing, (coin_at, output))


async def test_an_old_state_with_its_second_stage_is_punished_while_only_the_guard_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, guards_keys = tmp_path / "passphrase", tmp_path / "guards"
    keys.write_text("correct horse battery staple\n")
    guards_keys.write_text("owls fly at night\n")
    states = tmp_path / "states"
    monkeypatch.setenv(KEPT, str(states))
    with ExitStack() as processes:
        ada = Wallet(tmp_path / "ada", keys, processes)
        ben = Wallet(tmp_path / "ben", keys, processes, "tests.cli.cheat_node")
        async with BitcoinNode.started(tmp_path, HONEST, HONEST) as chain:
            await ada.make()
            made = await ben.ask("create", "--network", "regtest", "--passphrase-file", keys)
            ben.uri = f"{made['node_id']}@127.0.0.1:{ben.port}"
            for wallet in (ada, ben):
                await wallet.start(chain)
            await fund(chain, ada, ben)
            coin = await chain.pay(HOME, COIN_SAT)
            channel_id = await open_and_pay(chain, ada, ben)
            await trade(ada, ben)
            prepared = await ada.ask("guard", "--prepare", "--passphrase-file", guards_keys)
            assert prepared == {"prepared": True}
            guard = Guarding(ada.folder, guards_keys, chain, processes)
            await guard.says("StandingBy")
            await ada.end()
            assert (await guard.says("Watching"))["channels"] == 1
            guard.process.signal(signal.SIGKILL)
            await asyncio.to_thread(guard.process.end)
            guard = Guarding(ada.folder, guards_keys, chain, processes)
            assert (await guard.says("Watching"))["channels"] == 1
            await ben.end()
            old = old_state(ben, states, made["words"])

            told = await asyncio.to_thread(lnwallet, "status", "--datadir", ada.folder, "--json")
            assert "Only the guard runs" in json.loads(told.stdout)["waiting_for"]
            pay = await asyncio.to_thread(lnwallet, "address", "--datadir", ada.folder, "--json")
            assert code_of(pay) == "not_ready"

            assert await chain.submit(old.tx) == ("",)
            await chain.mine()
            stage = paid_for(old.stages[0], old, coin)
            assert await chain.submit(stage) == ("",)
            worth = old.spec.to_local.floor_sat().value
            first = await guard.takes(worth)
            assert await chain.wait_for_tx(first) == ""
            await chain.mine()
            found = await chain.transaction(stage.txid)
            assert found is not None
            assert found[1] == await chain.height()
            second = await guard.takes(BREAD_MSAT // 1000)
            while (last := await guard_took(chain, guard, stage, second)) is None:
                second = await guard.takes(BREAD_MSAT // 1000)
            await chain.mine()
            assert (await chain.transaction(last)) is not None

            with NodeProcess(ada.folder, "--passphrase-file", keys) as node:
                await guard.says("StandingBy")
                node.signal(signal.SIGKILL)  # at whatever it does with what it took over
            await guard.says("Watching")
            await ada.start(chain)  # takes over from the guard
            await guard.says("StandingBy")
            await mined(chain, 2, ada)
            [channel] = (await ada.ask("channels"))["channels"]
            assert (channel["channel_id"], channel["closing_kind"]) == (
                channel_id,
                "breach by them",
            )
            balance = await ada.ask("balance")
            assert balance["closing_sat"] == 0
            assert balance["onchain_confirmed_sat"] > 990_000 - FEE_SAT
            ada.kill()
            assert (await guard.says("Watching"))["channels"] == 1  # buried, and not final
            guard.process.signal(signal.SIGTERM)
            assert (await asyncio.to_thread(guard.process.end))[0] == 0


async def guard_took(chain: BitcoinNode, guard: Guarding, stage: Tx, txid: bytes) -> bytes | None:
    """Its transaction, if it is the one that takes the second stage."""
    await chain.wait_for_tx(txid)
    found = await chain.transaction(txid)
    if found is None or found[0].inputs[0].outpoint != stage.outpoint(0):
        return None
    return txid


async def trade(ada: Wallet, ben: Wallet) -> None:
    """Ben is paid for bread, and gives most of what he has back."""
    bread = await ben.ask("invoice", str(BREAD_MSAT), "--note", "bread")
    assert (await ada.ask("pay", bread["invoice"], "--yes"))["status"] == "paid"
    back = await ada.ask("invoice", "60000000", "--note", "back")
    assert (await ben.ask("pay", back["invoice"], "--yes"))["status"] == "paid"
    await ready(ada)


async def test_a_bundle_is_written_beside_the_node_and_watched_with_alone(tmp_path: Path) -> None:
    keys, guards_keys, file = tmp_path / "keys", tmp_path / "guards", tmp_path / "far" / "bundle"
    keys.write_text("correct horse battery staple\n")
    guards_keys.write_text("owls fly at night\n")
    file.parent.mkdir()
    with ExitStack() as processes:
        ada = Wallet(tmp_path / "ada", keys, processes)
        async with BitcoinNode.started(tmp_path, HONEST) as chain:
            await ada.make()
            await ada.start(chain)
            export = ("guard", "--export-bundle", file, "--passphrase-file", guards_keys)
            here = ("--datadir", ada.folder, "--json")
            await ada.ask("guard", "--prepare", "--passphrase-file", guards_keys)
            done = await asyncio.to_thread(lnwallet, *export, *here)
            size = file.stat().st_size
            assert json.loads(done.stdout) == {"bytes": size, "states": 0, "channels": []}
            await ada.end()
            watching = ("--bundle", file, "--chain-peer", chain.addresses[0])
            shutil.rmtree(ada.folder)
            guard = processes.enter_context(NodeProcess(ada.folder, *watching, verb="guard"))
            told = await asyncio.to_thread(guard.line)
            assert (told["type"], told["channels"]) == ("Watching", 0)
            assert "second stage of a channel with anchors" in told["text"]
            await chain.wait_for_peers(1)
            guard.signal(signal.SIGTERM)
            assert (await asyncio.to_thread(guard.end))[0] == 0


def test_the_screen_takes_over_from_it_and_it_from_a_node_that_dies(
    wallet: Path, tmp_path: Path
) -> None:
    guards_keys, wallets_keys = tmp_path / "guards", ("--passphrase-file", tmp_path / "passphrase")
    guards_keys.write_text("owls fly at night\n")
    prepare = ("guard", "--prepare", "--datadir", wallet, "--passphrase-file", guards_keys)
    with NodeProcess(wallet, *wallets_keys) as node:
        node.started()
        assert lnwallet("unlock", "--datadir", wallet).returncode == 0
        assert lnwallet(*prepare).returncode == 0
    with NodeProcess(wallet, "--passphrase-file", guards_keys, verb="guard") as guard:
        assert guard.line()["type"] == "Watching"
        with screen(wallet, "--when-closed", "ends") as terminal:
            unlock(terminal)
            assert guard.line()["type"] == "StandingBy"
            terminal.from_now()
            os.kill(process_of(wallet), signal.SIGKILL)
            terminal.wait_for("The node has ended")
            assert guard.line()["type"] == "Watching"
            terminal.press(ENTER)  # another one
            terminal.from_now()
            unlock(terminal)
            assert guard.line()["type"] == "StandingBy"
            assert terminal.leave(CTRL_Q) == 0
        assert guard.line()["type"] == "Watching"
        assert lnwallet("stop", "--datadir", wallet).returncode == 0
        assert guard.end()[0] == 0


def test_who_gives_no_passphrase_is_told_how(tmp_path: Path) -> None:
    done = lnwallet("guard", "--datadir", tmp_path / "x", "--network", "regtest", "--json")
    assert code_of(done) == "no_passphrase"


def printed(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[str, str]:
    """What `guard` says and complains of, carried out in this process."""
    assert cli.main(["guard", *map(str, words)]) == 0
    said = capsys.readouterr()
    return said.out, said.err


def test_it_is_prepared_by_the_node_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["guard", "--prepare", "--json", "--datadir", str(tmp_path)]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "no_node"


@pytest.mark.parametrize("folder", ["plain", 'odd "100%" $HOME'])
def test_a_unit_is_printed_and_nothing_is_installed(
    tmp_path: Path,
    folder: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    place = tmp_path / folder
    place.mkdir()
    options = ("--datadir", place, "--chain-peer", "127.0.0.1:18444")
    unit, complaints = printed(capsys, "--print-unit", *options)
    [command] = [line for line in unit.splitlines() if line.startswith("ExecStart=")]
    assert "guard --datadir" in command
    assert "--chain-peer 127.0.0.1:18444" in command
    assert "--passphrase-file %d/" in command
    assert complaints == ""
    assert list(tmp_path.iterdir()) == [place]
    assert list(place.iterdir()) == []
    agent, says = printed(capsys, "--print-unit", "launchd", *options)
    assert str(place) in plistlib.loads(agent.encode())["ProgramArguments"]
    assert "chmod 600" in says


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd here")
def test_systemd_takes_the_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unit = tmp_path / "lnwallet-guard.service"
    unit.write_text(printed(capsys, "--print-unit", "--datadir", tmp_path / 'a "b" 5%')[0])
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "lnwallet-guard.service" not in done.stderr, done.stderr
