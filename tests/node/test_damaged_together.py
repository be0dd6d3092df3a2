"""Several rows of the wallet's file are damaged at once: what each lacks the others do not say."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.store.kit import load_kits
from tests.node.payments.test_relay import AMOUNT
from tests.node.test_damaged_rows import FUNDED_SAT, PUSHED_MSAT, ROWS, damage, of_table, told
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FEES_SAT, hang, status
from tests.node.town import DELAY, MINUTE_MS, Town, over_ben

LONG = 110
"""Blocks after which what closed a channel is final."""


async def close_for_long(town: Town, channel_id: str) -> None:
    await town.do(town.nodes["ben"].close(channel_id))
    await town.mine(LONG)
    assert (await town.channel("ben", channel_id)).state is ChannelState.CLOSED


async def test_by_a_channel_that_was_over_long_ago_nothing_has_left(tmp_path: Path) -> None:
    """Of one that is lost nobody could know, and what may have left by it is not given back."""
    town = await over_ben(tmp_path, backs_up=True)
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    invoice = await town.do(cyd.create_invoice(AMOUNT, "over a friend"))
    ben._board.desk.forward = lambda effect: None  # type: ignore[method-assign]  # ended before it
    relay = ben._board.relay
    assert relay is not None
    await town.run(ada.pay(invoice.invoice), until=lambda: bool(relay._all))
    await town.clock.rest()
    await close_for_long(town, ben.channel_states()[1].channel_id.hex())
    await town.stop("ben")
    rows = of_table("channels", "number = 1"), ROWS["forward"].sql, ROWS["close"].sql
    damage(tmp_path / "ben", "; ".join(rows))
    ben = await town.start("ben")
    assert sum("It was closed before" in text for text in await told(ben)) == 1
    await town.clock.wait_for(lambda: not ada.channel_states()[0].ledger.htlcs, 15 * MINUTE_MS)
    assert await status(town, "ada", invoice.payment_hash) is PaymentStatus.FAILED
    await town.end()


async def test_the_guard_keeps_the_keys_of_a_commitment_whose_channel_is_lost(
    tmp_path: Path,
) -> None:
    """A newer copy of the channel's row may be put back."""
    town = Town(tmp_path, backs_up=True)
    await town.begin("ada", "ben")
    name = await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.do(town.nodes["ben"].force_close(name))
    before = load_kits(town.nodes["ben"]._store)
    await town.stop("ben")
    damage(tmp_path / "ben", ROWS["channel"].sql)
    ben = await town.start("ben")
    refused = await town.run(ben.close(name))
    assert isinstance(refused, Refused)
    assert "deadlines are not kept" in refused.remedy
    assert load_kits(ben._store) == before
    await town.end()


async def test_a_close_that_no_backup_tells_of_is_not_said_to_be_over(tmp_path: Path) -> None:
    town = Town(tmp_path, backs_up=True, looks_behind=True)
    await town.begin("ada", "ben")
    name = await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.do(town.nodes["ben"].force_close(name))
    await town.mine(2)
    await town.stop("ben")
    damage(tmp_path / "ben", ROWS["channel"].sql)
    town.nodes["ben"]._board.backups.places[0].unlink()
    for _ in range(2):
        ben = await town.restart("ben")
        [text] = await told(ben)
        assert "Its close had begun, and it is in no channel backup either" in text
        assert ben._board.channels.lost
    await town.end()


async def test_a_copy_that_lists_it_brings_it_back(tmp_path: Path) -> None:
    """It is named as the second place, and written over."""
    town = Town(tmp_path / "town", backs_up=True)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    await town.stop("ben")
    place = town.nodes["ben"]._board.backups.places[0]
    place.rename(tmp_path / place.name)
    damage(place.parent, ROWS["channel"].sql)
    ben = await town.restart("ben")
    assert await ben.channels() == ()
    await town.do(ben.set_second_backup(f"{tmp_path}"))
    ben = await town.restart("ben")
    [view] = await ben.channels()
    assert view.state is ChannelState.FROZEN
    await town.end()


@pytest.mark.parametrize("is_over", [True, False], ids=["over", "not over"])
async def test_who_has_a_channel_that_is_not_known_is_asked_to_close_it(
    tmp_path: Path, is_over: bool
) -> None:
    """Though another one with it is damaged: that was closed long ago, or is known by its id."""
    town = Town(tmp_path, backs_up=True)
    await town.begin("ben", "cyd")
    first, _ = [await town.open("cyd", "ben", FUNDED_SAT, PUSHED_MSAT) for _ in range(2)]
    if is_over:
        await close_for_long(town, first)
    await town.stop("ben")
    damage(tmp_path / "ben", f"{ROWS['channel'].sql}; DELETE FROM channels WHERE number = 1")
    await town.restart("ben")
    damaged, unknown = town.nodes["cyd"].channel_states()
    assert damaged.publication is None
    assert unknown.publication is not None
    await town.end()


