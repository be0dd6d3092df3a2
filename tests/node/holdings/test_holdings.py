"""Every satoshi is somewhere, once, after every turn of scripted and of random days."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.holdings import HoldingKind, HoldingView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState
from tests.node.bookkeeping import Bookkeeper, after_every_turn, leaves_of
from tests.node.test_cheats import newest
from tests.node.test_htlc_days import a_bad_hour
from tests.node.test_htlc_fees import empty_block
from tests.node.test_htlcs_on_chain import LONGEST, hang
from tests.node.town import DELAY, Town

K = HoldingKind


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bookkeeper]:
    keeper = after_every_turn(monkeypatch)
    yield keeper
    assert keeper.turns > 100
    assert keeper.wrong == []


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
async def test_a_day_with_a_close_in_agreement(
    tmp_path: Path, keeper: Bookkeeper, anchors: bool
) -> None:
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_123)
    await town.pay("ben", "ada", 30_000_001)
    await town.regtest.reorganise(6)  # the funding is not deep any more
    await town.mine(3)
    await town.restart("ben")
    await town.pay("ada", "ben", 7_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(2)
    await town.regtest.reorganise(2)
    await town.mine(4)
    await town.end()
    assert keeper.seen >= {K.FUNDING, K.CAN_SEND, K.CHANNEL_RESERVE, K.HELD_UP, K.HTLC}
    assert keeper.seen >= {K.COMMITMENT_FEE, K.FEE_BUFFER, K.CLOSE_AGREED, K.CLOSE_FEE}
    assert keeper.seen >= {K.COIN, K.COIN_UNCONFIRMED, K.COIN_FOR_FUNDING}
    assert (K.COIN_KEPT in keeper.seen, K.ANCHORS in keeper.seen) == (anchors, anchors)


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
@pytest.mark.parametrize("closer", ["ada", "ben"])
async def test_a_day_on_which_somebody_closes_alone(
    tmp_path: Path, keeper: Bookkeeper, anchors: bool, closer: str
) -> None:
    """With payments both ways under way, of which two are too small for outputs."""
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000, push_msat=200_000_000)
    for sat in (300, 20_000, 30_000):
        await hang(town, "ada", "ben", sat)
        await hang(town, "ben", "ada", sat + 1)
    await town.do(town.nodes[closer].force_close(channel_id))
    await town.clock.rest()
    await town.mine()
    await town.regtest.reorganise(1)
    await town.restart("ada")
    await town.mine(DELAY // 2)
    await town.regtest.reorganise(2)
    await town.mine(DELAY + 20)
    await town.end()
    assert keeper.seen >= {K.CLOSE_UNCONFIRMED, K.DELAYED, K.HTLC_ON_CHAIN, K.SWEEP}
    assert keeper.seen >= {K.CLOSE_FEE, K.SWEEP_FEE, K.TRIMMED}
    assert (K.ANCHORS_LEFT in keeper.seen) is anchors


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
async def test_a_day_with_a_cheat(tmp_path: Path, keeper: Bookkeeper, anchors: bool) -> None:
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000, push_msat=200_000_000)
    await hang(town, "ada", "ben", 30_000)
    old = newest(town, channel_id)
    await town.restart("ben")
    await town.stop("ben")
    assert town.regtest.publish(old.tx) is None
    await town.mine(2)
    await town.regtest.reorganise(2)
    await town.mine(8)
    await town.start("ben")
    await town.mine(110)
    assert (await town.channel("ada", channel_id)).closing_kind == "breach by them"
    await town.end()
    assert keeper.seen >= {K.SWEEP, K.SWEEP_FEE}


async def test_a_day_on_the_way_of_others(tmp_path: Path, keeper: Bookkeeper) -> None:
    """In parts over two channels, and held by the payee."""
    town = Town(tmp_path, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    for _ in range(2):
        await town.open("ada", "ben", 400_000)
        await town.open("ben", "cyd", 400_000)
    await town.mine(3)
    await town.pay("ada", "cyd", 500_000_000)
    await hang(town, "ada", "cyd", 150_000)
    for view in await town.nodes["ben"].channels():
        await town.do(town.nodes["ben"].force_close(view.channel_id))
    await town.mine(DELAY + 6)
    await town.end()
    assert keeper.seen >= {K.HTLC, K.HTLC_ON_CHAIN}


def two(dice: Random) -> tuple[str, str]:
    """Who does something, and with whom."""
    return ("ada", "ben") if dice.random() < 0.5 else ("ben", "ada")


@pytest.mark.parametrize("seed", range(3))
async def test_vuln_058_random_days(tmp_path: Path, keeper: Bookkeeper, seed: int) -> None:
    """A question about the balance ended the process while an HTLC was pending: here it is asked
    after every turn, whatever is under way, and always has an answer that adds up."""
    dice = Random(f"satoshis {seed}")
    town = Town(tmp_path, f"satoshis {seed}".encode(), anchors=dice.random() < 0.7)
    await town.begin("ada", "ben")
    channels = [await town.open(*two(dice), 400_000, push_msat=150_000_000) for _ in range(2)]
    for _ in range(dice.randint(1, 3)):
        await town.pay(*two(dice), dice.randint(1, 40_000_000))
    for _ in range(dice.randint(1, 4)):
        await hang(town, *two(dice), dice.choice((250, 2_000, 25_000)))
    for channel_id in channels:
        closer = town.nodes[dice.choice(("ada", "ben"))]
        await town.run(dice.choice((closer.close, closer.force_close))(channel_id))
        await a_bad_hour(town, dice)
    for _ in range(5):
        await a_bad_hour(town, dice)
    town.regtest.calm()
    await town.mine(DELAY + 190)
    await town.end()


async def told(town: Town, name: str) -> tuple[int, int]:
    """The total and what is written off, in msat."""
    view = await town.nodes[name].holdings()
    return view.total.amount_msat, view.written_off.amount_msat


async def coming_home(town: Town, name: str) -> int:
    """By a close in agreement, in msat; it is all that comes home."""
    view = await town.nodes[name].holdings()
    found = {one.kind: one.amount_msat for one in view.total.children}
    assert K.CLOSING not in found
    return found[K.CLOSING_AGREED]


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
@pytest.mark.parametrize("how", ["together", "ada", "ben"])
async def test_what_is_written_off_is_what_is_missing(
    tmp_path: Path, anchors: bool, how: str
) -> None:
    """To the thousandth of a satoshi, on both sides; with payments where somebody closes alone."""
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_123)
    before = {name: await told(town, name) for name in ("ada", "ben")}
    paid = 0
    if how == "together":
        await town.do(town.nodes["ben"].close(channel_id))
        agreed = {name: await coming_home(town, name) for name in ("ada", "ben")}
    else:
        for msat in (250_000, 20_000_199, 30_000_100):  # no output holds a part of a satoshi
            await hang(town, "ada", "ben", amount_msat=msat)
        paid = 50_000_299
        await town.do(town.nodes[how].force_close(channel_id))
    await town.mine(DELAY + 12)
    for name, moved in (("ada", -paid), ("ben", paid)):
        total, written_off = await told(town, name)
        assert (before[name][1], total + written_off) == (0, before[name][0] + moved), name
        if how == "together":  # what was said to be free of fees came whole
            coins = await town.nodes[name].coins()
            assert not isinstance(coins, Refused)
            assert agreed[name] // 1000 in [coin.amount_sat for coin in coins.coins]
    await town.end()


async def test_what_payments_cost_that_time_out_is_written_off_to_the_thousandth(
    tmp_path: Path,
) -> None:
    """Coins of the wallet pay for the first stage, and are counted once; the parts of a satoshi
    that no output holds are lost as soon as the close is in a block."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000)
    before, _ = await told(town, "ada")
    for msat in (20_000_199, 30_000_100):
        await hang(town, "ada", "ben", amount_msat=msat)
    quote = await town.do(town.nodes["ada"].quote_close(channel_id))
    await town.stop("ben")
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine()
    assert sum(await told(town, "ada")) == before
    await town.mine(LONGEST + DELAY)
    total, written_off = await told(town, "ada")
    assert total + written_off == before
    [costs] = (await town.nodes["ada"].holdings()).written_off.children
    by_kind = {leaf.kind: leaf.amount_msat for leaf in costs.children}
    page = await town.nodes["ada"].transactions()
    assert not isinstance(page, Refused)
    by_coins = [one for one in page.transactions if one.kind is TxKind.FEE]
    assert len(by_coins) == 2
    assert by_kind[K.FEE_BY_COINS] == sum(one.fee_sat for one in by_coins) * 1000
    assert by_kind[K.DUST] == 299
    said = {leaf.kind: leaf.txid for leaf in costs.children}
    assert said[K.CLOSE_FEE] == costs.txid
    assert said[K.FEE_BY_COINS] == said[K.SWEEP_FEE] == ""  # each has a part of it
    assert quote.force_fee_sat * 1000 == written_off  # as it was said before
    await town.end()


