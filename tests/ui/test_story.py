"""The story: what ticks a step, what looks alike and does not, and what is said to do next."""

from __future__ import annotations

from dataclasses import replace as with_changed

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.views import ChannelState, ChannelView, PaymentStatus, PaymentView
from lnwallet_tui.api.world import HopSight, Person, Spending, SpendingSight
from lnwallet_tui.ui.keymap import with_keys
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.story import TITLES, WHY, Scene, Step, done
from lnwallet_tui.ui.story_hints import Where, hint
from lnwallet_tui.ui.tale import Tale
from lnwallet_tui.ui.ways import in_parts, longest, ways
from tests.ui import views
from tests.ui.scripted_world import ScriptedWorld

ROOM_IN_LINE = 80 - 2 - len("▸ 1/6 done  ") - len(" F2 Story")
NEAR, FAR, CHEAT, FRIEND = ("02" + digit * 64 for digit in "1234")
PEOPLE = (
    Person("hubertus", "relay", "", f"{NEAR}@n:1", 1),
    Person("gerlinde", "relay", "", f"{FAR}@g:1", 2),
    Person("bookshop", "shop", "", f"{views.SHOP}@s:1", 0),
    Person("reynardo", "cheat", "", f"{CHEAT}@c:1", 3),
    Person("friedrich", "neighbour", "", f"{FRIEND}@f:1", 3),
)


def scene(
    *channels: ChannelView,
    payments: tuple[PaymentView, ...] = (),
    sights: tuple[HopSight, ...] = (),
    spendings: tuple[SpendingSight, ...] = (),
) -> Scene:
    balance = replace(
        views.EMPTY_BALANCE,
        can_send_msat=sum(one.can_send_msat for one in channels if is_ready(one)),
        can_receive_msat=sum(one.can_receive_msat for one in channels if is_ready(one)),
        onchain_confirmed_sat=5_000_000,
    )
    picture = Picture(views.STATUS, balance, channels, payments, (), views.GUARD)
    return Scene(picture, PEOPLE, lambda _: sights, lambda: spendings)


def is_ready(channel: ChannelView) -> bool:
    return channel.state is ChannelState.READY


def channel(peer_id: str = FAR, **changed: object) -> ChannelView:
    return replace(views.channel(peer_id=peer_id), **changed)


def way(*names: str, amount_msat: int = 25_000_000, total_msat: int = 0) -> tuple[HopSight, ...]:
    """What the hops of a way saw; the last one is paid."""
    sights = []
    for at, name in enumerate(names):
        left = len(names) - at - 1
        is_last = left == 0
        sights.append(
            HopSight(
                name=name,
                payment_hash=views.PAYMENT_HASH,
                from_name=names[at - 1] if at else "you",
                incoming_channel=f"1x{at}x0",
                amount_msat=amount_msat + left * 1_000,
                expiry_height=200 + left * 40,
                payload="",
                outgoing_channel="" if is_last else f"1x{at + 1}x0",
                to_name="" if is_last else names[at + 1],
                forward_msat=0 if is_last else amount_msat + (left - 1) * 1_000,
                forward_expiry_height=0 if is_last else 200 + (left - 1) * 40,
                is_last=is_last,
                total_msat=(total_msat or amount_msat) if is_last else 0,
            )
        )
    return tuple(sights)


PAID = (views.payment(),)
THREE = way("gerlinde", "hubertus", "bookshop")
HALF = 200_000_000
PARTS = (
    *way("gerlinde", "bookshop", amount_msat=HALF, total_msat=2 * HALF),
    *way("hubertus", "bookshop", amount_msat=HALF, total_msat=2 * HALF),
)
BREACH = "breach by them"
CLOSED = ChannelState.CLOSED


@pytest.mark.parametrize(
    ("step", "happened"),
    [
        (Step.OPEN, scene(channel())),
        (Step.OPEN, scene(channel(state=CLOSED, closing_kind="theirs"))),
        (Step.BE_PAID, scene(payments=(views.payment(outgoing=False),))),
        (Step.PAY_FAR, scene(payments=PAID, sights=THREE)),
        (Step.PAY_FAR, scene(payments=PAID, sights=way("a", "b", "c", "d"))),
        (Step.PAY_FAR, scene(payments=PAID, sights=THREE[:2] + THREE)),  # tried twice
        (Step.PAY_IN_PARTS, scene(payments=PAID, sights=PARTS)),
        (Step.CLOSE, scene(channel(state=CLOSED, closing_kind="cooperative"))),
        (Step.CLOSE, scene(channel(state=CLOSED, closing_kind="ours"))),
        (Step.CATCH, scene(channel(CHEAT, state=CLOSED, closing_kind=BREACH))),
    ],
)
def test_what_ticks_a_step(step: Step, happened: Scene) -> None:
    assert done(step, happened)


