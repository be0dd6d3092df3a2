"""The connection ends around each message that a node says, in five ways: the day goes on.

A day of three channels, one after the other, in which each kind of message is said three times at
least; whatever was cut, both sides agree afterwards, nothing is paid twice, nobody closes alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.playground.chain_source import CALM, STORM
from lnwallet_tui.wire import bolt1, bolt2, bolt7
from lnwallet_tui.wire.message import Message
from tests.crash.wires_cut import Scissors, Way, cutting
from tests.node.town import COINS_SAT, MINUTE_MS, Town, forget_invoice
from tests.sampling import sampled

ROUNDS: Final = 3
GIFT_MSAT, CHANGE_MSAT, REFUSED_MSAT = 80_000_000, 30_000_000, 5_000_000
FEES_SAT: Final = 100_000
QUICK: Final = 12  # cells

BOTH: Final = frozenset(
    {
        bolt1.Init,
        bolt1.Error,  # that a channel is closed, to who would take it up again
        bolt1.Ping,
        bolt1.Pong,
        bolt7.NodeAnnouncement,
        bolt7.ChannelUpdate,
        bolt7.GossipTimestampFilter,
        bolt2.ChannelReady,
        bolt2.UpdateAddHtlc,
        bolt2.UpdateFulfillHtlc,
        bolt2.CommitmentSigned,
        bolt2.RevokeAndAck,
        bolt2.ChannelReestablish,
        bolt2.Shutdown,
        bolt2.ClosingSigned,
    }
)
SAID: Final[dict[str, frozenset[type[Message]]]] = {
    "ada": BOTH | {bolt2.OpenChannel, bolt2.FundingCreated, bolt2.UpdateFee},
    "ben": BOTH | {bolt2.AcceptChannel, bolt2.FundingSigned, bolt2.UpdateFailHtlc},
}
FUNDER: Final = "only who opens a channel says it"
FUNDEE: Final = "only who is asked for a channel says it"
PRIVATE: Final = "a private channel is not announced"
UNSAID: Final[dict[type[Message], str]] = {
    bolt1.Warning_: "an honest peer gives no reason for it",
    bolt2.UpdateFailMalformedHtlc: "an honest payer makes no onion that cannot be read",
    bolt7.AnnouncementSignatures: PRIVATE,
    bolt7.ChannelAnnouncement: PRIVATE,
    bolt7.QueryShortChannelIds: "there is nothing to ask for where no channel is public",
    bolt7.QueryChannelRange: "there is nothing to ask for where no channel is public",
    bolt7.ReplyShortChannelIdsEnd: "nobody asks",
    bolt7.ReplyChannelRange: "nobody asks",
}
UNSAID_BY: Final[dict[str, dict[type[Message], str]]] = {
    "ada": {
        bolt2.AcceptChannel: FUNDEE,
        bolt2.FundingSigned: FUNDEE,
        bolt2.UpdateFailHtlc: "in this day it is the other who refuses a payment",
    },
    "ben": {
        bolt2.OpenChannel: FUNDER,
        bolt2.FundingCreated: FUNDER,
        bolt2.UpdateFee: "only who opened the channel may change its feerate",
    },
}


class Day:
    """Three times: a channel, payments both ways, one that is refused, a restart, a close."""

    def __init__(self, town: Town, scissors: Scissors) -> None:
        self._town, self._scissors = town, scissors

    async def whole(self) -> None:
        for number in range(ROUNDS):
            channel_id = await self._open()
            await self._pay("ada", "ben", GIFT_MSAT)
            await self._pay("ben", "ada", CHANGE_MSAT)
            await self._be_refused()
            await self._restart()
            # So that whoever opened the channel says `update_fee`.
            fees: tuple[int, int, int] = CALM if number % 2 else STORM
            self._town.regtest.weather.change(fees)
            await self._town.mine(2)
            await self._agree(channel_id)
            await self._close(channel_id)

    async def _try(self, command: Coroutine[Any, Any, object]) -> None:
        await self._town.run(command)
        await self._town.clock.wait_for(lambda: False, 6 * MINUTE_MS)

    async def _restart(self) -> None:
        await self._town.restart("ada")

    async def _open(self) -> str:
        ada = self._town.nodes["ada"]
        for _ in range(3):
            await self._try(ada.open_channel(self._town.uri("ben"), 500_000, private=True))
            await self._town.mine(5)
            await self._town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
            for view in await ada.channels():
                if view.state is ChannelState.READY:
                    return view.channel_id
        raise AssertionError("no channel came of it")

    async def _pay(self, payer: str, payee: str, amount_msat: int) -> None:
        made = await self._town.do(self._town.nodes[payee].create_invoice(amount_msat, "once"))
        for _ in range(4):
            await self._try(self._town.nodes[payer].pay(made.invoice))
            known = await self._town.nodes[payer].payment(made.payment_hash)
            if not isinstance(known, Refused) and known.status is PaymentStatus.PAID:
                received = await self._town.nodes[payee].payment(made.payment_hash)
                assert not isinstance(received, Refused)
                assert (received.status, received.amount_msat) == (PaymentStatus.PAID, amount_msat)
                return
        raise AssertionError(f"{payer} could not pay {payee}")

    async def _be_refused(self) -> None:
        ada, ben = self._town.nodes["ada"], self._town.nodes["ben"]
        made = await self._town.do(ben.create_invoice(REFUSED_MSAT, "never"))
        forget_invoice(ben, made.payment_hash)
        await self._try(ada.pay(made.invoice))
        known = await ada.payment(made.payment_hash)
        assert not isinstance(known, Refused)
        assert known.status is PaymentStatus.FAILED

    async def _agree(self, channel_id: str) -> None:
        mine = await self._town.channel("ada", channel_id)
        theirs = await self._town.channel("ben", channel_id)
        assert (mine.local_msat, mine.remote_msat) == (theirs.remote_msat, theirs.local_msat)
        assert theirs.local_msat == GIFT_MSAT - CHANGE_MSAT
        assert not mine.htlcs
        assert not theirs.htlcs

    async def _close(self, channel_id: str) -> None:
        for _ in range(4):
            if (await self._town.channel("ada", channel_id)).state is ChannelState.READY:
                await self._try(self._town.nodes["ada"].close(channel_id))
            await self._town.mine(2)
            await self._town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
            views = [await self._town.channel(name, channel_id) for name in ("ada", "ben")]
            if {view.state for view in views} == {ChannelState.CLOSED}:
                assert {view.closing_kind for view in views} == {"cooperative"}
                return
        raise AssertionError([(view.state, view.explanation) for view in views])


async def live(folder: Path, scissors: Scissors) -> None:
    town = Town(folder, anchors=False)  # a type whose feerate follows the chain's
    await town.begin("ada", "ben")
    try:
        with cutting(scissors, town.nodes):
            await Day(town, scissors).whole()
        total = await town.total_sat("ada", "ben")
        assert 2 * sum(COINS_SAT) - FEES_SAT < total < 2 * sum(COINS_SAT)
        for node in town.nodes.values():
            # Whose opener was cut off before it was sure knows of a channel that never came to be.
            real = [one for one in node.channel_states() if one.funding.confirmed is not None]
            assert [one.publication for one in real] == [None] * ROUNDS
    finally:
        await town.end()


@dataclass(frozen=True)
class Cut:
    """One of the cells."""

    name: str
    kind: type[Message]
    nth: int
    way: Way

    def __str__(self) -> str:
        return f"{self.name}'s {self.kind.__name__} number {self.nth}: {self.way.value}"


CUTS: Final = tuple(
    Cut(name, kind, nth, way)
    for name, kinds in SAID.items()
    for kind in sorted(kinds, key=lambda one: one.__name__)
    for nth in range(1, ROUNDS + 1)
    for way in Way
)


def play(cut: Cut, folder: Path) -> None:
    scissors = Scissors(cut.name, cut.kind, cut.nth, cut.way)
    asyncio.run(live(folder, scissors))
    assert scissors.has_cut, "it was never said so often"


@pytest.mark.parametrize("cut", sampled("disconnects", CUTS, QUICK), ids=str)
def test_a_disconnect(tmp_path: Path, cut: Cut) -> None:
    play(cut, tmp_path)


@pytest.mark.parametrize("name", SAID)
def test_what_is_said_in_that_day_and_why_the_rest_is_not(tmp_path: Path, name: str) -> None:
    scissors = Scissors(name, None, 0, Way.BEFORE)
    asyncio.run(live(tmp_path, scissors))
    often = {kind for kind, count in scissors.said.items() if count >= ROUNDS}
    assert often == SAID[name]
    kinds = {one for bolt in (bolt1, bolt2, bolt7) for one in messages_of(bolt)}
    assert kinds - often == UNSAID.keys() | UNSAID_BY[name].keys()


def messages_of(module: ModuleType) -> set[type[Message]]:
    """The kinds of messages that a module declares."""
    name = module.__name__
    return {
        one
        for one in vars(module).values()
        if isinstance(one, type) and issubclass(one, Message) and one.__module__ == name
    }
