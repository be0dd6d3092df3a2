"""A payment of ours on its second stage when the wallet is lost, and comes back from its backup;
and what coins had paid for that, or for its close, until then."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.coins import TxKind
from lnwallet_tui.api.holdings import HoldingKind
from lnwallet_tui.api.refusals import Refused
from tests.node.channels.test_restoring import backup_of
from tests.node.test_htlc_fees import empty_block
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


@pytest.mark.parametrize("paid_for", ["payment", "close"])
async def test_what_coins_paid_before_is_known_from_the_chain(
    tmp_path: Path, paid_for: str
) -> None:
    """By the first stage of a payment, and by a child of the close: of neither does a restored
    wallet know that it made it."""
    town = Town(tmp_path, looks_behind=True, backs_up=True)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT)
    if paid_for == "payment":
        await hang(town, "ada", "ben")
        [htlc] = town.nodes["ada"].channel_states()[0].ledger.htlcs
        await town.stop("ben")
        await town.do(town.nodes["ada"].force_close(channel_id))
        await town.mine(htlc.cltv_expiry + 3 - town.regtest.chain.height)
    else:
        await town.stop("ben")
        town.regtest.storm()
        await town.do(town.nodes["ada"].force_close(channel_id))
        await empty_block(town)
        await town.mine(2)
        town.regtest.calm()
    before = await by_coins(town)
    assert before > 0
    file = backup_of(town, "ada").read_bytes()
    await town.lose("ada")
    await town.start("ada", file)
    await pass_by(town)
    assert await by_coins(town) == before
    await town.mine(DELAY + 10)
    assert await by_coins(town) == before
    await town.end()


async def by_coins(town: Town) -> int:
    """What coins of Ada's wallet paid miners for her one close, in sat: as is written off, and as
    the transactions say."""
    ada = town.nodes["ada"]
    [channel] = (await ada.holdings()).written_off.children
    written = {leaf.kind: leaf.amount_msat for leaf in channel.children}
    page = await ada.transactions()
    assert not isinstance(page, Refused)
    fees_sat = sum(one.fee_sat for one in page.transactions if one.kind is TxKind.FEE)
    assert written[HoldingKind.FEE_BY_COINS] == fees_sat * 1000
    return fees_sat
