"""Payments from the coins: what is quoted is what is sent, what closes need stays, and whatever
happens between the commit and the network it arrives once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.logs import LogLevel
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import USUAL_FEE, Payouts, Sending, WantedFee
from lnwallet_tui.bitcoin.amount import MAX_SAT
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import Shell
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.policy import POLICY
from lnwallet_tui.store.errors import DiskFailed
from tests.node.coins.test_bump_reserve import with_coins
from tests.node.coins.test_coin_views import coins, expect_sums, freeze, history
from tests.node.test_disk import Fault
from tests.node.town import COINS_SAT, Town

RESERVE_SAT = bump_reserve(POLICY).value
HUGE = 10**30


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def to_ben(town: Town, *amounts: int) -> Payouts:
    return tuple([((await town.do(town.nodes["ben"].address())).address, sat) for sat in amounts])


def waiting(town: Town) -> list[str]:
    return [txid_to_hex(entry.txid) for entry in town.regtest.mempool.entries()]


@pytest.mark.parametrize("error", [DiskFailed("I/O error"), ZeroDivisionError("a bug")])
async def test_what_fails_after_the_commit_is_not_called_undone(
    town: Town, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Who reads "nothing was changed" pays twice."""
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    before, failed = (await ben.balance()).onchain_confirmed_sat, list[Exception]()

    def fail() -> None:
        failed.append(error)
        raise error

    payouts = await to_ben(town, 250_000)
    monkeypatch.setattr(ada._board, "tell_balance", fail)
    monkeypatch.setattr(ada._shell, "crashed", failed.append)
    sent = await town.do(ada.send(Sending(payouts)))
    monkeypatch.undo()
    assert waiting(town) == [sent.txid]
    assert failed[:2] == [error, error], "it failed, and was told"
    await town.mine()
    assert (await ben.balance()).onchain_confirmed_sat - before == sent.amount_sat == 250_000


