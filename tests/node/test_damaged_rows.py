"""One row of the wallet's file is damaged, of whatever kind: the node starts, tells, and everything
else goes on."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lnwallet_tui.api.holdings import HoldingView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.words.damage_words import told as told_words
from lnwallet_tui.policy import POLICY
from lnwallet_tui.store.damage import Damaged, Kind
from lnwallet_tui.store.db import DATABASE_NAME
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, LONGEST, hang, status
from tests.node.town import DELAY, MINUTE_MS, Town

FUNDED_SAT, PUSHED_MSAT = 400_000, 150_000_000
NONSENSE = "CAST(x'0011223344' || x'55' AS BLOB)"


@dataclass(frozen=True, slots=True)
class Row:
    """How it is damaged, and what is told of it by the next block; nothing where it is learned
    anew by itself, or says itself that it is damaged. `stops`: the first channel stands still."""

    sql: str
    told: str = ""
    stops: bool = False


def of_table(table: str, where: str = "TRUE", column: str = "body") -> str:
    return f"UPDATE {table} SET {column} = CAST(x'00' || {column} AS BLOB) WHERE {where}"


def single(name: str) -> str:
    """Whether there was one or not."""
    return f"INSERT OR REPLACE INTO singles VALUES ('{name}', {NONSENSE})"


ROWS = {
    "channel": Row(of_table("channels", "number = 0"), "of channel 0 with", stops=True),
    "signer": Row(
        of_table("channels", "number = 0", "signer"), "of the signatures in channel 0", stops=True
    ),
    "held HTLC": Row(of_table("held_htlcs"), "of a payment in channel"),
    "peer": Row(of_table("peers"), "of the peer"),
    "peer policy": Row(of_table("peer_policies"), "asks for passing payments on in channel"),
    "close": Row(of_table("closes"), "of what the guard did about channel"),
    "guard log": Row(of_table("guard_log")),
    "payment": Row(of_table("payments")),
    "payment without columns": Row(f"{of_table('payments')}; DELETE FROM activity"),
    "forward": Row(of_table("forwards"), "of a payment that passes through this node"),
    "note": Row(f"INSERT INTO notes SELECT payment_hash, {NONSENSE} FROM payments"),
    "coin note": Row(f"INSERT INTO coin_notes SELECT outpoint, {NONSENSE} FROM watches"),
    "inbox": Row(of_table("inbox"), "of an entry of the inbox"),
    "watch": Row(of_table("watches"), "of what it looks for on the chain"),
    "fact": Row(of_table("facts"), "of block"),
    "coins": Row(single("coins"), "of your coins"),
    "left behind": Row(single("left behind"), "of what lost channels left"),
    "look behind": Row(single("look behind"), "of addresses to be looked for in older blocks"),
    "how far": Row(single("look behind, how far")),
    "life": Row(single("life")),
    "second place": Row(single("second place of the channel backup"), "of the second place"),
    "backup taken": Row(single("channel backup taken over")),
    "drills": Row(single("drills")),
    "key kit": Row(single("key kit 0")),
    "old states": Row(single("states 0 0")),
    "late": Row(single("late 0")),
    "block fees": Row(single("block fees")),
    "chain peers": Row(single("chain peers")),
    "filters alone": Row(single("filters alone")),
    "journal read": Row(single("read of the guard''s journal")),
}


@pytest.fixture
async def three(tmp_path: Path) -> AsyncIterator[tuple[Town, list[str]]]:
    """Ben has a channel with Ada, two with Cyd, of which one is closed alone, and relays."""
    town = Town(tmp_path, relays=("ben",), looks_behind=True, backs_up=True)
    await town.begin("ada", "ben", "cyd")
    pairs = (("ada", "ben"), ("ben", "cyd"), ("cyd", "ben"))
    names = [await town.open(*pair, FUNDED_SAT, PUSHED_MSAT) for pair in pairs]
    await town.pay("ada", "ben", 1_000_000)
    await town.do(town.nodes["ben"].force_close(names[2]))
    await town.mine(2)
    yield town, names
    await town.end()


def damage(folder: Path, sql: str) -> None:
    raw = sqlite3.connect(folder / DATABASE_NAME)
    for statement in sql.split("; "):
        assert raw.execute(statement).rowcount > 0, "there is such a row"
    raw.commit()
    raw.close()


async def told(node: Node) -> list[str]:
    texts = [entry.text for entry in await node.inbox()]
    return [text for text in texts if text.startswith("What the wallet's file holds")]


async def ask_everything(node: Node) -> None:
    """Whatever a screen asks of it is answered."""
    await node.status()
    await node.balance()
    await node.holdings()
    await node.guard()
    await node.guard_log()
    await node.watched()
    node.drills()
    await node.peers()
    await node.onchain()
    assert not isinstance(await node.search_activity(""), Refused)
    assert not isinstance(await node.search_payments(""), Refused)
    await node.transactions()
    await node.coins()
    await node.backup()
    await node.known_peers()
    for payment in await node.payments():
        await node.payment(payment.payment_hash)
    for channel in await node.channels():
        assert not isinstance(await node.channel(channel.channel_id), Refused)
        await node.quote_close(channel.channel_id)


@pytest.mark.full
@pytest.mark.parametrize("kind", ROWS)
async def test_a_damaged_row(three: tuple[Town, list[str]], tmp_path: Path, kind: str) -> None:
    (town, names), row = three, ROWS[kind]
    passing = await hang(town, "ada", "cyd")
    before = (await town.nodes["ben"].balance()).onchain_confirmed_sat
    await town.stop("ben")
    damage(tmp_path / "ben", row.sql)
    ben = await town.start("ben")
    await ask_everything(ben)
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    await town.mine(2)
    assert (await ben.status()).height == town.regtest.chain.height
    said = await told(ben)
    assert all(row.told and row.told in text for text in said), said
    assert bool(said) is bool(row.told)
    first, second, third = [await town.channel("ben", name) for name in names]
    assert (first.state is ChannelState.FROZEN) is row.stops
    assert second.state is ChannelState.READY
    await town.restart("cyd")  # it says by now that it takes the payment
    if not row.stops:
        assert await status(town, "ada", passing) is PaymentStatus.PAID
        await town.pay("ada", "ben", 2_000_000)
    await town.pay("ben", "cyd", 2_000_000)
    await town.mine(25)
    await ask_everything(ben)
    assert third.state is not ChannelState.READY
    assert (await town.channel("ben", third.channel_id)).coming_home_sat == 0  # it is home
    assert (await ben.balance()).onchain_confirmed_sat > before
    ben = await town.restart("ben")
    assert await told(ben) == said
    await ask_everything(ben)


def amounts(holding: HoldingView) -> tuple[object, ...]:
    return holding.kind, holding.name, holding.amount_msat, *map(amounts, holding.children)


async def sums(node: Node) -> tuple[object, ...]:
    """All that a screen adds up, and where each channel stands."""
    channels = [(one.state, one.coming_home_sat) for one in await node.channels()]
    return await node.balance(), amounts((await node.holdings()).total), channels


async def beside_a_twin(town: Town, tmp_path: Path, sql: str) -> None:
    """Ben's sums with the damage are as they are without it: at a start, a while later, and after
    the next blocks of the same chain."""
    await town.stop("ben")
    home = tmp_path / "ben"
    shutil.copytree(home, tmp_path / "whole")
    shutil.copytree(home, tmp_path / "damaged")
    damage(tmp_path / "damaged", sql)
    for _ in range(2):
        found = [await sums_of(town, tmp_path, which) for which in ("whole", "damaged")]
        assert found[0] == found[1]
        await town.mine(2)


async def sums_of(town: Town, tmp_path: Path, which: str) -> tuple[object, ...]:
    home, kept = tmp_path / "ben", tmp_path / which
    shutil.rmtree(home)
    shutil.copytree(kept, home)
    ben = await town.start("ben")
    found = await sums(ben)
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    found += await sums(ben)
    await ask_everything(ben)
    await town.stop("ben")
    shutil.rmtree(kept)
    shutil.copytree(home, kept)
    return found


@pytest.mark.parametrize("height", ["min(height)", "max(height)", "height"])
async def test_what_came_home_is_not_counted_twice(tmp_path: Path, height: str) -> None:
    """The fact that says so is damaged: the block with the first, with the last, or every one; and
    what it is that is looked for."""
    town = Town(tmp_path, backs_up=True)
    await town.begin("ada", "ben")
    name = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    await town.do(town.nodes["ben"].force_close(name))
    await town.mine(DELAY + 2)
    assert (await town.channel("ben", name)).coming_home_sat == 0
    whose = f"height IN (SELECT {height} FROM facts)"
    sql = f"{of_table('facts', whose)}; {of_table('watches')}"
    await beside_a_twin(town, tmp_path, sql)
    await town.end()


def test_there_are_words_for_each_kind() -> None:
    for kind in Kind:
        text, remedy = told_words(Damaged(kind, "seven"))
        assert text.startswith("What the wallet's file holds of ")
        assert (text + remedy).endswith(".")


async def alone(folder: Path, sql: str, *, backs_up: bool = True) -> tuple[Town, str, str]:
    """Ben has a channel with Ada, in which a payment stands that he has decided to take, and one
    of his own; then a row is damaged, and Ada is not there."""
    town = Town(folder, backs_up=backs_up)
    await town.begin("ada", "ben")
    name = await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    coming, going = await hang(town, "ada", "ben"), await hang(town, "ben", "ada")
    await town.stop("ada")
    await town.stop("ben")
    damage(folder / "ben", sql)
    await town.start("ben")
    assert (await town.channel("ben", name)).state is ChannelState.FROZEN
    return town, coming, going


async def test_a_channel_that_lost_its_signers_memory_keeps_its_deadlines(tmp_path: Path) -> None:
    town, coming, going = await alone(tmp_path, ROWS["signer"].sql)
    for _ in range(LONGEST + POLICY.timeout_patience + DELAY):
        await town.mine()
    assert await status(town, "ben", coming) is PaymentStatus.PAID
    assert await status(town, "ben", going) is PaymentStatus.FAILED
    [view] = await town.nodes["ben"].channels()
    assert view.closing_kind == "ours"
    await town.end()


async def test_it_can_be_closed_by_force(tmp_path: Path) -> None:
    town, _, _ = await alone(tmp_path, ROWS["signer"].sql)
    ben = town.nodes["ben"]
    [channel] = ben.channel_states()
    await town.do(ben.force_close(channel.channel_id.hex()))
    ben = await town.restart("ben")
    await town.mine()
    [view] = await ben.channels()
    assert view.closing_kind == "ours"
    await town.end()


async def test_what_a_lost_channel_holds_comes_home_once_its_peer_closes_it(tmp_path: Path) -> None:
    town, _, going = await alone(tmp_path, ROWS["channel"].sql)
    [view] = await town.nodes["ben"].channels()
    assert "only the peer can close it safely, and nobody has asked it to" in view.explanation
    refused = await town.run(town.nodes["ben"].close(view.channel_id))
    assert isinstance(refused, Refused)
    assert refused.message == "This channel is frozen by a damaged row of the wallet's file."
    ben, ada = town.nodes["ben"], await town.start("ada")
    before = (await ben.balance()).onchain_confirmed_sat
    assert await status(town, "ben", going) is not PaymentStatus.FAILED  # nobody knows
    payment = await ben.payment(going)
    assert not isinstance(payment, Refused)
    assert isinstance(await town.run(ben.pay(payment.invoice)), Refused)
    [channel] = ada.channel_states()
    await town.do(ada.force_close(channel.channel_id.hex()))
    await town.mine(8)
    ben = await town.restart("ben")
    await town.mine(8)
    gained = (await ben.balance()).onchain_confirmed_sat - before
    assert gained in range(PUSHED_MSAT // 1000 - AMOUNT_SAT - 2_000, PUSHED_MSAT // 1000)
    assert await status(town, "ben", going) is PaymentStatus.PAID  # the chain shows its preimage
    await town.end()


@pytest.mark.parametrize("also", ["", f"; {ROWS['forward'].sql}"], ids=["", "record too"])
async def test_what_passes_into_a_lost_channel_is_not_given_back(tmp_path: Path, also: str) -> None:
    """Else the next node takes it, and who passed it on has paid for others. Once that one has
    taken it on chain, its preimage is there to see."""
    town = Town(tmp_path, relays=("ben",), backs_up=True)
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.open("ben", "cyd", FUNDED_SAT, PUSHED_MSAT)
    name = await hang(town, "ada", "cyd")
    await town.stop("ben")
    damage(tmp_path / "ben", of_table("channels", "number = 1") + also)
    await town.restart("cyd")
    ben = await town.start("ben")
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    assert await status(town, "ada", name) is PaymentStatus.IN_FLIGHT
    assert ben.channel_states()[0].ledger.htlcs
    [channel] = town.nodes["cyd"].channel_states()
    await town.do(town.nodes["cyd"].force_close(channel.channel_id.hex()))
    await town.mine(3)
    assert await status(town, "ada", name) is PaymentStatus.PAID
    assert not ben.channel_states()[0].ledger.htlcs
    await town.end()


async def test_a_channel_that_is_in_no_backup_is_named(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.stop("ben")
    damage(tmp_path / "ben", ROWS["channel"].sql)
    ben = await town.start("ben")
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    [text] = await told(ben)
    ada = town.nodes["ada"].node_id.hex()[:8]
    assert text.startswith(
        f"What the wallet's file holds of channel 0 with {ada} is damaged. It is in no"
    )
    assert len(await ben.channels()) == 1
    await town.pay("ben", "ada", 1_000_000)
    assert all(one.publication is None for one in town.nodes["ada"].channel_states())
    await town.end()


async def test_a_channel_that_is_over_is_named_and_nothing_more(tmp_path: Path) -> None:
    town = Town(tmp_path, backs_up=True)
    await town.begin("ada", "ben")
    over = await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.do(town.nodes["ada"].close(over))
    await town.mine(120)
    assert (await town.channel("ben", over)).state is ChannelState.CLOSED
    await town.stop("ben")
    damage(tmp_path / "ben", ROWS["channel"].sql)
    ben = await town.start("ben")
    assert ["It was closed before" in text for text in await told(ben)] == [True]
    await ask_everything(ben)
    assert len(await ben.channels()) == 1
    await town.end()
