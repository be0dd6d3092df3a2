"""Whoever knows a payment hash may name it again: in an invoice of his, or in what he sends."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.payments import routes
from lnwallet_tui.node.payments.cashier import carried_out
from lnwallet_tui.payment.command import SpontaneousCommand
from lnwallet_tui.payment.ways import need_without_invoice
from tests.node.town import POLICY, Town, forget_invoice

ASKED_MSAT, COPIED_MSAT = 1_000_000, 5_000_000


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000, push_msat=200_000_000)
    yield town
    await town.end()


@pytest.mark.parametrize("is_paid", [False, True], ids=["open", "paid"])
async def test_the_hash_of_an_invoice_of_ours_is_not_paid_for(town: Town, *, is_paid: bool) -> None:
    """Its preimage is known: whoever the payment passes may keep it. And all that names a payment
    by its hash would speak of the one that goes out, while the one that comes in is awaited."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    ours = await town.do(ada.create_invoice(ASKED_MSAT, "a sale"))
    if is_paid:
        await town.do(ben.pay(ours.invoice))
    theirs = await town.do(ben.create_invoice(COPIED_MSAT, "a copy"))
    read = bolt11.decode(theirs.invoice)
    copied = replace(read, payment_hash=bytes.fromhex(ours.payment_hash))
    text = bolt11.encode(copied, ben._shell.node_key.sign_recoverable)
    for asked in (ada.quote_payment(text), ada.pay(text)):
        refused = await town.run(asked)
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.BAD_INPUT
        assert refused.message.startswith("This invoice has the payment hash of")
    if not is_paid:
        await town.do(ben.pay(ours.invoice))
    [received] = await ada.payments()
    assert (received.outgoing, received.status) == (False, PaymentStatus.PAID)
    assert await ada.payment(ours.payment_hash) == received


async def test_the_hash_of_what_we_have_paid_comes_back_in_no_payment(town: Town) -> None:
    """Who was paid knows the preimage, and needs no invoice of ours to send to it."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    theirs = await town.do(ben.create_invoice(COPIED_MSAT, "for sale"))
    paid = await town.do(ada.pay(theirs.invoice))
    forget_invoice(ben, theirs.payment_hash)
    need = need_without_invoice(ada.node_id, Msat(1_000), Msat(0), POLICY)
    ways = await routes.ways_for(ben._board, need)
    assert not isinstance(ways, Refused)
    preimage = bytes.fromhex(paid.preimage)
    back = SpontaneousCommand(ada.node_id, preimage, need.amount, need.max_fee, ways)
    failed = await town.do(carried_out(ben._board, back))
    assert failed.status is PaymentStatus.FAILED
    assert await ada.payments() == (paid,)
