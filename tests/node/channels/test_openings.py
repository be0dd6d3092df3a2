"""Openings that come to nothing: who is told, and that others may follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.channel.effects import Effect, NeedFunding
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.policy import MOST_PENDING, OPENING_MS
from lnwallet_tui.wire.bolt1 import Error
from tests.node.stranger import Stranger
from tests.node.test_strangers import met, nowhere
from tests.node.town import MINUTE_MS, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def errors(stranger: Stranger) -> list[bytes]:
    return [one.data for one in stranger.heard if isinstance(one, Error)]


async def idle(town: Town, ms: int, *strangers: Stranger) -> None:
    """So long nothing comes of these but answers to pings."""
    for _ in range(0, ms, 20_000):
        await town.clock.pass_by(20_000)
        for one in strangers:
            await one.say()
            assert one.is_open


def openings(town: Town, name: str) -> int:
    return len(town.nodes[name]._board.channels._openings)


async def test_where_our_coins_do_not_do_the_peer_is_told_and_may_be_asked_again(
    town: Town,
) -> None:
    """Something else took them while the peer was asked."""
    ada, board = town.nodes["ada"], town.nodes["ada"]._board
    perform, coins = board.perform, board.wallet.coins()

    def freeze(*, frozen: bool) -> None:
        with ada._store.transaction() as tx:
            for coin in coins:
                board.wallet.freeze(tx, coin.outpoint, frozen=frozen)

    def taken_first(held: Held, effect: Effect) -> None:
        if isinstance(effect, NeedFunding):
            freeze(frozen=True)
        perform(held, effect)

    board.perform = taken_first  # type: ignore[method-assign]
    refused = await town.run(ada.open_channel(town.uri("ben"), 300_000))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_ENOUGH
    assert (openings(town, "ada"), openings(town, "ben")) == (0, 0)
    board.perform = perform  # type: ignore[method-assign]
    freeze(frozen=False)
    await town.open("ada", "ben", 300_000)


async def test_an_opening_that_is_not_gone_on_with_is_forgotten(town: Town) -> None:
    """It kept others from opening for as long as its peer stayed connected."""
    three = [await met(town, 1 + at) for at in range(MOST_PENDING)]
    assert all([await one.propose() for one in three])
    other = await met(town, 9)
    await idle(town, OPENING_MS - MINUTE_MS, *three, other)
    assert await other.propose() is None
    await idle(town, MINUTE_MS, *three, other)
    assert [errors(one) for one in three] == [[b"funding_created did not come in time"]] * 3
    assert await other.open(nowhere(1), 1)
    assert openings(town, "ada") == 0


async def test_an_opening_that_became_a_channel_is_not(town: Town) -> None:
    stranger = await met(town)
    assert await stranger.open(nowhere(1))
    await idle(town, 2 * OPENING_MS, stranger)
    assert errors(stranger) == []
    assert len(town.nodes["ada"].channel_states()) == 1
