"""Coins are sent and hurried over the Bitcoin network, and fees come from whom it is made of."""

from __future__ import annotations

from pathlib import Path

from lnwallet_tui.api.spending import Sending, WantedFee
from lnwallet_tui.bitcoin.tx import txid_to_hex
from tests.light.town import LightTown
from tests.relay_rules import OldRules


async def test_a_payment_from_the_coins_is_sent_hurried_and_confirmed(tmp_path: Path) -> None:
    town = LightTown(tmp_path)
    await town.begin("ada", "ben")
    ada, ben, rules = town.nodes["ada"], town.nodes["ben"], OldRules(town.regtest.mempool)
    before = (await ben.balance()).onchain_confirmed_sat
    address = (await town.do(ben.address(taproot=True))).address
    sent = await town.do(
        ada.send(Sending(((address, 250_000),), fee=WantedFee(feerate_per_kw=300)))
    )
    assert await town.clock.wait_for(lambda: len(town.regtest.mempool) == 1, 600_000)
    again = await town.do(ada.bump(sent.txid, WantedFee(feerate_per_kw=2_000)))
    assert await town.clock.wait_for(lambda: rules.replacements == 1, 600_000)
    assert [txid_to_hex(one.txid) for one in town.regtest.mempool.entries()] == [again.txid]
    assert rules.broken == []
    await town.mine(2)
    assert (await ben.balance()).onchain_confirmed_sat == before + 250_000
    assert not ada._board.wallet.waiting()
    told = await ada.fees()
    assert {one.source for one in told.fees} <= {"what peers pass on", "what blocks took"}
    assert all(one.time <= told.now and one.count > 0 for one in told.fees)
    await town.end()
