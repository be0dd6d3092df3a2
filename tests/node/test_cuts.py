"""A node is killed between a commit and each effect of it, started again, and the day goes on.

Every effect of a scripted day is cut at least in the full run; a sample otherwise. Whatever was
swallowed, `resume` brings back: channels re-establish, both sides agree, nothing is paid twice, and
every satoshi is at an owner or was paid as a fee.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus
from tests.node.town import COINS_SAT, Cut, Town

FEES_SAT = 40_000
GIFT_MSAT, CHANGE_MSAT = 80_000_000, 30_000_000
LAST = 70  # not fewer effects than a node has in the day


class Day:
    """Ada opens to Ben and pays him, Ben pays back, Ada closes. One of them is cut once."""

    def __init__(self, town: Town, victim: str, at: int) -> None:
        self.town = town
        self.victim = victim
        self.cut = Cut(town.nodes[victim], at)
        self._restarted = False

    async def whole(self) -> None:
        """The day, each step as often as it takes."""
        channel_id = await self._open()
        await self._pay("ada", "ben", GIFT_MSAT)
        await self._pay("ben", "ada", CHANGE_MSAT)
        await self._agree(channel_id)
        await self._close(channel_id)

    async def _heal(self) -> None:
        if self.cut.killed and not self._restarted:
            self._restarted = True
            await self.town.restart(self.victim)

    def _is_cut(self) -> bool:
        return self.cut.killed and not self._restarted

    async def _open(self) -> str:
        for _ in range(3):
            channels = await self.town.nodes["ada"].channels()
            if not channels:
                command = self.town.nodes["ada"].open_channel(self.town.uri("ben"), 500_000)
                await self.town.run(command, self._is_cut)
            for _ in range(5):
                await self.town.mine()
                await self._heal()
            if (found := await self._ready()) is not None:
                return found
        raise AssertionError("no channel came of it")

    async def _ready(self) -> str | None:
        views: list[ChannelView] = list(await self.town.nodes["ada"].channels())
        for view in views:
            other = await self.town.nodes["ben"].channel(view.channel_id)
            assert not isinstance(other, Refused)
            if {view.state, other.state} == {ChannelState.READY}:
                return view.channel_id
        return None

    async def _pay(self, payer: str, payee: str, amount_msat: int) -> None:
        invoice = None
        for _ in range(4):
            await self._heal()
            if invoice is None:
                made = await self.town.nodes[payee].create_invoice(amount_msat, "once")
                invoice = None if isinstance(made, Refused) else made.invoice
                payment_hash = "" if isinstance(made, Refused) else made.payment_hash
                continue
            command = self.town.nodes[payer].pay(invoice)
            await self.town.run(command, self._is_cut)
            await self._heal()
            known = await self.town.nodes[payer].payment(payment_hash)
            if not isinstance(known, Refused) and known.status is PaymentStatus.PAID:
                received = await self.town.nodes[payee].payment(payment_hash)
                assert not isinstance(received, Refused)
                assert (received.status, received.amount_msat) == (PaymentStatus.PAID, amount_msat)
                return
        raise AssertionError(f"{payer} could not pay {payee}")

    async def _agree(self, channel_id: str) -> None:
        mine = await self.town.channel("ada", channel_id)
        theirs = await self.town.channel("ben", channel_id)
        assert (mine.local_msat, mine.remote_msat) == (theirs.remote_msat, theirs.local_msat)
        assert theirs.local_msat == GIFT_MSAT - CHANGE_MSAT  # nothing was paid twice
        assert not mine.htlcs
        assert not theirs.htlcs

    async def _close(self, channel_id: str) -> None:
        for _ in range(4):
            await self._heal()
            view = await self.town.channel("ada", channel_id)
            if view.state is ChannelState.CLOSED:
                break
            if view.state is ChannelState.READY:
                await self.town.run(self.town.nodes["ada"].close(channel_id), self._is_cut)
            await self._heal()
            await self.town.mine()
        await self.town.mine()
        for name in ("ada", "ben"):
            closed = await self.town.channel(name, channel_id)
            assert (closed.state, closed.closing_kind) == (ChannelState.CLOSED, "cooperative")


async def live(folder: Path, victim: str, at: int) -> int:
    """A day with one cut; the number of effects that the victim had until then."""
    town = Town(folder)
    await town.begin("ada", "ben")
    try:
        day = Day(town, victim, at)
        await day.whole()
        await _judge(town)
    finally:
        await town.end()
    return day.cut.count


async def _judge(town: Town) -> None:
    total = await town.total_sat("ada", "ben")
    assert 2 * sum(COINS_SAT) - FEES_SAT < total < 2 * sum(COINS_SAT)
    for node in town.nodes.values():
        # A fundee that was cut before `funding_signed` knows of a channel that never came to be.
        real = [one for one in node.channel_states() if one.funding.confirmed is not None]
        assert [one.publication for one in real] == [None]


@pytest.mark.parametrize("victim", ["ada", "ben"])
@pytest.mark.parametrize("at", range(0, LAST, 7))
async def test_a_cut_at_some_effects(tmp_path: Path, victim: str, at: int) -> None:
    await live(tmp_path, victim, at)


@pytest.mark.full
@pytest.mark.parametrize("victim", ["ada", "ben"])
@pytest.mark.parametrize("at", range(LAST))
async def test_a_cut_at_every_effect(tmp_path: Path, victim: str, at: int) -> None:
    await live(tmp_path, victim, at)


@pytest.mark.parametrize("victim", ["ada", "ben"])
async def test_the_day_has_no_more_effects_than_are_cut(tmp_path: Path, victim: str) -> None:
    assert 20 < await live(tmp_path, victim, LAST) <= LAST
