"""The guard's log tells of every output of a close what becomes of it, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.playground.cheating import kept_state
from tests.node.test_htlc_fees import notices
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, hang
from tests.node.town import DELAY, Town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def log(town: Town, name: str) -> list[str]:
    """The oldest first."""
    return [entry.text for entry in (await town.nodes[name].guard()).log][::-1]


async def test_two_payments_of_one_amount_dust_and_anchors(town: Town) -> None:
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    for amount in (AMOUNT_SAT, AMOUNT_SAT, 300):
        await hang(town, "ada", "ben", amount)
    await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(DELAY + 16)
    for name in ("ada", "ben"):
        said = await log(town, name)
        [dust] = [line for line in said if "too small for an output" in line]
        assert "300 sat" in dust
        assert len([line for line in said if "anchors" in line]) == 1
    bens = await log(town, "ben")
    moved = [line for line in bens if "decided for us" in line]
    home = [line for line in bens if f"{AMOUNT_SAT:,} sat of the channel" in line]
    home = [line for line in home if "back in the wallet" in line]
    assert (len(moved), len(home)) == (2, 2)
    together = "less the fee that was paid together."
    assert all(line.endswith(together) for line in home)  # one transaction took both
    assert bens.index(moved[0]) < bens.index(home[0])


async def test_a_copy_of_this_wallet_is_told_of_at_once(town: Town) -> None:
    """It published what we had revoked: the peer takes it, and the user must know why."""
    channel_id = await town.open("ada", "ben", 300_000)
    ada = town.nodes["ada"]
    await town.pay("ada", "ben", 100_000_000)
    [channel] = ada.channel_states()
    old = kept_state(channel, ada.channel_signer(channel.channel_id)).tx
    await town.pay("ben", "ada", 80_000_000)
    told = notices(town, "ada")
    assert town.regtest.publish(old) is None
    await town.mine(3)
    assert [text for text in told if "a copy of this wallet is at work" in text] == told[:1]
    assert (await town.channel("ben", channel_id)).closing_kind == "breach by them"


async def test_what_came_home_is_what_the_wallet_holds(town: Town) -> None:
    """Its fee was paid of it."""
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    ada = town.nodes["ada"]
    await town.do(ada.force_close(channel_id))
    await town.mine()
    before = (await ada.balance()).onchain_confirmed_sat
    await town.mine(DELAY + 16)
    came = (await ada.balance()).onchain_confirmed_sat - before
    [home] = [line for line in await log(town, "ada") if "back in the wallet" in line]
    assert home.startswith(f"{came:,} sat of the channel with ")
    assert " less " in home
    assert home.endswith(" sat of fee.")
