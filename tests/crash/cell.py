"""Plays a cell of the contract with two whole nodes, and judges what is left at its end."""

from __future__ import annotations

import asyncio
import random
import shutil
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus, PaymentView
from lnwallet_tui.channel.state import Channel, Link
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.cheating import KeptState
from lnwallet_tui.store.db import Store
from lnwallet_tui.wire.bolt1 import Error
from tests.crash.calls import Call
from tests.crash.contract import Act, Aftermath, Cell, Delivery, Scene
from tests.crash.digest import digest
from tests.crash.faults import Fault, Trap, states, trapped
from tests.crash.keeping_town import PEER, VICTIM, KeepingTown, both
from tests.crash.platter import Mode, Recorder
from tests.crash.system_calls import watching
from tests.node.test_cheats import is_punished
from tests.node.test_silence import Silence, link
from tests.node.town import COINS_SAT, MINUTE_MS

FUNDED_SAT: Final = 500_000
LENT_MSAT, BACK_MSAT, PAID_MSAT, SMALL_MSAT = 100_000_000, 60_000_000, 9_000_000, 1_000_000
FEES_SAT: Final = 60_000
LONGEST: Final = 40  # tens of blocks until everything of a channel is home
PUBLISHED: Final = (Act.FORCE_CLOSE, Act.BE_CHEATED, Act.LOSE_DATA, Act.HEAR_ERROR)
"""Acts that end on chain by themselves."""


