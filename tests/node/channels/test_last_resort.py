"""A payment is late: its channel is taken to chain for it, but not before its peer was asked."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.inbox import InboxEntry
from lnwallet_tui.channel.state import Channel, Phase
from tests.node.test_htlcs_on_chain import FUNDED_SAT, hang
from tests.node.test_twins import fall_silent_at_a_refusal
from tests.node.town import MINUTE_MS, POLICY, Town
from tests.node.twins import offer

# As for users, in the same order, and in fewer blocks.
SOON: Final = replace(
    POLICY,
    final_cltv_delta=20,
    fulfilment_deadline=12,
    security_delay=6,
    timeout_patience=8,
    unproved_patience=7_200,
)
PUSHED_MSAT: Final = 200_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path, policy=SOON, coins_sat=(1_000_000,))
    await town.begin("ada", "ben")
    await town.open("ada", "ben", FUNDED_SAT, PUSHED_MSAT)
    yield town
    await town.end()


def ada(town: Town) -> Channel:
    [state] = town.nodes["ada"].channel_states()
    return state


def expiry(town: Town) -> int:
    [htlc] = ada(town).ledger.htlcs
    return htlc.cltv_expiry


async def mine_to(town: Town, height: int) -> None:
    await town.mine(height - town.regtest.chain.height)


async def told(town: Town) -> list[InboxEntry]:
    entries = await town.nodes["ada"].inbox()
    return [one for one in entries if "has not taken the channel up" in one.text]


async def minutes(town: Town, count: int) -> None:
    await town.clock.wait_for(lambda: False, count * MINUTE_MS)


# -- ours, that nobody waits for
async def test_an_old_copy_is_not_published_before_its_peer_was_asked(
    town: Town, tmp_path: Path
) -> None:
    """BOLT 5: "if the node knows or assumes its channel state is outdated: MUST NOT broadcast its
    last commitment transaction". Ben tells it to whoever asks."""
    await hang(town, "ada", "ben")
    late = expiry(town) + SOON.timeout_patience
    await town.stop("ada")
    shutil.copytree(tmp_path / "ada", tmp_path / "old")
    await town.start("ada")
    await town.restart("ben")  # settles what he held
    assert ada(town).ledger.htlcs == ()
    await town.pay("ada", "ben", 20_000_000)
    await mine_to(town, late + 3)
    assert ada(town).publication is None
    await town.stop("ada")
    shutil.rmtree(tmp_path / "ada")
    shutil.copytree(tmp_path / "old", tmp_path / "ada")
    await town.start("ada")
    await minutes(town, 1)
    assert ada(town).old_state
    await town.mine(20)
    assert ada(town).publication is None, "a revoked commitment was published"


async def test_a_peer_that_has_it_ready_to_give_back_is_asked_first(town: Town) -> None:
    invoice = await town.do(town.nodes["ben"].create_invoice(50_000_000, "paid before"))
    await town.do(town.nodes["ada"].pay(invoice.invoice))
    fall_silent_at_a_refusal(town.nodes["ada"])  # the connection ends before she hears of it
    await offer(town, "ada", "ben", invoice.invoice, 50_000_000, blocks=30)
    late = expiry(town) + SOON.timeout_patience
    await town.stop("ada")  # the lid is shut
    await mine_to(town, late + 3)
    await town.start("ada")
    await minutes(town, 12)
    await town.mine(3)
    assert ada(town).phase is Phase.READY, "closed alone for an HTLC that ben gives back at once"
    assert ada(town).ledger.htlcs == ()
    assert await told(town) == []


async def test_the_user_has_half_a_day_if_the_peer_stays_away(town: Town) -> None:
    await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.stop("ada")
    await mine_to(town, expiry(town) + SOON.timeout_patience + 3)
    await town.start("ada")
    await minutes(town, 5)
    assert await told(town) == [], "it may be dialled just now"
    await minutes(town, 7)  # no block need come for that
    [entry] = await told(town)
    assert entry.urgent
    assert "older copy" in entry.remedy
    await town.restart("ada")
    await town.mine(2)
    assert ada(town).publication is None
    while town.nodes["ada"]._shell.now() < entry.time + SOON.unproved_patience:
        assert ada(town).publication is None
        await town.mine()
    await town.mine()
    [step] = ada(town).close_records
    assert (step.began, await told(town)) == (CloseBegan.DEADLINE, [entry])


