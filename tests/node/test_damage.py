"""A wallet that a newer program wrote stays closed; a damaged payment holds up nothing else."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.holdings import HoldingKind, HoldingsView
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PaymentView
from lnwallet_tui.node.node import Node
from lnwallet_tui.store.db import DATABASE_NAME
from lnwallet_tui.store.errors import SchemaTooNew
from tests.node.test_htlcs_on_chain import LONGEST, hang, status
from tests.node.town import MINUTE_MS, Town


def version(body: bytes, number: int) -> bytes:
    """As a program would have written it that knows that version."""
    return bytes([number]) + zlib.crc32(body[5:], number).to_bytes(4, "big") + body[5:]


def write(folder: Path, sql: str) -> None:
    raw = sqlite3.connect(folder / DATABASE_NAME)
    raw.create_function("version", 2, version)
    raw.execute(sql)
    raw.commit()
    raw.close()


async def test_a_node_that_cannot_begin_gives_its_wallet_free(tmp_path: Path) -> None:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    await town.stop("ada")
    write(tmp_path / "ada", "UPDATE channels SET body = version(body, 2)")
    with pytest.raises(SchemaTooNew, match="A newer program wrote this Channel"):
        await town.start("ada")
    write(tmp_path / "ada", "UPDATE channels SET body = version(body, 1)")
    await town.start("ada")
    assert len(await town.nodes["ada"].channels()) == 1
    await town.end()


def damage(town: Town, name: str, payment_hash: str) -> None:
    """A flipped bit in what a stopped node knows of a payment."""
    row = f"payment_hash = x'{payment_hash}'"
    write(
        town._folder / name, f"UPDATE payments SET body = CAST(x'00' || body AS BLOB) WHERE {row}"
    )


async def told_of(node: Node, payment_hash: str) -> list[str]:
    said = [entry.text for entry in await node.inbox()]
    return [text for text in said if payment_hash[:8] in text and "is damaged" in text]


def held_by(view: HoldingsView) -> list[str]:
    """What is said of the payments under way."""
    left, found = [view.total], list[str]()
    for one in left:
        left += one.children
        found += [one.explanation] if one.kind is HoldingKind.HTLC and not one.children else []
    return found


@pytest.fixture
async def two_held(tmp_path: Path) -> AsyncIterator[tuple[Town, str, str]]:
    """Ada pays Ben twice; Ben has decided to take both, and Ada has not heard of it."""
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    await town.open("ada", "ben", 500_000)
    one, other = [await hang(town, "ada", "ben", amount_sat=sat) for sat in (20_000, 30_000)]
    yield town, one, other
    await town.end()


async def test_a_damaged_invoice_holds_up_no_other_payments_deadline(
    two_held: tuple[Town, str, str],
) -> None:
    town, one, other = two_held
    await town.stop("ada")
    await town.stop("ben")
    damage(town, "ben", one)
    ben = await town.start("ben")
    assert len(await told_of(ben, one)) == 1
    assert isinstance(await ben.payment(one), Refused)
    await ben.holdings()
    await town.mine(5)
    assert (await ben.status()).height == town.regtest.chain.height
    await mine_until_paid(town, "ben", other)
    assert ben.channel_states()[0].spend is not None
    assert len(await told_of(ben, one)) == 1


async def mine_until_paid(town: Town, name: str, payment_hash: str) -> None:
    """Nobody else is there: it is taken on chain."""
    for _ in range(LONGEST):
        await town.mine()
        if await status(town, name, payment_hash) is PaymentStatus.PAID:
            return
    raise AssertionError("it was never taken")


async def test_a_damaged_payment_is_not_made_again_and_holds_up_no_other(
    two_held: tuple[Town, str, str],
) -> None:
    town, one, other = two_held
    view = await town.nodes["ada"].payment(one)
    assert isinstance(view, PaymentView)
    await town.stop("ada")
    damage(town, "ada", one)
    ada = await town.start("ada")
    assert len(await told_of(ada, one)) == 1
    [first, _] = held_by(await ada.holdings())
    assert first.startswith("A payment of yours under way through ")
    await town.restart("ben")
    await town.clock.wait_for(lambda: not ada.channel_states()[0].ledger.htlcs, 15 * MINUTE_MS)
    assert not ada.channel_states()[0].ledger.htlcs
    assert await status(town, "ada", other) is PaymentStatus.PAID
    assert isinstance(await town.run(ada.pay(view.invoice)), Refused)
    assert (await town.channel("ada", ada.channel_states()[0].channel_id.hex())).state is (
        ChannelState.READY
    )
