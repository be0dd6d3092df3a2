"""Revoked commitments: Electrum's are punished by our guard, and ours by Electrum."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin.tx import Tx
from tests.peers.electrum.conftest import StartElectrum, StartOurs, StartWire
from tests.peers.electrum.electrum import ElectrumNode
from tests.peers.electrum.scenes import (
    OPENERS,
    cases,
    hold,
    join,
    leave_unanswered,
    our_commitment,
    pay_both_ways,
    taken_by,
)
from tests.peers.electrum.wire import Wire
from tests.peers.electrum.world import World
from tests.peers.ldk.ours import OurNode

pytestmark = pytest.mark.peer

PENDING = {word: word for word in ("nothing", "to Electrum", "to us")}


async def old_states(
    us: OurNode, electrum: ElectrumNode, wire: Wire, channel_id: str, pending: str
) -> tuple[Tx, Tx]:
    """Our commitment and Electrum's, with an HTLC in them or not, that are revoked afterwards."""

    async def both() -> tuple[Tx, Tx]:
        return our_commitment(us), await electrum.commitment(await electrum.channel(channel_id))

    if pending == "to Electrum":
        _, paying = await hold(us, electrum)
        states = await both()
        await electrum.settle(True)
        assert (await paying).status is PaymentStatus.PAID
    elif pending == "to us":
        _, paid = await leave_unanswered(us, electrum, wire)
        states = await both()
        wire.plug_in()
        assert (await paid).success
    else:
        states = await both()
    await us.until(ChannelState.READY)
    await electrum.usable(channel_id)
    await pay_both_ways(us, electrum)
    await us.at_rest()
    return states


@cases("revoked commitments of Electrum's", 3, pending=PENDING, we_open=OPENERS)
async def test_a_revoked_commitment_of_electrums_is_taken_whole(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    start_wire: StartWire,
    pending: str,
    we_open: bool,
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    wire = await start_wire(electrum)
    channel_id = await join(world, us, electrum, we_open=we_open, wire=wire)
    before = (await us.node.balance()).onchain_confirmed_sat
    _, old = await old_states(us, electrum, wire, channel_id, pending)
    assert len(old.outputs) == (2 if pending == "nothing" else 3)
    await electrum.broadcast(old)
    await world.mine()
    assert (await us.channel()).closing_kind == "breach by them"
    await world.mine(6)
    balance = await us.node.balance()
    assert balance.closing_msat == 0
    claimed = balance.onchain_confirmed_sat - before
    held = sum(output.value.value for output in old.outputs)
    assert held - 10_000 < claimed < held


@cases("revoked commitments of ours", 3, pending=PENDING, we_open=OPENERS)
async def test_a_revoked_commitment_of_ours_is_taken_whole_by_electrum(
    world: World,
    start_electrum: StartElectrum,
    start_ours: StartOurs,
    start_wire: StartWire,
    pending: str,
    we_open: bool,
) -> None:
    electrum, us = await start_electrum(), await start_ours()
    wire = await start_wire(electrum)
    channel_id = await join(world, us, electrum, we_open=we_open, wire=wire)
    ours, theirs = (await us.node.balance()).onchain_confirmed_sat, await electrum.balance()
    old, _ = await old_states(us, electrum, wire, channel_id, pending)
    assert len(old.outputs) == (2 if pending == "nothing" else 3)
    world.publish("us", (old,))
    await taken_by(world, electrum.name, old.txid)
    await world.mine(6)
    held = sum(output.value.value for output in old.outputs)
    claimed = await electrum.balance() - theirs
    # It pays 180 sat/vB for each claim.
    assert held - 80_000 < claimed < held
    assert (await us.node.balance()).onchain_confirmed_sat == ours
