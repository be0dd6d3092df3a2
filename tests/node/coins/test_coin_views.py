"""The wallet on chain through the counter: what each coin and transaction is, the user's words for
them, coins that are left alone, and blocks that leave."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.activity import moved
from lnwallet_tui.api.coins import CoinsPage, CoinView, TransactionsPage, TransactionView, TxKind
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.notes import LONGEST_NOTE
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.node.coins import coin_views
from lnwallet_tui.node.node import Node
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.policy import POLICY
from lnwallet_tui.store.errors import DiskFull
from tests.node.bookkeeping import check, check_changes
from tests.node.coins.test_bump_reserve import with_coins
from tests.node.test_cheats import is_punished, old_state
from tests.node.test_disk import Fault
from tests.node.test_htlc_fees import empty_block
from tests.node.town import COINS_SAT, DELAY, Town

K = TxKind
RESERVE_SAT = bump_reserve(POLICY).value


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def history(node: Node) -> tuple[TransactionView, ...]:
    page = await node.transactions()
    assert isinstance(page, TransactionsPage), page
    return page.transactions


async def coins(node: Node) -> tuple[CoinView, ...]:
    page = await node.coins()
    assert isinstance(page, CoinsPage), page
    return page.coins


async def opened(node: Node) -> str:
    """What is said of the transaction that opened the channel."""
    return next(one for one in await history(node) if one.kind is K.OPENING).explanation


async def expect_sums(node: Node) -> None:
    """Coins, history and balance say the same."""
    told, balance = await node.onchain(), await node.balance()
    assert told.confirmed_sat == balance.onchain_confirmed_sat
    assert told.pending_sat == balance.onchain_pending_sat
    assert told.reserve_sat == balance.bump_reserve_sat
    assert told.closing_msat == balance.closing_msat
    kept = told.reserve_sat + told.next_reserve_sat
    free = told.can_open_sat + told.open_fee_sat
    there = told.confirmed_sat + told.pending_sat - told.frozen_sat - told.waiting_sat
    if told.can_open_sat:
        assert there == kept + free
    else:
        assert there >= told.reserve_sat == kept
        assert told.open_fee_sat == 0
    found, past = await coins(node), await history(node)
    assert sum(one.amount_sat for one in found) == told.confirmed_sat + told.pending_sat
    assert sum(one.amount_sat for one in past) == told.confirmed_sat + told.pending_sat
    assert sum(one.kept_sat for one in found) == told.reserve_sat
    moves = [moved(one) for one in past]
    came = sum(one.amount_sat for one in moves if not one.outgoing)
    left = sum(one.amount_sat + one.fee_sat for one in moves if one.outgoing)
    assert came - left == told.confirmed_sat + told.pending_sat
    await check_changes(node)
    told_of = [one.explanation for one in found] + [one.explanation for one in past]
    assert all(one.endswith(".") for one in told_of)
    assert not any(one.kind is K.SPENT for one in past)


async def test_a_wallet_that_was_filled(town: Town) -> None:
    ada = town.nodes["ada"]
    await expect_sums(ada)
    found = await coins(ada)
    assert {one.amount_sat for one in found} == set(COINS_SAT)
    assert {(one.kind, one.spendable, one.confirmations) for one in found} == {
        (K.RECEIVED, True, 1)
    }
    [gift] = await history(ada)
    assert (gift.amount_sat, gift.fee_sat, gift.kind) == (sum(COINS_SAT), 0, K.RECEIVED)
    assert gift.explanation == "Somebody paid it to an address of yours. Nothing is left to do."
    assert gift.time == town.regtest.chain.tip.time
    await town.mine(3)
    [gift] = await history(ada)
    assert (gift.confirmations, gift.height) == (4, town.regtest.chain.height - 3)


async def test_a_channel_from_its_opening_to_a_close_in_agreement(town: Town) -> None:
    ada, ben = town.nodes["ada"], town.nodes["ben"]
    view = await town.do(ada.open_channel(town.uri("ben"), 700_000))
    opening = (await history(ada))[0]
    assert (opening.kind, opening.height, opening.time) == (K.OPENING, 0, 0)
    assert opening.amount_sat == -700_000 - opening.fee_sat < -700_000
    assert opening.channel_id == view.channel_id
    assert "waits for a block" in opening.explanation
    change = (await coins(ada))[0]
    assert (change.kind, change.confirmations, change.spendable) == (K.OPENING, 0, True)
    assert "nobody else can take back" in change.explanation
    await expect_sums(ada)
    await town.mine()
    assert "The channel is ready at block" in (await history(ada))[0].explanation
    await town.mine(3)
    assert "What is yours of it comes back" in (await history(ada))[0].explanation
    await town.pay("ada", "ben", 200_000_000)
    await town.do(ada.close(view.channel_id))
    assert (await ada.onchain()).closing_msat > 0
    await town.mine()
    for node, pays in ((ada, True), (ben, False)):
        closed = (await history(node))[0]
        assert (closed.kind, closed.channel_id) == (K.CLOSE, view.channel_id)
        assert (closed.fee_sat > 0) is pays
        assert ("You paid its fee." in closed.explanation) is pays
        assert "It is final at block" in closed.explanation
        assert (await coins(node))[0].kind is K.CLOSE
        await expect_sums(node)
    await town.mine(120)
    assert (await history(ada))[0].explanation.endswith("Nothing is left to do.")
    assert (await opened(ada)).endswith("which is closed. Nothing is left to do.")


async def test_a_close_alone_is_awaited_and_then_swept(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 500_000)
    await town.do(ada.force_close(channel_id))
    assert (await opened(ada)).endswith("It is closing; Channels says when what is yours is back.")
    await town.mine()
    closed, tip = (await ada.channels())[0].explanation, town.regtest.chain.height
    assert closed.startswith(
        f"You closed alone, in block {tip:,}; you ordered it at block {tip - 1:,}."
    )
    assert "You ordered it" not in closed
    told = await ada.onchain()
    assert 490_000_000 < told.closing_msat < 500_000_000
    assert told.closing_until_height == town.regtest.chain.height + DELAY
    assert told.closing_until_time > ada._shell.now()
    assert (await opened(ada)).endswith(
        "which is closed. Some of it is still to come home: Channels says when. The wallet sees "
        "to it."
    )
    await town.mine(DELAY + 3)
    assert "which is closed. It is final at block" in await opened(ada)
    sweep = next(one for one in await history(ada) if one.kind is K.SWEEP)
    assert 0 < sweep.fee_sat < 5_000
    assert sweep.channel_id == channel_id
    await expect_sums(ada)


async def test_a_close_that_is_hurried_costs_a_coin(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 500_000)
    town.regtest.storm()
    await town.do(ada.force_close(channel_id))
    await empty_block(town)
    child = (await history(ada))[0]
    assert (child.kind, child.channel_id, child.height) == (K.FEE, channel_id, 0)
    assert child.explanation.startswith("A coin of yours paid to hurry the close of the channel")
    assert child.amount_sat < 0 < child.fee_sat
    assert not (await coins(ada))[0].spendable
    await expect_sums(ada)
    await town.mine(2)
    assert next(one.kind for one in await history(ada) if one.txid == child.txid) is K.FEE


async def test_a_cheat_is_named(town: Town) -> None:
    ada = town.nodes["ada"]
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    await town.mine(3)
    assert is_punished(town, old.tx)
    taken = next(one for one in await history(ada) if one.kind is K.PENALTY)
    assert "published an old state" in taken.explanation
    assert taken.fee_sat > 0
    assert any(one.kind is K.PENALTY for one in await coins(ada))
    await expect_sums(ada)


async def test_confirmations_go_back_with_the_blocks(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.mine(2)
    before = (await coins(ada))[0]
    assert before.confirmations == 3
    await town.regtest.reorganise(3)
    after = next(one for one in await coins(ada) if one.coin == before.coin)
    assert 0 < after.confirmations <= 4
    assert after.time != before.time
    [gift] = await history(ada)
    assert gift.time == after.time
    await expect_sums(ada)


async def test_what_a_block_that_left_had_confirmed_waits_again(town: Town) -> None:
    ada = town.nodes["ada"]
    tip = ada._board.chain.height
    with ada._store.transaction() as tx:
        ada._board.wallet.forget_block(tx, tip)
    found = await coins(ada)
    assert {(one.height, one.confirmations, one.time) for one in found} == {(0, 0, 0)}
    assert not any(one.spendable for one in found)
    assert "could still be replaced" in found[0].explanation
    [gift] = await history(ada)
    assert gift.explanation.endswith("nobody has to act.")
    assert (await ada.onchain()).can_open_sat == 0
    await expect_sums(ada)


# -- words of one's own


async def test_notes_last_and_come_back_as_they_were(town: Town) -> None:
    ada = town.nodes["ada"]
    coin, gift = (await coins(ada))[1], (await history(ada))[0]
    words = "Rent \x1b[31m100 % [b]"
    noted = await ada.set_coin_note(coin.coin, words)
    assert isinstance(noted, CoinView)
    assert (noted.coin, noted.note, noted.tx_note) == (coin.coin, Untrusted(words), Untrusted(""))
    whole = await ada.set_transaction_note(gift.txid, "from the exchange")
    assert isinstance(whole, TransactionView)
    await town.restart("ada")
    ada = town.nodes["ada"]
    told = {one.coin: (one.note, one.tx_note) for one in await coins(ada)}
    exchange = Untrusted("from the exchange")
    assert told.pop(coin.coin) == (Untrusted(words), exchange)
    assert set(told.values()) == {(Untrusted(""), exchange)}
    assert (await history(ada))[0].note == exchange
    gone = await ada.set_transaction_note(gift.txid, "")
    assert isinstance(gone, TransactionView)
    assert gone.note == Untrusted("")


async def test_what_is_asked_wrongly_is_refused(town: Town) -> None:
    ada = town.nodes["ada"]
    coin, gift = (await coins(ada))[0].coin, (await history(ada))[0].txid
    answers: list[object] = []
    for name in ("", "x", gift, f"{gift}:999", f"{'0' * 64}:0", f"{coin} ", coin.upper() + "f"):
        answers += [await ada.set_coin_note(name, "x"), await ada.freeze(name, True)]
    for name in ("", "x", coin, "0" * 64):
        answers.append(await ada.set_transaction_note(name, "x"))
    assert {_code(one) for one in answers} == {RefusalCode.UNKNOWN}
    answers = []
    for note in ("x" * (LONGEST_NOTE + 1), "\ud800"):
        answers += [await ada.set_coin_note(coin, note), await ada.set_transaction_note(gift, note)]
    assert {_code(one) for one in answers} == {RefusalCode.BAD_INPUT}


def _code(answer: object) -> RefusalCode:
    assert isinstance(answer, Refused), answer
    return answer.code


async def test_a_full_disk_changes_nothing(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    ada = town.nodes["ada"]
    coin, gift = (await coins(ada))[0], (await history(ada))[0]
    for verb in (
        partial(ada.set_coin_note, coin.coin, "x"),
        partial(ada.set_transaction_note, gift.txid, "x"),
        partial(ada.freeze, coin.coin, True),
    ):
        for at in (1, 2, 3):
            with monkeypatch.context() as patch:
                Fault(ada, at, patch)
                assert _code(await verb()) is RefusalCode.DISK
            assert (await coins(ada))[0] == coin
            assert (await history(ada))[0] == gift


# -- coins that are left alone


async def freeze(node: Node, coin: str, *, frozen: bool = True) -> CoinView:
    view = await node.freeze(coin, frozen)
    assert isinstance(view, CoinView), view
    return view


async def test_what_cannot_be_told_is_not_done(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer is that nothing was changed."""
    ada = town.nodes["ada"]
    [first, *_] = await coins(ada)

    def fail(*_: object) -> None:
        raise DiskFull("no")

    with monkeypatch.context() as patch:
        patch.setattr(coin_views, "_coin_views", fail)
        refused = await ada.freeze(first.coin, True)
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.DISK
    assert await coins(ada) == await coins(await town.restart("ada"))
    assert not any(one.frozen for one in await coins(town.nodes["ada"]))


