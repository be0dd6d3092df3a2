"""What is kept for closes does for them: with any coins, at the feerate that it is meant for."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.coins.coin import Coin
from lnwallet_tui.coins.keep import usable, worth
from lnwallet_tui.onchain.bump import (
    AnchorChild,
    Funded,
    anchor_child,
    fee_of,
    fund_second_stage,
)
from lnwallet_tui.onchain.classify import Ours
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.reserve import bump_reserve
from lnwallet_tui.onchain.second_stage import second_stages
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.policy import POLICY
from tests.coins.wallet import fake_coin, receiving
from tests.onchain.duel import QUIET, Duel, Payment
from tests.playground.bench import Bench

RATE = POLICY.bump_feerate


class Purse:
    """Coins that pay one fee after the other; what comes back is there for the next."""

    def __init__(self, dice: Random, least: Sat) -> None:
        self.coins: list[Coin] = []
        while worth(self.coins, RATE) < least:
            value = dice.choice((600, 3_000, 5_000, 20_000, 70_000, 300_000))
            self.coins.append(fake_coin(value + dice.randint(0, 500), len(self.coins)))
        self._next = len(self.coins)

    def largest_first(self) -> list[Coin]:
        return sorted(self.coins, key=lambda coin: -coin.value.value)

    def spend(self, funded: Funded) -> None:
        self.coins = [coin for coin in self.coins if coin not in funded.coins]
        self.coins.append(fake_coin(funded.tx.outputs[-1].value.value, self._next))
        self._next += 1


def close(duel: Duel, parent: Tx, purse: Purse) -> None:
    facts = duel.facts()
    child = anchor_child(facts, parent, purse.largest_first(), receiving(), RATE)
    assert isinstance(child, AnchorChild)
    paid = fee_of(facts, parent) + child.funded.fee
    assert paid.value * 1000 >= RATE * (parent.weight + child.funded.tx.weight)
    purse.spend(child.funded)
    preimages = {
        htlc.htlc_id: bytes(32) for htlc in facts.our_commitment.spec.htlcs if not htlc.offered
    }
    stages = tuple(second_stages(facts, Ours(facts.build_ours()), 1, preimages))
    assert len(stages) == POLICY.bump_claims
    for stage in stages:
        funded = fund_second_stage(stage, purse.largest_first(), receiving(), RATE)
        assert isinstance(funded, Funded)
        purse.spend(funded)


def test_vuln_052_every_channel_can_be_closed_with_what_is_kept() -> None:
    """LDK counted neither channels whose commitment pays nothing nor the cost of inputs."""
    with Engine() as engine:
        bench = Bench(engine, blocks=105)
        state = replace(QUIET, feerate=POLICY.min_feerate)
        for htlc_id in range(POLICY.bump_claims):
            state = state.offering(Payment(htlc_id, False, Msat(30_000_000), expiry=300))
        duel = Duel(bench, [state])
        parent = our_commitment(duel.facts(), duel.alice)
        for seed in range(150):
            dice = Random(seed)
            channels = dice.randint(1, 5)
            purse = Purse(dice, bump_reserve(POLICY) * channels)
            for _ in range(channels):
                close(duel, parent, purse)
        for channels in range(1, 6):  # what the screen says that must stay, and not a satoshi more
            purse = Purse(Random(), Sat(0))
            purse.coins = [fake_coin((bump_reserve(POLICY) * channels).value)]
            for _ in range(channels):
                close(duel, parent, purse)


def test_small_coins_are_no_reserve() -> None:
    """Coins that cost more than they hold count for nothing."""
    small = [fake_coin(3_000, at) for at in range(40)]
    assert usable(small, RATE) == Sat(0)
    assert usable([fake_coin(10_000)], RATE) == Sat(6_600)  # an input weighs 272
