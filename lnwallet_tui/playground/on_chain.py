"""The tour's steps in which a channel ends with HTLCs in it: in good faith, and by a cheat."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint, Tx, txid_to_hex
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.playground.cheating import KeptState
from lnwallet_tui.playground.chronicle import Chronicle
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.parties import Facts, Party
from lnwallet_tui.playground.people import YOU
from lnwallet_tui.playground.plan import Plan
from lnwallet_tui.playground.telling import Told, granted, in_sat, insist
from lnwallet_tui.playground.tour_channels import TourChannels
from lnwallet_tui.playground.under_way import Hanging, UnderWay
from lnwallet_tui.playground.world import World

_LEAST_MSAT, _MOST_MSAT = 15_000_000, 40_000_000
_ROOM_MSAT: Final = 3 * _MOST_MSAT


class OnChain:
    """Carries these steps of a plan out."""

    def __init__(
        self,
        world: World,
        plan: Plan,
        chronicle: Chronicle,
        dice: SeededDice,
        channels: TourChannels,
    ) -> None:
        self._world, self._plan, self._chronicle = world, plan, chronicle
        self._dice, self._channels = dice, channels
        self._hanging = Hanging(world, chronicle)

    def steps(self) -> dict[str, Callable[[], Awaitable[Told]]]:
        """By name."""
        return {"htlc-on-chain": self._strand, "breach": self._breach}

    def _amount(self) -> int:
        return self._dice.between(_LEAST_MSAT, _MOST_MSAT)

    # -- in good faith
    async def _strand(self) -> Told:
        """The slow one has not answered a payment of ours, and vanishes before it hears that we
        took one of its own: the chain settles both."""
        opening, slow = self._plan.stranded, self._plan.slow
        await self._channels.open(opening)
        with self._world.residents[slow].doorman.shut():
            ours = await self._hanging.begin(YOU, slow, self._amount())
            await self._world.clock.rest()
            theirs = await self._hanging.begin(slow, YOU, self._amount())
            await self._hanging.step_by_step(self._has_taken(theirs))
            await self._world.have_them_vanish(slow, gone=True)
            insist(len((await self._channels.view(YOU, opening)).htlcs) == 2, "two were to hang")
            if not self._plan.at_deadline:
                close = self._world.you.node.force_close(self._channels.id(opening))
                granted(await self._world.carry_out(close))
            await self._channels.until_closed(opening)

        async def decided() -> bool:
            return all([await self._hanging.has_ended(one) for one in (ours, theirs)])

        await self._channels.until_settled(opening, also=decided)
        await self._world.have_them_vanish(slow, gone=False)
        await self._hanging.paid(theirs, self._channels.id(opening))
        await self._hanging.failed(ours)
        return await self._told_of_stranded(ours, theirs)

    def _has_taken(self, payment: UnderWay) -> Callable[[], bool]:
        """Whether our channel holds its preimage."""
        name = bytes.fromhex(payment.payment_hash)
        return lambda: any(
            htlc.payment_hash == name and htlc.preimage is not None
            for channel in self._world.you.node.channel_states()
            for htlc in channel.ledger.htlcs
            if htlc.offered_by is Side.THEM
        )

    async def _told_of_stranded(self, ours: UnderWay, theirs: UnderWay) -> Told:
        opening, slow = self._plan.stranded, self._plan.slow
        txid = await self._channels.closing_txid(opening, "ours")
        by_preimage, by_timeout = self._way_home(theirs), self._way_home(ours)
        why = "the guard, before the payment expired" if self._plan.at_deadline else "you, at once"
        facts: Facts = {
            "channel_id": self._channels.id(opening),
            "channel_type": (await self._channels.view(YOU, opening)).channel_type,
            "txid": txid,
            "closed_by": why,
            "by_preimage": by_preimage,
            "by_timeout": by_timeout,
        }
        sentence = (
            f"{slow.title()} vanished with two payments under way: the chain gave you "
            f"{in_sat(theirs.amount_msat)} for a preimage and {in_sat(ours.amount_msat)} back "
            "after its time."
        )
        return Told(sentence, facts)

    def _way_home(self, payment: UnderWay) -> Facts:
        """From the commitment over the second stage to the wallet."""
        name = bytes.fromhex(payment.payment_hash)
        channel = self._stranded()
        assert channel.spend is not None, "it is settled"
        built = Party(self._world.you, channel).built()
        [index] = (
            index
            for index, one in enumerate(built.htlc_transactions)
            if one.htlc.payment_hash == name
        )
        transaction = built.htlc_transactions[index]
        height, second = self._spender(built.tx.outpoint(transaction.vout), channel.spend.height)
        vout = [out.script_pubkey for out in second.outputs].index(
            transaction.tx.outputs[0].script_pubkey
        )
        swept_height, sweep = self._spender(second.outpoint(vout), height)
        return {
            "payment_hash": payment.payment_hash,
            "amount_msat": payment.amount_msat,
            "expiry_height": transaction.htlc.cltv_expiry,
            "txid": txid_to_hex(second.txid),
            "height": height,
            "swept_txid": txid_to_hex(sweep.txid),
            "swept_height": swept_height,
        }

    def _stranded(self) -> Channel:
        """As our node has it in the end."""
        name = bytes.fromhex(self._channels.id(self._plan.stranded))
        [found] = (one for one in self._world.you.node.channel_states() if one.channel_id == name)
        return found

    def _spender(self, outpoint: OutPoint, since: int) -> tuple[int, Tx]:
        found = self._world.regtest.chain.spender(outpoint, since)
        insist(found is not None, f"nobody has taken {outpoint}")
        assert found is not None
        return found

    # -- by a cheat
    async def _breach(self) -> Told:
        """The cheat publishes an old state with payments in it, takes one of them to the second
        stage, and loses everything."""
        opening, name = self._plan.breach, self._plan.cheat
        cheat, channel_id = self._world.cheat(name), self._channels.id(opening)
        await self._make_room()
        # Of the states with payments only these: the cheat was paid in them, and has preimages.
        cheat.keep()
        since = cheat.newest(bytes.fromhex(channel_id))
        await self._pass_a_busy_state()
        old = cheat.busiest(bytes.fromhex(channel_id), since)
        assert old is not None, "one was just passed"
        insist(len(old.stages) > 1, "the cheat has no state with payments in it")
        before = (await self._world.you.node.balance()).total_msat
        txid = granted(await self._world.cheat_with(cheat, old))
        await self._channels.until_settled(opening)
        insist(
            txid == await self._channels.closing_txid(opening, "breach by them"),
            "another one closed",
        )
        gained = (await self._world.you.node.balance()).total_msat - before
        insist(gained > 0, "the cheat lost nothing")
        height, htlcs = self._justice(old)
        staged = any("second_stage_txid" in one for one in htlcs)
        insist(staged, "the cheat took no payment to the second stage")
        facts: Facts = {
            "txid": txid,
            "channel_type": (await self._channels.view(YOU, opening)).channel_type,
            "gained_msat": gained,
            "height": height,
            "htlcs": htlcs,
        }
        sentence = (
            f"{name.title()} published an old state with {len(old.stages)} payments in it; "
            f"your guard took {in_sat(gained)} more."
        )
        return Told(sentence, facts)

    async def _make_room(self) -> None:
        """Let both have something to offer in the cheat's channel."""
        channel_id = self._channels.id(self._plan.breach)
        view = await self._channels.view(YOU, self._plan.breach)
        for payer, payee, can_send_msat in (
            (self._plan.cheat, YOU, view.can_send_msat),
            (YOU, self._plan.cheat, view.can_receive_msat),
        ):
            if can_send_msat < _ROOM_MSAT:
                given = await self._hanging.begin(payer, payee, _ROOM_MSAT)
                await self._hanging.paid(given, channel_id)

    async def _pass_a_busy_state(self) -> None:
        """Two payments of ours wait at the cheat's door while one of its own passes; it watches."""
        channel_id, name = self._channels.id(self._plan.breach), self._plan.cheat
        cheat = self._world.cheat(name)
        with self._world.residents[name].doorman.shut():
            waiting = [await self._hanging.begin(YOU, name, self._amount()) for _ in range(2)]
            await self._world.clock.rest()
            passing = await self._hanging.begin(name, YOU, self._amount())

            def watched() -> bool:
                cheat.keep()
                return passing.paying.done()

            await self._hanging.step_by_step(watched)
            await self._hanging.paid(passing, channel_id)
        for one in waiting:
            await self._hanging.paid(one, channel_id)

    def _justice(self, old: KeptState) -> tuple[int, list[Facts]]:
        """The old state's height (blocks), and what became of each HTLC of it; whether that is
        right the auditor says."""
        born = self._world.regtest.chain.height_of(old.tx.txid)
        assert born is not None, "it is settled"
        return born, [self._fate(stage, born) for stage in old.stages]

    def _fate(self, stage: SecondStage, born: int) -> Facts:
        chain, htlc = self._world.regtest.chain, stage.transaction.htlc
        facts: Facts = {
            "offered_by": self._plan.cheat if htlc.offered else YOU,
            "amount_sat": stage.value.value,
        }
        found = chain.spender(stage.outpoint, born)
        after = stage.transaction.tx.outputs[0]
        if found is not None and after in found[1].outputs:
            height, second = found
            facts |= {"second_stage_txid": txid_to_hex(second.txid), "second_stage_height": height}
            found = chain.spender(second.outpoint(second.outputs.index(after)), height)
        if found is not None:
            facts |= {"penalty_txid": txid_to_hex(found[1].txid), "penalty_height": found[0]}
        return facts
