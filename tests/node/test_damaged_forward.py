"""A damaged row of a payment that passes through a node: it goes on, and nobody pays for others."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus
from tests.node.payments.test_relay import AMOUNT, FEE, held_of
from tests.node.test_damage import write
from tests.node.test_htlcs_on_chain import LONGEST, hang, status
from tests.node.town import MINUTE_MS, Town

DAMAGE = "UPDATE forwards SET body = CAST(x'00' || body AS BLOB)"


async def neighbours(folder: Path) -> Town:
    """Ada and Cyd have channels with Ben, who relays."""
    town = Town(folder, relays=("ben",))
    await town.begin("ada", "ben", "cyd")
    await town.open("ada", "ben", 500_000, push_msat=200_000_000)
    await town.open("ben", "cyd", 500_000, push_msat=200_000_000)
    return town


async def passing(folder: Path, *, back: bool = False) -> tuple[Town, str]:
    """Ada's payment stands with Cyd, who has decided to take it; or Cyd's with Ada."""
    town = await neighbours(folder)
    payer, payee = ("cyd", "ada") if back else ("ada", "cyd")
    return town, await hang(town, payer, payee, amount_msat=AMOUNT)


async def told_of(town: Town) -> list[str]:
    said = [entry.text for entry in await town.nodes["ben"].inbox()]
    return [text for text in said if "passes through this node (HTLC 0 of channel " in text]


@pytest.mark.parametrize("back", [False, True], ids=["there", "back"])
async def test_it_is_taken_and_earned(tmp_path: Path, back: bool) -> None:
    town, name = await passing(tmp_path, back=back)
    before = sum(held_of(town, "ben"))
    await town.stop("ben")
    write(tmp_path / "ben", DAMAGE)
    await town.start("ben")
    assert len(await told_of(town)) == 1
    payer, payee = ("cyd", "ada") if back else ("ada", "cyd")
    await town.restart(payee)
    assert await status(town, payer, name) is PaymentStatus.PAID
    assert sum(held_of(town, "ben")) - before == FEE
    assert all(not one.ledger.htlcs for one in town.nodes["ben"].channel_states())
    await town.restart("ben")
    assert town.nodes["ben"].earned_msat == FEE
    assert len(await told_of(town)) == 1  # the row is whole again
    await town.end()


async def test_what_nobody_takes_is_given_back_by_its_deadline(tmp_path: Path) -> None:
    town, name = await passing(tmp_path)
    await town.stop("ben")
    write(tmp_path / "ben", DAMAGE)
    await town.stop("cyd")
    await town.start("ben")
    for _ in range(LONGEST):
        await town.mine()
        if await status(town, "ada", name) is PaymentStatus.FAILED:
            break
    assert await status(town, "ada", name) is PaymentStatus.FAILED
    first, second = await town.nodes["ben"].channels()
    assert first.state is ChannelState.READY
    assert second.state is not ChannelState.READY
    await town.end()


async def test_what_never_left_is_refused(tmp_path: Path) -> None:
    """The node ends between its record and its offer to the next one."""
    town = await neighbours(tmp_path)
    ada, ben, cyd = (town.nodes[name] for name in ("ada", "ben", "cyd"))
    invoice = await town.do(cyd.create_invoice(AMOUNT, "over a friend"))
    ben._board.desk.forward = lambda effect: None  # type: ignore[method-assign]  # ended before it
    relay = ben._board.relay
    assert relay is not None
    await town.run(ada.pay(invoice.invoice), until=lambda: bool(relay._all))
    await town.clock.rest()
    await town.stop("ben")
    write(tmp_path / "ben", DAMAGE)
    await town.start("ben")
    await town.clock.wait_for(lambda: not ada.channel_states()[0].ledger.htlcs, 15 * MINUTE_MS)
    assert await status(town, "ada", invoice.payment_hash) is PaymentStatus.FAILED
    assert all(not one.ledger.htlcs for one in town.nodes["ben"].channel_states())
    await town.end()
