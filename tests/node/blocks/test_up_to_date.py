"""Who does not hear of blocks any more does not pay."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.blocks import up_to_date
from lnwallet_tui.policy import BLIND_SECONDS
from tests.node.town import MINUTE_MS, Town

HOURS = BLIND_SECONDS // 3_600


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_nothing_is_paid_on_a_chain_that_stands_still(town: Town) -> None:
    await town.open("ada", "ben", 400_000)
    invoice = await town.do(town.nodes["ben"].create_invoice(50_000_000, "a chair", 86_400))
    await town.clock.wait_for(lambda: False, HOURS * 60 * MINUTE_MS)
    assert not isinstance(await town.nodes["ada"].quote_payment(invoice.invoice), Refused)
    await town.clock.wait_for(lambda: False, MINUTE_MS)
    for asked in (
        town.nodes["ada"].pay(invoice.invoice),
        town.nodes["ada"].quote_payment(invoice.invoice),
        town.nodes["ada"].pay(town.uri("ben"), amount_msat=50_000_000),
    ):
        refused = await town.run(asked)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.NOT_READY
        height = town.regtest.chain.height
        assert refused.message.startswith(
            f"The newest block that was read, {height}, is {HOURS} hours old (1 Jan "
        )
        assert refused.remedy == "Wait for the next block."
    await town.mine()
    paid = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert paid.status is PaymentStatus.PAID


async def test_vuln_053_nothing_is_paid_on_a_chain_that_is_too_slow(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is shown the blocks of a few miners only has deadlines that are nearer than they
    seem, though the newest block is always fresh."""
    await town.open("ada", "ben", 400_000)
    invoice = await town.do(town.nodes["ben"].create_invoice(50_000_000, "a chair", 86_400))
    monkeypatch.setattr(up_to_date, "PACED", frozenset(Network))
    for _ in range(8):
        await town.clock.wait_for(lambda: False, 90 * MINUTE_MS)
        await town.mine()
    refused = await town.run(town.nodes["ada"].pay(invoice.invoice))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_READY
    assert refused.message.startswith("Only 4 blocks came in the last 6 hours, where about 36 are")
    assert refused.remedy == "Look whether other nodes of the Bitcoin network know more blocks."
    await town.mine(36)
    paid = await town.do(town.nodes["ada"].pay(invoice.invoice))
    assert paid.status is PaymentStatus.PAID
