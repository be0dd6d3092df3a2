"""No two situations of a channel share a sentence, and each sentence has the channel's numbers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace as varied
from itertools import combinations

from msgspec.structs import replace

from lnwallet_tui.api.closes import CloseBegan
from lnwallet_tui.api.views import ChannelState as S
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel import backup
from lnwallet_tui.channel.backup import Whereabouts, backed_up
from lnwallet_tui.channel.errors import CloseReason
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    ForceClose,
    FundingConfirmed,
    SignCommitment,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.recording import publishing, with_record
from lnwallet_tui.channel.state import Channel, Phase, Spend
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.node.words.closed_words import all_back
from lnwallet_tui.node.words.sentences import Scene, sentence
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
)
from lnwallet_tui.onchain.facts import ConfirmedTx, TheirCommitment
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from tests.channel.two import Two, msat

Told = Iterator[tuple[str, S, Scene]]
"""A situation by name, the state that a person sees, what the sentence is made of."""

_TX = Tx(2, (TxIn(OutPoint(bytes(32), 0)),), (TxOut(Sat(250_000), b"\x51"),), 0)


def scene(two: Two, channel: Channel, **more: object) -> Scene:
    plain = Scene(
        channel=channel,
        height=two.a.height,
        now=two.a.now,
        sendable=channel.ledger.ours,
        receivable=channel.ledger.theirs,
        is_connected=False,
    )
    return varied(plain, **more)  # type: ignore[arg-type]  # the tests name real fields


def terms(push_sat: int) -> dict[str, object]:
    """Of an opening in which every amount depends on that one."""
    return {"funding": Sat(1_000_000 + 3 * push_sat), "push": msat(push_sat)}


def ready(push_sat: int) -> Two:
    two = Two.fresh()
    two.ready(**terms(push_sat))
    return two


def offering(two: Two, *payers: int) -> Channel:
    for number, payer in enumerate(payers):
        party = two.both[payer]
        party.do(
            AddHtlc(
                number, two.a.channel.ledger.ours // 40, sha256(b"p"), 500 + number, bytes(1366)
            )
        )
        party.do(SignCommitment())
        two.exchange()
    return two.a.channel


# -- the situations
def opening(push_sat: int) -> Told:
    for who in (0, 1):
        two = Two.fresh()
        two.open(**terms(push_sat))
        party = two.both[who]
        side = ("ours", "theirs")[who]
        yield f"{side}, in no block", S.OPENING, scene(two, party.channel)
        party.do(FundingConfirmed(two.funding_tx, party.height, 1))
        for depth in (1, 2, 3):
            at = party.height + depth - 1
            yield f"{side}, {depth} deep", S.OPENING, scene(two, party.channel, height=at)
        if who == 0:
            told = scene(two, party.channel, height=at, complaint="“no such channel”")
            yield "ours, forgotten", S.OPENING, told


def living(push_sat: int) -> Told:
    channel = ready(push_sat).a.channel
    two = ready(push_sat)
    none = ZERO_MSAT
    yield "both ways", S.READY, scene(two, channel)
    yield "only sending", S.READY, scene(two, channel, receivable=none)
    yield "only receiving", S.READY, scene(two, channel, sendable=none)
    yield "neither", S.READY, scene(two, channel, sendable=none, receivable=none)
    for name, more in (
        ("both", {}),
        ("send", {"receivable": none}),
        ("be paid", {"sendable": none}),
    ):
        yield f"locked, {name}", S.READY, scene(two, channel, locked=True, **more)
    neither = {"sendable": none, "receivable": none}
    yield "locked, neither", S.READY, scene(two, channel, locked=True, **neither)
    yield "reorganised", S.READY, scene(two, channel, height=channel.funding.begun)
    busy: dict[str, Channel] = {}
    for name, payers in (("out", (0,)), ("in", (1,)), ("two out", (0, 0)), ("both", (0, 1))):
        busy[name] = offering(ready(push_sat), *payers)
        yield name, S.READY, scene(two, busy[name])
    for link in (False, True):
        for said in ("", "“no such channel”"):
            for name, one in (("idle", channel), ("busy", busy["out"])):
                told = scene(two, one, is_connected=link, complaint=said)
                yield f"offline {link} {said} {name}", S.OFFLINE, told
        told = scene(two, channel, is_connected=link, may_be_old=True)
        yield f"offline {link}, maybe old", S.OFFLINE, told
    for bug in ("AssertionError", "KeyError"):
        yield f"frozen {bug}", S.FROZEN, scene(two, channel, bug=bug)


def ending(push_sat: int) -> Told:
    for who in (0, 1):
        two = ready(push_sat)
        two.both[who].do(CloseCooperatively(1, two.both[who].script, 1_000, Sat(5_000)))
        if who == 1:
            two.deliver_one()
        asked = replace(two.a.channel, phase=Phase.SHUTTING_DOWN)
        yield f"asked by {who}", S.SHUTTING_DOWN, scene(two, asked)
        negotiating = replace(asked, phase=Phase.NEGOTIATING)
        yield f"negotiating, asked by {who}", S.SHUTTING_DOWN, scene(two, negotiating)
        disputed = replace(negotiating, closing=replace(asked.closing, disputed=True))
        yield f"disputed, asked by {who}", S.SHUTTING_DOWN, scene(two, disputed)
        agreed = replace(asked, phase=Phase.CLOSING)
        yield f"agreed, asked by {who}", S.CLOSING, scene(two, agreed)
    two = ready(push_sat)
    offering(two, 0)
    two.a.do(CloseCooperatively(1, two.a.script, 1_000, Sat(5_000)))
    yield "pending", S.SHUTTING_DOWN, scene(two, two.a.channel)
    for reason in CloseReason:
        two = ready(push_sat)
        two.a.do(ForceClose(1, CloseReason.USER.value))
        published = two.a.channel.publication
        assert published is not None
        bare = replace(two.a.channel, close_records=())
        env = two.a.env(two.a.signer)
        for_it = publishing(bare, env, reason)
        named = replace(for_it, publication=replace(published, reason=reason))
        yield f"published: {reason.value}", S.CLOSING, scene(two, named)
        offered = scene(two, named, goes_round=False, way=" It is fetched by 2 nodes.")
        yield f"offered: {reason.value}", S.CLOSING, offered
        refused = scene(two, named, refused="“insufficient fee”")
        yield f"refused: {reason.value}", S.CLOSING, refused


def kinds(two: Two) -> dict[str, CloseKind]:
    channel = two.a.channel
    params, theirs = channel.params(Side.US), channel.params(Side.THEM)
    spec, point = channel.our_commitment.spec, two.a.signer.per_commitment_point(0)
    built = build_commitment(params, point, spec)
    their = channel.their_current
    their_built = build_commitment(theirs, their.point, their.spec)
    keys = built.keys
    return {
        "cooperative": Cooperative(),
        "ours": Ours(built),
        "ours, unexpected": OursUnexpected(7, keys, ()),
        "theirs": Theirs(their_built, TheirCommitment(their.spec, their.point), is_next=False),
        "theirs, unexpected": TheirsUnexpected(9, ()),
        "revoked": Revoked(3, bytes(32), keys, ()),
        "unknown": Unknown(),
    }


def resolved(push_sat: int) -> Told:
    two = ready(push_sat)
    env = two.a.env(two.a.signer)
    for name, kind in kinds(two).items():
        began = {
            "cooperative": CloseBegan.WE_TOGETHER,
            "ours": CloseBegan.COMMAND,
        }.get(name, CloseBegan.THEY_ALONE)
        recorded = with_record(two.a.channel, env, began)
        closed = replace(recorded, spend=Spend(_TX, 120), phase=Phase.ON_CHAIN)
        waiting = OutputReport(
            OutPoint(bytes(32), 1), Sat(push_sat), Part.OUR_BALANCE, Fate.WAITING, earliest=900
        )
        done = replace(closed, phase=Phase.DONE)
        for outputs, final, state, channel in (
            ((waiting,), None, S.CLOSING, closed),
            ((), 219, S.CLOSED, closed),
            ((), 219, S.CLOSED, done),
        ):
            resolution = Resolution(kind, ConfirmedTx(_TX, 120), (), (), outputs, (), {}, final)
            named = f"{name}, {state.value}, {channel.phase.value}"
            yield named, state, scene(two, channel, resolution=resolution)
            if outputs and name == "ours":
                told = scene(two, channel, resolution=resolution, swept=True)
                yield "ours, swept", state, told


def restored(push_sat: int) -> Told:
    two = ready(push_sat)
    a = two.a
    where = Whereabouts(life=b"", number=0, salt=bytes(32), peer_id=bytes(33))
    kept = backed_up(a.channel, where)
    lost = replace(backup.restored(kept, a.signer.basepoints), funding=a.channel.funding)
    for link in (False, True):
        old = replace(a.channel, old_state=True)
        yield f"old {link}", S.OFFLINE, scene(two, old, is_connected=link)
    unseen = replace(lost, funding=replace(lost.funding, confirmed=None))
    for link in (False, True):
        for said in ("", "“no such channel”"):
            told = scene(two, lost, is_connected=link, complaint=said)
            yield f"restored {link} {said}", S.READY if link else S.OFFLINE, told
    yield "restored, unseen", S.OFFLINE, scene(two, unseen, height=a.height + 1_000)
    resolution = Resolution(Cooperative(), ConfirmedTx(_TX, 120), (), (), (), (), {}, 219)
    closed = replace(lost, spend=Spend(_TX, 120), phase=Phase.ON_CHAIN)
    yield "restored, closed", S.CLOSED, scene(two, closed, resolution=resolution)


def everything(push_sat: int = 300_000) -> dict[str, tuple[S, str]]:
    told: dict[str, tuple[S, str]] = {}
    for chapter in (opening, living, ending, resolved, restored):
        for name, state, view in chapter(push_sat):
            assert name not in told, name
            told[name] = state, sentence(view, state)
    return told


def test_the_block_is_that_of_the_cheat_and_not_of_its_end() -> None:
    told = everything()
    [said] = [
        words
        for name, (_, words) in told.items()
        if name == f"revoked, {S.CLOSED.value}, {Phase.DONE.value}"
    ]
    expected = "Closed by a cheat with its old state 3 in block 120, who lost everything in it."
    assert said.startswith(expected)


def test_no_two_situations_share_a_sentence() -> None:
    told = everything()
    assert {state for state, _ in told.values()} == set(S)
    assert len(told) > 50
    for (one, (_, here)), (other, (_, there)) in combinations(told.items(), 2):
        assert here != there, (one, other, here)


def test_each_has_the_numbers_of_its_channel() -> None:
    """Of a channel with other amounts in the same situation something else is said."""
    less, more = everything(300_000), everything(310_000)
    assert less.keys() == more.keys()
    assert [name for name in less if less[name] == more[name]] == []


def test_what_the_peer_has_to_send_is_not_said_to_wait_before_a_block_has_it() -> None:
    theirs = next(told for name, _, told in opening(0) if name == "theirs, in no block")
    said = sentence(theirs, S.OPENING)
    assert "has not been seen in a block yet" in said
    assert "it is not known here whether the peer has sent it" in said


def test_who_had_nothing_in_it_is_not_told_that_it_is_back() -> None:
    assert all_back(ZERO_MSAT, None) == "Nothing in it was yours, so that nothing comes back."


def test_what_others_say_stands_on_a_line_without_an_amount() -> None:
    for _, words in everything().values():
        for line in words.split("\n"):
            assert "“" not in line or " sat" not in line


def test_whom_nobody_can_dial_is_not_said_to_be_dialled() -> None:
    away = [
        (state, scene)
        for _, state, scene in (*living(0), *restored(0))
        if state is S.OFFLINE and not scene.is_connected
    ]
    assert len(away) > 4
    for state, view in away:
        told = sentence(view, state)
        assert "dialled" not in told
        assert "This wallet knows no address of it" in told
        told = sentence(varied(view, address="ben.play:9735"), state)
        assert "It is dialled again by itself." in told
        assert "knows no address" not in told


def test_a_close_in_agreement_says_that_the_peer_it_needs_is_away() -> None:
    agreeing = [scene for _, state, scene in ending(0) if state is S.SHUTTING_DOWN]
    assert len(agreeing) == 7
    for view in agreeing:
        away = sentence(varied(view, address="ben.play:9735"), S.SHUTTING_DOWN)
        assert "The peer is not connected, and closing together takes both." in away
        assert "If it stays away, you can close alone." in away
        there = sentence(varied(view, is_connected=True), S.SHUTTING_DOWN)
        assert "not connected" not in there
        assert "alone" not in there


def test_a_fee_that_the_peer_pays_is_not_said_to_come_off_what_is_ours() -> None:
    two = ready(300_000)
    for party, before in ((two.a, True), (two.b, False)):
        for phase, state in (
            (Phase.SHUTTING_DOWN, S.SHUTTING_DOWN),
            (Phase.NEGOTIATING, S.SHUTTING_DOWN),
            (Phase.CLOSING, S.CLOSING),
        ):
            told = sentence(scene(two, replace(party.channel, phase=phase)), state)
            assert ("before it" in told) is before, told
            assert before or phase is Phase.CLOSING or "the peer pays it." in told


def test_a_locked_wallet_is_not_said_to_pay_or_to_close() -> None:
    for name, state, view in (*living(0), *ending(0)):
        told = sentence(varied(view, locked=True), state)
        offers = "you can close" in told or "force-close" in told or "close at any time" in told
        assert not offers or "unlock" in told, name
        assert "Ready: " not in told, name


def test_only_what_goes_round_is_called_published() -> None:
    """Another close may be in the way, and the user must not pay to be in front of it."""
    said = {name: sentence(scene, state) for name, state, scene in ending(0)}
    for reason in CloseReason:
        assert "published and waits" not in said[f"offered: {reason.value}"]
        assert "published" not in said[f"refused: {reason.value}"].replace("mostly publishes", "")
        for name in ("offered", "refused"):
            told = said[f"{name}: {reason.value}"]
            assert "a block takes only one of" in told
            assert "If it is the peer's, your balance is free at once" in told
    ordered = CloseReason.USER.value
    assert " It is fetched by 2 nodes. A node that knows " in said[f"offered: {ordered}"]
    assert said[f"refused: {ordered}"].endswith("\nThe network says: “insufficient fee”.")


def test_who_ordered_a_close_is_said_once() -> None:
    said = {name: sentence(scene, state) for name, state, scene in ending(0)}
    ordered = said[f"published: {CloseReason.USER.value}"]
    assert "You ordered it to be closed alone, at block " in ordered
    assert "You asked for it" not in ordered
    due = said[f"published: {CloseReason.HTLC_DEADLINE.value}"]
    assert "A payment had to be settled on chain before its deadline." in due


def test_whose_close_it_was_is_not_mixed_up_with_who_ordered_one() -> None:
    two = ready(300_000)
    env, found = two.a.env(two.a.signer), kinds(two)

    def told(kind: str, began: CloseBegan) -> tuple[str, str]:
        recorded = with_record(two.a.channel, env, began)
        closed = replace(recorded, spend=Spend(_TX, 120), phase=Phase.ON_CHAIN)
        done = replace(closed, phase=Phase.DONE)
        resolution = Resolution(found[kind], ConfirmedTx(_TX, 120), (), (), (), (), {}, 219)
        first = sentence(scene(two, closed, resolution=resolution), S.CLOSING)
        return first, sentence(scene(two, done, resolution=resolution), S.CLOSED)

    by_us = told("ours", CloseBegan.COMMAND)
    assert by_us[0].startswith("You closed alone, in block 120; you ordered it at block ")
    assert by_us[1].startswith("Closed by you, alone in block 120.")
    by_wallet = told("ours", CloseBegan.PEER_ERROR)
    assert by_wallet[0].startswith("The wallet closed alone, in block 120.")
    assert by_wallet[1].startswith("Closed by this wallet, alone in block 120.")
    assert all("The peer gave it up with an error, at block " in one for one in by_wallet)
    for words in by_wallet:
        assert "by the rules of Lightning (BOLT 1) the wallet had to close it then, too" in words
        assert "nobody here ordered that." in words
    assert "BOLT 1" not in told("ours", CloseBegan.DEADLINE)[0]
    assert "BOLT 1" not in told("theirs", CloseBegan.PEER_ERROR)[0]
    by_them = told("theirs", CloseBegan.COMMAND)
    assert by_them[0].startswith("The peer closed alone, in block 120, before your own close, ")
    assert "You ordered" not in by_them[0]
    assert by_them[1].startswith("Closed by the peer, alone in block 120. At block ")
    assert "you had ordered your own close; the peer published a" in by_them[1]
    for began, asked in (
        (CloseBegan.WE_TOGETHER, "you had asked the peer to close together; "),
        (CloseBegan.THEY_TOGETHER, "the peer had asked you to close together; "),
    ):
        for words in told("theirs", began):
            assert f"{asked}the peer published a state of its own instead." in words
            assert "asked for it" not in words
        assert f"{asked}this came instead." in told("unknown", began)[1]
        agreed = told("cooperative", began)
        assert all("asked for it, at block " in words for words in agreed)


def test_an_order_that_came_after_the_peer_gave_it_up_is_named_beside_that() -> None:
    two = ready(300_000)
    env, found = two.a.env(two.a.signer), kinds(two)
    given = publishing(two.a.channel, env, CloseReason.PEER_ERROR)
    later = varied(env, height=env.height + 3)
    both = publishing(given, later, CloseReason.USER)
    at, ordered = f"at block {env.height:,}", f"at block {later.height:,}"

    def told(kind: str, channel: Channel, state: S) -> str:
        resolution = Resolution(found[kind], ConfirmedTx(_TX, 120), (), (), (), (), {}, 219)
        return sentence(scene(two, channel, resolution=resolution), state)

    closed = replace(both, spend=Spend(_TX, 120), phase=Phase.ON_CHAIN)
    named = f"The peer gave it up with an error, {at}; you ordered your own close {ordered}, too."
    for state in (S.CLOSING, S.CLOSED):
        words = told("ours", closed, state)
        assert named in words
        assert "closed alone, in block 120. " in words or "by this wallet, alone" in words
        assert f"{ordered[0].upper()}{ordered[1:]} you had ordered" in told("theirs", closed, state)
    two.a.do(ForceClose(1, CloseReason.USER.value))
    published = two.a.channel.publication
    assert published is not None
    published = replace(published, reason=CloseReason.PEER_ERROR)
    waiting = replace(both, publication=published, phase=Phase.CLOSING)
    words = sentence(scene(two, waiting), S.CLOSING)
    assert words.startswith(f"The peer gave the channel up with an error, {at}; ")
    assert f" You ordered your own close {ordered}. " in words
    assert " By the rules of Lightning (BOLT 1) this wallet has to close it then, too: " in words
