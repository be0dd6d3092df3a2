"""What a peer does that no node of ours would: it signs carelessly, names outputs that are not its
own, or is gone while something is owed."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.node.node import Node
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.store.errors import StoreError
from lnwallet_tui.wire.bolt2 import CommitmentSigned
from lnwallet_tui.wire.codec import Message
from tests.sim.tally import Fault
from tests.sim.town import POLICY

if TYPE_CHECKING:
    from tests.sim.life import Life

_ORDER: Final = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141
_ONE_STEP_OF: Final = 40


class Careless:
    """Now and then one of the signatures that somebody sends has the other S: it is as good for
    consensus, and no mempool takes it."""

    def __init__(self, dice: SeededDice, happened: Counter[Fault]) -> None:
        self._dice, self._happened = dice, happened
        self._is_due = False

    def observe(self, name: str, node: Node) -> None:
        """From now on it may be this one."""
        peers = node._board.peers
        send = peers.send

        def sent(peer_id: bytes, message: Message) -> None:
            if self._is_due and isinstance(message, CommitmentSigned):
                self._is_due = False
                self._happened[Fault.HIGH_S] += 1
                message = self._spoilt(message)
            send(peer_id, message)

        peers.send = sent  # type: ignore[method-assign]  # malice is on the wire

    def tick(self) -> None:
        """A step of the life has passed."""
        self._is_due |= self._dice.between(1, _ONE_STEP_OF) == 1

    def _spoilt(self, message: CommitmentSigned) -> CommitmentSigned:
        number = self._dice.between(0, len(message.htlc_signature))
        if number == 0:
            return replace(message, signature=_other(message.signature))
        htlcs = list(message.htlc_signature)
        htlcs[number - 1] = _other(htlcs[number - 1])
        return replace(message, htlc_signature=tuple(htlcs))


def _other(signature: bytes) -> bytes:
    return signature[:32] + (_ORDER - int.from_bytes(signature[32:], "big")).to_bytes(32, "big")


def name_outputs(node: Node, close: Tx) -> bool:
    """As proposals of channels would that are paid for by each output of a close to come, with
    scripts that the proposer made up; False where the disk took none."""
    with suppress(StoreError), node._store.transaction() as tx:
        for vout in range(len(close.outputs)):
            node._board.chain.watch(
                tx, close.outpoint(vout), b"\x00\x20" + vout.to_bytes(32, "big")
            )
        return True
    return False


class Silence:
    """The cheat is gone, and with it whoever might close by hand: one HTLC is left, and its clock
    runs. `until` is the block with which the cheat comes back; 0: it is not gone."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self.until = 0

    async def falls(self, cheat: str, victim: str, channel_id: bytes) -> bool:
        """In the middle of a payment, either way; False if it came to no such moment."""
        life, town = self._life, self._life.town
        payer, payee = life.more.shuffled((cheat, victim))
        for door in town.doors.values():
            door.let_in()
        amount = life.more.between(2, 40) * 1_000_000
        if not {cheat, victim} <= {*town.running()} or self.until:
            return False
        await life.order(payer, payee, amount)
        payment_hash = bytes.fromhex(life.orders[-1].payment_hash)
        for _ in range(60):
            await town.clock.deliver(1)
            if not {cheat, victim} <= {*town.running()}:
                return False
            channel = self._channel(victim, channel_id)
            if channel is None:
                return False
            if self._is_owed(victim, channel, payment_hash, is_theirs=payer == cheat):
                await self._go(cheat, channel)
                return True
        return False

    def _channel(self, name: str, channel_id: bytes) -> Channel | None:
        known = self._life.town.nodes[name].channel_states()
        [channel] = [one for one in known if one.channel_id == channel_id]
        is_in_use = channel.phase is Phase.READY and channel.link is Link.LIVE
        return channel if is_in_use and channel.spend is None else None

    def _is_owed(
        self, victim: str, channel: Channel, payment_hash: bytes, *, is_theirs: bool
    ) -> bool:
        """Whether the victim could take the HTLC by now, or only time can give it back to him."""
        if is_theirs:
            return bool(self._life.town.nodes[victim]._board.preimages(channel))
        return any(
            htlc.payment_hash == payment_hash and htlc.stage is Stage.LOCKED_IN
            for htlc in channel.ledger.htlcs
            if htlc.offered_by is Side.US
        )

    async def _go(self, cheat: str, channel: Channel) -> None:
        latest = max(htlc.cltv_expiry for htlc in channel.ledger.htlcs)
        self.until = latest + POLICY.timeout_patience + POLICY.security_delay
        self._life.faults.happened[Fault.SILENT] += 1
        await self._life.town.fall(cheat, Fault.SILENT)

    async def block_came(self) -> None:
        """It comes back in its time."""
        if self.until and self._life.town.regtest.chain.height >= self.until:
            self.until = 0
            for name, why in tuple(self._life.town.down.items()):
                if why is Fault.SILENT:
                    await self._life.town.rise(name)
