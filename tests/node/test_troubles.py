"""A full disk, peers that send anything, bugs of our own: nothing is lost, and it goes on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import ChannelState, PaymentStatus
from lnwallet_tui.bitcoin import curve
from lnwallet_tui.channel import events
from lnwallet_tui.net.link import in_memory_pair
from lnwallet_tui.peer.connection import InitReceived, PeerConnection
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.wire import bolt2
from lnwallet_tui.wire.bolt1 import Error, Init, Warning_
from lnwallet_tui.wire.features import OUR_INIT_FEATURES
from lnwallet_tui.wire.message import Message
from tests.node.town import COINS_SAT, DELAY, MINUTE_MS, Town
from tests.store.quota import limit_pages

KEY = b"\x42" * 32


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


# -- the disk
def lock(town: Town, name: str, *, locked: bool) -> None:
    """Let SQLite refuse every write of a node, or take them again."""
    town.nodes[name]._store._connection.execute(f"PRAGMA query_only = {int(locked)}")


async def test_commands_on_a_disk_that_takes_nothing_are_refused_and_work_later(
    town: Town,
) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    ada = town.nodes["ada"]
    invoice = await town.do(town.nodes["ben"].create_invoice(1_000_000, "tea"))
    before = [await ada.balance(), await ada.channels(), await ada.payments()]
    lock(town, "ada", locked=True)
    for refused in (
        await town.run(ada.address()),
        await town.run(ada.create_invoice(1_000, "note")),
        await town.run(ada.pay(invoice.invoice)),
        await town.run(ada.open_channel(town.uri("ben"), 300_000)),
        await town.run(ada.close(channel_id)),
        await town.run(ada.force_close(channel_id)),
    ):
        assert isinstance(refused, Refused)
        assert refused.code is RefusalCode.DISK
        assert refused.message
        assert refused.remedy
    assert [await ada.balance(), await ada.channels(), await ada.payments()] == before
    lock(town, "ada", locked=False)
    assert (await town.do(ada.pay(invoice.invoice))).status is PaymentStatus.PAID


async def test_what_a_peer_says_to_a_disk_that_takes_nothing_is_heard_later(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    invoice = await town.do(town.nodes["ben"].create_invoice(1_000_000, "tea"))
    lock(town, "ben", locked=True)
    assert await town.run(town.nodes["ada"].pay(invoice.invoice)) is None  # it waits
    await town.mine()
    lock(town, "ben", locked=False)
    await town.clock.wait_for(lambda: False, 12 * MINUTE_MS)
    paid = await town.nodes["ada"].payment(invoice.payment_hash)
    assert not isinstance(paid, Refused)
    if paid.status is not PaymentStatus.PAID:  # it was never sent: then it can be again
        assert paid.status is PaymentStatus.FAILED
        await town.do(town.nodes["ada"].pay(invoice.invoice))
    mine, theirs = await town.channel("ada", channel_id), await town.channel("ben", channel_id)
    assert (mine.local_msat, mine.state) == (theirs.remote_msat, ChannelState.READY)
    assert theirs.local_msat == 1_000_000


async def test_a_file_that_cannot_grow_loses_nothing(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    ada = town.nodes["ada"]
    [(pages,)] = ada._store.read("PRAGMA page_count")
    assert isinstance(pages, int)
    limit_pages(ada._store, pages)
    refusals = [await town.run(ada.create_invoice(1_000, "x" * 600)) for _ in range(20)]
    assert refusals[-1].code is RefusalCode.DISK  # type: ignore[union-attr]  # refused by then
    limit_pages(ada._store, 1 << 30)
    await town.pay("ada", "ben", 1_000_000)
    assert (await town.channel("ben", channel_id)).local_msat == 1_000_000


# -- our own bugs
@pytest.mark.parametrize("by_user", [True, False])
async def test_a_bug_freezes_the_channel_and_not_the_money(town: Town, by_user: bool) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.pay("ada", "ben", 100_000_000)
    ada = town.nodes["ada"]
    [held] = ada._board.channels
    ada._board.channels.drive(held, events.FundingTransactionSigned(None, 0))  # type: ignore[arg-type]  # the bug
    assert held.frozen == "AssertionError"
    ada = await town.restart("ada")
    assert (await town.channel("ada", channel_id)).state is ChannelState.FROZEN
    await town.mine()
    assert not any(one.publication for one in ada.channel_states())  # never a reason by itself
    if by_user:
        await town.do(ada.force_close(channel_id))
    else:
        await town.do(town.nodes["ben"].force_close(channel_id))
    await town.mine(DELAY + 4)
    assert (await town.channel("ada", channel_id)).state is ChannelState.CLOSED
    balance = await ada.balance()
    assert balance.onchain_confirmed_sat > sum(COINS_SAT) - 100_000 - 20_000
    assert balance.closing_msat == 0


# -- peers that send anything
async def speak(town: Town, name: str, messages: list[Message], raw: bytes = b"") -> None:
    """Connect as somebody unknown, say all this, then hang up."""
    ours, theirs = in_memory_pair(town.clock, 1)
    town.nodes[name].accept(theirs)
    connection = PeerConnection.initiate(
        lambda pubkey: curve.ecdh(KEY, pubkey),
        curve.public_key(KEY),
        town.nodes[name].node_id,
        b"\x43" * 32,
        Init(b"", OUR_INIT_FEATURES.to_bytes()),
        town.clock.now_ms(),
    )
    for _ in range(3):
        ours.write(connection.data_to_send())
        await town.clock.rest()
        if ours._arrived:
            connection.receive_data(await ours.read(), town.clock.now_ms())
        while (event := connection.next_event()) is not None:
            if isinstance(event, InitReceived):
                for message in messages:
                    connection.send(message)
    ours.write(connection.data_to_send() + raw)
    await town.clock.rest()
    ours.close()
    await town.clock.rest()


def hostile(channel_id: bytes) -> list[Message]:
    """Messages about a channel that is somebody else's, or nobody's."""
    signature, point = b"\x01" * 64, curve.public_key(b"\x44" * 32)
    return [
        bolt2.ChannelReestablish(channel_id, 1, 0, bytes(32), point),
        bolt2.CommitmentSigned(channel_id, signature, ()),
        bolt2.RevokeAndAck(channel_id, bytes(32), point),
        bolt2.Shutdown(channel_id, b"\x00\x14" + bytes(20)),
        bolt2.FundingSigned(channel_id, signature),
        bolt2.FundingCreated(channel_id, bytes(32), 0, signature),
        bolt2.UpdateFailHtlc(channel_id, 0, b"no"),
        Warning_(channel_id, b"\x1b[2J[@click=app.bell]"),
        Error(channel_id, b"\xff\xfe"),
        Error(bytes(32), b"all of them"),
    ]


async def test_a_stranger_cannot_touch_a_channel_of_somebody_else(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    for named in (bytes.fromhex(channel_id), bytes(32), b"\x07" * 32):
        await speak(town, "ada", hostile(named))
    assert (await town.channel("ada", channel_id)).state is ChannelState.READY
    await town.pay("ada", "ben", 1_000_000)


async def test_bytes_of_any_kind_end_one_connection_only(town: Town) -> None:
    dice = SeededDice(b"bytes", "a stranger")
    for size in (0, 1, 49, 50, 51, 116, 117, 1_000, 70_000):
        for raw in (dice.bytes(size), bytes(size), b"\x00" + dice.bytes(size)):
            ours, theirs = in_memory_pair(town.clock, 1)
            town.nodes["ada"].accept(theirs)
            ours.write(raw)
            await town.clock.rest()
            await speak(town, "ada", [], raw=raw)
    await town.clock.wait_for(lambda: False, 2 * MINUTE_MS)
    assert not town.nodes["ada"]._board.peers._strangers
    await town.open("ada", "ben", 500_000)


async def test_what_is_said_of_one_channel_is_told_of_no_other(town: Town) -> None:
    """BOLT 1: an `error` names its channel; all zeros mean all of them."""
    one = await town.open("ada", "ben", 500_000)
    other = await town.open("ada", "ben", 400_000)
    ada, ben = town.nodes["ada"], town.nodes["ben"]

    async def hear(channel_id: bytes, data: bytes) -> None:
        ada._board.peer_said(ben.node_id, Warning_(channel_id, data))
        await town.clock.rest()

    async def complaints() -> list[str]:
        return [(await town.channel("ada", one_id)).complaint.raw() for one_id in (one, other)]

    await hear(b"\x01" * 32, b"of a channel that there never was")
    assert await complaints() == ["", ""]
    await hear(bytes.fromhex(one), b"of one")
    assert await complaints() == ["of one", ""]
    await town.stop("ben")
    await town.restart("ada")
    assert await complaints() == ["of one", ""]
    told = [(await town.channel("ada", one_id)).explanation for one_id in (one, other)]
    assert ["complained" in words for words in told] == [True, False]
    ada = town.nodes["ada"]
    await hear(bytes(32), b"of all" + b"!" * 1_000)
    assert [said[:7] for said in await complaints()] == ["of all!", "of all!"]
    assert all(len(said) == 400 for said in await complaints())


async def test_a_peer_that_only_complains_is_quoted(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    await town.stop("ben")
    ben = await town.start("ben")
    said = Error(bytes.fromhex(channel_id), b"I have \x1b[31mforgotten you")
    board = ben._board
    board.peer_up = lambda peer_id, features: board.peers.send(peer_id, said)  # type: ignore[method-assign]  # all that it says
    board.peer_said = lambda *_: None  # type: ignore[method-assign]  # and it hears nothing
    await town.restart("ada")  # since which nobody has agreed with her state
    await town.clock.wait_for(lambda: False, 6 * MINUTE_MS)
    view = await town.channel("ada", channel_id)
    assert view.state is ChannelState.OFFLINE
    assert "is connected but has not taken up the channel again" in view.explanation
    assert "It says: “I have �[31mforgotten you”." in view.explanation
    assert "you can close alone" in view.explanation
    await town.stop("ben")
    away = (await town.channel("ada", channel_id)).explanation
    assert "The peer is not connected" in away
    assert "The last it complained of: “I have �[31mforgotten you”." in away
    await town.start("ben")


async def test_a_new_channel_says_which_way_nothing_goes_yet(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 500_000)
    ours, theirs = [(await town.channel(one, channel_id)).explanation for one in ("ada", "ben")]
    can_pay = (await town.channel("ada", channel_id)).can_send_msat // 1000
    assert ours == (
        f"Ready: you can pay up to {can_pay:,} sat and close at any time; to be paid here, pay at "
        "least 5,001 sat first."  # the peer keeps a reserve of 5,000 sat
    )
    assert theirs.startswith("Ready: you can be paid up to ")
    assert theirs.endswith(" and close at any time; to pay from here, be paid first.")
    await town.pay("ada", "ben", 4_000_400)
    still = await town.channel("ada", channel_id)
    assert (still.can_receive_msat, still.lacking_msat) == (0, 999_601)
    assert still.explanation.endswith("to be paid here, pay at least 1,000 sat first.")
    await town.pay("ada", "ben", 1_000_000)
    now = await town.channel("ada", channel_id)
    assert (now.can_receive_msat, now.lacking_msat) == (400, 0)
    await town.pay("ada", "ben", 100_000_000)
    for name in ("ada", "ben"):
        both = (await town.channel(name, channel_id)).explanation
        assert both.startswith("Ready: you can pay up to ")
        assert both.endswith(" and close at any time.")