async def test_a_child_of_a_close_is_written_off_once(tmp_path: Path) -> None:
    """It spends the anchor, and coins of the wallet: fees of both, less what comes back."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000)
    before, _ = await told(town, "ada")
    town.regtest.storm()
    await town.do(town.nodes["ada"].force_close(channel_id))
    await empty_block(town)
    await town.mine(2)
    town.regtest.calm()
    await town.mine(DELAY + 8)
    total, written_off = await told(town, "ada")
    assert total + written_off == before
    assert written_off > 5_000_000
    [costs] = (await town.nodes["ada"].holdings()).written_off.children
    said = {leaf.kind: leaf.txid for leaf in costs.children}
    page = await town.nodes["ada"].transactions()
    assert not isinstance(page, Refused)
    ids = {one.kind: one.txid for one in page.transactions}
    assert said[K.CLOSE_FEE] == costs.txid
    assert (said[K.SWEEP_FEE], said[K.FEE_BY_COINS]) == (ids[TxKind.SWEEP], ids[TxKind.FEE])
    await town.end()


@pytest.mark.parametrize("anchors", [True, False], ids=["anchors", "static_remotekey"])
async def test_the_reasons_explain_all_that_is_held_back(tmp_path: Path, anchors: bool) -> None:
    """Who opened keeps the reserve and the fee, now and if it rises; the other the reserve alone;
    with payments under way too. Nothing is left that no reason covers until the peer is away."""
    town = Town(tmp_path, anchors=anchors)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", 500_000, push_msat=200_000_000)
    for flying in (False, True):
        if flying:
            await hang(town, "ada", "ben", 20_000)
            await hang(town, "ben", "ada", 300)
        for name in ("ada", "ben"):
            held = await kinds_held_back(town, name)
            assert K.HELD_UP not in held
            assert held[K.CHANNEL_RESERVE] == 5_000_000
            assert (K.COMMITMENT_FEE in held, K.FEE_BUFFER in held) == (name == "ada",) * 2
            assert held.get(K.ANCHORS, 0) == (660_000 if anchors and name == "ada" else 0)
    await town.stop("ben")
    held = await kinds_held_back(town, "ada")
    assert (await town.nodes["ada"].balance()).can_send_msat == 0
    assert held[K.HELD_UP] > 250_000_000
    words = [leaf.explanation for leaf in await held_back(town, "ada") if leaf.kind is K.HELD_UP]
    assert "is not connected" in words[0]
    assert (await town.channel("ada", channel_id)).state is ChannelState.OFFLINE
    await town.end()


async def held_back(town: Town, name: str) -> list[HoldingView]:
    view = await town.nodes[name].holdings()
    [group] = [child for child in view.total.children if child.kind is K.RESERVED]
    return list(leaves_of(group))


async def kinds_held_back(town: Town, name: str) -> dict[HoldingKind, int]:
    return {leaf.kind: leaf.amount_msat for leaf in await held_back(town, name)}
