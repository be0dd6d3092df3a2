"""Building the roads: coins for who opens, fundings, and blocks until all are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.playground.roads import Opening
from lnwallet_tui.policy import ANNOUNCEMENT_DEPTH, MOST_PENDING
from lnwallet_tui.store.errors import StoreError

if TYPE_CHECKING:
    from lnwallet_tui.playground.world import World

# What an opening costs, and what its opener must keep on chain for it and for other channels.
_TO_KEEP_SAT: Final = 500_000


@dataclass(frozen=True, slots=True)
class Built:
    """What was built on this visit: channels by their ids, and the faucet's gift for them."""

    channels: dict[bytes, Opening] = field(default_factory=dict)
    gift: Tx | None = None


class Roadworks:
    """Opens channels between people of a world, by their own nodes."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def build(self, openings: Sequence[Opening]) -> Built:
        """Open those that were never opened. Raises `StoreError`."""
        missing = [one for one in openings if not self._was_opened(one)]
        if not missing:
            return Built()
        gift = await self._give(missing)
        channels: dict[bytes, Opening] = {}
        for wave in _waves(missing):
            channels |= {await self._open(one): one for one in wave}
            await self._world.mine()
        await self._world.mine(ANNOUNCEMENT_DEPTH - 1)
        return Built(channels, gift)

    def _was_opened(self, opening: Opening) -> bool:
        """Amounts tell it from those that a user had them open."""
        opener, peer = self._world.residents[opening.opener], self._world.residents[opening.peer]
        theirs = {channel.channel_id for channel in peer.node.channel_states()}
        return any(
            channel.channel_id in theirs
            and channel.we_fund
            and channel.funding.value == Sat(opening.amount_sat)
            for channel in opener.node.channel_states()
        )

    async def _give(self, missing: Sequence[Opening]) -> Tx:
        outputs = [
            TxOut(Sat(one.amount_sat + _TO_KEEP_SAT), await self._world.fresh_script(one.opener))
            for one in missing
        ]
        gift = self._world.regtest.give(outputs)
        await self._world.mine()
        return gift

    async def _open(self, opening: Opening) -> bytes:
        opener, peer = self._world.residents[opening.opener], self._world.residents[opening.peer]
        command = opener.node.open_channel(
            peer.uri, opening.amount_sat, push_msat=opening.push_msat, private=opening.private
        )
        opened = await self._world.carry_out(command)
        if isinstance(opened, Refused):
            if opened.code is RefusalCode.DISK:
                raise StoreError(opened.message)
            raise RoadNotBuilt(f"{opening}: {opened.message}")
        return bytes.fromhex(opened.channel_id)


def _waves(openings: Sequence[Opening]) -> list[list[Opening]]:
    """So that nobody is asked for more at once than a node accepts."""
    waves: list[list[Opening]] = []
    for opening in openings:
        for wave in waves:
            if sum(one.peer == opening.peer for one in wave) < MOST_PENDING:
                wave.append(opening)
                break
        else:
            waves.append([opening])
    return waves


class RoadNotBuilt(Exception):
    """A person of the playground cannot open a channel that the seed wants: a bug of ours."""
