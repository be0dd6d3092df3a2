"""An HTLC that no commitment ever held does not exist, and the next one may have its id."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.channel.htlcs import Side, Stage
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.message import Message
from tests.node.payments.test_relay import FEE, held_of
from tests.node.test_htlcs_on_chain import hold, status
from tests.node.town import MINUTE_MS, Town
from tests.node.twins import offer_over

AMOUNT = 50_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada has two channels with Ben, who relays to Cyd."""
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", 500_000)
    await town.open("ada", "ben", 450_000)
    await town.open("ben", "cyd", 500_000)
    yield town
    await town.end()


class Muzzle:
    """Lets a node agree to nothing new."""

    def __init__(self, town: Town, name: str) -> None:
        self._peers = town.nodes[name]._board.peers
        self._send = self._peers.send
        self._peers.send = self._say  # type: ignore[method-assign]  # agrees to nothing new

    def _say(self, peer_id: bytes, message: Message) -> None:
        if not isinstance(message, bolt2.RevokeAndAck | bolt2.CommitmentSigned):
            self._send(peer_id, message)

    def off(self) -> None:
        self._peers.send = self._send  # type: ignore[method-assign]  # as it was


async def meet_again(town: Town, name: str) -> None:
    """Ben and somebody lose each other, and find each other again."""
    town.nodes["ben"]._board.peers.disconnect(town.nodes[name].node_id, "for a test")
    await town.clock.wait_for(lambda: False, MINUTE_MS // 3)


def offered_to_cyd(town: Town) -> dict[int, Stage]:
    ledger = town.nodes["ben"].channel_states()[2].ledger
    return {htlc.id: htlc.stage for htlc in ledger.htlcs if htlc.offered_by is Side.US}


async def test_a_payer_and_a_payee_together_take_nothing_from_a_relay(town: Town) -> None:
    """Two of a relay's HTLCs have one id, the first of which never was; its payer lets go of it
    while the second is pending."""
    ben, cyd = town.nodes["ben"], town.nodes["cyd"]
    before = sum(held_of(town, "ben"))
    invoices = [(await town.do(cyd.create_invoice(AMOUNT, "x"))) for _ in range(3)]
    hold(town, "cyd")
    silent = Muzzle(town, "cyd")
    await offer_over(town, "ada", "ben", "cyd", invoices[0].invoice)
    await offer_over(town, "ada", "ben", "cyd", invoices[1].invoice)
    assert offered_to_cyd(town) == {0: Stage.ADD_SIGNED, 1: Stage.ADD_PROPOSED}
    silent.off()
    stubborn = Muzzle(town, "ada")
    await meet_again(town, "cyd")
    assert set(offered_to_cyd(town)) == {0}
    stubborn.off()  # what was swallowed comes with the next meeting
    await offer_over(town, "ada", "ben", "cyd", invoices[2].invoice, channel=1)
    assert set(offered_to_cyd(town)) == {0, 1}
    assert len(ben.channel_states()[0].ledger.htlcs) == 2
    await meet_again(town, "ada")
    assert len(ben.channel_states()[0].ledger.htlcs) == 1
    await town.restart("cyd")
    await town.clock.wait_for(lambda: False, MINUTE_MS // 3)
    for invoice in (invoices[0], invoices[2]):
        assert await status(town, "cyd", invoice.payment_hash) is PaymentStatus.PAID
    assert not any(channel.ledger.htlcs for channel in ben.channel_states())
    assert sum(held_of(town, "ben")) == before + 2 * FEE
