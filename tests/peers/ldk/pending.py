"""One HTLC that is pending when its channel is closed, and what our node says of it meanwhile."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.policy import REGTEST_POLICY
from tests.peers.ldk.accounts import Accounts, Mined
from tests.peers.ldk.answers import ChannelClosed, PaymentClaimable
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.ours import OurNode, done

HTLC: Final = Sat(50_123)  # like no other output's value, so that it is known by it
BURIED: Final = REGTEST_POLICY.buried
MOST_FEES: Final = Sat(10_000)

# What LDK says while it offers an HTLC, in bytes. BOLT 8 adds "18 bytes + 16 bytes" to a message.
_AROUND: Final = 18 + 16
_ADD: Final = _AROUND + 2 + 32 + 8 + 8 + 32 + 4 + 1366  # `update_add_htlc`
_REVOKED: Final = _AROUND + 2 + 32 + 32 + 33  # `revoke_and_ack`


def _signed(htlcs: int) -> int:
    """`commitment_signed` with so many signatures for HTLCs."""
    return _AROUND + 2 + 32 + 64 + 2 + htlcs * 64


@dataclass(frozen=True, slots=True)
class Pending:
    """An HTLC that both commitments have; `ours` was offered by us.

    `preimage` is what LDK holds of one of ours. `is_settled`: we have given the preimage of one of
    LDK's away, but it was lost on the way.
    """

    payment_hash: str
    ours: bool
    preimage: str = ""
    is_settled: bool = False
    paying: asyncio.Task[PaymentView] | None = None


async def we_offer(us: OurNode, ldk: LdkNode) -> Pending:
    """We pay LDK, which holds what came."""
    await ldk.behave(claim="hold")
    invoice = await ldk.create_invoice(HTLC.to_msat().value)
    paying = us.begin_to_pay(invoice.text)
    held = await ldk.event(PaymentClaimable, payment_hash=invoice.payment_hash)
    assert held.preimage is not None
    return Pending(invoice.payment_hash, ours=True, preimage=held.preimage, paying=paying)


async def ldk_offers(us: OurNode, ldk: LdkNode, *, is_settled: bool, beside: int = 0) -> Pending:
    """LDK pays us; the connection ends when we have settled it and LDK has not heard of that, or
    just before LDK's revocation comes that would let us settle it. `beside`: HTLCs that are pending
    already; nothing else is under way. LDK takes no calls any more."""
    invoice = done(await us.node.create_invoice(HTLC.to_msat().value, "tea"))
    await ldk.stop_listening()
    us.hold_back()
    await ldk.pay(invoice.invoice)
    await us.cut_after(_ADD + _signed(beside + 1) + (_REVOKED if is_settled else 1))
    (theirs,) = await ldk.channels()
    assert theirs.htlcs_out == 1
    assert [one.outgoing for one in (await us.channel()).htlcs].count(False) == 1
    return Pending(invoice.payment_hash, ours=False, is_settled=is_settled)


async def close(us: OurNode, ldk: LdkNode, channel_id: str, *, we_close: bool) -> None:
    """One side publishes its commitment, while the other cannot be told."""
    if we_close:
        done(await us.node.force_close(channel_id))
    else:
        await ldk.force_close(bytes.fromhex(channel_id))
        await ldk.event(ChannelClosed)


class Watch:
    """Reads after each block what our node says of the payment: nothing but what is true of the
    chain, and that at once. Implements `world.Inhabitant`."""

    def __init__(self, us: OurNode, accounts: Accounts, pending: Pending, *, height: int) -> None:
        self._us, self._accounts, self._pending = us, accounts, pending
        self._height = height

    @property
    def output(self) -> OutPoint | None:
        """The HTLC's, in the commitment that is in the chain."""
        outputs = self._accounts.outputs_of(HTLC)
        return outputs[0] if outputs else None

    @property
    def spender(self) -> Mined | None:
        """What took it."""
        return None if self.output is None else self._accounts.spender(self.output)

    @property
    def shown(self) -> bytes | None:
        """The preimage, if the chain has it."""
        if self.output is None or self.spender is None:
            return None
        wanted = bytes.fromhex(self._pending.payment_hash)
        items = self.spender.witness_of(self.output)
        return next((item for item in items if sha256(item) == wanted), None)

    async def catch_up(self) -> None:
        """As `Inhabitant.catch_up`."""
        self._height += 1
        status = (await self.view()).status
        assert status in self._true_ones(), (status, self._height)

    def _true_ones(self) -> set[PaymentStatus]:
        is_buried = self.spender is not None and self._height >= self.spender.height + BURIED - 1
        if not self._pending.ours and not self._pending.is_settled:
            return {PaymentStatus.WAITING}
        if not self._pending.ours:
            return {PaymentStatus.PAID if is_buried else PaymentStatus.IN_FLIGHT}
        if self.shown is not None:
            return {PaymentStatus.PAID}
        if is_buried:
            return {PaymentStatus.FAILED}
        return {PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK}

    async def view(self) -> PaymentView:
        """What our node says of the payment."""
        return done(await self._us.node.payment(self._pending.payment_hash))
