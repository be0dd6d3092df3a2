"""One statement to a relay's disk fails: what passes through it ends all the same, nobody loses."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.policy import SILENCE_MS
from lnwallet_tui.wire.bolt1 import Ping
from lnwallet_tui.wire.bolt2 import CommitmentSigned, UpdateAddHtlc
from tests.node.payments.test_relay import AMOUNT, FEE, held_of
from tests.node.test_disk import Fault
from tests.node.test_silence import Silence, link, said
from tests.node.town import MINUTE_MS, forget_invoice, over_ben

STATEMENTS = 70


async def pass_on(folder: Path, at: int, *, is_refused: bool = False) -> int:
    """A payment over Ben with one fault; how many statements he had."""
    town = await over_ben(folder)
    before = sum(held_of(town, "ben"))
    invoice = await town.do(town.nodes["cyd"].create_invoice(AMOUNT, "over a friend"))
    if is_refused:
        forget_invoice(town.nodes["cyd"], invoice.payment_hash)
    with pytest.MonkeyPatch.context() as patch:
        fault = Fault(town.nodes["ben"], at, patch)
        await town.run(town.nodes["ada"].pay(invoice.invoice))
        await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
        sent = await town.nodes["ada"].payment(invoice.payment_hash)
        assert not isinstance(sent, Refused)
        assert sent.status in (PaymentStatus.PAID, PaymentStatus.FAILED)
        is_paid = sent.status is PaymentStatus.PAID
        assert sum(held_of(town, "ben")) - before == (FEE if is_paid else 0)
        assert all(not one.ledger.htlcs for one in town.nodes["ben"].channel_states())
        await town.end()
    return fault.count


@pytest.mark.parametrize("is_refused", [False, True], ids=["paid", "refused"])
@pytest.mark.parametrize("at", range(1, STATEMENTS, 5))
async def test_a_fault_at_some_statement(tmp_path: Path, at: int, is_refused: bool) -> None:
    await pass_on(tmp_path, at, is_refused=is_refused)


async def test_a_payment_has_these_statements(tmp_path: Path) -> None:
    assert await pass_on(tmp_path, 0) >= STATEMENTS


@pytest.mark.parametrize("at", range(1, 14))
async def test_what_was_never_passed_on_comes_back_though_the_next_stays_away(
    tmp_path: Path, at: int
) -> None:
    """The disk fails at what ends the connection, and that peer is not seen again."""
    town = await over_ben(tmp_path)
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    invoice = await town.do(cyd.create_invoice(AMOUNT, "over a friend"))
    Silence(link(cyd, ben))
    kinds = said(link(ben, cyd))
    await town.clock.wait_for(lambda: Ping in kinds, 2 * SILENCE_MS)
    await town.run(ada.pay(invoice.invoice), until=lambda: UpdateAddHtlc in kinds)
    await town.clock.rest()
    assert CommitmentSigned not in kinds
    with pytest.MonkeyPatch.context() as patch:
        Fault(ben, at, patch)
        town.wires.vanish("cyd", gone=True)
        await town.clock.wait_for(lambda: False, 5 * MINUTE_MS)
    sent = await ada.payment(invoice.payment_hash)
    assert not isinstance(sent, Refused)
    assert sent.status is PaymentStatus.FAILED
    assert all(not one.ledger.htlcs for one in ben.channel_states())
    await town.end()
