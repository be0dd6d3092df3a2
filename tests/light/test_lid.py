"""A lid that is shut for hours: the clock jumps, blocks came meanwhile, and nobody ran.

What was under way is neither taken for slow nor blamed on anybody; filters are read before anything
is paid; whatever waits for a time goes on from there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.chain.questions import Failure, Fault
from lnwallet_tui.p2p.codec import Message
from lnwallet_tui.p2p.inventory import Headers
from lnwallet_tui.policy import BLIND_SECONDS
from tests.light.bitcoin_nodes import Visit
from tests.light.town import LightTown
from tests.node.town import MINUTE_MS

BLOCKS = 30  # one each ten minutes


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[LightTown]:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    yield town
    assert not town.complaints
    await town.end()


def sleep(town: LightTown, blocks: int) -> None:
    """All but the miners; no task of anybody's has a turn."""
    for _ in range(blocks):
        town.clock._now_ms += 10 * MINUTE_MS
        town.regtest._miner.mine()


async def test_filters_are_read_before_anything_is_paid(town: LightTown) -> None:
    await town.open("ada", "ben", 400_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(50_000_000, "after a nap", expiry_seconds=86_400))
    address = (await town.do(ada.address())).address
    had = await town.total_sat("ada")
    paid = TxOut(Sat(70_000), address_to_script(address, Network.REGTEST))
    town.regtest.give([paid])
    height = ada._board.chain.height
    sleep(town, BLOCKS)
    assert BLOCKS * 600 > BLIND_SECONDS
    refused = await ada.pay(invoice.invoice)  # the first thing that happens
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_READY
    assert "hours old" in refused.message
    assert ada._board.chain.height == height
    await town.clock.rest()
    assert ada._board.chain.height == height + BLOCKS == town.regtest.chain.height
    assert await town.total_sat("ada") == had + 70_000
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.do(ada.pay(invoice.invoice))).preimage


async def test_nobody_is_blamed_for_the_hours_in_which_we_slept(town: LightTown) -> None:
    await town.clock.wait_for(lambda: False, 5 * MINUTE_MS)
    visits = [len(node.visits) for node in town.bitcoin.nodes]
    sleep(town, BLOCKS)
    await town.clock.rest()
    height = town.regtest.chain.height
    assert all(town.nodes[one]._board.chain.height == height for one in ("ada", "ben"))
    ends = [why for one in town.whom.values() for _, why in one.ends]
    assert not [why for why in ends if isinstance(why, Fault) or why is Failure.SILENT]
    assert [len(node.visits) for node in town.bitcoin.nodes] == visits  # the same connections


async def test_an_answer_that_was_under_way_is_awaited_anew(
    town: LightTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a nap the network takes some seconds to come back; by the clock it took hours."""
    visits = [len(node.visits) for node in town.bitcoin.nodes]
    held: list[tuple[Visit, Message]] = []
    say = Visit.say
    town.regtest._miner.mine()
    monkeypatch.setattr(Visit, "say", lambda visit, message: held.append((visit, message)))
    await town.clock.rest()
    assert any(isinstance(message, Headers) for _, message in held)
    sleep(town, BLOCKS)
    await town.clock.wait_for(lambda: False, 8_000)
    monkeypatch.setattr(Visit, "say", say)
    for visit, message in held:
        say(visit, message)
    await town.clock.rest()
    height = town.regtest.chain.height
    assert all(town.nodes[one]._board.chain.height == height for one in ("ada", "ben"))
    ends = [why for one in town.whom.values() for _, why in one.ends]
    assert not [why for why in ends if isinstance(why, Fault) or why is Failure.SILENT]
    assert [len(node.visits) for node in town.bitcoin.nodes] == visits


async def test_what_waits_for_a_time_goes_on_from_there(town: LightTown) -> None:
    """An invoice that ran out, the next dial, and the alarm that no block comes."""
    await town.open("ada", "ben", 400_000)
    ben = town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(1_000_000, "soon over", expiry_seconds=3_600))
    town.wires.vanish("ben", gone=True)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    town.wires.vanish("ben", gone=False)
    sleep(town, BLOCKS)
    await town.clock.rest()
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    [channel] = await ben.channels()
    assert channel.state is ChannelState.READY  # and not offline
    refused = await town.run(town.nodes["ada"].pay(invoice.invoice))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.EXPIRED
    assert (await town.nodes["ada"].guard()).silent_since == 0
    town.clock._now_ms += (BLIND_SECONDS + 60) * 1_000  # a second nap, in which no block came
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.nodes["ada"].guard()).silent_since > 0
