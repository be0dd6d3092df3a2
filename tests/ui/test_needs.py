"""What Home says besides amounts: is the money safe, and what should be done now."""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import replace as changed

from lnwallet_tui.api.events import Notice
from lnwallet_tui.api.inbox import InboxEntry, InboxGlance, InboxKind
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import ChannelState, PaymentStatus, PeerView
from lnwallet_tui.ui.keymap import with_keys
from lnwallet_tui.ui.needs import Line, Weight, needs
from lnwallet_tui.ui.picture import Picture
from tests.ui import views

CALM = Picture(
    status=views.STATUS,
    balance=views.BALANCE,
    channels=(views.channel(),),
    payments=(),
    peers=(),
    guard=views.GUARD,
)


def said(lines: tuple[Line, ...]) -> str:
    words = "\n".join(f"{one.weight.value} {one.text} {one.remedy}".rstrip() for one in lines)
    return with_keys(words, {})


def test_nothing_is_needed_of_who_can_pay_and_be_paid() -> None:
    assert needs(CALM, playground=False) == ()


def test_a_locked_wallet_says_what_it_does_and_what_not() -> None:
    locked = replace(CALM, status=changed(views.STATUS, locked=True))
    assert said(needs(locked, playground=False)) == (
        "! Your wallet is locked: nothing is paid, sent, opened or closed. It can be paid. "
        "Unlock the wallet (ctrl+p) opens it."
    )


def test_the_first_steps_one_after_the_other() -> None:
    empty = replace(CALM, balance=views.EMPTY_BALANCE, channels=())
    assert "Press r, then ctrl+o" in said(needs(empty, playground=False))
    assert "What is in no block yet is seen only there." in said(needs(empty, playground=False))
    reading = replace(empty, status=changed(empty.status, waiting_for="No block was read yet."))
    assert "No coins have been found so far." in said(needs(reading, playground=False))
    unread = replace(empty, status=changed(reading.status, height=0))
    assert said(needs(unread, playground=False)).endswith(
        "· What is yours on chain is not known yet: no block was read."
    )
    funded = replace(empty, balance=changed(views.EMPTY_BALANCE, total_msat=1))
    assert "Press o." in said(needs(funded, playground=False))
    assert "F8" not in said(needs(funded, playground=False))
    assert "F8 shows who is there." in said(needs(funded, playground=True))
    full = replace(CALM, balance=changed(views.BALANCE, can_receive_msat=0))
    assert "Nobody can pay you yet." in said(needs(full, playground=False))
    assert "(F8)" in said(needs(full, playground=True))
    lacking = replace(full, channels=(changed(views.channel(), lacking_msat=6_551_001),))
    assert "Pay at least 6,552 sat first, or have" in said(needs(lacking, playground=False))
    paying = replace(full, payments=(views.payment(status=PaymentStatus.IN_FLIGHT),))
    assert "Pay something first" not in said(needs(paying, playground=True))
    one = views.channel(state=ChannelState.OPENING, explanation="Ready at block 3.")
    opening = replace(full, channels=(one,), status=changed(views.STATUS, waiting_for="A channel."))
    assert said(needs(opening, playground=True)) == "· 02ababab…abababab: Ready at block 3."


def test_a_channel_that_ends_says_when_its_money_comes() -> None:
    closing = views.channel(state=ChannelState.CLOSING, explanation="600 sat at block 9.")
    cheated = changed(closing, closing_kind="breach by them", explanation="It CHEATED.")
    picture = replace(CALM, channels=(closing, cheated))
    lines = needs(picture, playground=True, who=lambda _: "Carl")
    assert said(lines) == "! Carl: It CHEATED. See Guard (5).\n· Carl: 600 sat at block 9."
    closed = replace(CALM, channels=(views.channel(), views.channel(state=ChannelState.CLOSED)))
    assert needs(closed, playground=True) == ()


