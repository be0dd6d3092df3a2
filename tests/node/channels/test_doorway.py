"""A doorkeeper sees every HTLC that came, and its node looks at none before it is let in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import PaymentStatus, PaymentView
from lnwallet_tui.node.ports import Wait
from lnwallet_tui.payment.events import HtlcArrived
from tests.node.test_disk import Fault
from tests.node.town import MINUTE_MS, Town

AMOUNT_MSAT = 20_000_000


class Keeper:
    """Lets in at once, or when `door` opens."""

    def __init__(self) -> None:
        self.seen: list[HtlcArrived] = []
        self.door = asyncio.Event()
        self.door.set()

    def came(self, htlc: HtlcArrived) -> Wait | None:
        self.seen.append(htlc)
        return None if self.door.is_set() else self.door.wait


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


@pytest.fixture
async def town(tmp_path: Path, keeper: Keeper) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    town.doorkeepers["ben"] = keeper
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def view(town: Town, name: str, payment_hash: str) -> PaymentView:
    found = await town.nodes[name].payment(payment_hash)
    assert not isinstance(found, Refused), found
    return found


async def hang(town: Town, keeper: Keeper) -> str:
    """A payment that waits at the door of the payee; its hash."""
    keeper.door.clear()
    invoice = await town.do(town.nodes["ben"].create_invoice(AMOUNT_MSAT, "late"))
    await town.run(town.nodes["ada"].pay(invoice.invoice), until=lambda: bool(keeper.seen))
    await town.clock.rest()
    assert (await view(town, "ada", invoice.payment_hash)).status is PaymentStatus.IN_FLIGHT
    assert (await view(town, "ben", invoice.payment_hash)).status is PaymentStatus.WAITING
    return invoice.payment_hash


async def let_in(town: Town, keeper: Keeper) -> None:
    keeper.door.set()
    await town.clock.rest()


async def test_who_lets_in_at_once_sees_what_came(town: Town, keeper: Keeper) -> None:
    await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", AMOUNT_MSAT)
    [htlc] = keeper.seen
    assert htlc.amount.value == AMOUNT_MSAT


async def test_what_waits_is_paid_when_it_is_let_in(town: Town, keeper: Keeper) -> None:
    await town.open("ada", "ben", 500_000)
    payment_hash = await hang(town, keeper)
    await let_in(town, keeper)
    for name in ("ada", "ben"):
        assert (await view(town, name, payment_hash)).status is PaymentStatus.PAID


@pytest.mark.parametrize("at", range(1, 14))
async def test_what_the_disk_does_not_take_is_let_in_later(
    town: Town, keeper: Keeper, at: int
) -> None:
    await town.open("ada", "ben", 500_000)
    payment_hash = await hang(town, keeper)
    with pytest.MonkeyPatch.context() as patch:
        Fault(town.nodes["ben"], at, patch)
        await let_in(town, keeper)
        await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
    for name in ("ada", "ben"):
        assert (await view(town, name, payment_hash)).status is PaymentStatus.PAID


async def test_after_a_start_it_comes_again_and_is_let_in_once(town: Town, keeper: Keeper) -> None:
    await town.open("ada", "ben", 500_000)
    payment_hash = await hang(town, keeper)
    await town.restart("ben")
    assert [htlc.htlc_id for htlc in keeper.seen] == [0, 0]
    assert (await view(town, "ben", payment_hash)).status is PaymentStatus.WAITING
    await let_in(town, keeper)
    assert (await view(town, "ada", payment_hash)).status is PaymentStatus.PAID
    assert (await town.nodes["ben"].balance()).total_msat == AMOUNT_MSAT + 3_000_000_000


async def test_it_is_not_looked_at_once_the_channel_is_closed(town: Town, keeper: Keeper) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    payment_hash = await hang(town, keeper)
    await town.do(town.nodes["ada"].force_close(channel_id))
    await town.mine()
    await let_in(town, keeper)
    assert (await view(town, "ben", payment_hash)).status is PaymentStatus.WAITING
    [channel] = town.nodes["ben"].channel_states()
    assert not town.nodes["ben"]._board.preimages(channel)
