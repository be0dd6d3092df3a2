"""What the history has in it adds up to what the wallet has: to the thousandth, at every block, and
whatever came before."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.spending import Sending
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.playground.cheating import kept_state
from tests.node.bookkeeping import check_changes
from tests.node.coins.test_coin_views import history
from tests.node.payments.test_activity import entries
from tests.node.test_cheats import old_state
from tests.node.test_words_alone import pass_by
from tests.node.town import DELAY, Town

GIVEN_MSAT = 100_000_500


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def add_up(town: Town) -> None:
    for node in town.nodes.values():
        await check_changes(node)


async def mine(town: Town, blocks: int = 1) -> None:
    """With the books closed at each of them."""
    for _ in range(blocks):
        await add_up(town)
        await town.mine()
        await town.clock.rest()
    await add_up(town)


async def to_ada(town: Town, amount_sat: int, *, everything: bool = False) -> str:
    payouts = (((await town.do(town.nodes["ada"].address())).address, amount_sat),)
    return (await town.do(town.nodes["ben"].send(Sending(payouts, everything=everything)))).txid


@pytest.mark.parametrize("by_force", [True, False], ids=["alone", "agreed"])
async def test_what_a_former_peer_pays_is_received(town: Town, by_force: bool) -> None:
    """With the very coins that it had from the close: of the channel nothing more is ours."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    address = (await town.do(ada.address())).address
    await town.do(ben.send(Sending(((address, 0),), everything=True)))
    await mine(town)
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 200_000_001)
    if by_force:
        await town.do(ada.force_close(channel_id))
    else:
        await town.do(ada.close(channel_id))
    await mine(town, 4)
    txid = await to_ada(town, 0, everything=True)
    await mine(town, 2)
    [told] = [one for one in await history(ada) if one.txid == txid]
    assert (told.kind, told.fee_sat, told.channel_id) == (TxKind.RECEIVED, 0, "")
    assert told.amount_sat > 190_000
    await mine(town, DELAY + 2)


async def test_what_is_given_at_an_opening_stands_in_both_books(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 400_000, push_msat=GIVEN_MSAT)
    for name in ("ada", "ben"):
        [entry] = await entries(town.nodes[name], "gift")
        assert entry.gift is not None
        assert (entry.gift.outgoing, entry.gift.amount_msat) == (name == "ada", GIVEN_MSAT)
        assert (entry.gift.channel_id, entry.place) == (
            channel_id,
            f"{entry.gift.time}.0.{channel_id}",
        )
        assert entry in await entries(town.nodes[name], "in" if name == "ben" else "out 100000")
        every = await entries(town.nodes[name])
        assert entry in every
        count = await town.nodes[name].count_activity("")
        assert not isinstance(count, Refused)
        assert (count.gifts, count.total) == (1, len(every))
    opening = next(one for one in await history(ada) if one.kind is TxKind.OPENING)
    assert "100,000.500 sat of that were given to the peer with it." in opening.explanation
    await mine(town)
    await town.pay("ben", "ada", 30_000_001)
    await add_up(town)
    await town.do(ada.force_close(channel_id))
    await mine(town, DELAY + 3)


@pytest.mark.parametrize("ending", ["used", "alone", "agreed"])
async def test_what_an_opener_may_still_keep_is_in_no_sum(town: Town, ending: str) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    before = (await ben.balance()).total_msat
    opened = await town.do(
        ada.open_channel(town.uri("ben"), 400_000, push_msat=GIVEN_MSAT, private=True)
    )

    async def seen() -> tuple[int, int]:
        await add_up(town)
        balance = await ben.balance()
        return balance.total_msat - before, balance.promised_msat

    assert await seen() == (0, GIVEN_MSAT)
    said = (await town.channel("ben", opened.channel_id)).explanation
    assert "100,000 sat of it are promised to you, and count in no sum" in said
    if ending == "alone":
        await town.do(ben.force_close(opened.channel_id))
    if ending == "agreed":
        await town.do(ben.close(opened.channel_id))
    assert await seen() == (0, GIVEN_MSAT)
    while (await town.channel("ben", opened.channel_id)).state is ChannelState.OPENING:
        assert await seen() == (0, GIVEN_MSAT)
        await mine(town)
    await mine(town, 2)
    total_msat, promised_msat = await seen()
    assert (GIVEN_MSAT - 2_000_000 < total_msat <= GIVEN_MSAT, promised_msat) == (True, 0)
    await town.regtest.reorganise(5)
    await mine(town, DELAY + 3)


