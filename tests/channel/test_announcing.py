"""Public channels: who opens them, when each half is sent, and what both make of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.announcement import Announcing
from lnwallet_tui.channel.effects import Send
from lnwallet_tui.channel.errors import Violation
from lnwallet_tui.channel.events import (
    CloseCooperatively,
    FundingConfirmed,
    NewTip,
    PeerConnected,
)
from lnwallet_tui.channel.state import Channel, ChannelType, Forgotten, Link, Opening, Phase
from lnwallet_tui.policy import POLICY
from lnwallet_tui.routing.network import KnownNetwork, Learned
from lnwallet_tui.store import codec as stored
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import ChannelReady, OpenChannel, Shutdown
from tests.channel.public import (
    EITHER,
    MOVED,
    PLACE,
    announced,
    announcing,
    buried,
    deep,
    half_of,
    halves,
    mine,
    told,
)
from tests.channel.two import (
    ANCHORS,
    STATIC,
    Two,
    acceptance,
    node_key,
    one,
    request,
)

ALIASED = ChannelType.of(anchors=True, scid_alias=True)
NAMES = pytest.mark.parametrize("names", [("anna", "bert"), ("bert", "anna")])


# -- opening
def proposal(two: Two, **changes: object) -> OpenChannel:
    two.a.open(request(two.a, **changes))
    message = two.a.outbox.popleft()
    assert isinstance(message, OpenChannel)
    return message


def test_a_node_that_relays_opens_public_channels() -> None:
    """BOLT 7: "The willingness of the initiating node to announce the channel is signaled during
    channel opening by setting the `announce_channel` bit in `channel_flags`"."""
    two = Two.relays()
    assert proposal(two).channel_flags == 1
    two = buried(1)
    assert [party.channel.announcing for party in two.both] == [Announcing(), Announcing()]


def test_a_wallet_opens_private_channels() -> None:
    two = Two.fresh()
    assert proposal(two).channel_flags == 0
    two = Two.fresh()
    two.ready()
    assert [party.channel.announcing for party in two.both] == [None, None]


@pytest.mark.parametrize("changes", [{"private": True}, {"channel_type": ALIASED}], ids=str)
def test_a_relay_can_open_a_private_channel(changes: dict[str, object]) -> None:
    """BOLT 2: "if `announce_channel` is `true` (not `0`): MUST NOT send `channel_type` with the
    `option_scid_alias` bit set."."""
    assert proposal(Two.relays(), **changes).channel_flags == 0
    two = Two.relays()
    two.ready(**changes)
    mine(two, 10)
    two.exchange()
    for party in two.both:
        assert party.channel.phase is Phase.READY
        assert party.channel.announcing is None
        assert halves(party) == []


def test_a_wallet_takes_no_public_channel() -> None:
    two = Two.relays()
    two.b.announcer = None
    effects = two.b.accept(proposal(two), acceptance(two.b))
    assert two.b.state == Forgotten()
    refusal = one(effects, Send).message
    assert isinstance(refusal, Error)
    assert refusal.data.decode() == Violation.ANNOUNCED.sentence


def test_a_public_channel_without_a_real_scid_is_refused() -> None:
    """BOLT 2: who announces "MUST NOT send `channel_type` with the `option_scid_alias` bit set"."""
    two = Two.relays()
    message = replace(proposal(two, channel_type=ALIASED), channel_flags=1)
    effects = two.b.accept(message, acceptance(two.b))
    assert two.b.state == Forgotten()
    refusal = one(effects, Send).message
    assert isinstance(refusal, Error)
    assert refusal.data.decode() == Violation.ANNOUNCED_ALIAS.sentence


@pytest.mark.parametrize(("flags", "is_public"), [(0xFE, False), (0xFF, True), (0, False)])
def test_undefined_flags_say_nothing(flags: int, is_public: bool) -> None:
    """BOLT 2: "ignore undefined bits in `channel_flags`"."""
    two = Two.relays()
    two.b.accept(replace(proposal(two), channel_flags=flags), acceptance(two.b))
    assert isinstance(two.b.state, Opening)
    assert two.b.state.announced is is_public


