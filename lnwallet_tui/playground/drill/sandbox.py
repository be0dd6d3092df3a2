"""A world of three for one purpose: two peers publish old states, and the guard takes everything.

The chain, the engine, the nodes and the guard are those of the playground, the seed is thrown away,
and so is the world. What happened is read from the chain alone: who spent the outputs of the old
state, when, and to whom.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from lnwallet_tui.api.drill import CaughtView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.node.offload import Inline
from lnwallet_tui.playground.cheating import Cheat, KeptState
from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.doorman import Sights
from lnwallet_tui.playground.people import CHEAT, YOU, Character
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.playground.resident import Resident
from lnwallet_tui.playground.wires import Wires

_DELAY: Final = 144  # blocks
_USER: Final = Character(YOU, YOU, anchors=True, to_self_delay=_DELAY, relay=None)
_CHEATS: Final = tuple(
    Character(name, CHEAT, anchors=anchors, to_self_delay=_DELAY, relay=None)
    for name, anchors in (("mallory", True), ("lupin", False))
)
"""One for each type of channel."""
_COIN, _CHANNEL, _LENT, _GIVEN_BACK = 2_000_000, 1_000_000, 600_000, 500_000  # sat
_UNTIL_READY: Final = 7
_MOST_BLOCKS: Final = 20
_PATIENCE_MS: Final = 60 * 60_000
_ANCHOR: Final = Sat(330)

Result = TypeVar("Result")


class DrillFailed(Exception):
    """Something in it was not as it must be, in a sentence."""


class Sandbox:
    """Lives in one event loop; `close` ends it."""

    def __init__(self, seed: int, folder: Path) -> None:
        self._seed = seed.to_bytes(8, "big")
        self._folder = folder
        self.clock: Final = WorldClock()
        self.regtest: Final = Regtest(self.clock, self._seed, SeededDice(self._seed, "chain"))
        self._wires = Wires(self.clock, SeededDice(self._seed, "wires"))
        self._sights = Sights()
        self._people: dict[str, Resident] = {}

    async def begin(self) -> None:
        """A chain, the user and the cheats, each with a coin."""
        await self.regtest.begin()
        birthday = self.regtest.chain.height
        for character in (_USER, *_CHEATS):
            resident = Resident(
                character,
                self._seed,
                self._folder,
                clock=self.clock,
                wires=self._wires,
                regtest=self.regtest,
                sights=self._sights,
                birthday=birthday,
                visit=1,
                offload=Inline(),
            )
            await resident.start()
            self._people[character.name] = resident
            self._people[YOU].node.welcome(resident.node.node_id)
        self.regtest.give(
            [TxOut(Sat(_COIN), await self._script(name)) for name in (*self._people, YOU)]
        )
        await self.regtest.mine()

    async def close(self) -> None:
        """End everybody and the chain."""
        for resident in self._people.values():
            await resident.stop()
        self.regtest.close()

    async def caught(self) -> tuple[CaughtView, ...]:
        """Both cheats in turn. Raises `DrillFailed`."""
        return tuple([await self._catch(character) for character in _CHEATS])

    async def _catch(self, character: Character) -> CaughtView:
        """A channel in which the cheat has more in an old state than it has now."""
        them, you = self._people[character.name], self._people[YOU].node
        cheat = Cheat(them, self.regtest)
        watching = asyncio.create_task(cheat.watch(), name="cheat")
        try:
            opening = them.node.open_channel(
                self._people[YOU].uri, _CHANNEL, push_msat=(_CHANNEL - _LENT) * 1000
            )
            channel = await self._do(opening)
            for _ in range(_UNTIL_READY):
                await self.regtest.mine()
            invoice = await self._do(you.create_invoice(_GIVEN_BACK * 1000, "drill"))
            await self._do(them.node.pay(invoice.invoice))
            # The one with the payment under way: an HTLC output is the harder thing to take.
            old = cheat.busiest(bytes.fromhex(channel.channel_id), 0)
            if old is None:
                raise DrillFailed("The cheat in the sandbox has no old state.")
            refused = await cheat.publish(old, await self._script(character.name))
            if refused is not None:
                raise DrillFailed(f"The old state was not relayed in the sandbox: {refused}.")
            return await self._punished(channel.channel_type, old)
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)

    async def _punished(self, channel_type: str, old: KeptState) -> CaughtView:
        """Mine until every output is spent."""
        chain = self.regtest.chain
        await self.regtest.mine()
        mined = chain.height_of(old.tx.txid)
        if mined is None:
            raise DrillFailed("The old state got into no block of the sandbox.")
        for _ in range(_MOST_BLOCKS):
            if all(chain.coin(old.tx.outpoint(vout)) is None for vout in _of_worth(old.tx)):
                break
            await self.regtest.mine()
        else:
            raise DrillFailed(f"The guard did not take everything in {_MOST_BLOCKS} blocks.")
        return self._told(channel_type, old, mined)

    def _told(self, channel_type: str, old: KeptState, mined: int) -> CaughtView:
        """What the blocks since then say."""
        ours = frozenset(self._people[YOU].node.wallet_scripts())
        chain = self.regtest.chain
        came = taken = last = 0
        loot = {old.tx.outpoint(vout): out for vout, out in enumerate(old.tx.outputs)}
        for height in range(mined, chain.height + 1):
            for tx in chain.at(height).block.transactions:
                spent = [loot.pop(txin.outpoint) for txin in tx.inputs if txin.outpoint in loot]
                if not spent:
                    continue
                if any(out.script_pubkey in ours for out in tx.outputs):
                    taken += sum(out.value.value for out in spent)
                    came += sum(o.value.value for o in tx.outputs if o.script_pubkey in ours)
                    last = height
                else:  # to a second stage, which the guard takes there
                    loot |= {tx.outpoint(vout): out for vout, out in enumerate(tx.outputs)}
        if any(out.value > _ANCHOR for out in loot.values()):
            raise DrillFailed("Something of the old state was taken by somebody else.")
        return CaughtView(
            channel_type=channel_type,
            old_state=old.number,
            htlcs=len(old.stages),
            blocks=last - mined,
            penalty_sat=came,
            fee_sat=taken - came,
            height=last,
        )

    async def _script(self, name: str) -> bytes:
        address = (await self._do(self._people[name].node.address())).address
        return address_to_script(address, Network.REGTEST)

    async def _do(self, command: Coroutine[Any, Any, Result | Refused]) -> Result:
        """A command to its end, letting pass the time that it takes."""
        task = asyncio.create_task(command)
        if not await self.clock.wait_for(task.done, _PATIENCE_MS):
            task.cancel()
            raise DrillFailed("The sandbox stands still.")
        result = task.result()
        if isinstance(result, Refused):
            raise DrillFailed(f"The sandbox refused: {result.message}")
        await self.clock.rest()
        return result


def _of_worth(tx: Tx) -> list[int]:
    return [vout for vout, out in enumerate(tx.outputs) if out.value > _ANCHOR]