async def test_of_a_channel_that_is_done_nothing_comes_home_once_more(tmp_path: Path) -> None:
    """What the peer has taken in it no transaction of ours tells, and the chain has to be read."""
    town = Town(tmp_path, backs_up=True, looks_behind=True)
    await town.begin("ada", "ben")
    name = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    await hang(town, "ben", "ada")
    await town.do(town.nodes["ben"].force_close(name))
    await town.mine(DELAY + LONG)
    whole = await town.nodes["ben"].channels()
    await town.stop("ben")
    damage(tmp_path / "ben", f"{of_table('facts')}; {of_table('watches')}")
    ben = await town.start("ben")
    [view] = await ben.channels()
    assert view.coming_home_sat == 0
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert await ben.channels() == whole
    await town.end()


@pytest.mark.parametrize("kind", ["channel", "payment"])
async def test_what_was_made_of_a_close_is_offered_on_without_what_it_was_made_of(
    tmp_path: Path, kind: str
) -> None:
    """It waits with a coin of the wallet in it, and nobody can sign it once more."""
    town = Town(tmp_path, backs_up=True)
    await town.begin("ada", "ben")
    name = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    ben = town.nodes["ben"]
    had = await town.total_sat("ben")
    await hang(town, "ada", "ben")
    await town.do(ben.force_close(name))
    ben._board.publish = lambda *_: None  # type: ignore[method-assign]  # lost on its way
    await town.mine()
    await town.stop("ben")
    damage(tmp_path / "ben", ROWS[kind].sql)
    ben = await town.start("ben")
    assert (await ben.balance()).onchain_pending_sat > 0
    await town.mine(DELAY + 5)
    assert (await ben.balance()).onchain_pending_sat == 0
    ours = FUNDED_SAT - PUSHED_MSAT // 1_000 + AMOUNT_SAT
    assert await town.total_sat("ben") - had in range(ours - FEES_SAT, ours)
    await town.end()


FLIPPED = "substr(salt, 1, 31) || CASE substr(salt, 32) WHEN x'00' THEN x'01' ELSE x'00' END"


@pytest.mark.parametrize(
    "column",
    [f"salt = CAST({FLIPPED} AS BLOB)", "peer_id = CAST(x'03' || zeroblob(32) AS BLOB)",
     "number = 5"],
    ids=["salt", "peer", "number"],
)  # fmt: skip
async def test_whose_a_channel_is_its_backup_says(tmp_path: Path, column: str) -> None:
    """Else it would sign with keys that are none of its own, or wait for a peer that never was."""
    town = Town(tmp_path, backs_up=True)
    await town.begin("ada", "ben")
    name = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    await town.pay("ben", "ada", 1_000_000)
    await town.stop("ben")
    damage(tmp_path / "ben", f"UPDATE channels SET {column}")
    ben = await town.restart("ben")
    [text] = await told(ben)
    assert "the channel goes on" in text
    assert (await town.channel("ben", name)).state is ChannelState.READY
    await town.pay("ben", "ada", 2_000_000)
    await town.pay("ada", "ben", 3_000_000)
    ben = await town.restart("ben")
    assert await told(ben) == [text]
    await town.do(ben.force_close(name))
    await town.mine(DELAY + 2)
    assert (await ben.balance()).closing_msat == 0
    await town.end()


async def test_a_channel_whose_keys_nobody_knows_does_not_go_on(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    await town.stop("ben")
    damage(tmp_path / "ben", "UPDATE channels SET number = 5")
    ben = await town.restart("ben")
    [text] = await told(ben)
    assert "It is in no channel backup either" in text
    assert await ben.channels() == ()
    await town.end()


async def test_a_counter_that_is_damaged_gives_no_channel_anothers_keys(tmp_path: Path) -> None:
    """Its state would stand in the other's row."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    first = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    await town.stop("ben")
    damage(tmp_path / "ben", "UPDATE counters SET value = 0 WHERE name = 'channel keys'")
    await town.restart("ben")
    second = await town.open("ben", "ada", FUNDED_SAT, PUSHED_MSAT)
    ben = await town.restart("ben")
    assert [one.channel_id for one in await ben.channels()] == [first, second]
    await town.end()