# -- both halves
@NAMES
@pytest.mark.parametrize("kind", [ANCHORS, STATIC], ids=["anchors", "static"])
def test_both_make_the_same_announcement(names: tuple[str, str], kind: ChannelType) -> None:
    """BOLT 7: "created by constructing a `channel_announcement` message, corresponding to the newly
    confirmed channel funding transaction, and signing it with the secrets matching an endpoint's
    `node_id` and `bitcoin_key`."
    """
    two = Two.relays(names)
    two.ready(channel_type=kind)
    (of_a,), (of_b,) = map(announced, two.both)
    assert of_a == of_b
    network = KnownNetwork(Network.REGTEST.chain_hash)
    assert network.learn(of_a, two.a.now) is Learned.NEW
    assert of_a.short_channel_id == two.a.channel.short_channel_id == PLACE
    assert (of_a.features, of_a.extension) == (b"", b"")
    owners = {of_a.node_id_1: of_a.bitcoin_key_1, of_a.node_id_2: of_a.bitcoin_key_2}
    assert owners == {
        node_key(party.name).public_key: party.channel.ours.basepoints.funding_pubkey
        for party in two.both
    }
    assert [len(halves(party)) for party in two.both] == [1, 1]
    assert two.disconnections() == []


def test_the_half_says_whose_and_where() -> None:
    two = deep()
    for party in two.both:
        assert halves(party) == [half_of(two, party)]


@EITHER
def test_the_peers_half_is_durable_before_the_node_is_told(who: int) -> None:
    two = deep()
    party, peer = two.both[who], two.both[1 - who]
    assert announced(party) == []
    effects = party.receive(peer.outbox.popleft())
    assert len(told(effects)) == 1
    known = announcing(party)
    assert known.theirs is not None
    theirs = halves(peer)[0]
    assert known.theirs.node_signature == theirs.node_signature
    assert known.theirs.bitcoin_signature == theirs.bitcoin_signature
    assert stored.decode(stored.encode(party.channel), Channel) == party.channel


# -- when ours is sent
@EITHER
def test_it_is_sent_at_six_confirmations(who: int) -> None:
    """BOLT 7: "the funding transaction has enough confirmations to ensure that it won't be
    reorganized: MUST send `announcement_signatures`"; "Otherwise: MUST NOT"."""
    two = buried(3)
    party = two.both[who]
    assert party.channel.phase is Phase.READY
    mine(two, 2)
    assert halves(party) == []
    mine(two)
    assert len(halves(party)) == 1
    mine(two, 3)
    assert len(halves(party)) == 1


@EITHER
def test_it_waits_for_channel_ready_in_both_directions(who: int) -> None:
    """BOLT 7: "After `channel_ready` has been sent and received"."""
    two = Two.relays()
    two.open()
    party, peer = two.both[who], two.both[1 - who]
    party.height += 1
    party.do(FundingConfirmed(two.funding_tx, party.height, 1))
    party.height += 20
    party.do(NewTip())
    two.exchange()
    assert party.channel.ready.sent
    assert halves(party) == []
    peer.height += 1
    peer.do(FundingConfirmed(two.funding_tx, peer.height, 1))
    peer.height += 2
    peer.do(NewTip())
    two.exchange()
    assert peer.channel.phase is Phase.READY
    assert (len(halves(party)), len(halves(peer))) == (1, 0)


