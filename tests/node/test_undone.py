"""A reorganisation undoes a close of the peer's, and the peer does not come back: the same close is
offered again, so that nobody waits for a user. Not so a state that the peer has revoked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.channel.effects import Effect, Send
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.wire.bolt2 import ClosingSigned
from tests.node.test_cheats import old_state
from tests.node.town import DELAY, Town

FUNDED_SAT, PUSHED_SAT = 300_000, 120_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def undo(town: Town, blocks: int) -> None:
    """These were never mined, and no mempool knows what they held."""
    town.regtest.chain.drop(blocks)
    town.regtest.mempool._entries.clear()
    for _ in range(blocks + 1):
        town.regtest._miner.mine()  # before anybody hears of it
    await town.clock.rest()


async def test_the_peers_commitment_is_offered_again(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=PUSHED_SAT * 1000)
    await town.stop("ada")  # who is not asked to close it, too
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine()
    await town.stop("ben")
    ada = await town.start("ada")
    await town.mine()
    assert (await town.channel("ada", channel_id)).closing_kind == "theirs"
    await undo(town, 2)
    [channel] = ada.channel_states()
    assert channel.spend is None
    assert channel.publication is None
    town.regtest.mempool._entries.clear()
    await town.restart("ada")
    await town.mine(DELAY)
    assert (await town.channel("ada", channel_id)).closing_kind == "theirs"
    balance = await town.nodes["ada"].balance()
    assert (balance.closing_msat, balance.onchain_pending_sat) == (0, 0)
    await town.start("ben")


async def test_an_agreed_close_of_which_only_the_peer_has_all_is_offered_again(town: Town) -> None:
    """Its last `closing_signed` never came."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=PUSHED_SAT * 1000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    perform = ben._board.perform

    def lose_closing_signed(held: Held, effect: Effect) -> None:
        if not (isinstance(effect, Send) and isinstance(effect.message, ClosingSigned)):
            perform(held, effect)

    ben._board.perform = lose_closing_signed  # type: ignore[method-assign]  # the wire loses it
    await town.do(ada.close(channel_id))
    assert ada.channel_states()[0].closing.tx is None
    await town.mine()
    assert (await town.channel("ada", channel_id)).closing_kind == "cooperative"
    await town.stop("ben")
    await undo(town, 1)
    await town.mine()
    assert (await town.channel("ada", channel_id)).closing_kind == "cooperative"
    await town.start("ben")


async def test_what_the_peer_has_revoked_is_left_to_it(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    old = await old_state(town, channel_id)
    await town.stop("ben")
    assert town.regtest.publish(old.tx) is None
    await town.mine(2)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    await undo(town, 2)
    await town.mine(3)
    [channel] = town.nodes["ada"].channel_states()
    assert channel.undone == old.tx
    assert town.regtest.chain.coin(channel.funding.outpoint) is not None
    await town.start("ben")
