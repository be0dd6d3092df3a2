"""The guard's journal is not believed in more than it is asked for: what was offered, what was
said."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.store import duty as stored
from lnwallet_tui.store.closes import Close
from lnwallet_tui.store.codec import encode
from tests.node.guard.test_guard_duty import FUNDED_SAT, closed, is_taken
from tests.node.night_watch import NightWatch
from tests.node.test_cheats import FEES_SAT, old_state
from tests.node.town import COINS_SAT, Town

STRANGERS = bytes([0, 20]) + bytes(20)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def forge(watch: NightWatch, **changes: object) -> None:
    """The journal says something else of the only close."""
    [(number, close)] = stored.load_duties(watch.journal).items()
    with watch.journal.transaction() as tx:
        stored.save_duty(tx, number, replace(close, **changes))


def offers_all(close: Close, fee: int, feerate: int = 0) -> Close:
    offered = tuple(
        replace(one, fee=Sat(fee), feerate_per_kw=feerate or one.feerate_per_kw)
        for one in close.offered
    )
    return replace(close, offered=offered)


async def test_it_does_not_say_where_the_money_goes(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    watch.publishes = False
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    forge(watch, script=STRANGERS)
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, old)
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT


@pytest.mark.parametrize("fee", [2**40, FUNDED_SAT - 1])
async def test_a_fee_that_nobody_can_have_offered_holds_nothing_up(town: Town, fee: int) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    watch.publishes = False
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    [close] = stored.load_duties(watch.journal).values()
    forge(watch, offered=offers_all(close, fee).offered)
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, old)


@pytest.mark.parametrize(("fee", "feerate"), [(FUNDED_SAT // 2, 0), (0, 10**9), (0, 10**5)])
async def test_a_fee_that_the_guard_did_not_offer_is_not_paid(
    town: Town, fee: int, feerate: int
) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    watch.publishes = False
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    [close] = stored.load_duties(watch.journal).values()
    forge(watch, offered=offers_all(close, fee, feerate).offered)
    await watch.end()
    await town.start("ada")
    await town.mine(3)
    assert is_taken(town, old)
    balance = await town.nodes["ada"].balance()
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - FEES_SAT


@pytest.mark.parametrize("name", ["duty ", "duty x", "duty -1"])
async def test_nonsense_keeps_nobody_from_opening_the_wallet(town: Town, name: str) -> None:
    watch = await closed(town)
    with watch.journal.transaction() as tx:
        tx.write("INSERT INTO singles VALUES (?, ?)", (name, encode(Close(script=STRANGERS))))
    await watch.end()
    await town.start("ada")
    notices = [entry.text for entry in await town.nodes["ada"].inbox()]
    assert any("cannot be read" in text for text in notices)


async def test_rows_that_cannot_be_read_keep_nobody_from_watching(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    watch = await closed(town)
    with watch.journal.transaction() as tx:
        tx.write("INSERT INTO singles VALUES (?, ?)", ("duty 0", b"no row of ours"))
    await watch.end()
    await watch.begin()
    assert any("cannot read its journal" in text for text in watch.texts())
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_taken(town, old)
    await watch.end()
    await town.start("ada")


async def test_a_journal_that_was_begun_anew_is_read_from_its_beginning(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    with town.nodes["ada"]._store.transaction() as tx:
        stored.save_read_until(tx, 50)  # of the one before
    watch = await closed(town)
    assert town.regtest.publish(old.tx) is None
    await town.mine(2)
    said = watch.texts()
    await watch.end()
    await town.start("ada")
    log = [entry.text for entry in (await town.nodes["ada"].guard()).log]
    assert said
    assert set(said) <= set(log)
