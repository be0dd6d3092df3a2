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
from lnwallet_tui.cli import guarding
from lnwallet_tui.keys.derive import ChannelKeyId, KeySchedule
from lnwallet_tui.keys.guard_file import GUARD_FILE
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
from tests.cli.forms import assert_form, assert_line, form_of
from tests.cli.least_stretch import LEAST
from tests.cli.node_process import NodeProcess
from tests.cli.run import lnwallet
from tests.cli.test_node import code_of
from tests.cli.test_screen import CTRL_Q, ENTER, PHRASE, process_of, screen, unlock, wallet
from tests.cli.test_whole_life import Wallet, fund, mined, open_and_pay, ready, wire
from tests.playground.bench import HOME, sign_home
from tests.sampling import sampled

__all__ = ["wallet"]

BREAD_MSAT = 20_000_000
COIN_SAT = 100_000
FEE_SAT = 20_000
"""Of the cheat's second stage: more than a guard begins with, so that it is the cheat's that waits
for the block, whoever comes first."""
MOST_LINES = 50


class Guarding:
    """The guard's process, and what it says."""

    def __init__(self, process: NodeProcess) -> None:
        self.process = process

    async def until(self, happened: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """It tells that."""
        for _ in range(MOST_LINES):
            told = await asyncio.to_thread(self.process.line)
            assert_line(told)
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


@dataclasses.dataclass
class Scene:
    """Ben has an old state with bread in it; Ada's guard is prepared."""

    chain: BitcoinNode
    ada: Wallet
    ben: Wallet
    channel_id: str
    words: list[str]
    coin: bytes
    folder: Path
    processes: ExitStack

    @property
    def guards_keys(self) -> Path:
        return self.folder / "guards"

    def guard(self) -> Guarding:
        """Of Ada's wallet."""
        peers = [word for one in self.chain.addresses for word in ("--chain-peer", one)]
        given = ("--passphrase-file", str(self.guards_keys))
        guard = NodeProcess(self.ada.folder, *given, *peers, verb="guard")
        return Guarding(self.processes.enter_context(guard))

    async def cheat(self) -> tuple[KeptState, Tx]:
        """Both nodes are off; Ben's old state is mined. Its second stage is ready."""
        await self.ben.end()
        old = old_state(self.ben, self.folder / "states", self.words)
        assert await self.chain.submit(old.tx) == ("",)
        await self.chain.mine()
        return old, paid_for(old.stages[0], old, self.coin)

    async def shown(self) -> None:
        """Ada's node knows what happened, and has everything."""
        [channel] = (await self.ada.ask("channels"))["channels"]
        told = channel["channel_id"], channel["closing_kind"]
        assert told == (self.channel_id, "breach by them")
        balance = await self.ada.ask("balance")
        assert balance["closing_msat"] == 0
        assert balance["onchain_confirmed_sat"] > 990_000 - FEE_SAT


async def by_key_kit(scene: Scene) -> None:
    """The second stage too, while a node waits for its passphrase, and whichever process dies."""
    chain, ada = scene.chain, scene.ada
    guard = scene.guard()
    assert not (await guard.says("StandingBy"))["second"]
    await ada.end()
    assert (await guard.says("Watching"))["channels"] == 1
    guard.process.signal(signal.SIGKILL)
    await asyncio.to_thread(guard.process.end)
    guard = scene.guard()
    assert (await guard.says("Watching"))["channels"] == 1
    told = await asyncio.to_thread(lnwallet, "status", "--datadir", ada.folder, "--json")
    assert "Only the guard runs" in json.loads(told.stdout)["waiting_for"]
    pay = await asyncio.to_thread(lnwallet, "address", "--datadir", ada.folder, "--json")
    assert code_of(pay) == "not_ready"

    node = scene.processes.enter_context(NodeProcess(ada.folder))  # as after a restart, say
    await asyncio.to_thread(node.started)
    both = await ada.ask("status")
    assert "is locked. Until it is open the guard watches its channels." in both["waiting_for"]
    assert "It watches 1 channel with" in both["guard"]

    old, stage = await scene.cheat()
    assert await chain.submit(stage) == ("",)
    first = await guard.takes(old.spec.to_local.floor_sat().value)
    assert await chain.wait_for_tx(first) == ""
    await chain.mine()
    found = await chain.transaction(stage.txid)
    assert found is not None
    assert found[1] == await chain.height()
    second = await guard.takes(BREAD_MSAT // 1000)
    while (last := await guard_took(chain, stage, second)) is None:
        second = await guard.takes(BREAD_MSAT // 1000)
    await chain.mine()
    assert (await chain.transaction(last)) is not None

    opens = ("unlock", "--datadir", ada.folder, "--passphrase-file", scene.folder / "passphrase")
    unlocking = asyncio.create_task(asyncio.to_thread(lnwallet, *opens))
    await guard.says("StandingBy")
    node.signal(signal.SIGKILL)  # at whatever it does with what it took over
    await unlocking
    await guard.says("Watching")
    await ada.start(chain)  # takes over from the guard
    await guard.says("StandingBy")
    await mined(chain, 2, ada)
    await scene.shown()
    ada.kill()
    assert (await guard.says("Watching"))["closes"] == 1  # buried, and not final
    guard.process.signal(signal.SIGTERM)
    assert (await asyncio.to_thread(guard.process.end))[0] == 0


async def by_bundle(scene: Scene) -> None:
    """Of a machine on which there is no wallet."""
    chain, ada, file = scene.chain, scene.ada, scene.folder / "far" / "bundle"
    file.parent.mkdir()
    export = ("guard", "--export-bundle", file, "--passphrase-file", scene.guards_keys)
    done = await asyncio.to_thread(lnwallet, *export, "--datadir", ada.folder, "--json")
    written = json.loads(done.stdout)
    assert_form(written, form_of(*export), "bundle")
    assert written["bytes"] == file.stat().st_size
    [channel] = written["channels"]
    assert written["states"] == channel["states"] == channel["revoked"] == channel["newest"] + 1
    await ada.end()
    watching = ("--bundle", file, "--chain-peer", chain.addresses[0])
    process = NodeProcess(None, *watching, verb="guard")
    guard = Guarding(scene.processes.enter_context(process))
    told = await guard.says("Watching")
    assert told["channels"] == 1
    assert "second stage of a channel with anchors" in told["text"]
    stands = await guard.says("Reading")
    height = await chain.height()
    assert (stands["height"], stands["verified_by"]) == (height, 1)
    assert f"read to block {height:,}, shown by 1 node of the Bitcoin network" in stands["text"]
    old, _ = await scene.cheat()
    for sat in (BREAD_MSAT // 1000, old.spec.to_local.floor_sat().value):
        assert await chain.wait_for_tx(await guard.takes(sat)) == ""
    guard.process.signal(signal.SIGTERM)
    assert (await asyncio.to_thread(guard.process.end))[0] == 0
    await chain.mine()
    await ada.start(chain)
    await mined(chain, 2, ada)
    await scene.shown()
    await ada.end()


WAYS = {"key kit": by_key_kit, "bundle": by_bundle}


@pytest.mark.parametrize("way", sampled("guards without a wallet", list(WAYS), 1))
async def test_an_old_state_is_punished_while_only_a_guard_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    keys, guards_keys = tmp_path / "passphrase", tmp_path / "guards"
    keys.write_text("correct horse battery staple\n")
    guards_keys.write_text("owls fly at night\n")
    monkeypatch.setenv(KEPT, str(tmp_path / "states"))
    with ExitStack() as processes:
        ada = Wallet(tmp_path / "ada", keys, processes, LEAST)
        ben = Wallet(tmp_path / "ben", keys, processes, "tests.cli.cheat_node")
        async with BitcoinNode.started(tmp_path, HONEST, HONEST) as chain:
            await ada.make()
            create = ("create", "--network", "regtest", "--passphrase-file", keys)
            made = await ben.ask(*create, module=LEAST)
            ben.uri = f"{made['node_id']}@127.0.0.1:{ben.port}"
            for wallet in (ada, ben):
                await wallet.start(chain)
            await fund(chain, ada, ben)
            coin = await chain.pay(HOME, COIN_SAT)
            channel_id = await open_and_pay(chain, ada, ben)
            await trade(ada, ben)
            prepared = await ada.ask("guard", "--prepare", "--passphrase-file", guards_keys)
            assert prepared == {"prepared": True, "replaced": False}
            words = made["words"]
            scene = Scene(chain, ada, ben, channel_id, words, coin, tmp_path, processes)
            await WAYS[way](scene)


async def guard_took(chain: BitcoinNode, stage: Tx, txid: bytes) -> bytes | None:
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


def test_the_screen_takes_over_from_it_and_it_from_a_node_that_dies(
    wallet: Path, tmp_path: Path
) -> None:
    guards_keys, wallets_keys = tmp_path / "guards", ("--passphrase-file", tmp_path / "passphrase")
    (tmp_path / "passphrase").write_text(f"{PHRASE}\n")
    guards_keys.write_text("owls fly at night\n")
    prepare = ("guard", "--prepare", "--datadir", wallet, "--passphrase-file", guards_keys)
    with NodeProcess(wallet, *wallets_keys, module=LEAST) as node:
        node.started()
        assert lnwallet("unlock", "--datadir", wallet).returncode == 0
        own = lnwallet("guard", "--prepare", "--datadir", wallet, *wallets_keys)
        assert own.stderr.startswith("This is the wallet's own passphrase.\n")
        for former in (False, True):
            done = lnwallet(*prepare)
            assert done.returncode == 0
            assert ("The former one does not open" in done.stdout) is former
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
            terminal.wait_for("Your passphrase opens this wallet")
            told = lnwallet("status", "--datadir", wallet, "--json")
            assert "It watches no channel" in json.loads(told.stdout)["guard"]
            unlock(terminal)
            assert guard.line()["type"] == "StandingBy"
            assert terminal.leave(CTRL_Q) == 0
        assert guard.line()["type"] == "Watching"
        assert lnwallet("stop", "--guard", "--datadir", wallet).returncode == 0
        assert guard.end()[0] == 0


def test_who_gives_no_passphrase_is_told_how(tmp_path: Path) -> None:
    for name in (DATABASE_NAME, GUARD_FILE):  # it was prepared
        (tmp_path / name).touch()
    done = lnwallet("guard", "--datadir", tmp_path, "--network", "regtest", "--json")
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


def test_what_was_not_prepared_asks_for_no_passphrase(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarding, "harden", lambda: None)  # this process goes on
    words = ["guard", "--datadir", str(tmp_path), "--network", "regtest"]
    assert cli.main(words) == 1
    assert capsys.readouterr().err.startswith(f"There is no wallet in {tmp_path} to guard.\n")
    (tmp_path / DATABASE_NAME).touch()
    assert cli.main(words) == 1
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "The guard of this wallet is not prepared: nobody has chosen a passphrase for it yet.",
        "Do that first, while the wallet's node runs and is unlocked: lnwallet-tui guard --datadir "
        f"{tmp_path} --network regtest --prepare",
    ]


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
    assert complaints_of(unit) == ""


def complaints_of(unit: Path) -> str:
    """What systemd says of a unit for a user's own, and of those that it goes with beside it."""
    done = subprocess.run(
        ["systemd-analyze", "verify", "--user", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        # Where nobody is logged in it would say only that, and read nothing.
        env={**os.environ, "XDG_RUNTIME_DIR": str(unit.parent)},
    )
    assert done.returncode == 0, done.stderr
    return "".join(line for line in done.stderr.splitlines(True) if "lnwallet-" in line)