def test_a_peer_that_is_away_is_said_once_with_what_it_complained_of() -> None:
    one = views.channel(state=ChannelState.OFFLINE)
    picture = replace(CALM, channels=(one, changed(one, channel_id="bb" * 32)))
    lines = needs(picture, playground=True, who=lambda _: "Carl")
    assert said(lines) == (
        "· Carl is offline: 1,200,000 sat of yours wait there. This wallet knows no address of it: "
        "it comes by itself, or you connect to it at one that its owner tells you. See Channels "
        "(c)."
    )
    peer = PeerView(
        node_id=views.PEER,
        name=Untrusted(""),
        address="",
        connected=False,
        features=(),
        last_error=Untrusted(b"said of another channel"),
    )
    known = changed(peer, address="carl.play:9735", last_error=Untrusted(""))
    dialled = needs(replace(picture, peers=(known,)), playground=True, who=lambda _: "Carl")
    assert "wait there. It is dialled again by itself. See Channels (c)." in said(dialled)
    said_of_it = Untrusted(b"\x1b[31mno such channel" + b"!" * 80)
    complaining = replace(picture, channels=(changed(one, complaint=said_of_it),), peers=(peer,))
    line, words = needs(complaining, playground=True, who=lambda _: "Carl")
    assert (line.weight, words.weight) == (Weight.CARE, Weight.PLAIN)
    assert line.text == "Carl is offline: 600,000 sat of yours wait there."
    assert words.text.startswith("Carl last said: “�[31mno such channel!!!")
    assert "\x1b" not in words.text
    assert "sat" not in words.text  # what others write never shares a line with an amount
    assert words.text.endswith("…”.")
    assert line.remedy == "You can close alone ({everywhere.channels})."
    maybe_old = replace(complaining, channels=(changed(complaining.channels[0], may_be_old=True),))
    assert needs(maybe_old, playground=True)[0].remedy == "See Channels ({everywhere.channels})."


def test_the_pressing_comes_first_and_the_told_last() -> None:
    picture = replace(
        CALM,
        status=changed(views.STATUS, waiting_for="Waits for a peer."),
        channels=(views.channel(state=ChannelState.FROZEN),),
        payments=(views.payment(status=PaymentStatus.STUCK, reason="A hop does not answer."),),
        notices=(Notice("Read me."), Notice("Disk full.", "Make room.", urgent=True)),
    )
    lines = needs(picture, playground=False)
    assert said(lines) == (
        "✗ Disk full. Make room.\n"
        "✗ The channel with 02ababab…abababab is frozen. See Channels (c).\n"
        "! A payment of 25,000 sat is stuck. A hop does not answer.\n"
        "· Waits for a peer.\n"
        "· Read me."
    )
    assert {one.weight for one in lines} == {Weight.BAD, Weight.CARE, Weight.PLAIN}


def test_what_the_screen_has_to_say_is_not_hidden_behind_the_lock() -> None:
    """Nor behind the node that is not reached, which may be why."""
    alone = changed(views.STATUS, locked=True, verified_by=0, waiting_for="Nobody is there.")
    told = InboxEntry(
        number=1, time=views.NOW, kind=InboxKind.BUG, text="Told before.", urgent=True
    )
    picture = replace(
        CALM,
        status=alone,
        inbox=InboxGlance(newest=(told,), unread=1),
        notices=(Notice("Without --listen.", "End it.", urgent=True),),
    )
    first, second, third, fourth = needs(picture, playground=False)
    assert (first.text, second.text) == ("Without --listen.", "Told before.")
    assert third.text.startswith("Your wallet is locked")
    assert fourth.text == "Nobody is there."


def test_one_thing_stands_there_once_and_as_it_is_now() -> None:
    payment = views.payment(status=PaymentStatus.STUCK, reason="It is decided on chain.")
    stuck = InboxEntry(
        number=1,
        time=views.NOW,
        kind=InboxKind.STUCK,
        text="Your payment of 25,000 sat is stuck. It expired.",
        urgent=True,
        payment_hash=payment.payment_hash,
    )
    channel = views.channel(
        state=ChannelState.CLOSING, closing_kind="breach by them", explanation="It CHEATED."
    )
    cheated = changed(
        stuck,
        kind=InboxKind.BREACH,
        text="02ababab CHEATED.",
        payment_hash="",
        channel_id=channel.channel_id,
    )
    told = InboxGlance(unread=2, newest=(cheated, stuck))
    picture = replace(CALM, channels=(channel,), payments=(payment,), inbox=told)
    assert said(needs(picture, playground=False, who=lambda _: "Carl")) == (
        "✗ Carl: It CHEATED. See Guard (5).\n"
        "✗ A payment of 25,000 sat is stuck. It is decided on chain."
    )
    # What is not shown by itself, or has gone on meanwhile, is told as it was.
    closed = changed(channel, state=ChannelState.CLOSED)
    other = replace(picture, channels=(closed,), payments=())
    assert said(needs(other, playground=False)).startswith(
        "✗ 02ababab CHEATED.\n✗ Your payment of 25,000 sat is stuck. It expired."
    )


