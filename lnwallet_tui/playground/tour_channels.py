"""The channels of a tour: opened, waited for, and looked at."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from lnwallet_tui.api.views import ChannelState, ChannelView
from lnwallet_tui.playground.chronicle import Chronicle
from lnwallet_tui.playground.parties import Facts
from lnwallet_tui.playground.people import YOU
from lnwallet_tui.playground.roads import Opening
from lnwallet_tui.playground.telling import Told, granted, in_sat, insist
from lnwallet_tui.playground.world import World

# An HTLC stands for 200 blocks at most; people of the playground ask for delays of 288.
_MOST_BLOCKS: Final = 600
_MOST_CONFIRMATIONS: Final = 10


class TourChannels:
    """Every channel that the tour has opened, by its plan."""

    def __init__(self, world: World, chronicle: Chronicle) -> None:
        self._world, self._chronicle = world, chronicle
        self._ids: dict[Opening, str] = {}

    async def open(self, opening: Opening) -> Told:
        """A channel is funded and confirmed."""
        one, other = self._world.residents[opening.opener], self._world.residents[opening.peer]
        command = one.node.open_channel(
            other.uri, opening.amount_sat, push_msat=opening.push_msat, private=opening.private
        )
        opened = granted(await self._world.carry_out(command))
        self._ids[opening] = opened.channel_id
        self._chronicle.opened(bytes.fromhex(opened.channel_id), opening.push_msat)

        async def ready() -> bool:
            return await self._is_ready(opening)

        await self.mine_until(ready, _MOST_CONFIRMATIONS)
        view = await self.view(opening.opener, opening)
        sentence = (
            f"{opening.opener.title()} opened a channel of {in_sat(opening.amount_sat * 1000)} "
            f"to {opening.peer}."
        )
        facts: Facts = {
            "channel_id": view.channel_id,
            "short_channel_id": view.short_channel_id,
            "opener": opening.opener,
            "peer": opening.peer,
            "channel_type": view.channel_type,
        }
        return Told(sentence, facts)

    # -- looking
    def id(self, opening: Opening) -> str:
        """The channel's id, hex."""
        return self._ids[opening]

    async def view(self, name: str, opening: Opening) -> ChannelView:
        """The channel as `name` sees it."""
        return granted(await self._world.residents[name].node.channel(self._ids[opening]))

    async def closing_txid(self, opening: Opening, *kinds: str) -> str:
        """By which it was closed, in one of these ways as we see it."""
        view = await self.view(YOU, opening)
        insist(view.closing_kind in kinds, f"closed as {view.closing_kind!r}, not as {kinds}")
        return view.closing_txid

    async def _is_ready(self, opening: Opening) -> bool:
        parties = (opening.opener, opening.peer)
        views = [await self.view(name, opening) for name in parties]
        return all(view.state is ChannelState.READY for view in views)

    # -- waiting
    async def mine_until(self, reached: Callable[[], Awaitable[bool]], most: int) -> None:
        """Mine, `most` blocks at most."""
        for _ in range(most):
            if await reached():
                return
            await self._world.mine()
        insist(await reached(), f"not after {most} blocks: {reached.__name__}")

    async def until_all_are_back(self) -> None:
        """Until every open channel of ours is in use again."""
        gone = {ChannelState.CLOSING, ChannelState.CLOSED}

        async def back() -> bool:
            channels = await self._world.you.node.channels()
            return all(one.state is ChannelState.READY for one in channels if one.state not in gone)

        await self.mine_until(back, _MOST_CONFIRMATIONS)

    async def until_closed(self, opening: Opening) -> None:
        """Until a block has the transaction that closes it."""

        async def closed() -> bool:
            return (await self.view(YOU, opening)).closing_txid != ""

        await self.mine_until(closed, _MOST_BLOCKS)

    async def until_settled(
        self, opening: Opening, also: Callable[[], Awaitable[bool]] | None = None
    ) -> None:
        """We have all that is ours of the channel, nothing waits for a block, and `also`.

        Whoever closes on us waits two weeks for their own: that may be left to come.
        """

        async def settled() -> bool:
            balance = await self._world.you.node.balance()
            waiting = balance.closing_msat or balance.onchain_pending_sat
            closed = (await self.view(YOU, opening)).closing_txid != ""
            at_rest = closed and not waiting and not len(self._world.regtest.mempool)
            return at_rest and (also is None or await also())

        await self.mine_until(settled, _MOST_BLOCKS)
