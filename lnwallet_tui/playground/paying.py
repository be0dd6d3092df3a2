"""The tour's steps in which somebody pays: over one channel or many, in one part or several."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.playground.chronicle import Chronicle, Moved
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.parties import Facts
from lnwallet_tui.playground.people import YOU
from lnwallet_tui.playground.plan import Plan
from lnwallet_tui.playground.telling import Told, granted, in_sat, insist
from lnwallet_tui.playground.world import World

_LEAST_MSAT, _MOST_MSAT = 5_000_000, 20_000_000
_LEAST_CHANNELS: Final = 3
_NOT_ENOUGH: Final = ("Your channels can send at most",)
_NO_ROOM: Final = ("cannot take it now", "accepts more than", "accepts at most")


class Paying:
    """Carries out the payments of a plan."""

    def __init__(self, world: World, plan: Plan, chronicle: Chronicle, dice: SeededDice) -> None:
        self._world, self._plan, self._chronicle, self._dice = world, plan, chronicle, dice
        self._fees_msat = 0

    def steps(self) -> dict[str, Callable[[], Awaitable[Told]]]:
        """By name."""
        return {
            "receive": self._receive,
            "pay": self._pay,
            "pay-multihop": self._pay_far,
            "pay-multipart": self._pay_in_parts,
            "receive-multipart": self._receive_in_parts,
            "pay-fails": self._pay_in_vain,
            "relay-earns": self._relays_earn,
        }

    # -- steps

    async def _receive(self) -> Told:
        """Others pay us."""
        ways = [
            self._way(await self._pays(payer, YOU, amount_msat))
            for payer, amount_msat in self._plan.gifts
        ]
        total = sum(amount_msat for _, amount_msat in self._plan.gifts)
        count = len(self._plan.gifts)
        facts: Facts = {"received_msat": total, "ways": ways}
        return Told(f"You were paid {count} times, {in_sat(total)}.", facts)

    async def _pay(self) -> Told:
        """We pay others."""
        ways = [
            self._way(await self._pays(YOU, payee, amount_msat))
            for payee, amount_msat in self._plan.purchases
        ]
        total = sum(amount_msat for _, amount_msat in self._plan.purchases)
        count = len(self._plan.purchases)
        facts: Facts = {"paid_msat": total, "ways": ways}
        return Told(f"You paid {count} times, {in_sat(total)}.", facts)

    async def _pay_far(self) -> Told:
        """We pay the shop, which none of our peers has a channel with."""
        amount_msat = self._dice.between(_LEAST_MSAT, _MOST_MSAT)
        shop = self._plan.shop
        invoice = await self._asks_for(shop, amount_msat)
        moved = await self._settles(YOU, shop, invoice)
        insist(len(moved) >= _LEAST_CHANNELS, f"only {len(moved)} channels on the way")
        way = [YOU, *(one.receiver for one in moved)]
        seen = [msgspec.to_builtins(hop) for hop in self._world.hops(invoice.payment_hash)]
        facts: Facts = {**self._facts(moved), "seen": seen}
        return Told(f"You paid {in_sat(amount_msat)}: {' – '.join(way)}.", facts)

    async def _pay_in_parts(self) -> Told:
        """We pay the shop more than any of its channels can take."""
        shop = self._plan.shop
        amount_msat, largest_msat = await self._more_than_one_way(shop)
        moved = await self._pays(YOU, shop, amount_msat)
        parts = self._parts(moved, shop, largest_msat)
        sentence = f"You paid {in_sat(amount_msat)} in {len(parts)} parts; no single way has room."
        return Told(sentence, {**self._facts(moved), **_of_parts(parts, largest_msat)})

    async def _receive_in_parts(self) -> Told:
        """The friend pays us more than any of our channels can take."""
        amount_msat, largest_msat = await self._more_than_one_way(YOU)
        moved = await self._pays(self._plan.friend, YOU, amount_msat)
        parts = self._parts(moved, YOU, largest_msat)
        sentence = f"You were paid {in_sat(amount_msat)} in {len(parts)} parts."
        return Told(sentence, {**self._facts(moved), **_of_parts(parts, largest_msat)})

    async def _pay_in_vain(self) -> Told:
        """The shop asks for more than it can be paid, or than we have: nothing moves, and we hear
        which it was."""
        shop = self._plan.shop
        can_send_msat = (await self._world.you.node.balance()).can_send_msat
        shop_takes_msat = (await self._world.residents[shop].node.balance()).can_receive_msat
        more_msat = self._dice.between(_LEAST_MSAT, _MOST_MSAT)
        at_shop = shop_takes_msat + 2 * _MOST_MSAT < can_send_msat and self._dice.between(0, 1)
        amount_msat = more_msat + (shop_takes_msat if at_shop else can_send_msat)
        invoice = await self._asks_for(shop, amount_msat)
        answer = await self._world.carry_out(self._world.you.node.pay(invoice.invoice))
        reason = self._reason(answer)
        wanted = _NO_ROOM if at_shop else _NOT_ENOUGH
        insist(any(words in reason for words in wanted), f"another reason: {reason}")
        insist(not self._chronicle.moved(), "something moved")
        facts: Facts = {
            "cause": "the payee's channels" if at_shop else "the payer's channels",
            "reason": reason,
            "amount_msat": amount_msat,
            "can_send_msat": can_send_msat,
            "can_receive_msat": shop_takes_msat,
        }
        return Told(f"You could not pay {in_sat(amount_msat)}: {reason}", facts)

    async def _relays_earn(self) -> Told:
        """What payers paid for the way is what relays have got."""
        earned = {
            name: resident.node.earned_msat
            for name, resident in self._world.residents.items()
            if resident.character.relay is not None
        }
        total = sum(earned.values())
        insist(total == self._fees_msat, f"payers paid {self._fees_msat} msat, not {total}")
        sentence = f"Relays earned {total:,} msat, all of it paid by those who sent something."
        return Told(sentence, {"earned_msat": earned, "paid_msat": self._fees_msat})

    # -- paying

    async def _asks_for(self, payee: str, amount_msat: int) -> PaymentView:
        node = self._world.residents[payee].node
        return granted(await node.create_invoice(amount_msat, f"for {payee}"))

    async def _pays(self, payer: str, payee: str, amount_msat: int) -> list[Moved]:
        return await self._settles(payer, payee, await self._asks_for(payee, amount_msat))

    async def _settles(self, payer: str, payee: str, invoice: PaymentView) -> list[Moved]:
        """An invoice of that amount."""
        assert invoice.amount_msat is not None, "asked for so"
        payer_node = self._world.residents[payer].node
        paid = granted(await self._world.carry_out(payer_node.pay(invoice.invoice)))
        insist(paid.status is PaymentStatus.PAID, f"{payer} could not pay {payee}: {paid.reason}")
        received = granted(await self._world.residents[payee].node.payment(invoice.payment_hash))
        insist(received.status is PaymentStatus.PAID, f"{payee} did not notice the payment")
        return self.note(paid, payer, payee, invoice.amount_msat)

    def note(self, paid: PaymentView, payer: str, payee: str, amount_msat: int) -> list[Moved]:
        """A payment was made; what it moved, from the payer on."""
        moved = self._chronicle.settled(paid, payer, payee)
        arrived = sum(one.amount_msat for one in moved if one.receiver == payee)
        insist(arrived == amount_msat, f"{arrived} msat arrived instead of {amount_msat}")
        self._fees_msat += paid.fee_msat
        return moved

    @staticmethod
    def _reason(answer: PaymentView | Refused) -> str:
        if isinstance(answer, Refused):
            return answer.message
        insist(answer.status is PaymentStatus.FAILED, f"it did not fail: {answer.status.value}")
        return answer.reason

    # -- parts

    async def _more_than_one_way(self, payee: str) -> tuple[int, int]:
        """An amount that the payee's channels can take only together, and the most that one can."""
        channels = await self._world.residents[payee].node.channels()
        ready = (one for one in channels if one.state is ChannelState.READY)
        largest, second, *_ = sorted((one.can_receive_msat for one in ready), reverse=True)
        return largest + self._dice.between(second // 6, second // 3), largest

    def _parts(self, moved: list[Moved], payee: str, largest_msat: int) -> list[Facts]:
        """By the channel through which they arrived."""
        arrived = [one for one in moved if one.receiver == payee]
        insist(len(arrived) > 1, "it arrived through one channel")
        insist(
            all(one.amount_msat <= largest_msat for one in arrived), "one way would have had room"
        )
        return [
            {"short_channel_id": self._scid(one), "amount_msat": one.amount_msat} for one in arrived
        ]

    def _facts(self, moved: list[Moved]) -> Facts:
        return {
            "hops": [{**one.facts(), "short_channel_id": self._scid(one)} for one in moved],
        }

    def _way(self, moved: list[Moved]) -> list[str]:
        return [self._scid(one) for one in moved]

    def _scid(self, moved: Moved) -> str:
        """Its place in the chain."""
        return str(self._chronicle.pair(moved.channel_id)[0].channel.short_channel_id)


def _of_parts(parts: list[Facts], largest_msat: int) -> Facts:
    return {"parts": parts, "most_of_one_way_msat": largest_msat}