async def test_a_frozen_coin_opens_no_channel_and_stays_so(town: Town) -> None:
    ada = town.nodes["ada"]
    largest = max(await coins(ada), key=lambda one: one.amount_sat)
    whole = (await ada.onchain()).can_open_sat
    view = await freeze(ada, largest.coin)
    assert (view.frozen, view.spendable) == (True, False)
    assert view.explanation.endswith("until you thaw it.")
    told = await ada.onchain()
    assert told.frozen_sat == (await ada.balance()).onchain_frozen_sat == largest.amount_sat
    assert 0 < told.can_open_sat - (whole - largest.amount_sat) < 1_000  # an input less
    refused = await town.run(ada.quote_open(town.uri("ben"), told.can_open_sat + 1))
    assert isinstance(refused, Refused)
    assert refused.code in (RefusalCode.NOT_ENOUGH, RefusalCode.MUST_STAY)
    assert f"Or thaw coins: {largest.amount_sat:,} sat are frozen" in refused.remedy
    await town.do(ada.quote_open(town.uri("ben"), told.can_open_sat))
    frozen = check(ada._board).children
    assert HoldingKind.FROZEN in {one.kind for one in frozen}
    await town.restart("ada")
    ada = town.nodes["ada"]
    await town.open("ada", "ben", 900_000)
    kept = next(one for one in await coins(ada) if one.coin == largest.coin)
    assert (kept.frozen, kept.kept_sat) == (True, 0)
    await expect_sums(ada)
    thawed = await freeze(ada, largest.coin, frozen=False)
    assert (thawed.frozen, thawed.spendable) == (False, True)
    assert (await ada.onchain()).frozen_sat == 0


