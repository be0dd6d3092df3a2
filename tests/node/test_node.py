"""Whole nodes, each with its own store: open, pay, close in every way, restart, reorganise."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from copy import copy
from pathlib import Path

import pytest

from lnwallet_tui.api.inbox import InboxKind
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.transactions import build_commitment, signed_by_both
from lnwallet_tui.store.inbox import Entry
from tests.node.town import COINS_SAT, DELAY, Town

FEES_SAT = 20_000
"""More than all transactions of a test pay together."""


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def test_open_pay_both_ways_and_close_in_agreement(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    await town.pay("ben", "ada", 30_000_000)
    mine = await town.channel("ada", channel_id)
    theirs = await town.channel("ben", channel_id)
    assert (mine.local_msat, mine.remote_msat) == (430_000_000, 70_000_000)
    assert (theirs.local_msat, theirs.remote_msat) == (70_000_000, 430_000_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine()
    for name in ("ada", "ben"):
        view = await town.channel(name, channel_id)
        assert (view.state, view.closing_kind) == (ChannelState.CLOSED, "cooperative")
    assert 2 * sum(COINS_SAT) - FEES_SAT < await town.total_sat("ada", "ben") < 2 * sum(COINS_SAT)
    assert await town.total_sat("ben") == sum(COINS_SAT) + 70_000


@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_either_side_closes_alone(town: Town, closer: str) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    await town.do(town.nodes[closer].force_close(channel_id))
    await town.mine(2)
    other = "ben" if closer == "ada" else "ada"
    assert (await town.channel(closer, channel_id)).closing_kind == "ours"
    assert (await town.channel(other, channel_id)).closing_kind == "theirs"
    await town.mine(DELAY + 2)
    for name in ("ada", "ben"):
        assert (await town.channel(name, channel_id)).state is ChannelState.CLOSED
        balance = await town.nodes[name].balance()
        assert balance.total_msat == balance.onchain_confirmed_sat * 1000
    assert await town.total_sat("ada", "ben") > 2 * sum(COINS_SAT) - FEES_SAT
    await town.mine(100)
    assert all(state.resolved for state in town.nodes["ada"].channel_states())


def numbers(text: str) -> list[int]:
    """Those in it, as they are written for people."""
    return [int(one.replace(",", "")) for one in re.findall(r"(?<![0-9a-f])[0-9][0-9,]*\b", text)]


async def test_a_revoked_state_loses_everything(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    [state] = town.nodes["ada"].channel_states()
    signer = copy(town.nodes["ada"].channel_signer(state.channel_id))
    params, number = state.params(Side.US), state.our_number
    built = build_commitment(params, signer.per_commitment_point(number), state.our_commitment.spec)
    signature = signer.sign_holder_commitment(number, built.tx, built.funding_input)
    old = signed_by_both(params, built.tx, signature, state.our_commitment.signature)
    await town.pay("ada", "ben", 200_000_000)
    told: list[Entry] = []
    herald = town.nodes["ben"]._shell.herald
    herald._said = lambda entry: told.extend([entry] if entry.urgent else [])  # type: ignore[method-assign]  # overheard
    assert town.regtest.publish(old) is None
    await town.mine(3)
    view = await town.channel("ben", channel_id)
    assert (view.state, view.closing_kind) == (ChannelState.CLOSED, "breach by them")
    assert await town.total_sat("ben") > sum(COINS_SAT) + 500_000 - FEES_SAT
    log = (await town.nodes["ben"].guard()).log
    assert any("CHEATED" in entry.text and "is yours now" in entry.text for entry in log)
    assert any("Justice" in entry.text for entry in log)
    first, said = told
    assert "CHEATED" in first.text
    assert said.kind is first.kind is InboxKind.BREACH
    inbox = await town.nodes["ben"].inbox()
    assert [one.text for one in inbox if one.kind is InboxKind.BREACH] == [said.text]
    assert {one.channel_id for one in inbox if one.urgent} == {channel_id}
    caught = said.text
    whole, home = numbers(caught)[-2:]
    assert "cheated with its old state 0. Of the channel's 500,000 sat, " in caught
    assert caught.endswith(f" {home:,} sat came to the wallet.")
    coins = await town.do(town.nodes["ben"].coins())
    assert home in {coin.amount_sat for coin in coins.coins}
    rest, *parts = numbers(said.details)
    assert rest == sum(parts) == whole - home, said.details
    others = said.details.partition("sat: ")[2]
    account = f"Of the channel's 500,000 sat: {home:,} sat came to the wallet, {others}"
    assert account in view.explanation
    assert any(entry.text.endswith(account) for entry in log)
    [written_off] = (await town.nodes["ben"].holdings()).written_off.children
    assert written_off.explanation.endswith(account)
    final = town.regtest.chain.height - 1 + 99  # a hundred deep, counted from the justice
    assert said.final_at == final
    await town.nodes["ben"].mark_read(tuple(one.number for one in inbox))
    await town.mine(110)
    assert len(told) == 2
    [news] = [one for one in await town.nodes["ben"].inbox() if one.kind is InboxKind.BREACH]
    assert (news.urgent, news.is_read, news.final_at) == (False, False, final)
    assert news.time == first.time  # of the cheat, not of what came of it


async def test_a_restart_forgets_nothing(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 50_000_000)
    before = [await town.nodes["ada"].payments(), await town.nodes["ada"].balance()]
    await town.restart("ada")
    assert [await town.nodes["ada"].payments(), await town.nodes["ada"].balance()] == before
    assert (await town.channel("ada", channel_id)).state is ChannelState.READY
    await town.pay("ben", "ada", 10_000_000)


async def test_a_reorganised_funding_is_waited_for_again(town: Town) -> None:
    view = await town.do(town.nodes["ada"].open_channel(town.uri("ben"), 500_000))
    await town.mine()
    assert (await town.channel("ada", view.channel_id)).confirmations == 1
    await town.regtest.reorganise(1)
    await town.mine(4)
    assert (await town.channel("ben", view.channel_id)).state is ChannelState.READY
    await town.pay("ada", "ben", 1_000_000)


async def test_what_cannot_be_paid_is_said_and_changes_nothing(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    invoice = await town.do(ben.create_invoice(1_000_000, "tea"))
    refused = await town.run(ada.pay(invoice.invoice))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.NOT_ENOUGH
    await town.open("ada", "ben", 500_000)
    large = await town.do(ben.create_invoice(600_000_000, "a car"))
    refused = await town.run(ada.pay(large.invoice))
    assert isinstance(refused, Refused)
    assert "can send at most" in refused.message
    assert isinstance(await ada.payment(large.payment_hash), Refused)


async def test_what_one_channel_cannot_send_goes_over_two(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    for _ in range(2):
        await town.open("ada", "ben", 300_000)
    invoice = await town.do(ben.create_invoice(400_000_000, "a bicycle"))
    quote = await ada.quote_payment(invoice.invoice)
    assert not isinstance(quote, Refused)
    assert (quote.parts, quote.fee_msat, quote.amount_msat) == (2, 0, 400_000_000)
    paid = await town.do(ada.pay(invoice.invoice))
    assert (paid.status, paid.amount_msat, paid.fee_msat) == (PaymentStatus.PAID, 400_000_000, 0)
    received = await ben.payment(invoice.payment_hash)
    assert not isinstance(received, Refused)
    assert (received.status, received.amount_msat) == (PaymentStatus.PAID, 400_000_000)


async def test_what_was_paid_is_not_paid_again(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    await town.open("ada", "ben", 500_000)
    invoice = await town.do(ben.create_invoice(1_000_000, "tea"))
    await town.do(ada.pay(invoice.invoice))
    again = await town.run(ada.pay(invoice.invoice))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.ALREADY_PAID
    own = await town.do(ada.create_invoice(1_000, "me"))
    assert isinstance(await town.run(ada.pay(own.invoice)), Refused)


async def test_the_balance_counts_every_satoshi_once(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.open_channel(town.uri("ben"), 500_000, push_msat=100_000_000))
    opening = await ada.balance()
    assert opening.opening_msat == 400_000_000
    await town.mine(4)
    ready = await ada.balance()
    assert opening.total_msat == ready.total_msat
    assert ready.can_send_msat + ready.reserved_msat == 400_000_000
    assert sum(COINS_SAT) * 1000 - ready.total_msat - 100_000_000 < FEES_SAT * 1000