@pytest.mark.parametrize(
    ("step", "looks_alike"),
    [
        (Step.OPEN, scene(channel(state=ChannelState.OPENING, confirmations=0))),
        (Step.OPEN, scene(channel(we_opened=False))),
        (Step.OPEN, scene(channel(state=CLOSED, confirmations=0))),  # came to nothing
        (Step.BE_PAID, scene(payments=PAID)),
        *(
            (Step.BE_PAID, scene(payments=(views.payment(outgoing=False, status=status),)))
            for status in PaymentStatus
            if status is not PaymentStatus.PAID
        ),
        (Step.PAY_FAR, scene(payments=PAID)),
        (Step.PAY_FAR, scene(payments=PAID, sights=way("bookshop"))),
        (Step.PAY_FAR, scene(payments=PAID, sights=way("hubertus", "bookshop"))),
        (Step.PAY_FAR, scene(payments=PAID, sights=PARTS)),  # four hops, two in each way
        (Step.PAY_FAR, scene(payments=PAID, sights=THREE[:2] + way("bookshop"))),
        (Step.PAY_FAR, scene(payments=(views.payment(outgoing=False),), sights=THREE)),
        *(
            (Step.PAY_FAR, scene(payments=(views.payment(status=status),), sights=THREE))
            for status in PaymentStatus
            if status is not PaymentStatus.PAID
        ),
        (Step.PAY_IN_PARTS, scene(payments=PAID, sights=THREE)),
        (Step.PAY_IN_PARTS, scene(payments=PAID, sights=THREE + THREE)),  # given up, made anew
        (Step.PAY_IN_PARTS, scene(payments=PAID, sights=PARTS[:2] + THREE)),
        (Step.PAY_IN_PARTS, scene(payments=PAID, sights=PARTS[:3])),
        (Step.CLOSE, scene(channel())),
        (Step.CLOSE, scene(channel(state=ChannelState.CLOSING, closing_kind="cooperative"))),
        (Step.CLOSE, scene(channel(state=ChannelState.SHUTTING_DOWN))),
        (Step.CLOSE, scene(channel(state=CLOSED, closing_kind="theirs"))),
        (Step.CLOSE, scene(channel(state=CLOSED, closing_kind=BREACH))),
        (Step.CLOSE, scene(channel(state=CLOSED))),
        (Step.CATCH, scene(channel(CHEAT, state=ChannelState.CLOSING, closing_kind=BREACH))),
        (Step.CATCH, scene(channel(CHEAT, state=CLOSED, closing_kind="theirs"))),
    ],
)
def test_what_looks_alike_ticks_nothing(step: Step, looks_alike: Scene) -> None:
    assert not done(step, looks_alike)


def test_parts_that_cross_are_kept_apart() -> None:
    """Parts of one size over one relay: who is named next tells them from each other."""
    one = way("a", "b", "shop", amount_msat=5_000, total_msat=10_000)
    two = way("a", "c", "shop", amount_msat=5_000, total_msat=10_000)
    found = ways((one[0], two[0], two[1], one[1], one[2], two[2]))
    assert [[hop.name for hop in way.hops] for way in found] == [
        ["a", "b", "shop"],
        ["a", "c", "shop"],
    ]
    assert longest(found) == 3
    assert in_parts(found)