async def test_a_bug_in_what_tells_of_bugs_does_not_go_round(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = town.nodes["ada"]
    monkeypatch.setattr(ada._shell.herald, "_said", lambda _: [][1])
    monkeypatch.setattr(ada._shell, "crashed", partial(Shell.crashed, ada._shell))
    ada._shell.crashed(ValueError("a bug"))
    monkeypatch.undo()
    errors = [one.text for one in await ada.log_lines() if one.level is LogLevel.ERROR]
    told = [one for one in errors if one.startswith("unexpected")]
    assert told == ["unexpected ValueError", "unexpected IndexError"]


async def test_one_is_paid(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    before = (await ben.balance()).onchain_confirmed_sat
    payouts = await to_ben(town, 250_000)
    quote = await town.do(ada.quote_send(Sending(payouts)))
    taken = quote.amount_sat + quote.fee_sat + quote.change_sat
    assert (quote.amount_sat, quote.can_be_hurried) == (250_000, True)
    sent = await town.do(ada.send(Sending(payouts, fee=WantedFee(most_sat=quote.fee_sat))))
    assert (sent.amount_sat, sent.fee_sat) == (250_000, quote.fee_sat)
    [entry] = town.regtest.mempool.entries()
    assert (txid_to_hex(entry.txid), entry.fee) == (sent.txid, sent.fee_sat)
    assert sum(output.value.value for output in entry.tx.outputs) + entry.fee == taken
    assert entry.fee * 1000 >= quote.feerate_per_kw * entry.tx.weight
    [told, *_] = await history(ada)
    assert (told.kind, told.txid, told.amount_sat) == (TxKind.SENT, sent.txid, -250_000 - entry.fee)
    assert "offers it again with every block" in told.explanation
    await expect_sums(ada)
    await town.mine()
    [told, *_] = await history(ada)
    assert told.explanation == "You paid it to an address. Nothing is left to do."
    assert (await ben.balance()).onchain_confirmed_sat == before + 250_000
    assert not ada._board.wallet.waiting()
    await expect_sums(ada)


async def test_an_address_of_ones_own_is_said_to_be_it(town: Town) -> None:
    ada = town.nodes["ada"]
    own = (await town.do(ada.address())).address
    before = (await ada.balance()).onchain_confirmed_sat
    quote = await town.do(ada.quote_send(Sending(((own, 250_000),))))
    assert (quote.amount_sat, quote.to_us_sat) == (250_000, 250_000)
    sent = await town.do(ada.send(Sending(((own, 250_000),))))
    hurry = await town.do(ada.quote_bump(sent.txid))
    assert (hurry.amount_sat, hurry.to_us_sat) == (250_000, 250_000)
    await town.mine()
    [told, *_] = await history(ada)
    assert told.explanation == (
        "You sent it to an address of your own: it cost you its fee. Nothing is left to do."
    )
    assert (told.kind, told.amount_sat) == (TxKind.SENT, -sent.fee_sat)
    [mine] = [one for one in await coins(ada) if one.amount_sat == 250_000]
    [change] = [one for one in await coins(ada) if one.amount_sat == quote.change_sat]
    assert (mine.kind, change.kind) == (TxKind.RECEIVED, TxKind.SENT)
    assert mine.explanation.startswith("You sent it to this address of your own. ")
    assert (await ada.balance()).onchain_confirmed_sat == before - sent.fee_sat
    unpaid = [(await town.do(node.address())).address for node in (ada, town.nodes["ben"])]
    addresses = (own, 250_000, True), (unpaid[0], 0, True), (unpaid[1], 0, False)
    for address, received_sat, yours in addresses:
        read = await ada.read_address(address)
        assert isinstance(read, AddressView)
        assert (read.received_sat, read.yours) == (received_sat, yours)
    await expect_sums(ada)
    others = await town.do(ada.quote_send(Sending((*await to_ben(town, 40_000), (own, 60_000)))))
    assert (others.amount_sat, others.to_us_sat) == (100_000, 60_000)


async def test_several_are_paid_at_once(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    payouts = await to_ben(town, 1_000, 600_000, 1_900_000)
    before = (await ben.balance()).onchain_confirmed_sat
    sent = await town.do(ada.send(Sending(payouts)))
    await town.mine()
    assert waiting(town) == []
    assert (
        (await ben.balance()).onchain_confirmed_sat
        == before + 2_501_000
        == before + (sent.amount_sat)
    )
    await expect_sums(ada)


async def test_one_after_the_other_of_the_same_coin(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 500_000)
    for _ in range(4):
        await town.do(cyd.send(Sending(await to_ben(town, 20_000))))
    assert len(waiting(town)) == 4
    await expect_sums(cyd)
    await town.mine()
    assert waiting(town) == []
    await expect_sums(cyd)


async def test_everything_is_sent_but_what_is_frozen(town: Town) -> None:
    ada = town.nodes["ada"]
    smallest = min(await coins(ada), key=lambda one: one.amount_sat)
    await freeze(ada, smallest.coin)
    payouts = await to_ben(town, 0)
    quote = await town.do(ada.quote_send(Sending(payouts, everything=True)))
    assert quote.amount_sat == sum(COINS_SAT) - smallest.amount_sat - quote.fee_sat
    assert (quote.change_sat, quote.inputs, quote.left_alone_sat) == (0, 2, smallest.amount_sat)
    sent = await town.do(ada.send(Sending(payouts, everything=True)))
    assert sent.amount_sat == quote.amount_sat
    await town.mine()
    [left] = await coins(ada)
    assert left.coin == smallest.coin
    await expect_sums(ada)
    again = await town.run(ada.send(Sending(payouts, everything=True)))
    assert isinstance(again, Refused)
    assert again.code is RefusalCode.NOT_ENOUGH


@pytest.mark.parametrize("change", ["frozen", "thawed"])
async def test_everything_is_what_was_looked_at_or_nothing(town: Town, change: str) -> None:
    ada, payouts = town.nodes["ada"], await to_ben(town, 0)
    smallest = min(await coins(ada), key=lambda one: one.amount_sat)
    await town.do(ada.freeze(smallest.coin, change == "thawed"))
    slow = WantedFee(feerate_per_kw=500)
    quote = await town.do(ada.quote_send(Sending(payouts, everything=True, fee=slow)))
    checked = Sending(
        payouts,
        everything=True,
        fee=WantedFee(feerate_per_kw=quote.feerate_per_kw, most_sat=quote.fee_sat + 1_000),
        quoted_sat=quote.amount_sat,
    )
    await town.do(ada.freeze(smallest.coin, change == "frozen"))
    refused = await town.run(ada.send(checked))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.CHANGED
    assert f"not the {quote.amount_sat:,} sat" in refused.message
    assert "Look" in refused.remedy
    assert waiting(town) == []
    assert isinstance(await town.run(ada.export_send(checked)), Refused)
    await town.do(ada.freeze(smallest.coin, change == "thawed"))
    sent = await town.do(ada.send(checked))
    assert (sent.amount_sat, sent.fee_sat) == (quote.amount_sat, quote.fee_sat)
    await expect_sums(ada)


async def test_what_closes_need_stays_whatever_is_sent(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000, 150_000)
    await town.open("cyd", "ben", 100_000)
    there = (await cyd.balance()).onchain_confirmed_sat
    payouts = await to_ben(town, there - 20_000)
    refused = await town.run(cyd.quote_send(Sending(payouts)))
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.MUST_STAY
    most = int("".join(filter(str.isdigit, refused.remedy)))
    assert not isinstance(
        await town.run(cyd.quote_send(Sending(await to_ben(town, most)))), Refused
    )
    assert isinstance(
        await town.run(cyd.quote_send(Sending(await to_ben(town, most + 1)))), Refused
    )
    two = await to_ben(town, most // 2, most - most // 2 + 1)
    assert isinstance(await town.run(cyd.quote_send(Sending(two))), Refused)
    quote = await town.do(cyd.quote_send(Sending(await to_ben(town, 0), everything=True)))
    assert (quote.must_stay_sat, quote.amount_sat) == (RESERVE_SAT, most)
    assert quote.change_sat == RESERVE_SAT
    await town.do(cyd.send(Sending(await to_ben(town, 0), everything=True)))
    await town.mine()
    balance = await cyd.balance()
    assert (balance.bump_reserve_sat, balance.bump_reserve_missing_sat) == (RESERVE_SAT, 0)
    assert balance.onchain_confirmed_sat == quote.change_sat
    await expect_sums(cyd)


async def test_a_crash_before_it_left_does_not_lose_it(town: Town) -> None:
    ada = town.nodes["ada"]
    ada._board.publish = lambda *_: None  # type: ignore[method-assign]  # lost on its way
    sent = await town.do(ada.send(Sending(await to_ben(town, 300_000))))
    assert waiting(town) == []
    ada = await town.restart("ada")
    assert waiting(town) == [sent.txid]
    await town.mine()
    assert (await history(ada))[0].confirmations == 1
    await expect_sums(ada)


async def test_what_a_mempool_forgot_is_offered_again(town: Town) -> None:
    ada = town.nodes["ada"]
    sent = await town.do(
        ada.send(Sending(await to_ben(town, 300_000), fee=WantedFee(feerate_per_kw=253)))
    )
    town.regtest.mempool._entries.clear()
    assert waiting(town) == []
    await town.mine()
    assert waiting(town) == [sent.txid]


async def test_a_reorganisation_takes_it_back_and_brings_it_again(town: Town) -> None:
    ada = town.nodes["ada"]
    sent = await town.do(ada.send(Sending(await to_ben(town, 300_000))))
    await town.mine(2)
    await town.regtest.reorganise(2)
    told = (await history(ada))[0]
    assert (told.txid, told.kind) == (sent.txid, TxKind.SENT)
    assert told.confirmations > 0
    await expect_sums(ada)


async def test_a_full_disk_sends_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, payouts = town.nodes["ada"], await to_ben(town, 300_000)
    before = await ada.balance(), await coins(ada)
    for at in (1, 2, 3, 4):
        with monkeypatch.context() as patch:
            Fault(ada, at, patch)
            refused = await ada.send(Sending(payouts))
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.DISK
        assert (await ada.balance(), await coins(ada)) == before
    assert waiting(town) == []
    await town.do(ada.send(Sending(payouts)))


async def test_no_change_key_is_used_up_by_quotes_and_by_what_has_no_change(town: Town) -> None:
    """A restored wallet looks only so far beyond the last key that was used."""
    ada = town.nodes["ada"]
    before = len(ada.wallet_scripts())
    await town.do(ada.quote_send(Sending(await to_ben(town, 300_000))))
    assert isinstance(await town.run(ada.send(Sending(await to_ben(town, 5_000_000)))), Refused)
    await town.do(ada.send(Sending(await to_ben(town, 0), everything=True)))
    assert len(ada.wallet_scripts()) == before


async def test_the_fee_is_what_was_chosen(town: Town) -> None:
    ada, payouts = town.nodes["ada"], await to_ben(town, 300_000)
    slow, usual, dear = [
        await town.do(ada.quote_send(Sending(payouts, fee=fee)))
        for fee in (WantedFee(target_blocks=1_008), USUAL_FEE, WantedFee(feerate_per_kw=5_000))
    ]
    assert slow.fee_sat < usual.fee_sat < dear.fee_sat
    assert (slow.feerate_per_kw, dear.feerate_per_kw) == (275, 5_000)
    assert [cost.fee_sat for cost in usual.rates][1] == usual.fee_sat
    one = await town.do(ada.quote_send(Sending(payouts, fee=WantedFee(feerate_per_kw=250))))
    assert one.feerate_per_kw == 253  # 1 sat/vB, so that it is relayed
    told = await ada.fees()
    assert [one.target_blocks for one in told.fees] == [6, 144, 1_008]
    assert [one.feerate_per_kw for one in told.fees] == [2_500, 1_000, 275]
    assert all(0 <= told.now - one.time < 3_600 for one in told.fees)


async def test_no_estimate_is_a_ceiling_of_what_one_may_pay(town: Town) -> None:
    """It may be nothing but the least that peers pass on, while blocks take only more."""
    ada, payouts = town.nodes["ada"], await to_ben(town, 500_000)
    quote = await town.do(ada.quote_send(Sending(payouts, fee=WantedFee(feerate_per_kw=60_000))))
    assert quote.feerate_per_kw == 60_000
    slip = await town.run(ada.quote_send(Sending(payouts, fee=WantedFee(feerate_per_kw=100_000))))
    assert isinstance(slip, Refused)
    assert "more than 50,000 sat" in slip.message, "a tenth of what is paid"
    unit = await town.run(
        ada.quote_send(Sending(payouts, fee=WantedFee(feerate_per_kw=250_001, most_sat=400_000)))
    )
    assert isinstance(unit, Refused)
    assert "1,000 sat/vB" in unit.remedy


async def test_no_more_than_was_agreed_to(town: Town) -> None:
    ada, payouts = town.nodes["ada"], await to_ben(town, 300_000)
    quote = await town.do(ada.quote_send(Sending(payouts)))
    refused = await town.run(ada.send(Sending(payouts, fee=WantedFee(most_sat=quote.fee_sat - 1))))
    assert isinstance(refused, Refused)
    assert f"{quote.fee_sat:,} sat" in refused.message
    assert waiting(town) == []


async def test_no_address_is_not_called_too_many(town: Town) -> None:
    for count, said in ((0, "No address is given."), (501, "So many addresses")):
        refused = await town.run(town.nodes["ada"].quote_send(Sending((("", 1_000),) * count)))
        assert isinstance(refused, Refused)
        assert refused.message.startswith(said)


Command = Callable[[Node, str], Coroutine[Any, Any, object]]
BAD: dict[str, Command] = {
    "nobody": lambda n, _: n.send(Sending(())),
    "a crowd": lambda n, to: n.send(Sending(((to, 1_000),) * 501)),
    "no address": lambda n, _: n.send(Sending((("", 1_000),))),
    "half a character": lambda n, _: n.send(Sending((("\ud800", 1_000),))),
    "a novel": lambda n, _: n.send(Sending((("bc1" * 100_000, 1_000),))),
    "another network": lambda n, _: n.send(
        Sending((("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", 1_000),))
    ),
    "nothing": lambda n, to: n.send(Sending(((to, 0),))),
    "dust": lambda n, to: n.send(Sending(((to, 293),))),
    "less than nothing": lambda n, to: n.send(Sending(((to, -1),))),
    "more than there is": lambda n, to: n.send(Sending(((to, HUGE),))),
    "more than there is, together": lambda n, to: n.send(Sending(((to, MAX_SAT), (to, MAX_SAT)))),
    "more than the coins": lambda n, to: n.send(Sending(((to, 50_000_000),))),
    "everything to two": lambda n, to: n.send(Sending(((to, 0), (to, 0)), everything=True)),
    "a feerate below zero": lambda n, to: n.send(
        Sending(((to, 1_000),), fee=WantedFee(feerate_per_kw=-1))
    ),
    "a feerate that is not relayed": lambda n, to: n.send(
        Sending(((to, 1_000),), fee=WantedFee(feerate_per_kw=249))
    ),
    "a feerate without end": lambda n, to: n.send(
        Sending(((to, 1_000),), fee=WantedFee(feerate_per_kw=HUGE))
    ),
    "no time": lambda n, to: n.send(Sending(((to, 1_000),), fee=WantedFee(target_blocks=0))),
    "for ever": lambda n, to: n.send(Sending(((to, 1_000),), fee=WantedFee(target_blocks=HUGE))),
    "two fees": lambda n, to: n.send(
        Sending(((to, 1_000),), fee=WantedFee(feerate_per_kw=1_000, target_blocks=6))
    ),
    "a bound below zero": lambda n, to: n.send(Sending(((to, 1_000),), fee=WantedFee(most_sat=-1))),
    "a bound without end": lambda n, to: n.send(
        Sending(((to, 1_000),), fee=WantedFee(most_sat=HUGE))
    ),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_cannot_be_is_refused(town: Town, what: str) -> None:
    ada = town.nodes["ada"]
    before = await ada.balance()
    [(address, _)] = await to_ben(town, 0)
    refused = await town.run(BAD[what](ada, address))
    assert isinstance(refused, Refused), refused
    assert refused.message.endswith(".")
    assert refused.remedy.endswith(".")
    assert await ada.balance() == before
    assert waiting(town) == []
