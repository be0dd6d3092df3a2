"""Random days: payments both ways under way, somebody closes, blocks leave, nodes come and go."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from lnwallet_tui.api.views import PaymentStatus
from tests.node.test_htlcs_on_chain import FUNDED_SAT, gained, hang, hold, status
from tests.node.town import DELAY, Town

PUSHED_SAT, FEES_SAT = 200_000, 40_000
AMOUNTS_SAT = (200, 600, 2_000, 15_000, 40_000)


async def a_bad_hour(town: Town, dice: Random) -> None:
    """One of the things that happen."""
    match dice.randrange(4):
        case 0:
            await town.regtest.reorganise(dice.randint(1, 4))
        case 1:
            name = dice.choice(("ada", "ben"))
            await town.restart(name)
            hold(town, name)
        case 2:
            town.regtest.storm() if dice.random() < 0.5 else town.regtest.calm()
            await town.mine()
        case _:
            await town.mine(dice.randint(1, 4))


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_paid_is_received_and_nothing_is_lost(tmp_path: Path, seed: int) -> None:
    dice = Random(seed)
    town = Town(tmp_path, str(seed).encode(), anchors=dice.random() < 0.7)
    await town.begin("ada", "ben")
    channel_id = await town.open("ada", "ben", FUNDED_SAT, push_msat=PUSHED_SAT * 1000)
    held: list[tuple[str, str, str, int]] = []
    for _ in range(dice.randint(1, 5)):
        payer, payee = dice.choice((("ada", "ben"), ("ben", "ada")))
        amount = dice.choice(AMOUNTS_SAT)
        held.append((payer, payee, await hang(town, payer, payee, amount), amount))
    gone = dice.choice(("ada", "ben", "", ""))
    closer = dice.choice([name for name in ("ada", "ben") if name != gone])
    if gone:
        await town.stop(gone)
    await town.do(town.nodes[closer].force_close(channel_id))
    if gone:
        await town.mine(200)
        await town.start(gone)
    for _ in range(6):
        await a_bad_hour(town, dice)
    town.regtest.calm()
    await town.mine(DELAY + 200)
    result = {"ada": -PUSHED_SAT, "ben": PUSHED_SAT}
    for payer, payee, name, amount in held:
        ended = await status(town, payer, name)
        assert ended in (PaymentStatus.PAID, PaymentStatus.FAILED)
        if ended is PaymentStatus.PAID:
            result[payer] -= amount
            result[payee] += amount
    for name, sat in result.items():
        dust = sum(amount for *_, amount in held if amount < 3_000)
        assert sat - FEES_SAT - dust <= await gained(town, name) <= sat + dust, name
    await town.end()