def test_a_peer_that_asks_for_more_depth_is_waited_for() -> None:
    two = buried(9, policy=changed(POLICY, small_channel_depth=10))
    assert [halves(party) for party in two.both] == [[], []]
    mine(two)
    two.exchange()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_it_is_not_sent_over_no_link(who: int) -> None:
    two = buried(5)
    two.disconnect()
    mine(two)
    party, peer = two.both[who], two.both[1 - who]
    party.do(PeerConnected(party.features))
    assert party.channel.link is Link.REESTABLISHING
    assert halves(party) == []
    peer.do(PeerConnected(peer.features))
    two.exchange()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_it_is_never_sent_after_shutdown(who: int) -> None:
    """BOLT 7: "AND a `shutdown` message has not been sent"."""
    two = buried(5)
    party = two.both[who]
    party.do(CloseCooperatively(3, party.script, 1_000, two.a.channel.funding.value))
    party.height += 1
    party.do(NewTip())
    two.exchange()
    mine(two, 2)
    two.disconnect()
    two.connect()
    for either in two.both:
        assert either.said(Shutdown)
        assert halves(either) == []
        assert announced(either) == []


@EITHER
def test_after_shutdown_the_peers_is_ignored(who: int) -> None:
    two = deep()
    party, peer = two.both[who], two.both[1 - who]
    party.do(CloseCooperatively(3, party.script, 1_000, two.a.channel.funding.value))
    before = party.channel
    assert party.receive(halves(peer)[0]) == ()
    assert party.channel == before


# -- before its time
@EITHER
def test_the_peers_half_may_come_before_our_channel_ready(who: int) -> None:
    """BOLT 7: "If it has not sent `channel_ready`: SHOULD defer handling the
    `announcement_signatures` until after it has sent `channel_ready`."."""
    two = Two.relays()
    two.open()
    party, peer = two.both[who], two.both[1 - who]
    party.receive(ChannelReady(peer.channel.channel_id, peer.signer.per_commitment_point(1)))
    assert party.receive(half_of(two, peer)) == ()
    assert announcing(party).theirs is None
    party.height += 1
    party.do(FundingConfirmed(two.funding_tx, party.height, 1))
    assert announcing(party).theirs is None
    party.height += 2
    party.do(NewTip())
    assert party.channel.ready.sent
    assert announcing(party).theirs is not None
    assert (halves(party), announced(party)) == ([], [])
    party.height += 3
    effects = party.do(NewTip())
    assert (len(halves(party)), len(told(effects))) == (1, 1)


@EITHER
def test_a_half_that_came_too_early_is_forgotten_with_the_connection(who: int) -> None:
    two = Two.relays()
    two.open()
    party, peer = two.both[who], two.both[1 - who]
    party.receive(half_of(two, peer))
    two.disconnect()
    assert announcing(party) == Announcing()
    two.connect()
    two.bury()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_an_early_half_for_another_place_is_warned_of_in_time(who: int) -> None:
    two = Two.relays()
    two.open()
    party, peer = two.both[who], two.both[1 - who]
    assert party.receive(half_of(two, peer, MOVED)) == ()
    two.bury()
    assert len(party.said(Warning_)) == 1
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_who_is_a_block_behind_answers_in_time(who: int) -> None:
    two = buried(5)
    party, peer = two.both[who], two.both[1 - who]
    peer.height += 1
    peer.do(NewTip())
    assert party.receive(peer.outbox.popleft()) == ()
    assert (halves(party), announced(party)) == ([], [])
    party.height += 1
    party.do(NewTip())
    two.exchange()
    assert [len(announced(party)) for party in two.both] == [1, 1]


@EITHER
def test_a_half_that_was_never_sent_is_sent_although_the_peers_is_there(who: int) -> None:
    """BOLT 7: "MUST send `announcement_signatures`", whatever came before."""
    two = buried(5)
    party, peer = two.both[who], two.both[1 - who]
    peer.height += 1
    peer.do(NewTip())
    party.receive(peer.outbox.popleft())
    two.disconnect()
    party.height += 1
    party.do(NewTip())
    assert announced(party) == []
    for either in two.both:
        either.do(PeerConnected(either.features))
    party.receive(peer.outbox.popleft())
    assert (len(halves(party)), len(announced(party))) == (1, 1)
    two.exchange()
    assert [len(announced(party)) for party in two.both] == [1, 1]
