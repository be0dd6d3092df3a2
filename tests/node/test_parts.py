"""What an invoice asks for arrives at its writer over several nodes, whole and in parts: the
metadata in every onion, and the payer's own amount where the invoice leaves it open."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import PaymentStatus
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.channel.effects import HtlcReceived
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.invoice import bolt11
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.payments.payments import HtlcEffect
from lnwallet_tui.onion.payload import HopPayload
from lnwallet_tui.onion.sphinx import peel_onion
from lnwallet_tui.store.db import Transaction
from tests.node.town import Town

WHOLE, MORE_THAN_ONE_CHANNEL = 50_000_000, 600_000_000
METADATA = bytes(range(40))


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    """Ada – Ben – Cyd – Dan in a row, with two channels each between Ada and Ben and Cyd and
    Dan."""
    town = Town(tmp_path, relays=("ben", "cyd"))
    await town.begin("ada", "ben", "cyd", "dan")
    await town.open("ben", "cyd", 1_200_000)
    for _ in range(2):
        await town.open("ada", "ben", 400_000)
        await town.open("cyd", "dan", 400_000)
    await town.mine(3)
    yield town
    await town.end()


class Overheard:
    """The payloads of the onions that end at a node, as it peels them."""

    def __init__(self, node: Node) -> None:
        self.payloads: list[HopPayload] = []
        heard = node._board.payments.heard

        def listen(tx: Transaction, channel: Channel, effect: HtlcEffect) -> None:
            if isinstance(effect, HtlcReceived):
                ecdh = node._shell.node_key.ecdh
                peeled = peel_onion(ecdh, effect.onion, effect.payment_hash)
                assert peeled.next_packet is None
                self.payloads.append(HopPayload.decode(peeled.payload))
            heard(tx, channel, effect)

        node._board.payments.heard = listen  # type: ignore[method-assign]  # overheard


@pytest.mark.parametrize(("amount_msat", "parts"), [(WHOLE, 1), (MORE_THAN_ONE_CHANNEL, 2)])
async def test_the_metadata_of_an_invoice_stands_in_every_part(
    town: Town, amount_msat: int, parts: int
) -> None:
    """BOLT 4: "if the invoice offers the `payment_metadata` feature: MUST include
    `payment_metadata` with every HTLC"."""
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    issued = await town.do(dan.create_invoice(amount_msat, "with a note to itself"))
    asks = replace(bolt11.decode(issued.invoice), payment_metadata=METADATA)
    text = bolt11.encode(asks, dan._shell.node_key.sign_recoverable)
    heard = Overheard(dan)
    quote = await town.do(ada.quote_payment(text))
    assert (len(quote.route), quote.parts) == (3, parts)
    paid = await town.do(ada.pay(text))
    assert paid.status is PaymentStatus.PAID
    assert [one.payment_metadata for one in heard.payloads] == [METADATA] * parts
    for one in heard.payloads:
        assert one.payment_data is not None
        assert one.payment_data.total_msat == Msat(amount_msat)
        assert one.payment_data.payment_secret == asks.payment_secret


async def test_a_way_that_is_dearer_than_usual_is_taken_by_who_allows_it(tmp_path: Path) -> None:
    town = Town(tmp_path, relays=("ben",))
    town.terms = replace(town.terms, fee_base=Msat(20_000))
    await town.begin("ada", "ben", "dan")
    await town.open("ada", "ben", 400_000)
    await town.open("ben", "dan", 400_000)
    ada = town.nodes["ada"]
    text = (await town.do(town.nodes["dan"].create_invoice(100_000, "dear"))).invoice
    fee_msat = 20_000 + 10
    for most_msat in (None, fee_msat - 1):
        for asked in (
            ada.quote_payment(text, max_fee_msat=most_msat),
            ada.pay(text, max_fee_msat=most_msat),
        ):
            refused = await town.run(asked)
            assert isinstance(refused, Refused)
            assert refused.code is RefusalCode.FEE_TOO_HIGH
    quote = await town.do(ada.quote_payment(text, max_fee_msat=fee_msat))
    assert (quote.fee_msat, quote.max_fee_msat) == (fee_msat, fee_msat)
    paid = await town.do(ada.pay(text, max_fee_msat=quote.max_fee_msat))
    assert (paid.status, paid.fee_msat) == (PaymentStatus.PAID, fee_msat)
    await town.end()


async def test_an_invoice_without_metadata_is_paid_without(town: Town) -> None:
    heard = Overheard(town.nodes["dan"])
    await town.pay("ada", "dan", WHOLE)
    assert [one.payment_metadata for one in heard.payloads] == [None]


@pytest.mark.parametrize(("amount_msat", "parts"), [(WHOLE, 1), (MORE_THAN_ONE_CHANNEL, 2)])
async def test_an_open_amount_is_the_payer_s_to_choose(
    town: Town, amount_msat: int, parts: int
) -> None:
    ada, dan = town.nodes["ada"], town.nodes["dan"]
    issued = await town.do(dan.create_invoice(None, "as you like"))
    assert issued.amount_msat is None
    unsaid = await town.run(ada.pay(issued.invoice))
    assert isinstance(unsaid, Refused)
    assert unsaid.code is RefusalCode.BAD_INPUT
    heard = Overheard(dan)
    paid = await town.do(ada.pay(issued.invoice, amount_msat=amount_msat))
    assert (paid.status, paid.amount_msat) == (PaymentStatus.PAID, amount_msat)
    received = await town.do(dan.payment(issued.payment_hash))
    assert (received.status, received.amount_msat) == (PaymentStatus.PAID, amount_msat)
    assert received.preimage == paid.preimage
    assert len(heard.payloads) == parts
    again = await town.run(ada.pay(issued.invoice, amount_msat=amount_msat))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.ALREADY_PAID