@pytest.mark.parametrize("by_force", [True, False], ids=["alone", "agreed"])
async def test_a_close_that_waits_is_in_the_sum(town: Town, by_force: bool) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 400_000)
    await town.pay("ada", "ben", 30_000_019)
    await town.do(ada.force_close(channel_id) if by_force else ada.close(channel_id))
    await mine(town)
    await town.regtest.reorganise(1)
    await mine(town, DELAY + 3)
    await town.regtest.reorganise(3)
    await mine(town, 4)


async def test_a_cheat_is_in_the_books_at_every_block(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    await mine(town, 4)


@pytest.mark.parametrize(("loser", "from_backup"), [("ada", True), ("ben", True), ("ada", False)])
async def test_the_books_of_a_restored_wallet_say_what_is_not_known(
    town: Town, loser: str, from_backup: bool
) -> None:
    channel_id = await town.open("ada", "ben", 400_000, push_msat=GIVEN_MSAT)
    await town.pay("ada", "ben", 30_000_019)
    place = town.nodes[loser]._board.backups.places[0]
    file = place.read_bytes() if from_backup else b""
    await town.lose(loser)
    await town.start(loser, file)
    await add_up(town)
    await pass_by(town)
    await mine(town, 8)
    known = {one.channel_id: one for one in await town.nodes[loser].channels()}
    assert [bool(one.closing_txid) for one in known.values()] == [True] * from_backup, channel_id
    await mine(town, 110)


@pytest.mark.parametrize(
    ("closer", "blocks"), [("ada", 0), ("ben", 1), ("ada", DELAY + 1), ("cheat", 0), ("cheat", 3)]
)
async def test_the_books_of_one_that_was_restored_while_channels_close_add_up(
    town: Town, closer: str, blocks: int
) -> None:
    """Ada burns: of what went on she knows the backup and the chain. What she hurried, and what she
    took of a cheat, was before."""
    ours = await town.open("ada", "ben", 400_000, push_msat=GIVEN_MSAT)
    theirs = await town.open("ben", "ada", 250_000, push_msat=30_000_000)
    old = await old_state(town, ours)
    await town.pay("ada", "ben", 10_000_019)
    await town.pay("ben", "ada", 20_000_019)
    file = town.nodes["ada"]._board.backups.places[0].read_bytes()
    if closer == "cheat":
        assert town.regtest.publish(old.tx) is None
    else:
        await town.do(town.nodes[closer].force_close(ours))
    await town.do(town.nodes["ada"].force_close(theirs))
    if waits := (await town.channel("ada", theirs)).published_txid:
        await town.run(town.nodes["ada"].bump(waits))
    await mine(town, blocks)
    await town.lose("ada")
    await town.start("ada", file)
    await add_up(town)
    await pass_by(town)
    await mine(town, DELAY + 6)
    assert (await town.nodes["ada"].balance()).closing_msat == 0
    fees = [one for one in await history(town.nodes["ada"]) if one.kind is TxKind.FEE]
    assert all(one.fee_sat == -one.amount_sat for one in fees)


async def test_what_a_copy_of_this_wallet_loses_is_in_its_books(town: Town) -> None:
    """It published what we had revoked, and the peer took all of it."""
    channel_id = await town.open("ada", "ben", 300_000)
    ada = town.nodes["ada"]
    await town.pay("ada", "ben", 100_000_000)
    [channel] = ada.channel_states()
    old = kept_state(channel, ada.channel_signer(channel.channel_id)).tx
    await town.pay("ben", "ada", 80_000_500)
    assert town.regtest.publish(old) is None
    await mine(town, DELAY + 20)
    said = (await town.channel("ada", channel_id)).explanation
    assert "Yours were 280,000 sat; nothing of it came back: of an old state the peer may" in said
