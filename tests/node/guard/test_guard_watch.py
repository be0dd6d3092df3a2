"""What the guard watches, output by output, and its log page by page."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from lnwallet_tui.api.costs import OutputKind
from lnwallet_tui.api.guard import WatchKind, WatchView
from lnwallet_tui.api.holdings import HoldingView
from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.bitcoin.tx import OutPoint
from tests.node.test_cheats import newest, old_state
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, hang
from tests.node.town import DELAY, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def of(town: Town, name: str, *kinds: WatchKind) -> list[WatchView]:
    return [one for one in await town.nodes[name].watched() if not kinds or one.kind in kinds]


def blocks_in(words: str) -> list[int]:
    return [int(one.replace(",", "")) for one in re.findall(r"block ([\d,]*\d)", words)]


def leaves(view: HoldingView) -> Iterator[HoldingView]:
    yield from (leaf for child in view.children for leaf in leaves(child))
    if not view.children:
        yield view


async def test_each_funding_output_by_channel(town: Town) -> None:
    assert await of(town, "ada") == []
    ids = [await town.open("ada", "ben", size) for size in (300_000, 250_000)]
    first, second = await of(town, "ada")
    assert [first.channel_id, second.channel_id] == ids
    assert {first.kind, second.kind} == {WatchKind.FUNDING}
    assert (first.amount_sat, second.amount_sat) == (300_000, 250_000)
    outpoint = OutPoint(bytes.fromhex(first.txid)[::-1], first.vout)
    assert town.regtest.chain.coin(outpoint) is not None
    view = await town.nodes["ada"].guard()
    assert view.funding_outputs_watched == 2
    await town.pay("ada", "ben", 100_000_000)
    [paid] = [one for one in await of(town, "ada") if "no old state" not in one.explanation]
    assert "old states would be punished" in paid.explanation


async def test_a_close_with_its_payment_until_all_is_home(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine()
    close, *outputs = await of(town, "ada")
    assert close.kind is WatchKind.CLOSE
    assert close.vout == -1
    assert "Closed by us alone" in close.explanation
    [htlc] = [one for one in outputs if one.kind is WatchKind.HTLC]
    assert htlc.amount_sat == AMOUNT_SAT
    assert {one.txid for one in outputs} == {close.txid}
    [balance] = [one for one in outputs if one.kind is WatchKind.BALANCE]
    assert balance.explanation.startswith("Our balance: can be taken from block")
    assert balance.is_open
    await town.mine(DELAY + 2)
    [home, *_] = await of(town, "ada", WatchKind.BALANCE)
    assert (home.explanation, home.is_open) == ("Our balance: taken.", False)


async def test_a_payment_in_two_stages_has_the_same_blocks_everywhere(town: Town) -> None:
    """The guard's list and log, the close's check and what is said of the channel and of money:
    from when on it is taken, and from when on it is spent."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    ada = town.nodes["ada"]
    quote = await town.do(ada.quote_close(channel_id))
    assert isinstance(quote, CloseQuote)
    await town.stop("ben")
    await town.do(ada.force_close(channel_id))
    money = [one.explanation for one in leaves((await ada.holdings()).total)]
    published = [blocks_in(one) for one in money if "is taken on chain, or comes back" in one]
    await town.mine()
    [htlc] = await of(town, "ada", WatchKind.HTLC)
    taken, home = blocks_in(htlc.explanation)
    assert home == taken + DELAY
    assert published == [[taken, home]]
    [line] = [one.text for one in (await ada.guard()).log if "if nobody takes it" in one.text]
    assert blocks_in(line) == [taken, home]
    money = [one.explanation for one in leaves((await ada.holdings()).total)]
    said = [one for one in money if "preimage" in one]
    assert [blocks_in(one) for one in said] == [[taken, home]]
    assert blocks_in((await town.channel("ada", channel_id)).explanation)[-2:] == [taken, home]
    promised = [one for one in quote.force_outputs if one.kind is OutputKind.PAYMENT_OUT]
    assert [one.spendable_height for one in promised] == [home]


async def test_a_cheat_is_named_and_its_deadline_said(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    [close] = await of(town, "ada", WatchKind.CLOSE)
    assert "CHEATED" in close.explanation
    assert "sat of it are the fee of the old state" in close.explanation  # as in all other places
    balances = await of(town, "ada", WatchKind.BALANCE)
    [loot] = [one for one in balances if one.explanation.startswith("Their balance: being taken")]
    assert loot.by_height == town.regtest.chain.height + DELAY
    await town.mine()
    assert all(not one.by_height for one in await of(town, "ada"))


async def test_the_only_anchor_of_an_old_state_is_not_told_as_several(town: Town) -> None:
    """Where the cheat had nothing yet; the log has the same words."""
    channel_id = await town.open("ada", "ben", 300_000)
    first = newest(town, channel_id)
    await town.pay("ada", "ben", 100_000_000)
    assert town.regtest.publish(first.tx) is None
    await town.mine()
    [close] = await of(town, "ada", WatchKind.CLOSE)
    assert close.explanation.endswith(", 330 sat of it are its only anchor.")
    log = (await town.nodes["ada"].guard()).log
    assert any("330 sat are its only anchor, which" in one.text for one in log)


async def test_the_log_page_by_page(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(101)
    ada = town.nodes["ada"]
    whole = await ada.guard_log()
    assert whole.total == len(whole.entries) > 1
    assert whole.entries == (await ada.guard()).log
    pages = [await ada.guard_log(1, skip) for skip in range(whole.total + 1)]
    assert [entry for page in pages for entry in page.entries] == [*whole.entries]
    assert (await ada.guard_log(-1, -5)).entries == ()
