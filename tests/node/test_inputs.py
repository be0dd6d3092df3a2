"""Whatever a person or a script enters: an answer in words, never an exception."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.node.node import Node
from tests.node.town import Town

HUGE = 10**30
MOST_MSAT = 21 * 10**17


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


Command = Callable[[Node, str], Coroutine[Any, Any, object]]

BAD: dict[str, Command] = {
    "a channel of nothing": lambda n, uri: n.open_channel(uri, 0),
    "a channel of less": lambda n, uri: n.open_channel(uri, -1),
    "a channel of more than there is": lambda n, uri: n.open_channel(uri, HUGE),
    "a gift of less than nothing": lambda n, uri: n.open_channel(uri, 300_000, push_msat=-1),
    "a gift of more than there is": lambda n, uri: n.open_channel(uri, 300_000, push_msat=HUGE),
    "a gift of all": lambda n, uri: n.open_channel(uri, 300_000, push_msat=300_000_000),
    "a feerate below zero": lambda n, uri: n.open_channel(uri, 300_000, feerate_per_kw=-5),
    "a feerate of zero": lambda n, uri: n.open_channel(uri, 300_000, feerate_per_kw=0),
    "a feerate that is not relayed": lambda n, uri: n.open_channel(
        uri, 300_000, feerate_per_kw=252
    ),
    "a feerate that burns": lambda n, uri: n.open_channel(uri, 300_000, feerate_per_kw=300_000),
    "a feerate without end": lambda n, uri: n.quote_open(uri, 300_000, feerate_per_kw=HUGE),
    "an invoice for too much": lambda n, _: n.create_invoice(HUGE, "x"),
    "an invoice for nothing": lambda n, _: n.create_invoice(0, "x"),
    "half a character": lambda n, _: n.create_invoice(1_000, "\ud800"),
    "a note that is too long": lambda n, _: n.create_invoice(1_000, "é" * 400),
    "an invoice that never was": lambda n, _: n.create_invoice(1_000, "x", 0),
    "an invoice for ever": lambda n, _: n.create_invoice(1_000, "x", HUGE),
    "half a character to pay": lambda n, _: n.pay("lnbcrt1\ud800"),
    "a novel to pay": lambda n, _: n.pay("ln" * 1_000_000),
    "a node with half a character": lambda n, _: n.connect("02" * 33 + "@\ud800:1"),
    "oneself": lambda n, _: n.connect(f"{n.node_id.hex()}@x:1"),
    "a channel of no name": lambda n, _: n.close(""),
    "a channel of an odd name": lambda n, _: n.force_close("é" * 64),
    "a payment of an odd name": lambda n, _: n.payment("zz"),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_cannot_be_is_refused(town: Town, what: str) -> None:
    ada = town.nodes["ada"]
    before = await ada.balance()
    refused = await town.run(BAD[what](ada, town.uri("ben")))
    assert isinstance(refused, Refused), refused
    assert refused.code in set(RefusalCode)
    assert refused.message.endswith(".") or refused.remedy
    assert await ada.balance() == before
    assert not ada.channel_states()


async def test_more_than_the_coins_is_answered_with_the_most_that_works(town: Town) -> None:
    ada, uri = town.nodes["ada"], town.uri("ben")
    coins_sat = (await ada.balance()).onchain_confirmed_sat
    refused = await town.run(ada.quote_open(uri, coins_sat))
    assert isinstance(refused, Refused)
    assert refused.message == "The coins on chain are not enough for that."
    most = int(re.sub("[^0-9]", "", refused.remedy.partition(":")[0]))
    assert 0 < most < coins_sat
    assert not isinstance(await town.run(ada.quote_open(uri, most)), Refused)


async def test_more_than_can_be_given_away_is_answered_with_how_much_can(town: Town) -> None:
    ada, uri = town.nodes["ada"], town.uri("ben")
    found = []
    for push_msat in (400_000_001, 400_000_000):
        refused = await town.run(ada.quote_open(uri, 400_000, push_msat=push_msat))
        assert isinstance(refused, Refused)
        assert refused.remedy.startswith("The most that can be given away is ")
        found.append(refused)
    assert found[0].message == "More would be given away than the channel holds."
    assert found[1].message.endswith("that the rest does not pay the channel's own fee.")
    most = int(re.sub("[^0-9]", "", found[1].remedy)) * 1000
    assert await town.run(ada.open_channel(uri, 400_000, push_msat=400_000_000)) == found[1]
    await town.do(ada.open_channel(uri, 400_000, push_msat=most))


ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP 173's key, on regtest


@pytest.mark.parametrize("text", [ADDRESS, f"bitcoin:{ADDRESS}?amount=0.00025"])
async def test_what_can_only_be_paid_on_chain_is_named(town: Town, text: str) -> None:
    refused = await town.nodes["ada"].decode(text)
    assert isinstance(refused, Refused)
    assert refused.message == "This is a Bitcoin address: it is paid on chain, not over Lightning."
    assert "ask the receiver for a Lightning invoice" in refused.remedy


@pytest.mark.parametrize("scheme", ["bitcoin:", "BITCOIN:"])
async def test_of_a_bitcoin_link_the_lightning_part_is_paid(town: Town, scheme: str) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    await town.open("ada", "ben", 500_000)
    invoice = (await town.do(ben.create_invoice(25_000_000, "both ways"))).invoice
    link = f"{scheme}{ADDRESS}?amount=0.00025&label=ben&lightning={invoice.upper()}"
    decoded = await town.do(ada.decode(link))
    assert (decoded.invoice.lower(), decoded.amount_msat) == (invoice, 25_000_000)
    paid = await town.do(ada.pay(link))
    assert paid.status is PaymentStatus.PAID


async def test_a_bitcoin_link_with_an_offer_is_not_taken_for_an_address(town: Town) -> None:
    refused = await town.nodes["ada"].decode(f"bitcoin:{ADDRESS}?lno=lno1qgsqvgnwgcg35z6ee2h3")
    assert isinstance(refused, Refused)
    assert "a BOLT 12 offer" in refused.message


async def test_amounts_that_cannot_be_for_a_channel_that_is_there(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    ada = town.nodes["ada"]
    invoice = await town.do(town.nodes["ben"].create_invoice(None, "as much as you like"))
    for refused in (
        await town.run(ada.close(channel_id, max_fee_sat=HUGE)),
        await town.run(ada.close(channel_id, max_fee_sat=-1)),
        await town.run(ada.pay(invoice.invoice, amount_msat=HUGE)),
        await town.run(ada.pay(invoice.invoice, amount_msat=-1)),
        await town.run(ada.pay(invoice.invoice, amount_msat=0)),
        await town.run(ada.pay(invoice.invoice, amount_msat=1_000, max_fee_msat=-1)),
    ):
        assert isinstance(refused, Refused)
    too_much = await town.run(ada.pay(invoice.invoice, amount_msat=MOST_MSAT))
    assert isinstance(too_much, Refused)
    assert "can send at most" in too_much.message
    await town.do(ada.pay(invoice.invoice, amount_msat=1_000))


async def test_a_close_that_may_cost_less_than_any_is_not_begun(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    ada = town.nodes["ada"]
    refused = await town.run(ada.close(channel_id, max_fee_sat=1))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.FEE_TOO_HIGH
    assert refused.message.startswith("Closing together costs at least ")
    assert await town.run(ada.quote_close(channel_id, max_fee_sat=1)) == refused
    least = int(re.sub("[^0-9]", "", refused.message.partition(",")[0]))
    usual = await town.do(ada.quote_close(channel_id))
    quote = await town.do(ada.quote_close(channel_id, max_fee_sat=least))
    assert quote.cooperative_fee_sat == quote.cooperative_max_fee_sat == least
    assert least < usual.cooperative_fee_sat
    assert quote.cooperative_outcome.worst_sat == quote.cooperative_receives_sat
    assert (await town.channel("ada", channel_id)).state is ChannelState.READY
    await town.do(town.nodes["ben"].close(channel_id, max_fee_sat=1))  # the peer pays
