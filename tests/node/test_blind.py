"""A node that has seen no block for hours, while there were some: nothing that comes is taken."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.chain.watch import Delta
from lnwallet_tui.node.node import Node
from lnwallet_tui.store.db import Transaction
from lnwallet_tui.store.errors import DiskFull
from tests.node.payments.test_relay import held_of
from tests.node.test_htlcs_on_chain import status
from tests.node.town import MINUTE_MS, Town, over_ben
from tests.node.twins import offer, offer_over

AMOUNT_MSAT = 50_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada and Cyd have channels with Ben, who relays."""
    town = await over_ben(tmp_path)
    yield town
    await town.end()


class Eyes:
    """Lets a node keep no block while they are shut; its channels go on."""

    def __init__(self, node: Node) -> None:
        self.shut = True
        blocks = node._board.chain._reader
        self._came, blocks.block_came = blocks.block_came, self._read  # type: ignore[method-assign]  # shut, or the real one

    def _read(self, tx: Transaction, delta: Delta) -> None:
        if self.shut:
            raise DiskFull("for a test")
        self._came(tx, delta)


async def test_what_is_for_us_is_refused(town: Town) -> None:
    """Its payer could time it out at once: its expiry is near in the true chain."""
    ben = town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(AMOUNT_MSAT, "asleep", 86_400))
    eyes = Eyes(ben)
    await town.mine(40)
    assert ben._board.height() < town.regtest.chain.height
    await offer(town, "ada", "ben", invoice.invoice, AMOUNT_MSAT, blocks=130)
    await town.clock.rest()
    assert await status(town, "ben", invoice.payment_hash) is PaymentStatus.WAITING
    assert held_of(town, "ben")[0] == 0
    assert not ben.channel_states()[0].ledger.htlcs
    eyes.shut = False
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    assert (await town.do(town.nodes["ada"].pay(invoice.invoice))).status is PaymentStatus.PAID


async def test_what_is_for_others_does_not_pass(town: Town) -> None:
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT_MSAT, "asleep", 86_400))
    eyes, before = Eyes(town.nodes["ben"]), held_of(town, "ben")
    await town.mine(40)
    await offer_over(town, "ada", "ben", "cyd", invoice.invoice)
    await town.clock.rest()
    assert held_of(town, "ben") == before
    assert await status(town, "cyd", invoice.payment_hash) is PaymentStatus.WAITING
    eyes.shut = False
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    await offer_over(town, "ada", "ben", "cyd", invoice.invoice)
    await town.clock.rest()
    assert await status(town, "cyd", invoice.payment_hash) is PaymentStatus.PAID