def test_that_nobody_tells_of_blocks_comes_before_what_waits_for_them() -> None:
    nobody = "No node of the Bitcoin network is reached. Look whether this machine is online."
    alone = changed(views.STATUS, verified_by=0, waiting_for=nobody)
    ends = views.channel(state=ChannelState.CLOSING, explanation="600 sat at block 9.")
    begins = views.channel(state=ChannelState.OPENING, explanation="Ready at block 3.")
    picture = replace(CALM, status=alone, channels=(ends, begins))
    lines = needs(picture, playground=False, who=lambda _: "Carl")
    assert said(lines) == f"! {nobody}\n· Carl: 600 sat at block 9.\n· Carl: Ready at block 3."
    told = replace(picture, status=changed(alone, verified_by=1), channels=(ends,))
    lines = needs(told, playground=False, who=lambda _: "Carl")
    assert said(lines) == f"· Carl: 600 sat at block 9.\n· {nobody}"


def test_a_punished_cheat_is_a_danger_until_it_is_final_and_news_after_it() -> None:
    entry = InboxEntry(
        number=1,
        time=views.NOW,
        kind=InboxKind.BREACH,
        text="It cheated: 28,190 sat taken.",
        urgent=True,
        final_at=views.HEIGHT + 2,
    )
    picture = replace(CALM, inbox=InboxGlance(unread=1, newest=(entry,)))
    assert said(needs(picture, playground=False)) == (
        "✗ It cheated: 28,190 sat taken. Final at block 1,026 (~14:33)."
    )
    later = changed(views.STATUS, height=views.HEIGHT + 1, now=views.NOW + 700_000)
    assert "Final at block 1,026 (~16:50)." in said(
        needs(replace(picture, status=later), playground=False)
    )
    over = changed(later, height=views.HEIGHT + 2)
    final = InboxGlance(unread=1, newest=(changed(entry, urgent=False),))
    assert said(needs(replace(picture, status=over, inbox=final), playground=False)) == (
        "· It cheated: 28,190 sat taken. Final since block 1,026."
    )


def test_coins_that_closes_would_need_are_asked_for() -> None:
    poor = replace(CALM, balance=changed(views.BALANCE, bump_reserve_missing_sat=55_244))
    assert "! 55,244 sat more on chain would pay for closing" in said(needs(poor, playground=False))


def test_coins_that_closes_would_need_are_thawed_where_they_are_frozen() -> None:
    frozen = changed(views.BALANCE, bump_reserve_missing_sat=55_244, onchain_frozen_sat=4_080_532)
    told = said(needs(replace(CALM, balance=frozen), playground=False))
    assert "You froze 4,080,532 sat on chain" in told
    assert told.endswith("Thaw coins (f on On-chain, 7).")
    little = replace(CALM, balance=changed(frozen, onchain_frozen_sat=55_243))
    assert said(needs(little, playground=False)).endswith(
        "Thaw coins (f on On-chain, 7). Send them to an address of this wallet."
    )


def test_a_danger_of_a_close_is_history_once_that_is_final() -> None:
    entry = InboxEntry(
        number=1, time=views.NOW, kind=InboxKind.CLOSE, text="A copy is at work.", urgent=True,
        channel_id=views.CHANNEL,
    )  # fmt: skip
    inbox = InboxGlance(unread=1, newest=(entry,))
    ends = views.channel(state=ChannelState.CLOSING, explanation="600 sat at block 9.")
    picture = replace(CALM, channels=(ends,), inbox=inbox)
    assert said(needs(picture, playground=False)).startswith("✗ A copy is at work.")
    over = replace(CALM, channels=(views.channel(state=ChannelState.CLOSED),), inbox=inbox)
    told = said(needs(over, playground=False))
    assert "✗" not in told
    assert "· Over, its close is final: A copy is at work." in told