async def test_the_most_that_can_be_opened_is_what_can_be_opened(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 100_000, 150_000)
    most = (await cyd.onchain()).can_open_sat
    await town.do(cyd.quote_open(town.uri("ben"), most))
    refused = await town.run(cyd.quote_open(town.uri("ben"), most + 1))
    assert isinstance(refused, Refused)
    await town.open("cyd", "ben", most)
    told = await cyd.onchain()
    assert (told.can_open_sat, told.reserve_sat, told.reserve_missing_sat) == (0, RESERVE_SAT, 0)


async def test_a_close_that_waits_has_its_note_before_it_is_in_the_history(town: Town) -> None:
    ada, channel_id = town.nodes["ada"], await town.open("ada", "ben", 500_000)
    await town.do(ada.close(channel_id))
    page = await ada.transactions()
    assert isinstance(page, TransactionsPage)
    [close] = page.waiting_closes
    assert (close.kind, close.height) == (K.CLOSE, 0)
    assert "in agreement and pays your part to this wallet" in close.explanation
    assert close.txid not in {one.txid for one in page.transactions}
    noted = await town.do(ada.set_transaction_note(close.txid, "moved to Ben's"))
    assert noted == replace(close, note=Untrusted("moved to Ben's"))
    await town.restart("ada")
    await town.mine()
    [found] = [one for one in await history(town.nodes["ada"]) if one.txid == close.txid]
    assert found.note == Untrusted("moved to Ben's")