async def test_half_a_day_is_counted_by_no_inbox(town: Town) -> None:
    """What stands there may be gone: it keeps only so much."""
    await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.stop("ada")
    await mine_to(town, expiry(town) + SOON.timeout_patience + 3)
    await town.start("ada")
    await minutes(town, 12)
    [entry] = await told(town)
    with town.nodes["ada"]._store.transaction() as tx:
        tx.write("DELETE FROM inbox")
    await town.restart("ada")
    while town.nodes["ada"]._shell.now() < entry.time + SOON.unproved_patience:
        await town.mine()
    await town.mine()
    [step] = ada(town).close_records
    assert step.began is CloseBegan.DEADLINE
    assert await told(town) == [], "it was told before"


async def test_a_row_of_it_that_is_damaged_gives_the_user_half_a_day_anew(town: Town) -> None:
    await hang(town, "ada", "ben")
    await town.stop("ben")
    await town.stop("ada")
    await mine_to(town, expiry(town) + SOON.timeout_patience + 3)
    await town.start("ada")
    await minutes(town, 12)
    [entry] = await told(town)
    with town.nodes["ada"]._store.transaction() as tx:
        assert tx.write("UPDATE singles SET body = x'00' WHERE name GLOB 'late *'") == 1
    await town.restart("ada")
    await minutes(town, 12)
    await town.mine()
    [again] = await told(town)
    assert again.time > entry.time
    assert ada(town).publication is None


async def test_blocks_that_come_all_at_once_leave_the_peer_its_time(town: Town) -> None:
    """The whole machine was asleep: the program was not started anew."""
    await hang(town, "ada", "ben")
    late = expiry(town) + SOON.timeout_patience
    await town.stop("ben")
    while town.regtest.chain.height <= late:
        town.regtest._miner.mine()
    await town.clock.rest()
    assert town.nodes["ada"]._board.chain.height == town.regtest.chain.height
    assert ada(town).publication is None
    await town.mine(3)
    assert ada(town).publication is not None


# -- what the peer could take if we waited
async def incoming(town: Town) -> int:
    """Ada has decided to take what Ben offered, and cannot tell him; when it expires."""
    await hang(town, "ben", "ada")
    at = expiry(town)
    await town.stop("ben")
    return at


async def test_a_race_is_run_at_once_with_a_peer_that_has_agreed(town: Town) -> None:
    at = await incoming(town)
    await mine_to(town, at - SOON.fulfilment_deadline - 1)
    assert ada(town).publication is None
    await town.mine()
    assert ada(town).publication is not None


async def test_one_that_has_not_is_waited_for_until_it_is_high_time(town: Town) -> None:
    at = await incoming(town)
    await town.stop("ada")
    await mine_to(town, at - SOON.fulfilment_deadline)
    await town.start("ada")
    await mine_to(town, at - SOON.security_delay - 1)
    assert ada(town).publication is None
    await town.mine()
    assert ada(town).publication is not None


async def test_high_time_after_an_absence_waits_for_one_dial(town: Town) -> None:
    at = await incoming(town)
    await town.stop("ada")
    await mine_to(town, at - SOON.security_delay + 2)
    await town.start("ada")
    assert ada(town).publication is None
    await minutes(town, 2)  # no block need come for that
    assert ada(town).publication is not None


async def test_a_race_that_is_lost_waits_as_well(town: Town) -> None:
    at = await incoming(town)
    await town.stop("ada")
    await mine_to(town, at)
    await town.start("ada")
    await minutes(town, 12)
    [entry] = await told(town)
    assert entry.text.startswith("A payment to you")
    assert ada(town).publication is None
    await minutes(town, SOON.unproved_patience // 60)
    await town.mine()
    assert ada(town).publication is not None


async def test_a_chain_that_is_never_read_to_its_end_stops_no_race(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = await incoming(town)
    await town.stop("ada")
    await mine_to(town, at - SOON.security_delay)
    monkeypatch.setattr(
        "lnwallet_tui.node.blocks.catching_up.CatchingUp._has_read_all", lambda self: False
    )
    await town.start("ada")
    await minutes(town, 60)
    assert ada(town).publication is None
    await town.mine()
    assert ada(town).publication is not None