WAITING = (views.payment(outgoing=False, status=PaymentStatus.WAITING),)
OPENING = channel(state=ChannelState.OPENING, confirmations=1)
FULL = channel(can_receive_msat=0)
PLACES = [
    (Step.OPEN, scene(), Where.OPEN, "Open a channel to gerlinde"),
    (Step.OPEN, scene(OPENING), Where.CHANNEL, "waits for 2 blocks: F6"),
    (Step.BE_PAID, scene(FULL), Where.PEOPLE, "Have reynardo open a channel to you"),
    (
        Step.BE_PAID,
        scene(FULL, replace(OPENING, peer_id=CHEAT, we_opened=False)),
        Where.CHANNEL,
        "The channel from reynardo waits for 2 blocks",
    ),
    (Step.BE_PAID, scene(channel()), Where.RECEIVE, "Make an invoice of 50,000 sat: press r."),
    (
        Step.BE_PAID,
        scene(channel(can_receive_msat=15_022_000)),
        Where.RECEIVE,
        "Make an invoice of 15,000 sat",
    ),
    (Step.BE_PAID, scene(channel(), payments=WAITING), Where.PEOPLE, "Have friedrich pay"),
    (Step.BE_PAID, scene(channel(CHEAT), payments=WAITING), Where.PEOPLE, "Have reynardo pay"),
    (Step.PAY_FAR, scene(), Where.OPEN, "Open a channel to gerlinde"),
    (Step.PAY_FAR, scene(OPENING), Where.CHANNEL, "waits for 2 blocks"),
    (Step.PAY_FAR, scene(channel("02" + "55" * 32)), Where.OPEN, "Open a channel to gerlinde"),
    (Step.PAY_FAR, scene(channel()), Where.PEOPLE, "Buy at the bookshop, 3 or more hops away"),
    (Step.PAY_FAR, scene(channel(NEAR)), Where.OPEN, "The bookshop is too near."),
    (Step.PAY_FAR, scene(channel(NEAR), channel()), Where.PEOPLE, "Buy from friedrich"),
    (Step.PAY_FAR, scene(channel(state=ChannelState.OFFLINE)), Where.PEOPLE, "gerlinde is away"),
    (Step.PAY_IN_PARTS, scene(channel()), Where.PEOPLE, "Buy for 400,000 sat"),
    (Step.PAY_IN_PARTS, scene(channel(can_send_msat=5_000)), Where.OPEN, "You can send 5 sat."),
    (
        Step.PAY_IN_PARTS,
        scene(channel(can_send_msat=5_000), OPENING),
        Where.CHANNEL,
        "Your channel with gerlinde waits for 2 blocks: F6",
    ),
    (Step.PAY_FAR, scene(channel(NEAR), OPENING), Where.CHANNEL, "gerlinde waits for 2 blocks"),
    (Step.CLOSE, scene(channel(CHEAT), channel()), Where.CHANNEL, "Close your channel with ger"),
    (Step.CLOSE, scene(channel(CHEAT)), Where.CHANNEL, "Close your channel with reynardo"),
    (
        Step.CLOSE,
        scene(channel(state=ChannelState.CLOSING, closing_kind="ours")),
        Where.CHANNEL,
        "The close with gerlinde waits for blocks",
    ),
    (Step.CATCH, scene(channel()), Where.PEOPLE, "Have reynardo open a channel to you"),
    (Step.CATCH, scene(channel(CHEAT)), Where.PEOPLE, "Have reynardo cheat"),
    (
        Step.CATCH,
        scene(
            channel(CHEAT),
            spendings=(SpendingSight(txid="66" * 32, what=Spending.CHEAT, peer="reynardo"),),
        ),
        Where.GUARD,
        "reynardo published an old state: F5.",
    ),
    (
        Step.CATCH,
        scene(channel(CHEAT, state=ChannelState.CLOSING, closing_kind=BREACH)),
        Where.GUARD,
        "reynardo cheated, your guard takes it all",
    ),
]


@pytest.mark.parametrize(("step", "stands", "where", "words"), PLACES)
def test_what_to_do_depends_on_where_one_stands(
    step: Step, stands: Scene, where: Where, words: str
) -> None:
    found = hint(step, stands)
    assert found.where is where
    short = with_keys(found.short, {})
    assert words in short
    assert len(short) <= ROOM_IN_LINE, short
    assert found.whole.endswith((".", ")"))


def test_an_empty_wallet_waits_for_its_coins() -> None:
    empty = scene()
    empty = with_changed(empty, picture=with_changed(empty.picture, balance=views.EMPTY_BALANCE))
    assert "F5" in with_keys(hint(Step.OPEN, empty).short, {})


def test_a_close_in_one_block_is_not_called_final() -> None:
    """Channels says at which block it is: a hundred later."""
    whole = hint(Step.CLOSE, scene(channel())).whole
    assert "What is yours is back with the next block" in whole
    assert "final" not in whole


def test_every_step_has_its_words() -> None:
    for step in Step:
        assert TITLES[step]
        assert WHY[step].endswith(".")
        assert hint(step, scene()).whole


def test_a_tick_stays_when_the_wallet_forgets() -> None:
    world = ScriptedWorld()
    tale = Tale(world)
    tale.look(scene(payments=(views.payment(outgoing=False),)).picture)
    assert world.noted == {"be paid"}
    assert tale.next is Step.OPEN
    again = Tale(world)
    again.look(scene().picture)
    assert again.done == {Step.BE_PAID}


def test_what_was_put_away_stays_away() -> None:
    world = ScriptedWorld()
    Tale(world).hide(hidden=True)
    again = Tale(world)
    assert again.is_hidden
    again.look(scene(channel()).picture)
    assert Tale(world).is_hidden
    assert Tale(world).done == {Step.OPEN}
    again.hide(hidden=False)
    assert not Tale(world).is_hidden


def test_a_note_that_is_no_step_is_no_step() -> None:
    world = ScriptedWorld()
    world.noted = frozenset({"fly to the moon"})
    assert Tale(world).done == frozenset()
