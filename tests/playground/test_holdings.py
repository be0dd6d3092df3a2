"""A day in the playground: the wallet's tree adds up after every turn, whatever people do."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.playground.people import CHEAT, NEIGHBOUR, RELAY
from lnwallet_tui.playground.world import World
from tests.node.bookkeeping import after_every_turn
from tests.playground.test_world import granted, have_open, have_pay, name_of, until_ready
from tests.shopping import shop_invoice

K = HoldingKind


async def test_a_day_with_everybody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keeper = after_every_turn(monkeypatch, wallets=True)
    world = await World.begin(4, tmp_path)
    await world.fund()
    relay, friend, cheat = (name_of(world, role) for role in (RELAY, NEIGHBOUR, CHEAT))
    uri = world.residents[relay].uri
    opened = granted(await world.carry_out(world.you.node.open_channel(uri, 800_000)))
    await until_ready(world, opened.channel_id)
    theirs = await have_open(world, friend)
    await have_pay(world, friend)
    for amount_msat in (1_234_567, 90_000_000):
        invoice = granted(await shop_invoice(world, amount_msat, "bread"))
        await world.carry_out(world.you.node.pay(invoice))
    await world.have_them_vanish(friend, gone=True)
    await world.mine(2)
    await world.reorg(2)
    granted(await world.carry_out(world.you.node.force_close(theirs)))
    await have_open(world, cheat)
    await have_pay(world, cheat)
    granted(await world.have_them_cheat(cheat))
    await world.mine(2)
    granted(await world.carry_out(world.you.node.close(opened.channel_id)))
    await world.reorg(1)
    await world.mine(30)
    await world.have_them_vanish(friend, gone=False)
    await world.close()
    assert keeper.wrong == []
    assert keeper.seen >= {K.HTLC, K.DELAYED, K.SWEEP, K.CLOSE_UNCONFIRMED, K.FUNDING, K.HELD_UP}
