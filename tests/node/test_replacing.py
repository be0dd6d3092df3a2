"""Fees go up and down and no block takes what waits: children of our commitment and HTLC
transactions are replaced by the rules of nodes of any age, and never with coins of another."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import Tx, TxOut
from lnwallet_tui.node.ports import BroadcastResult
from tests.node.test_htlc_fees import empty_block
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, gained, hang
from tests.node.town import DELAY, Town
from tests.relay_rules import OldRules

PERCENT = (70, 90, 101, 103, 110, 130)  # from one block's feerate to the next
LEAST, FIRST, MOST = 1_000, 4_000, 40_000  # sat/kvB
BLOCKS = 40


class Refusals:
    """What the network says no to, of a node's transactions."""

    def __init__(self, town: Town, name: str) -> None:
        self.reasons: list[str] = []
        source = town.nodes[name]._shell.ports.chain
        self._broadcast = source.broadcast
        source.broadcast = self._watch  # type: ignore[method-assign]  # overheard

    async def _watch(self, txs: tuple[Tx, ...]) -> tuple[BroadcastResult, ...]:
        results = await self._broadcast(txs)
        self.reasons += [result.reason for result in results if not result.accepted]
        return results


def spends_no_coin_twice(town: Town) -> bool:
    spent = [txin.outpoint for e in town.regtest.mempool.entries() for txin in e.tx.inputs]
    return len(spent) == len(set(spent))


async def bad_weather(town: Town, dice: Random) -> None:
    """Blocks that hold nothing of ours, while fees change their mind."""
    soon = FIRST
    for _ in range(BLOCKS):
        soon = max(LEAST, min(MOST, soon * dice.choice(PERCENT) // 100))
        town.regtest.weather.change((soon, soon // 2 + 500, 1_000))
        await empty_block(town)
        assert spends_no_coin_twice(town)


@pytest.mark.parametrize("seed", range(3))
async def test_every_replacement_is_relayed(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    town = Town(tmp_path, str(seed).encode())
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    for _ in range(2):
        await hang(town, "ada", "ben")
    rules, refusals = OldRules(town.regtest.mempool), Refusals(town, "ben")
    await town.stop("ada")
    town.regtest.weather.change((FIRST, FIRST, LEAST))
    await town.do(town.nodes["ben"].force_close(channel_id))
    await bad_weather(town, dice)
    children = rules.replacements
    await town.mine()
    await bad_weather(town, dice)
    assert rules.replacements > children > 0
    assert rules.broken == []
    assert refusals.reasons == []
    town.regtest.calm()
    await town.mine(DELAY + 10)
    gain = await gained(town, "ben")
    assert 2 * AMOUNT_SAT - 60_000 < gain < 2 * AMOUNT_SAT  # what was offered last was dear
    await town.start("ada")
    await town.end()


async def test_nothing_hangs_on_the_change_of_a_child(tmp_path: Path) -> None:
    """The peer's commitment can confirm instead of ours, and the child is gone with all of it."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    cyd = await town.start("cyd")
    address = (await town.do(cyd.address())).address
    town.regtest.give([TxOut(Sat(200_000), address_to_script(address, Network.REGTEST))])
    channel_id = await town.open("ada", "cyd", FUNDED_SAT, push_msat=100_000_000)
    town.regtest.storm()
    await town.do(cyd.force_close(channel_id))
    await empty_block(town)
    [coin] = [c for c in cyd._board.wallet._ledger.coins() if c.height is None]
    assert coin.value > Sat(100_000)
    assert cyd._board.wallet.spendable(town.regtest.chain.height) == ()
    await town.end()
