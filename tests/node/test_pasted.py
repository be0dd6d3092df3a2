"""What is pasted is read by the node: what can be paid is, and the rest is named for what it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from tests.node.town import Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_of_an_address_and_an_invoice_the_invoice_is_paid(town: Town) -> None:
    await town.open("ada", "ben", 500_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    address = (await town.do(ben.address())).address
    for around in (
        "{invoice}",
        "lightning:{invoice}",
        "LIGHTNING:{upper}",
        "bitcoin:{address}?amount=0.0001&lightning={invoice}",
        "BITCOIN:?bcrt={address}&lightning={upper}",
        "bitcoin:?lightning={invoice}&lno=lno1qcp4256ypq",
        "Hello, please pay {invoice} today. Ben",
    ):
        made = await town.do(ben.create_invoice(10_000_000, "both"))
        code = made.invoice
        text = around.format(invoice=code, upper=code.upper(), address=address)
        decoded = await town.do(ada.decode(text))
        assert decoded.payment_hash == made.payment_hash, around
        paid = await town.do(ada.pay(text))
        assert paid.preimage, around


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("{address}", "This is a Bitcoin address: it is paid on chain, not over Lightning."),
        ("bitcoin:{address}?amount=1", "it is paid on chain"),
        ("lno1qcp4256ypq", "This is a BOLT 12 offer, which cannot be paid here."),
        ("bitcoin:?lno=lno1qcp4256ypq", "a BOLT 12 offer"),
        ("LNURL1DP68GURN8GHJ7", "This is an LNURL, which cannot be paid here."),
        ("lnurlp://shop.example/pay", "an LNURL"),
        ("ben@shop.example", "a Lightning address"),
    ],
)
async def test_what_cannot_be_paid_is_named(town: Town, text: str, named: str) -> None:
    address = (await town.do(town.nodes["ben"].address())).address
    refused = await town.run(town.nodes["ada"].decode(text.format(address=address)))
    assert isinstance(refused, Refused)
    assert named in refused.message
    assert refused.remedy


async def test_a_node_is_read_as_one_to_be_paid_without_an_invoice(town: Town) -> None:
    decoded = await town.do(town.nodes["ada"].decode(town.uri("ben")))
    assert (decoded.payee, decoded.payment_hash) == (town.nodes["ben"].node_id.hex(), "")
