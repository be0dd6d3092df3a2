"""After a crash the disk does not take what becomes of one channel: the others wake as ever."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.channel.state import Link
from lnwallet_tui.node.channels.channels import Channels
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.node import Node
from lnwallet_tui.node.shell import AGAIN_MS
from lnwallet_tui.store.errors import DiskFailed, StoreError, WalletCorrupt
from tests.node.test_disk import Fault
from tests.node.town import Town

AMOUNT = 20_000_000


class SickTown(Town):
    """In which the next node to start meets a full disk once, when it first writes a channel."""

    patch: pytest.MonkeyPatch | None = None
    only = "INSERT INTO channels"

    def _made(self, name: str, node: Node) -> None:
        if self.patch is not None:
            Fault(node, 1, self.patch, only=self.only)

    def _crashed(self, error: Exception) -> None:
        super()._crashed(error)
        if isinstance(error, StoreError):
            self.nodes["ada"]._shell.herald.disk_failed(error)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[SickTown]:
    """Ada was killed while she was connected, and nobody is there any more."""
    town = SickTown(tmp_path)
    await town.begin("ada", "ben")
    for _ in range(2):
        await town.open("ada", "ben", 300_000)
    town.nodes["ada"]._store._failed = DiskFailed("killed")
    for name in ("ada", "ben"):
        await town.stop(name)
    yield town
    await town.end()


def links(town: Town) -> list[Link]:
    return [channel.link for channel in town.nodes["ada"].channel_states()]


async def test_a_disk_that_is_full_is_asked_again_for_that_channel(
    town: SickTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.patch = monkeypatch
    await town.start("ada")
    assert links(town) == [Link.LIVE, Link.OFFLINE]
    await town.clock.wait_for(lambda: False, 2 * AGAIN_MS)
    assert links(town) == [Link.OFFLINE] * 2


async def test_a_damaged_row_freezes_its_channel_and_no_other(
    town: SickTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Channels.wake

    def wake(channels: Channels, held: Held) -> None:
        if held is next(iter(channels)):
            raise WalletCorrupt("A row of the wallet's file is damaged.")
        whole(channels, held)

    monkeypatch.setattr(Channels, "wake", wake)
    ada = await town.start("ada")
    first, other = await ada.channels()
    assert (first.state, other.state) == (ChannelState.FROZEN, ChannelState.OFFLINE)
    assert "A damaged row of the wallet's file stopped this channel" in first.explanation
    told = [entry.text for entry in await ada.inbox()]
    assert any(text.endswith("is frozen by a damaged row of the wallet's file.") for text in told)


async def test_payments_are_taken_up_once_the_disk_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that a stop interrupted is over, and one that was begun meanwhile goes on."""
    town = SickTown(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 300_000)
    interrupted, later = [
        await town.do(town.nodes["ben"].create_invoice(AMOUNT, text)) for text in ("one", "two")
    ]
    await begin_to_pay(town, interrupted)
    await town.stop("ada")
    town.patch, town.only = monkeypatch, "UPDATE payments"
    ada = await town.start("ada")
    assert any("full" in entry.text for entry in await ada.inbox())
    await town.clock.wait_for(lambda: links(town) == [Link.LIVE], AGAIN_MS // 2)
    await begin_to_pay(town, later)
    await town.clock.wait_for(lambda: False, 2 * AGAIN_MS)
    over, goes_on = [await ada.payment(one.payment_hash) for one in (interrupted, later)]
    assert isinstance(over, PaymentView)
    assert isinstance(goes_on, PaymentView)
    assert over.status is PaymentStatus.FAILED
    assert goes_on.status is PaymentStatus.IN_FLIGHT
    await town.end()


async def begin_to_pay(town: Town, invoice: PaymentView) -> None:
    """Ada does, and nothing has been asked of a channel yet."""
    ada, name = town.nodes["ada"], bytes.fromhex(invoice.payment_hash)
    payments = ada._board.payments
    payments._schedule = lambda tx, effects: None  # type: ignore[method-assign]  # it takes long
    await town.run(ada.pay(invoice.invoice), until=lambda: name in payments._all.outgoing)
