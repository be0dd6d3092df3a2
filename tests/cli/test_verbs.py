"""The verbs as a script uses them: the real command against a node that runs in this process."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.world import Person
from lnwallet_tui.counter.server import Counter
from lnwallet_tui.playground.people import RELAY, SHOP
from lnwallet_tui.playground.world import World
from tests.cli.forms import assert_error, assert_form, form_of
from tests.cli.run import Done, lnwallet
from tests.cli.terminal import Terminal
from tests.shopping import shop_invoice

ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP 173's key, on regtest
ANOTHER = "bcrt1qrp33g0q5c5txsp9arysrx4k6zdkfs4nce4xj0gdcccefvpysxf3qzf4jry"  # its script


@dataclass
class Shell:
    """Somebody who types commands beside a world that runs."""

    world: World
    folder: Path

    async def run(self, *words: str) -> Done:
        return await asyncio.to_thread(lnwallet, *words, "--datadir", str(self.folder))

    async def ask(self, *words: str) -> dict[str, Any]:
        """The answer; it is of the form that `--help` tells."""
        done = await self.run(*words, "--json")
        assert done.returncode == 0, done.stdout + done.stderr
        answer = cast("dict[str, Any]", json.loads(done.stdout))
        assert_form(answer, form_of(*words), words[0])
        return answer

    async def refused(self, *words: str) -> dict[str, str]:
        done = await self.run(*words, "--json")
        assert done.returncode == 1
        error = json.loads(done.stdout)["error"]
        assert_error(error)
        assert error["message"].endswith(".")
        return cast("dict[str, str]", error)

    async def quoted(self, *words: str) -> dict[str, Any]:
        """What it would cost; nothing is done."""
        done = await self.run(*words, "--json")
        answer = cast("dict[str, Any]", json.loads(done.stdout))
        assert (done.returncode, list(answer)) == (1, ["error", "quote"])
        assert (answer["error"]["code"], done.stderr) == ("not_agreed", "")
        assert "--yes" in answer["error"]["remedy"]
        assert_form(answer["quote"], form_of(f"{words[0]}.quote"), words[0])
        return cast("dict[str, Any]", answer["quote"])

    def person(self, role: str) -> Person:
        return next(one for one in self.world.people() if one.role == role)


def assert_as_quoted(answer: dict[str, Any], quote: dict[str, Any]) -> None:
    """It has all that was said before; dates move on with the clock."""
    before = {name: value for name, value in quote.items() if not name.endswith("_at")}
    assert before == {name: answer[name] for name in before}


@pytest.fixture
async def shell(tmp_path: Path) -> AsyncIterator[Shell]:
    folder = tmp_path / "world"
    world = await World.begin(1, folder)
    await world.fund()
    postman = asyncio.create_task(world.clock.keep_delivering())
    counter = await Counter.opened(world.you.node, folder)
    yield Shell(world, folder)
    await counter.close()
    postman.cancel()
    await world.close()


async def test_a_whole_life_of_a_channel(shell: Shell) -> None:
    world, relay = shell.world, shell.person(RELAY)
    status = await shell.ask("status")
    assert (status["network"], status["waiting_for"]) == ("regtest", "")
    nodes = await shell.ask("nodes")
    assert (nodes["stage"], nodes["nodes_wanted"], nodes["nodes"]) == ("caught_up", 0, [])
    assert nodes["height"] == status["height"]
    error = await shell.refused("nodes", "--try-others")
    assert "no nodes to choose among" in error["message"]
    funds = (await shell.ask("balance"))["onchain_confirmed_sat"]
    assert funds > 1_000_000
    assert (await shell.ask("address"))["address"].startswith("bcrt1q")
    assert (await shell.ask("address", "--taproot"))["address"].startswith("bcrt1p")
    peer = await shell.ask("connect", relay.uri)
    assert (peer["connected"], peer["node_id"]) == (True, relay.uri.partition("@")[0])
    assert not (await shell.ask("disconnect", peer["node_id"]))["connected"]
    opening = ("open", relay.uri, "900000", "--push-msat", "100000500")
    quote = await shell.quoted(*opening)
    assert (quote["capacity_sat"], quote["pushed_msat"]) == (900_000, 100_000_500)
    assert 0 < quote["can_send_msat"] < 900_000_000 - quote["pushed_msat"]
    assert quote["reserve_sat"] == 9_000
    opened = await shell.ask(*opening, "--yes")
    assert_as_quoted(opened, quote)
    for _ in range(8):
        [channel] = (await shell.ask("channels"))["channels"]
        if channel["state"] == "ready":
            break
        await world.mine()
    assert channel["channel_id"] == opened["channel_id"]
    assert channel["funding_txid"] == opened["funding_txid"]
    asked = await shop_invoice(world, 25_000_000, "two loaves")
    assert isinstance(asked, str)
    decoded = await shell.ask("decode", asked)
    assert decoded["amount_msat"] == 25_000_000
    quote = await shell.quoted("pay", asked)
    paid = await shell.ask("pay", asked, "--yes")
    assert (quote["payee"], quote["fee_msat"]) == (decoded["payee"], paid["fee_msat"])
    assert quote["max_fee_msat"] == paid["max_fee_msat"]
    assert (paid["status"], paid["parts"]) == ("paid", 1)
    assert paid["payment_hash"] == decoded["payment_hash"]
    assert (await shell.refused("pay", asked, "--yes"))["code"] == "already_paid"
    another = await shop_invoice(world, 2_000_001, "a roll")
    assert isinstance(another, str)
    assert "Pay 2,000.001 sat to" in (await shell.run("pay", another, "--yes")).stderr
    invoice = await shell.ask("invoice", "10000000", "--note", "tea")
    assert not isinstance(await world.have_them_pay(relay.name, invoice["invoice"]), Refused)
    payments = (await shell.ask("payments"))["payments"]
    assert [one["direction"] for one in payments] == ["in", "out", "out"]
    assert [one["parts"] for one in payments] == [1, 1, 1]
    await shell.ask("invoice", "any")
    assert (await shell.ask("payments"))["payments"][0]["amount_msat"] is None
    told = await shell.ask("payments", "--find", "tea")
    [found] = told["payments"]
    assert (found["payment_hash"], told["gifts"]) == (invoice["payment_hash"], [])
    [gift] = (await shell.ask("payments"))["gifts"]
    assert (gift["direction"], gift["amount_msat"]) == ("out", 100_000_500)
    assert gift["channel_id"] == opened["channel_id"]
    peers = (await shell.ask("peers"))["peers"]
    assert [one["node_id"] for one in peers if one["connected"]] == [peer["node_id"]]
    assert (await shell.refused("disconnect", peer["node_id"]))["code"] == "channel_busy"
    quote = await shell.quoted("close", channel["channel_id"])
    closed = await shell.ask("close", channel["channel_id"], "--yes")
    assert_as_quoted(closed, quote)
    assert (closed["kind"], closed["available_height"]) == ("cooperative", 0)
    assert len(closed["txid"]) == 64


async def test_closing_alone_and_a_payment_that_fails(shell: Shell) -> None:
    world, relay = shell.world, shell.person(RELAY)
    opened = await shell.ask("open", relay.uri, "300000", "--yes")
    await world.mine(6)
    asked = await shop_invoice(world, 25_000_000, "two loaves")
    assert isinstance(asked, str)
    await world.have_them_vanish(shell.person(SHOP).name, gone=True)
    done = await shell.run("pay", asked, "--yes", "--json")
    assert done.returncode == 1
    answer = json.loads(done.stdout)
    assert answer["status"] == "failed"
    assert answer["error"]["code"] == "payment_failed"
    assert answer["error"]["message"] == answer["reason"] != ""
    quote = await shell.quoted("close", opened["channel_id"], "--force")
    closed = await shell.ask("close", opened["channel_id"], "--force", "--yes")
    assert_as_quoted(closed, quote)
    assert (closed["kind"], len(closed["txid"])) == ("ours", 64)
    [channel] = (await shell.ask("channels"))["channels"]
    assert channel["closing_txid"] == closed["txid"]  # which `bump` wants, before a block has it
    height = (await shell.ask("status"))["height"]
    assert height < closed["available_height"] <= height + opened["force_close_delay_blocks"] + 1
    assert closed["available_at"] > world.clock.now_ms() // 1000
    await world.mine()
    [channel] = (await shell.ask("channels"))["channels"]
    assert (channel["closing_txid"], channel["closing_kind"]) == (closed["txid"], "ours")
    await world.mine(channel["available_height"] - height - 2)
    [channel] = (await shell.ask("channels"))["channels"]
    await world.mine()
    history = (await shell.ask("transactions"))["transactions"]
    [sweep] = [one for one in history if one["kind"] == "sweep"]
    assert ([sweep["txid"]], sweep["channel_id"]) == (channel["sweep_txids"], channel["channel_id"])
    assert sweep["height"] > height
    assert len((await shell.ask("transactions", "--limit", "1"))["transactions"]) == 1


async def test_the_playground_keeps_no_backup_and_says_so(shell: Shell, tmp_path: Path) -> None:
    backup = await shell.ask("backup")
    assert (backup["file"], backup["channels"]) == ("", 0)
    assert "nowhere else" in backup["explanation"]
    refused = await shell.refused("backup", "--second", str(tmp_path))
    assert refused["code"] == "not_ready"


async def test_coins_are_sent_and_hurried(shell: Shell) -> None:
    [soonest, *_] = (await shell.ask("fees"))["fees"]
    assert (soonest["target_blocks"], soonest["feerate_sat_per_kvb"]) == (6, 10_000)
    assert soonest["source"] == "what the playground makes of fees"
    before = (await shell.ask("balance"))["onchain_confirmed_sat"]
    pairs = (ADDRESS, "40000", ANOTHER, "60000")
    quote = await shell.quoted("send", *pairs, "--feerate", "1.5")
    assert [one["amount_sat"] for one in quote["pays"]] == [40_000, 60_000]
    assert quote["feerate_sat_per_kvb"] == 1_500
    sent = await shell.ask("send", *pairs, "--feerate", "1.5", "--yes")
    assert sent["amount_sat"] == 100_000
    assert_as_quoted(sent, {name: quote[name] for name in sent if name != "txid"})
    [told, *_] = (await shell.ask("transactions"))["transactions"]
    assert told["explanation"].startswith("You paid it to 2 addresses. It waits for a block.")
    assert (told["txid"], told["amount_sat"], told["fee_sat"]) == (
        sent["txid"], -sent["amount_sat"], sent["fee_sat"],
    )  # fmt: skip
    assert (told["fee_is"], told["change_sat"]) == ("on top", -100_000 - sent["fee_sat"])
    too_little = ("send", *pairs, "--feerate", "0.5"), ("bump", sent["txid"], "--feerate", "1.5")
    for words in too_little:
        remedy = (await shell.refused(*words))["remedy"]
        assert re.fullmatch(r"The least that works is [12]\.\d+ sat/vB\.", remedy)
    quote = await shell.quoted("bump", sent["txid"], "--target", "6")
    hurried = await shell.ask("bump", sent["txid"], "--target", "6", "--yes")
    assert (quote["hurries"], quote["fee_sat"]) == (sent["txid"], hurried["fee_sat"])
    assert [(one["address"], one["amount_sat"]) for one in quote["pays"]] == [
        (ADDRESS, 40_000), (ANOTHER, 60_000),
    ]  # fmt: skip
    assert (hurried["way"], len(hurried["txid"])) == ("replace", 64)
    assert hurried["fee_sat"] == sent["fee_sat"] + hurried["added_fee_sat"]
    await shell.world.mine()
    error = await shell.refused("bump", hurried["txid"], "--yes")
    assert error["message"] == "It is in a block already."
    left = (await shell.ask("balance"))["onchain_confirmed_sat"]
    assert left == before - 100_000 - hurried["fee_sat"]
    error = await shell.refused("send", ADDRESS, "--all", "--max-fee-sat", "1", "--yes")
    assert "1 sat" in error["message"]
    unsigned = await shell.ask("export", ADDRESS, "--all")
    assert (unsigned["sent"], unsigned["takes_sat"]) == (False, left)
    read = json.loads((await shell.run("decode", unsigned["psbt"], "--json")).stdout)
    assert_form(read, form_of("decode.psbt"), "decode")
    told_of = "Sign what is this wallet's in it: lnwallet-tui sign"
    assert read.pop("explanation").startswith(told_of)
    assert read.pop("can_sign")
    assert read == unsigned
    quote = await shell.quoted("sign", unsigned["psbt"])
    signed = await shell.ask("sign", unsigned["psbt"], "--yes")
    assert (signed["sent"], signed["txid"]) == (True, unsigned["txid"])
    assert_as_quoted(signed, quote)
    assert signed["expected_height"] > (await shell.ask("status"))["height"]
    assert (await shell.refused("send", ADDRESS, "--all", "--yes"))["code"] == "not_enough"


async def test_coins_are_listed_frozen_and_thawed(shell: Shell) -> None:
    listed = (await shell.ask("coins"))["coins"]
    funds = (await shell.ask("balance"))["onchain_confirmed_sat"]
    assert sum(one["amount_sat"] for one in listed) == funds
    assert not any(one["frozen"] for one in listed)
    for coin in listed:
        frozen = await shell.ask("freeze", coin["coin"], "--note", "for Noor")
        assert (frozen["frozen"], frozen["note"], frozen["coin"]) == (
            True,
            "for Noor",
            coin["coin"],
        )
    assert (await shell.ask("balance"))["onchain_frozen_sat"] == funds
    error = await shell.refused("send", ADDRESS, "1000", "--yes")
    assert error["remedy"].endswith(f"See your coins: lnwallet-tui coins --datadir {shell.folder}")
    for coin in listed:
        thawed = await shell.ask("thaw", coin["coin"])
        assert (thawed["frozen"], thawed["spendable"], thawed["note"]) == (False, True, "for Noor")
    assert len((await shell.ask("coins", "--limit", "1"))["coins"]) == 1
    error = await shell.refused("freeze", f"{'00' * 32}:0")
    assert (error["code"], "lnwallet-tui coins" in error["remedy"]) == ("unknown", True)
    lines = (await shell.run("coins")).stdout.splitlines()
    assert lines[0] == f"Coins: {len(listed)}"
    assert f"  {'Coin':<24} {listed[0]['coin']}" in lines
    assert f"  {'Note':<24} for Noor" in lines


async def test_people_are_told_how_far_what_they_sent_came(shell: Shell) -> None:
    done = await shell.run("send", ADDRESS, "40000", "--yes")
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("Send 40,000 sat to bcrt1")
    words = " ".join(done.stdout.split())
    assert "You paid it to an address. It waits for a block." in words
    assert words.endswith("It is in the mempool.")


async def test_nothing_that_moves_money_is_done_unasked(shell: Shell) -> None:
    before = await shell.ask("balance")
    relay = shell.person(RELAY)
    error = await shell.refused("open", relay.uri, "300000")
    assert error["code"] == "not_agreed"
    assert "--yes" in error["remedy"]
    assert (await shell.ask("channels"))["channels"] == []
    assert await shell.ask("balance") == before


async def test_a_refused_payment_says_which_option_is_lacking_or_too_much(shell: Shell) -> None:
    node_id = shell.person(SHOP).uri.partition("@")[0]
    assert "with --amount-msat" in (await shell.refused("pay", node_id, "--yes"))["remedy"]
    asked = await shop_invoice(shell.world, 25_000_000, "two loaves")
    assert isinstance(asked, str)
    error = await shell.refused("pay", asked, "--amount-msat", "5000", "--yes")
    assert error["code"] == "bad_input"
    assert error["remedy"].startswith("Leave out --amount-msat")
    assert "--amount-msat" not in (await shell.refused("pay", "nonsense", "--yes"))["remedy"]
    assert "lnwallet-tui send" in (await shell.refused("pay", ADDRESS, "--yes"))["remedy"]


async def test_a_node_of_another_network_than_the_one_that_is_meant_is_not_asked(
    shell: Shell,
) -> None:
    assert (await shell.ask("status", "--network", "regtest"))["network"] == "regtest"
    for words in (("status",), ("address",)):
        error = await shell.refused(*words, "--network", "signet")
        assert error["code"] == "wrong_network"
        assert "is not for signet" in error["message"]


async def test_people_read_lines(shell: Shell) -> None:
    done = await shell.run("balance")
    assert re.search(r"^On-chain +[3-6],\d{3},\d{3} sat$", done.stdout, re.MULTILINE)
    done = await shell.run("status")
    assert done.stdout.splitlines()[2].startswith("Verified to block ")
    assert "by the playground's simulated chain" in " ".join(done.stdout.split())
    done = await shell.run("pay", "lnbc1nothing")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 2
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("status",), ("pay", "x", "--yes"), ("channels",)])
def test_where_no_node_runs_it_says_so(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = lnwallet(*words, "--datadir", tmp_path, "--json")
    assert done.returncode == 1
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "no_node"
    assert str(tmp_path) in error["message"]
    assert "make one: lnwallet-tui create" in error["remedy"]
    (tmp_path / "wallet.json").touch()
    complaint = lnwallet(*words, "--datadir", tmp_path).stderr
    assert complaint.startswith("No node runs for the wallet")
    assert complaint.endswith(f"Start one: lnwallet-tui node --datadir {tmp_path}\n")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("open", "node", "-1"), "AMOUNT_SAT"),
        (("open", "node", "0.001"), "'0.001' is not a whole number of sat"),
        (("open", "node", "9" * 30), "is more than all bitcoin there can be: 2,100,000,000,000,"),
        (("open", "node", "9" * 99), f"'{'9' * 40}'… is more than all bitcoin there can be"),
        (("invoice", "some"), "is not a whole number of msat"),
        (("pay",), "TEXT"),
        (("send", "address"), "ADDRESS AMOUNT_SAT"),
        (("send",), "give each address with its amount"),
        (("export", "--all"), "--all ADDRESS"),
        (("send", "address", "2100000000000001"), "'2100000000000001' is more than all bitcoin"),
        (("send", "address", "1.5"), "'1.5' is not a whole number of sat"),
        (("send", "address", "5", "--all"), "with --all give one address"),
        (("send", "address", "5", "--feerate", "1e3"), "is no feerate in sat/vB"),
        (("send", "address", "5", "--feerate", "-1"), "--feerate"),
        (("send", "address", "5", "--feerate", "1", "--target", "6"), "not allowed with"),
    ],
)
def test_amounts_are_whole_numbers(words: tuple[str, ...], problem: str) -> None:
    done = lnwallet(*words)
    assert done.returncode == 2
    assert problem in done.stderr


def test_the_playground_s_node_can_be_asked_while_its_screen_is_open(tmp_path: Path) -> None:
    world = tmp_path / "world"
    with Terminal("play", "--folder", str(world)) as terminal:
        terminal.wait_for(r"[3-6],\d{3},\d{3} sat")
        done = lnwallet("status", "--datadir", world, "--json")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["network"] == "regtest"
        assert terminal.leave("\x11") == 0
    complaint = lnwallet("status", "--datadir", world).stderr
    assert complaint.startswith("No node runs")
    assert f"lnwallet-tui play --folder {world}" in complaint
