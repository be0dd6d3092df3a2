"""A wallet that has lost its folder, from its words alone: what peers pay to it comes home.

The chain has Bitcoin Core's consensus rules and the mempool its relay policy, so that what comes
home was signed as it must be.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.address import script_to_address
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.channel.reestablish import asks_to_fail
from lnwallet_tui.coins.coin import KeyPath, script_at
from lnwallet_tui.onchain.left_behind import GAP
from lnwallet_tui.store.errors import DiskFull
from lnwallet_tui.wire.bolt1 import Error
from lnwallet_tui.wire.bolt2 import ChannelReestablish
from lnwallet_tui.wire.message import Message
from tests.node.town import DELAY, MINUTE_MS, Town

FUNDED_SAT, PAID_MSAT = 800_000, 250_000_000
FEES_SAT = 3_000


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param, looks_behind=True)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def notices(town: Town, name: str) -> list[str]:
    """What the user is told from now on."""
    told: list[str] = []
    herald = town.nodes[name]._shell.herald
    herald._said = lambda entry: told.append(entry.text)  # type: ignore[method-assign]  # overheard
    return told


async def with_a_channel(town: Town, payments: int = 2) -> str:
    """Ada's, in which Ben has money after some commitments."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    for _ in range(payments):
        await town.pay("ada", "ben", PAID_MSAT // payments)
    return channel_id


async def pass_by(town: Town, minutes: int = 10) -> None:
    await town.clock.wait_for(lambda: False, minutes * MINUTE_MS)


# -- on chain
async def test_the_coins_are_there_again(town: Town) -> None:
    """Those on addresses that were given out, and change."""
    await town.open("ada", "ben", FUNDED_SAT)
    await town.stop("ben")
    total, given = await town.total_sat("ada"), len(town.nodes["ada"].wallet_scripts())
    assert total > 1_000_000
    await town.lose("ada")
    await town.start("ada")
    await town.mine()
    assert await town.total_sat("ada") == total
    address = (await town.do(town.nodes["ada"].address())).address
    spent = {script_to_address(one, Network.REGTEST) for one in lost_scripts(town, 3)}
    assert address not in spent
    assert len(town.nodes["ada"].wallet_scripts()) <= given + 1
    await town.start("ben")


def lost_scripts(town: Town, count: int) -> list[bytes]:
    account = town.nodes["ada"]._shell.keys.account()
    return [script_at(account, KeyPath(False, index)) for index in range(count)]


@pytest.mark.parametrize(
    ("indexes", "found"), [((19, 38, 57), 3), ((20,), 0), ((19, 40), 1), ((0, 1, 2), 3)]
)
@pytest.mark.parametrize("taproot", [False, True])
async def test_addresses_are_found_up_to_the_gap(
    town: Town, indexes: tuple[int, ...], found: int, taproot: bool
) -> None:
    await town.lose("ben")
    await town.start("ben")
    await town.mine()  # with the three that he had, twenty more are looked for
    before, keys = await town.total_sat("ben"), town.nodes["ben"]._shell.keys
    account, first = (keys.taproot_account(), 0) if taproot else (keys.account(), 3)
    for index in indexes:
        script = script_at(account, KeyPath(False, first + index, taproot))
        town.regtest.give([TxOut(Sat(10_000), script)])
        await town.mine()
    assert await town.total_sat("ben") - before == found * 10_000
    if found == len(indexes):
        address = (await town.do(town.nodes["ben"].address(taproot=taproot))).address
        script = script_at(account, KeyPath(False, first + 1 + indexes[-1], taproot))
        assert address == script_to_address(script, Network.REGTEST)


async def test_a_disk_that_takes_nothing_makes_nobody_look_for_less(town: Town) -> None:
    board = town.nodes["ada"]._board
    looked_for = set(board.chain._follower.scripts)

    def take_three_and_fail() -> None:
        with board.shell.store.transaction() as tx:
            for _ in range(3):
                board.chain.look_for(tx, board.wallet.take_script(tx))
            for script in board.wallet.scripts.look_ahead(tx):
                board.chain.look_for(tx, script)
            assert len(board.chain._follower.scripts) == len(looked_for) + 3
            raise DiskFull("full")

    with pytest.raises(DiskFull):
        take_three_and_fail()
    assert set(board.chain._follower.scripts) == looked_for
    assert looked_for >= set(board.wallet.scripts.watched())
    assert len(board.wallet.scripts.watched()) == len(town.nodes["ada"].wallet_scripts()) + 80


async def test_addresses_that_one_block_pays_are_all_found(town: Town) -> None:
    await town.lose("ben")
    await town.start("ben")
    await town.mine()
    before, account = await town.total_sat("ben"), town.nodes["ben"]._shell.keys.account()
    for index in (62, 45, 28, 11):
        town.regtest.give([TxOut(Sat(10_000), script_at(account, KeyPath(False, index)))])
    await town.mine()
    assert await town.total_sat("ben") - before == 40_000
    assert len(town.nodes["ben"].wallet_scripts()) == 63


# -- in channels
async def test_the_words_alone_bring_home_what_the_peer_pays(town: Town) -> None:
    channel_id = await with_a_channel(town)
    await town.lose("ben")
    await town.start("ben")
    await pass_by(town)  # Ada comes back to the channel, and is asked to close it
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSING
    told = notices(town, "ben")
    before = await town.total_sat("ben")
    await town.mine()
    pending = (await town.nodes["ben"].balance()).onchain_pending_sat
    assert PAID_MSAT // 1000 - FEES_SAT < pending < PAID_MSAT // 1000
    page = await town.do(town.nodes["ben"].coins())
    [coming] = [one for one in page.coins if not one.height]
    assert not coming.spendable  # a dearer sweep may take its place
    await town.mine(5)
    gained = await town.total_sat("ben") - before
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000
    assert [line for line in told if "does not know any more" in line]
    assert await town.nodes["ben"].channels() == ()
    assert town.nodes["ben"]._board.channels.begin(town.nodes["ada"].node_id).number == 1


async def test_also_where_the_user_of_the_peer_closes(town: Town) -> None:
    channel_id = await with_a_channel(town)
    await town.lose("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(2 * DELAY)
    await town.start("ben")  # the close is long past: it is found in the chain
    await pass_by(town)
    before = await town.total_sat("ben")
    await town.mine(3)
    gained = await town.total_sat("ben") - before
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000


async def test_a_reorganisation_takes_it_back_and_it_comes_again(town: Town) -> None:
    channel_id = await with_a_channel(town)
    await town.lose("ben")
    await town.start("ben")
    await pass_by(town)
    before = await town.total_sat("ben")
    await town.mine(4)
    await town.regtest.reorganise(4)
    await town.mine(6)
    assert (await town.nodes["ben"].balance()).onchain_pending_sat == 0
    gained = await town.total_sat("ben") - before
    assert PAID_MSAT // 1000 - FEES_SAT < gained < PAID_MSAT // 1000
    assert (await town.channel("ada", channel_id)).state is not ChannelState.READY


async def test_a_restart_before_the_sweep_confirms(town: Town) -> None:
    await with_a_channel(town)
    await town.lose("ben")
    await town.start("ben")
    await pass_by(town)
    await town.mine()
    await town.restart("ben")
    before = await town.total_sat("ben")
    await town.mine(4)
    assert await town.total_sat("ben") - before > PAID_MSAT // 1000 - FEES_SAT


async def test_a_known_channel_is_the_guards(town: Town) -> None:
    """Nothing is swept twice, and no number is skipped."""
    channel_id = await with_a_channel(town)
    await town.do(town.nodes["ada"].force_close(channel_id))
    told = notices(town, "ben")
    await town.mine(5)
    assert not [line for line in told if "does not know any more" in line]
    assert town.nodes["ben"]._board.left_behind._kept is None


async def test_dust_that_somebody_pays_there_is_not_told(town: Town) -> None:
    ben = town.nodes["ben"]
    told, total = notices(town, "ben"), await town.total_sat("ben")
    plain = next(iter(ben._board.left_behind._forms.values()))
    town.regtest.give([TxOut(Sat(300), plain.script)])
    await town.mine(4)
    assert told == []
    assert await town.total_sat("ben") == total
    town.regtest.give([TxOut(Sat(30_000), plain.script)])
    await town.mine(4)
    assert len(told) == 2  # beside the other it is worth its fee
    assert 29_000 < await town.total_sat("ben") - total < 30_300


async def test_two_who_both_know_nothing_of_a_channel_end_their_talk(town: Town) -> None:
    await town.lose("ben")
    await town.start("ben")
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    await town.do(ada.connect(town.uri("ben")))
    said = list[Message]()
    send = ben._board.peers.send

    def overheard(peer_id: bytes, message: Message) -> None:
        said.append(message)
        send(peer_id, message)

    ben._board.peers.send = overheard  # type: ignore[method-assign]  # and sent
    lost = asks_to_fail(b"\x07" * 32, ada.node_id)
    for number in (0, 1):
        ada._board.peers.send(ben.node_id, replace(lost, next_commitment_number=number))
        await town.clock.rest()
    assert [type(one) for one in said] == [Error, ChannelReestablish, Error]


async def test_so_many_scripts_are_looked_for_in_both_forms(town: Town) -> None:
    """Beyond as many as there are addresses, since each channel took one."""
    left = town.nodes["ada"]._board.left_behind
    assert len(left.scripts()) == 2 * (GAP + 3)
    for _ in range(5):
        await town.do(town.nodes["ada"].address())
    await town.mine()
    assert len(left.scripts()) == 2 * (GAP + 8)
