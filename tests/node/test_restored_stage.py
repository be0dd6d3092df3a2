"""A payment of ours on its second stage when the wallet is lost, and comes back from its backup."""

from __future__ import annotations

from pathlib import Path

from tests.node.channels.test_restoring import backup_of
from tests.node.test_htlcs_on_chain import AMOUNT_SAT, FUNDED_SAT, hang
from tests.node.test_words_alone import pass_by
from tests.node.town import DELAY, Town


async def test_the_second_stage_of_a_lost_wallet_comes_home(tmp_path: Path) -> None:
    """Words and backup know nothing of the payment; its HTLC-timeout transaction is in the chain,
    and what that pays can be taken once the delay is over."""
    town = Town(tmp_path, anchors=False, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    await hang(town, "ada", "ben")
    await town.stop("ben")
    [htlc] = town.nodes["ada"].channel_states()[0].ledger.htlcs
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine(htlc.cltv_expiry + 3 - town.regtest.chain.height)
    before = await town.total_sat("ada")
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.start("ada", file)
    await pass_by(town)  # until it has read the old blocks
    await town.mine(DELAY + 10)
    assert AMOUNT_SAT - 10_000 < await town.total_sat("ada") - before <= AMOUNT_SAT
    await town.end()