class Played:
    """One cell, from the beginning of the world to the last satoshi."""

    def __init__(self, cell: Cell, folder: Path) -> None:
        self._cell, self._row, self._folder = cell, cell.row, folder
        self._home, self._left, self._old = folder / VICTIM, folder / "left", folder / "old"
        self._town = KeepingTown(folder, anchors=cell.anchors, backs_up=cell.row.id == "C28")
        self._recorder = Recorder(folder, only=self._home)
        self._trap: Trap | None = None
        self._channel_id = ""
        self._invoices: list[PaymentView] = []
        self._digest = b""
        self._forgotten_msat = 0
        self._published: KeptState | None = None
        self._silence: Silence | None = None

    @property
    def _victim(self) -> Node:
        return self._town.nodes[VICTIM]

    @property
    def _peer(self) -> Node:
        return self._town.nodes[PEER]

    async def whole(self) -> None:
        """Raises AssertionError where the contract is not kept."""
        with watching(self._watch):
            try:
                await self._town.begin(VICTIM, PEER)
                await self._set_the_scene()
                await self._let_it_happen()
                self._look_at_what_is_left()
                await self._bring_to_an_end()
                await self._judge()
            finally:
                await self._town.end()

    def _watch(self, call: Call) -> int:
        if self._cell.fault is Fault.POWER_CUT and not (self._trap and self._trap.dead):
            self._recorder(call)
        return self._trap.watch_call(call) if self._trap is not None else 0

    # -- before
    async def _set_the_scene(self) -> None:
        town = self._town
        if self._row.scene is Scene.STRANGERS:
            return
        if self._row.scene is Scene.UNCONFIRMED:
            opening = self._victim.open_channel(town.uri(PEER), FUNDED_SAT, private=True)
            self._channel_id = (await town.do(opening)).channel_id
            town.keep()
            return
        self._channel_id = await town.open(VICTIM, PEER, FUNDED_SAT)
        town.keep()
        await town.pay(VICTIM, PEER, LENT_MSAT)
        town.keep()
        if self._row.act is Act.LOSE_DATA:
            await town.stop(VICTIM)
            shutil.copytree(self._home, self._old)
            await town.start(VICTIM)
            await self._pass(6)
        await town.pay(PEER, VICTIM, BACK_MSAT)
        town.keep()

    async def _pass(self, minutes: int) -> None:
        await self._town.clock.wait_for(lambda: False, minutes * MINUTE_MS)

    # -- the moment
    async def _let_it_happen(self) -> None:
        await self._prepare()
        self._trap = trap = Trap(
            self._victim,
            self._home,
            self._cell.fault,
            self._row.moment,
            self._row.leaves or (lambda _: False),
            self._cell.delivery is Delivery.GOT,
            on_death=self._bury,
            on_commit=self._town.keep,
        )
        with trapped(trap):
            await self._act()
            assert trap.sprung, "it never came to that"
            if self._row.leaves is None and self._cell.fault not in (Fault.EIO, Fault.ENOSPC):
                trap.die()
            if self._silence is not None and self._cell.delivery is Delivery.GOT:
                await asyncio.sleep(0)  # what was said last is written then
                self._silence.end()
            await self._town.clock.rest()
        if self._cell.fault is Fault.EIO:
            self._bury()
        if self._cell.delivery is Delivery.GOT:
            assert trap.dead
            assert trap.has_left or self._row.leaves is None, "it never left"
        elif self._row.tells == "the network":
            self._town.regtest.mempool._entries.clear()

    def _bury(self) -> None:
        """The process is gone: what it leaves is put aside, and the wires are cut, at once where
        what it said is not to arrive."""
        self._digest = digest(self._home)
        if self._cell.fault is Fault.POWER_CUT:
            mode = random.Random(self._cell.name).choice(list(Mode))
            image = self._recorder.image_now(mode, self._cell.name)
            image.put(self._home, self._left)
        else:
            shutil.copytree(self._home, self._left, ignore=shutil.ignore_patterns("*-shm"))
        if self._cell.delivery is Delivery.NOT:
            self._town.wires.vanish(VICTIM, gone=True)

    async def _prepare(self) -> None:
        town = self._town
        match self._row.act:
            case Act.PAY | Act.PAY_BOTH:
                self._invoices.append(await town.do(self._peer.create_invoice(PAID_MSAT, "a")))
            case Act.LOSE_DATA:
                await town.stop(VICTIM)
                shutil.rmtree(self._home)
                shutil.copytree(self._old, self._home)
                self._recorder.begin_with(self._home)
                self._forgotten_msat = BACK_MSAT
                await town.start(VICTIM)
            case Act.REORGANISE:
                self._publish()
                await town.mine()
            case _:
                pass
        if self._row.act in (Act.BE_PAID, Act.PAY_BOTH):
            self._invoices.append(await town.do(self._victim.create_invoice(PAID_MSAT, "b")))

    async def _act(self) -> None:
        town, victim, peer = self._town, self._victim, self._peer
        match self._row.act:
            case Act.OPEN:
                await self._run(victim.open_channel(town.uri(PEER), FUNDED_SAT, private=True))
            case Act.BE_OPENED:
                await self._run(peer.open_channel(town.uri(VICTIM), FUNDED_SAT, private=True))
            case Act.PAY:
                await self._run(victim.pay(self._invoices[0].invoice))
            case Act.BE_PAID:
                await self._run(peer.pay(self._invoices[0].invoice))
            case Act.PAY_BOTH:
                self._silence = Silence(link(victim, peer))  # so that both are said again
                await self._run(victim.pay(self._invoices[0].invoice), peer)
            case Act.INVOICE:
                await self._run(victim.create_invoice(SMALL_MSAT, "for a test"))
            case Act.ADDRESS:
                await self._run(victim.address())
            case Act.CLOSE:
                await self._run(victim.close(self._channel_id))
            case Act.FORCE_CLOSE:
                await self._run(victim.force_close(self._channel_id))
            case Act.HEAR_ERROR:
                error = Error(bytes.fromhex(self._channel_id), b"I give up")
                peer._board.peers.send(victim.node_id, error)
                await self._pass(1)
            case Act.LOSE_DATA:
                await self._pass(6)
            case Act.MINE:
                await town.mine(4)
            case Act.BE_CHEATED:
                self._publish(Aftermath.REVOKED)
                await town.mine(1)
            case Act.SPEND:
                if self._cell.closes:
                    self._publish()
                await town.mine(1)
            case Act.REORGANISE:
                await town.regtest.reorganise(1)

    async def _run(self, command: Coroutine[Any, Any, object], other: Node | None = None) -> None:
        """Until it is over with the victim, or it has its answer."""
        if other is not None:
            beside = other.pay(self._invoices[1].invoice)
            await self._town.run(both(command, beside), until=self._is_over)
        else:
            await self._town.run(command, until=self._is_over)

    def _is_over(self) -> bool:
        trap = self._trap
        assert trap is not None
        return trap.dead or (trap.sprung and self._cell.fault in (Fault.EIO, Fault.ENOSPC))

    def _look_at_what_is_left(self) -> None:
        """The database opens, is whole, and holds what it must."""
        if self._cell.fault is Fault.ENOSPC:
            return
        copy = self._folder / "looked at"
        shutil.copytree(self._left, copy)
        with Store(copy) as store:
            assert store.read("PRAGMA integrity_check") == [("ok",)]
            if self._cell.fault.is_kept:
                assert self._row.holds(store), "what must be durable is not there"
        if self._cell.fault is not Fault.EIO:  # nobody knows then
            assert digest(copy) == self._digest, "it is another state"

    # -- after
    def _publish(self, how: Aftermath | None = None) -> bool:
        """The peer takes one of its states to chain; whether the network takes it."""
        kept = self._town.kept[PEER]
        newest = max(kept)
        known = next((one for one in self._channels(self._victim) if not one.resolved), None)
        match how or self._cell.aftermath:
            case Aftermath.LATEST:
                chosen = kept[newest]
            case Aftermath.OTHER:
                assert known is not None
                assert known.their_current.spec.number == newest - 1, "it has no other"
                chosen = kept[newest - 1]
            case _:
                assert known is not None
                revoked = [one for one in kept if one < known.their_current.spec.number]
                chosen = kept[max(revoked, key=lambda one: kept[one].worth)]
        if self._town.regtest.publish(chosen.tx) is not None:
            return False
        self._published = chosen
        return True

    @staticmethod
    def _channels(node: Node) -> list[Channel]:
        return [one for one in node.channel_states() if one.funding.confirmed is not None]

    async def _bring_to_an_end(self) -> None:
        if self._cell.closes:
            self._town.wires.vanish(PEER, gone=True)
            if self._published is None:
                self._publish()
            if self._cell.fault in (Fault.EIO, Fault.ENOSPC):
                await self._go_without_disk()
        await self._come_back()
        if self._cell.closes and self._published is None:
            await self._town.mine()
            assert self._publish(), "the network does not take it"
        if not self._cell.closes:
            await self._meet_again()
        await self._come_home()

    async def _go_without_disk(self) -> None:
        """The guard goes on from memory."""
        await self._town.mine(3)
        is_cheated = self._cell.aftermath is Aftermath.REVOKED
        if is_cheated and self._published is not None and self._row.act is not Act.REORGANISE:
            assert is_punished(self._town, self._published.tx), "nobody punished it"

    async def _come_back(self) -> None:
        """It is started again, from what it left; or its disk has room again."""
        assert self._trap is not None
        self._trap.make_room()
        if self._cell.fault is not Fault.ENOSPC:
            await self._town.stop(VICTIM)
            shutil.rmtree(self._home)
            shutil.copytree(self._left, self._home)
            await self._town.start(VICTIM)
        self._town.wires.vanish(VICTIM, gone=False)
        await self._pass(12)

    async def _meet_again(self) -> None:
        town, ready = self._town, await self._ready()
        if ready is None and self._row.scene is not Scene.CHANNEL:
            await town.mine(5)
            ready = await self._ready() or await town.open(VICTIM, PEER, FUNDED_SAT)
        if ready is None:
            assert self._row.act in (*PUBLISHED, Act.CLOSE), "the channel does not go on"
            return
        self._agree(ready)
        view = await town.channel(VICTIM, ready)
        richer, poorer = (VICTIM, PEER) if view.local_msat > view.remote_msat else (PEER, VICTIM)
        await town.pay(richer, poorer, 2 * PAID_MSAT)
        await town.pay(poorer, richer, SMALL_MSAT // 2)
        if self._row.act is Act.INVOICE and self._cell.fault.is_kept:
            [shown] = [one for one in await self._payments(VICTIM) if one.amount_msat == SMALL_MSAT]
            await town.do(self._peer.pay(shown.invoice))
        await town.do(self._victim.close(ready))

    async def _ready(self) -> str | None:
        for view in await self._victim.channels():
            other = await self._peer.channel(view.channel_id)
            if view.state is ChannelState.READY and isinstance(other, ChannelView):
                assert other.state is ChannelState.READY
                return view.channel_id
        return None

    def _agree(self, channel_id: str) -> None:
        """BOLT 2: both go on from the same commitments."""
        ours, theirs = (
            next(one for one in node.channel_states() if one.channel_id.hex() == channel_id)
            for node in (self._victim, self._peer)
        )
        assert (ours.link, theirs.link) == (Link.LIVE, Link.LIVE)
        assert (ours.our_number, ours.their_number) == (theirs.their_number, theirs.our_number)
        assert not ours.ledger.htlcs
        assert not theirs.ledger.htlcs

    async def _come_home(self) -> None:
        for _ in range(LONGEST):
            await self._town.mine(10)
            views = [
                await self._town.channel(name, channel.channel_id.hex())
                for name in (VICTIM, PEER)
                for channel in self._channels(self._town.nodes[name])
            ]
            is_closed = all(view.state is ChannelState.CLOSED for view in views)
            if is_closed and not await self._waits():
                return
        raise AssertionError([(view.state, view.explanation) for view in views])

    async def _waits(self) -> bool:
        """Whether a payment is neither paid nor failed."""
        under_way = (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK)
        honest = (VICTIM,) if self._peer_is_odd else (VICTIM, PEER)
        payments = [one for name in honest for one in await self._payments(name)]
        return any(one.status in under_way for one in payments)

    # -- at the end
    async def _payments(self, name: str) -> list[PaymentView]:
        return list(await self._town.nodes[name].payments())

    async def _judge(self) -> None:
        for name in (VICTIM, PEER):
            self._no_old_state_was_handed_in(name)
            if not (name == PEER and self._peer_is_odd):
                await self._everything_is_home(name)
        total = await self._town.total_sat(VICTIM, PEER)
        assert total < 2 * sum(COINS_SAT)
        if not self._cell.closes and self._row.act not in PUBLISHED:
            channels = [*states(self._victim).values(), *states(self._peer).values()]
            real = [one for one in channels if one.funding.confirmed is not None]
            assert not any(one.publication for one in real), "a channel was closed alone"
        if not self._peer_is_odd:
            await self._both_tell_the_same()

    @property
    def _peer_is_odd(self) -> bool:
        """Whether it publishes what its own node never would, and has no words for: nothing is
        owed to it, and what it tells of payments says nothing."""
        is_cheat = self._row.act is Act.BE_CHEATED or self._cell.aftermath is Aftermath.REVOKED
        return is_cheat or self._cell.aftermath is Aftermath.OTHER

    def _no_old_state_was_handed_in(self, name: str) -> None:
        kept = self._town.kept[name]
        revoked = {state.tx.txid for number, state in kept.items() if number < max(kept)}
        handed_in = {tx.txid for tx in self._town.handed_in.get(name, [])}
        assert not revoked & handed_in, f"{name} published a revoked state"

    async def _everything_is_home(self, name: str) -> None:
        owed = 1000 * sum(COINS_SAT) + (self._forgotten_msat if name == VICTIM else 0)
        for one in await self._payments(name):
            final = (PaymentStatus.PAID, PaymentStatus.FAILED)
            waits = (PaymentStatus.WAITING, PaymentStatus.EXPIRED)
            assert one.status in (final if one.outgoing else (*final, *waits)), one
            if one.status is PaymentStatus.PAID and one.amount_msat is not None:
                owed += -one.amount_msat if one.outgoing else one.amount_msat
        held = await self._town.total_sat(name)
        assert held >= owed // 1000 - FEES_SAT, f"{name} holds {held:,} of {owed // 1000:,} sat"

    async def _both_tell_the_same(self) -> None:
        ours, theirs = [
            {one.payment_hash: one for one in await self._payments(name)} for name in (VICTIM, PEER)
        ]
        for name in ours.keys() & theirs.keys():
            payer, payee = sorted((ours[name], theirs[name]), key=lambda one: not one.outgoing)
            is_paid = payer.status is PaymentStatus.PAID
            assert is_paid == (payee.status is PaymentStatus.PAID), "one has paid, none received"