async def test_a_frozen_coin_is_no_reserve_and_pays_for_no_close(town: Town) -> None:
    cyd = await with_coins(town, "cyd", 200_000)
    channel_id = await town.open("cyd", "ben", 100_000)
    [coin] = await coins(cyd)
    assert coin.kept_sat == RESERVE_SAT
    await freeze(cyd, coin.coin)
    told = await cyd.onchain()
    assert (told.reserve_sat, told.reserve_missing_sat) == (0, RESERVE_SAT)
    town.regtest.storm()
    await town.do(cyd.force_close(channel_id))
    for _ in range(3):
        await empty_block(town)
    [still] = await coins(cyd)
    assert (still.coin, still.amount_sat) == (coin.coin, coin.amount_sat)
    await freeze(cyd, coin.coin, frozen=False)
    await empty_block(town)
    assert coin.coin not in {one.coin for one in await coins(cyd)}


async def test_the_frozen_change_of_an_opening_does_not_hurry_it(town: Town) -> None:
    ada = town.nodes["ada"]
    await town.do(ada.open_channel(town.uri("ben"), 700_000))
    change = (await coins(ada))[0]
    await freeze(ada, change.coin)
    town.regtest.storm()
    for _ in range(POLICY.funding_bump + 2):
        await empty_block(town)
    assert len(town.regtest.mempool.entries()) == 1
    await freeze(ada, change.coin, frozen=False)
    await empty_block(town)
    assert len(town.regtest.mempool.entries()) == 2
    assert (await history(ada))[0].explanation.startswith("A coin of yours paid to hurry the open")


async def test_a_coin_that_is_in_an_opening_cannot_be_frozen(town: Town) -> None:
    ada = town.nodes["ada"]
    found = ada._board.wallet.coins()[0]
    with ada._store.transaction() as tx:
        ada._board.wallet.reserve(tx, [found], b"opening")
    kept = next(one for one in await coins(ada) if one.in_opening)
    refused = await ada.freeze(kept.coin, True)
    assert isinstance(refused, Refused)
    assert refused.code is RefusalCode.CHANNEL_BUSY
    assert "kept for a channel that is being opened" in kept.explanation


# -- pages


async def test_pages_join_and_one_can_be_asked_for_by_what_is_in_it(town: Town) -> None:
    cyd = await with_coins(town, "cyd", *range(10_000, 10_023))
    whole = await coins(cyd)
    joined: list[CoinView] = []
    for skip in range(0, 25, 5):
        page = await cyd.coins(5, skip)
        assert isinstance(page, CoinsPage)
        assert (page.first, page.total) == (skip, 23)
        joined += page.coins
    assert tuple(joined) == whole
    page = await cyd.coins(5, holding=whole[12].coin)
    assert isinstance(page, CoinsPage)
    assert (page.first, page.coins) == (10, whole[10:15])
    for limit, skip, first in ((0, -3, 0), (10**9, 10**30, 23)):
        page = await cyd.coins(limit, skip, holding="gone")
        assert isinstance(page, CoinsPage)
        assert (page.first, page.total) == (first, 23)
    past = await cyd.transactions(1, holding=whole[0].coin.partition(":")[0])
    assert isinstance(past, TransactionsPage)
    assert len(past.transactions) == past.total == 1
