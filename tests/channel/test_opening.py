"""Opening, both roles: the messages, every rule of BOLT 2, and nothing published too early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lnwallet_tui.bitcoin.amount import MAX_SAT, Msat, Sat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.script import p2pkh, p2tr, p2wsh
from lnwallet_tui.bitcoin.tx import OutPoint, TxOut
from lnwallet_tui.channel.effects import (
    Answer,
    Broadcast,
    NeedFunding,
    ReleaseFunding,
    Send,
    Watch,
)
from lnwallet_tui.channel.env import Feerates
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason, Violation
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    ForceClose,
    FundingImpossible,
    MessageReceived,
    NewTip,
    OpeningTimedOut,
    PeerDisconnected,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.scripts import funding_script
from lnwallet_tui.channel.state import (
    SUPPORTED_TYPES,
    Channel,
    ChannelType,
    Forgotten,
    Link,
    Opening,
    Phase,
    channel_id_of,
)
from lnwallet_tui.channel.step import step
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.policy import POLICY, REGTEST_POLICY
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt1 import Error, Warning_
from lnwallet_tui.wire.bolt2 import (
    AcceptChannel,
    ChannelReady,
    FundingCreated,
    FundingSigned,
    OpenChannel,
)
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from tests.channel.two import (
    ANCHORS,
    OPEN_COMMAND,
    STATIC,
    Party,
    Two,
    acceptance,
    funding_transaction,
    msat,
    one,
    request,
    script_of,
)

ALL_TYPES = pytest.mark.parametrize(
    "kind", SUPPORTED_TYPES, ids=lambda kind: "+".join(kind.features.names())
)


def proposed(two: Two, **changes: object) -> OpenChannel:
    two.a.open(request(two.a, **changes))
    message = two.a.outbox.popleft()
    assert isinstance(message, OpenChannel)
    return message


def accepted(two: Two, **changes: object) -> AcceptChannel:
    two.b.accept(proposed(two, **changes), acceptance(two.b))
    message = two.b.outbox.popleft()
    assert isinstance(message, AcceptChannel)
    return message


def created(two: Two, **changes: object) -> FundingCreated:
    two.a.receive(accepted(two, **changes))
    two.a.do(funding_transaction(one(two.a.effects, NeedFunding)))
    message = two.a.outbox.popleft()
    assert isinstance(message, FundingCreated)
    return message


# -- what comes out
@ALL_TYPES
def test_both_sides_reach_the_same_channel(kind: ChannelType, engine: Engine) -> None:
    two = Two.fresh()
    two.open(channel_type=kind, push=msat(100_000))
    ours, theirs = two.a.channel, two.b.channel
    assert ours.channel_id == theirs.channel_id == channel_id_of(ours.funding.outpoint)
    assert (ours.phase, ours.link) == (theirs.phase, theirs.link) == (Phase.FUNDING, Link.LIVE)
    assert ours.channel_type == theirs.channel_type == kind
    assert (ours.funder, theirs.funder) == (Side.US, Side.THEM)
    assert (ours.ledger.ours, ours.ledger.theirs) == (msat(900_000), msat(100_000))
    assert (theirs.ledger.ours, theirs.ledger.theirs) == (msat(100_000), msat(900_000))
    assert (ours.ours, ours.theirs) == (theirs.theirs, theirs.ours)
    assert ours.params(Side.US) == theirs.params(Side.THEM)
    assert ours.our_commitment.spec == theirs.their_current.spec
    assert ours.their_current.spec == theirs.our_commitment.spec
    assert ours.their_next_point is None
    assert theirs.funding.tx is None
    assert two.check_broadcasts(engine) == [two.funding_tx]


@ALL_TYPES
def test_the_first_commitments_can_be_published_by_both(kind: ChannelType, engine: Engine) -> None:
    two = Two.fresh()
    two.ready(channel_type=kind, push=msat(100_000))
    for party in two.both:
        party.do(ForceClose(1, "the user said so"))
    assert len(two.check_broadcasts(engine)) == 3


def test_the_proposal_names_what_policy_says() -> None:
    message = proposed(Two.fresh())
    assert message.chain_hash == Network.REGTEST.chain_hash
    assert message.dust_limit_satoshis == Sat(546)
    assert message.channel_reserve_satoshis == Sat(10_000)
    assert message.max_htlc_value_in_flight_msat == msat(1_000_000)
    assert message.to_self_delay == 2_016
    assert message.max_accepted_htlcs == 30
    assert message.feerate_per_kw == 316  # 253, and a quarter more
    assert message.channel_flags == 0
    assert message.upfront_shutdown_script == b""
    assert message.channel_type == bytes.fromhex("401000")


def test_without_anchors_the_commitment_must_confirm_as_it_is() -> None:
    message = proposed(Two.fresh(), channel_type=STATIC)
    assert message.feerate_per_kw == 2_000
    assert message.channel_type == bytes.fromhex("1000")


def test_the_fundees_reserve_covers_the_funders_dust_limit() -> None:
    two = Two.fresh()
    message = replace(
        proposed(two, funding=Sat(100_000)),
        dust_limit_satoshis=Sat(4_000),
        channel_reserve_satoshis=Sat(4_000),
    )
    two.b.accept(message, acceptance(two.b))
    (answer,) = two.b.said(AcceptChannel)
    assert answer.channel_reserve_satoshis == Sat(4_000)


def test_a_script_that_we_commit_to_is_told() -> None:
    two = Two.fresh()
    message = proposed(two, commit_to_script=True)
    assert message.upfront_shutdown_script == two.a.script
    two.b.accept(message, acceptance(two.b))
    assert isinstance(two.b.state, Opening)
    assert two.b.state.theirs is not None
    assert two.b.state.theirs.upfront_shutdown_script == two.a.script


def test_an_upfront_script_binds_nobody_without_the_feature() -> None:
    two = Two.fresh()
    message = proposed(two, commit_to_script=True)
    bits = set(OUR_INIT_FEATURES) - {features.UPFRONT_SHUTDOWN_SCRIPT + 1}
    two.b.features = Features(bits)
    two.b.accept(message, acceptance(two.b))
    assert isinstance(two.b.state, Opening)
    assert two.b.state.theirs is not None
    assert two.b.state.theirs.upfront_shutdown_script == b""


# -- never too early
def test_nothing_is_published_before_the_channel_is_the_state() -> None:
    """BOLT 2: "MUST NOT broadcast the funding transaction before receipt of a valid
    `funding_signed`."
    """
    two = Two.fresh()
    two.b.receive(created(two))
    assert two.a.all(Broadcast) == []
    assert isinstance(two.a.state, Opening)
    assert isinstance(two.b.state, Channel)
    assert [type(effect) for effect in two.b.effects[-3:-1]] == [Watch, Send]
    effects = two.a.receive(two.b.outbox.popleft())
    assert isinstance(two.a.state, Channel)
    assert [type(effect) for effect in effects[:3]] == [Watch, Broadcast, Answer]
    assert effects[2] == Answer(OPEN_COMMAND, None)
    watch, published = one(effects, Watch), one(effects, Broadcast)
    (tx,) = published.txs
    assert tx.outputs[watch.outpoint.vout].script_pubkey == watch.script
    assert watch.outpoint == tx.outpoint(watch.outpoint.vout)


def test_vuln_014_a_malleable_funding_transaction_is_refused() -> None:
    """A funding txid that changes after the commitment was signed: only segwit inputs are used."""
    two = Two.fresh()
    two.a.receive(accepted(two))
    good = funding_transaction(one(two.a.effects, NeedFunding))
    bare = replace(good.tx.inputs[0], script_sig=b"\x00")
    effects = two.a.do(replace(good, tx=replace(good.tx, inputs=(bare,))))
    assert two.a.state == Forgotten()
    assert one(effects, Answer).result == ChannelRefusal(RefusalReason.FUNDING_TX)
    assert one(effects, ReleaseFunding) == ReleaseFunding()
    assert isinstance(one(effects, Send).message, Error)
    assert two.a.all(Broadcast) == []


@pytest.mark.parametrize("flaw", ["no witness", "a satoshi less", "other script", "other output"])
def test_a_funding_transaction_that_does_not_fit_is_refused(flaw: str) -> None:
    two = Two.fresh()
    two.a.receive(accepted(two))
    good = funding_transaction(one(two.a.effects, NeedFunding))
    change, output = good.tx.outputs
    flawed = {
        "no witness": replace(
            good, tx=replace(good.tx, inputs=(replace(good.tx.inputs[0], witness=()),))
        ),
        "a satoshi less": replace(
            good,
            tx=replace(good.tx, outputs=(change, replace(output, value=output.value - Sat(1)))),
        ),
        "other script": replace(
            good, tx=replace(good.tx, outputs=(change, TxOut(output.value, script_of("x"))))
        ),
        "other output": replace(good, output_index=2),
    }[flaw]
    effects = two.a.do(flawed)
    assert two.a.state == Forgotten()
    assert one(effects, Answer).result == ChannelRefusal(RefusalReason.FUNDING_TX)


# -- what we do not even ask for
@pytest.mark.parametrize(
    ("changes", "missing", "reason"),
    [
        ({"funding": Sat(19_999)}, None, RefusalReason.FUNDING_AMOUNT),
        ({"push": msat(1_000_001)}, None, RefusalReason.PUSH_AMOUNT),
        ({"funding": Sat(1 << 24)}, features.SUPPORT_LARGE_CHANNEL, RefusalReason.FUNDING_AMOUNT),
        ({}, features.ANCHORS, RefusalReason.PEER_FEATURES),
        (
            {"channel_type": ChannelType.of(anchors=True, scid_alias=True)},
            features.SCID_ALIAS,
            RefusalReason.PEER_FEATURES,
        ),
        ({"push": msat(999_500)}, None, RefusalReason.FEE),
        ({"shutdown_script": p2pkh(bytes(20))}, None, RefusalReason.SCRIPT),
        ({"shutdown_script": p2tr(bytes(32))}, features.SHUTDOWN_ANYSEGWIT, RefusalReason.SCRIPT),
    ],
)
def test_a_request_that_breaks_a_rule_is_refused(
    changes: dict[str, object], missing: int | None, reason: RefusalReason
) -> None:
    party = Party("anna")
    if missing is not None:
        party.features = Features(set(OUR_INIT_FEATURES) - {missing, missing + 1})
    effects = party.open(request(party, **changes))
    assert effects == (Answer(OPEN_COMMAND, ChannelRefusal(reason)),)
    assert party.state == Forgotten()


def test_a_large_channel_between_two_who_know_them() -> None:
    two = Two.fresh()
    two.open(funding=Sat(1 << 24))
    assert two.b.channel.funding.minimum_depth == 6


# -- their open_channel
OPEN_FLAWS: list[tuple[dict[str, object], Violation]] = [
    ({"chain_hash": Network.MAINNET.chain_hash}, Violation.CHAIN),
    ({"channel_flags": 1}, Violation.ANNOUNCED),
    ({"channel_type": None}, Violation.NO_CHANNEL_TYPE),
    ({"channel_type": b""}, Violation.CHANNEL_TYPE),
    ({"channel_type": bytes.fromhex("400000")}, Violation.CHANNEL_TYPE),
    ({"channel_type": bytes.fromhex("00401000")}, Violation.CHANNEL_TYPE),
    ({"channel_type": bytes.fromhex("101000")}, Violation.CHANNEL_TYPE),  # anchors with HTLC fees
    ({"channel_type": bytes.fromhex("04000000401000")}, Violation.CHANNEL_TYPE),  # zeroconf
    ({"funding_satoshis": Sat(19_999)}, Violation.FUNDING_TOO_SMALL),
    ({"push_msat": Msat(1_000_000_001)}, Violation.PUSH),
    ({"dust_limit_satoshis": Sat(353)}, Violation.DUST_LIMIT_SMALL),
    ({"dust_limit_satoshis": Sat(5_001)}, Violation.DUST_LIMIT_LARGE),
    (
        {"dust_limit_satoshis": Sat(1_000), "channel_reserve_satoshis": Sat(999)},
        Violation.DUST_ABOVE_RESERVE,
    ),
    (
        {"dust_limit_satoshis": Sat(400), "channel_reserve_satoshis": Sat(545)},
        Violation.RESERVE_BELOW_OUR_DUST,
    ),
    ({"channel_reserve_satoshis": Sat(50_001)}, Violation.RESERVE_TOO_LARGE),
    ({"htlc_minimum_msat": Msat(100_001)}, Violation.HTLC_MINIMUM),
    ({"max_htlc_value_in_flight_msat": Msat(9_999_999)}, Violation.IN_FLIGHT_TOO_SMALL),
    ({"to_self_delay": 2_017}, Violation.TO_SELF_DELAY),
    ({"max_accepted_htlcs": 484}, Violation.HTLCS_TOO_MANY),
    ({"max_accepted_htlcs": 0}, Violation.HTLCS_TOO_FEW),
    ({"feerate_per_kw": 252}, Violation.FEERATE_LOW),
    ({"feerate_per_kw": 20_001}, Violation.FEERATE_HIGH),
    ({"push_msat": msat(999_000)}, Violation.FUNDER_CANNOT_PAY),
    ({"upfront_shutdown_script": p2pkh(bytes(20))}, Violation.UPFRONT_SCRIPT),
]


@pytest.mark.parametrize(
    ("changes", "violation"),
    OPEN_FLAWS,
    ids=[f"{v.name}-{i}" for i, (_, v) in enumerate(OPEN_FLAWS)],
)
def test_an_open_channel_that_breaks_a_rule_is_refused(
    changes: dict[str, object], violation: Violation
) -> None:
    two = Two.fresh()
    message = replace(proposed(two), **changes)  # type: ignore[arg-type]  # names of its fields
    effects = two.b.accept(message, acceptance(two.b))
    assert two.b.state == Forgotten()
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode().startswith(violation.sentence)
    assert told.channel_id == message.temporary_channel_id


def test_one_side_must_have_more_than_the_reserve() -> None:
    """Only where any feerate passes can there be so little: on regtest."""
    two = Two.fresh(policy=REGTEST_POLICY)
    message = replace(
        proposed(two),
        funding_satoshis=Sat(20_000),
        push_msat=msat(1_000),
        channel_reserve_satoshis=Sat(1_000),
        feerate_per_kw=16_000,
    )
    effects = two.b.accept(message, acceptance(two.b))
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.NOTHING_ABOVE_RESERVE.sentence


def test_a_large_channel_needs_the_feature_of_both() -> None:
    two = Two.fresh()
    message = proposed(two, funding=Sat(1 << 24))
    bits = set(OUR_INIT_FEATURES) - {features.SUPPORT_LARGE_CHANNEL + 1}
    two.b.features = Features(bits)
    effects = two.b.accept(message, acceptance(two.b))
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.FUNDING_TOO_LARGE.sentence


@pytest.mark.parametrize("pair", [features.ANCHORS, features.SCID_ALIAS])
def test_a_type_needs_its_features_of_both(pair: int) -> None:
    """BOLT 2: "SHOULD NOT set it to a type containing a feature which was not negotiated". Such a
    channel could not be re-established: a peer without its features is left."""
    two = Two.fresh()
    kind = ChannelType.of(anchors=True, scid_alias=True)
    message = proposed(two, channel_type=kind)
    two.b.features = Features(set(OUR_INIT_FEATURES) - {pair, pair + 1})
    effects = two.b.accept(message, acceptance(two.b))
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.CHANNEL_TYPE.sentence


def test_an_absurd_amount_is_no_crash() -> None:
    two = Two.fresh()
    message = replace(proposed(two), funding_satoshis=Sat(MAX_SAT), push_msat=Msat(MAX_SAT * 1000))
    two.b.accept(message, acceptance(two.b))
    assert two.b.state == Forgotten()


def test_vuln_007_a_missing_channel_type_is_answered() -> None:
    """An optional field was unwrapped: here its absence is one of the rules."""
    two = Two.fresh()
    for kind in (None, b"", bytes.fromhex("80"), bytes.fromhex("00001000")):
        message = replace(proposed(two), channel_type=kind)
        effects = two.b.accept(message, acceptance(two.b))
        assert isinstance(one(effects, Send).message, Error)


def test_regtest_takes_the_feerate_that_electrum_uses() -> None:
    two = Two.fresh(policy=REGTEST_POLICY)
    message = replace(proposed(two, channel_type=STATIC), feerate_per_kw=45_000)
    two.b.accept(message, acceptance(two.b))
    assert isinstance(two.b.state, Opening)


@pytest.mark.parametrize("anchors", [True, False])
def test_vuln_017_a_tenth_of_the_channel_is_the_most_for_fees(anchors: bool) -> None:
    """An old state could commit more to fees than its loser can pay later."""
    two = Two.fresh()
    for party in two.both:
        party.feerates = Feerates(soon=20_000, today=200, minimum=253)
    kind = ANCHORS if anchors else STATIC
    weight = 1_124 if anchors else 724
    for feerate, passes in ((100_000_000 // weight, True), (100_000_000 // weight + 2, False)):
        message = replace(proposed(two, channel_type=kind), feerate_per_kw=feerate)
        two.b.accept(message, acceptance(two.b))
        assert isinstance(two.b.state, Opening) is passes


def test_without_anchors_a_feerate_must_confirm() -> None:
    two = Two.fresh()
    for feerate, passes in ((499, False), (500, True)):
        message = replace(proposed(two, channel_type=STATIC), feerate_per_kw=feerate)
        two.b.accept(message, acceptance(two.b))
        assert isinstance(two.b.state, Opening) is passes


# -- both
KEYS = (
    "funding_pubkey",
    "revocation_basepoint",
    "payment_basepoint",
    "delayed_payment_basepoint",
    "htlc_basepoint",
)


@pytest.mark.parametrize("name", KEYS)
def test_a_key_of_ours_is_nobody_elses(name: str) -> None:
    """Who accepts a channel has seen ours before. With our payment basepoint as its own a wallet
    that came back from a backup took the peer's commitment for its own, and took nothing of it."""
    two = Two.fresh()
    message = replace(accepted(two), **{name: two.a.signer.basepoints.payment})  # type: ignore[arg-type]  # names of its fields
    effects = two.a.receive(message)
    assert two.a.state == Forgotten()
    refusal = ChannelRefusal(RefusalReason.PEER_TERMS, violation=Violation.COPIED_KEY)
    assert one(effects, Answer) == Answer(OPEN_COMMAND, refusal)
    assert not [effect for effect in effects if isinstance(effect, NeedFunding)]
    asked = Two.fresh()
    copied = {name: asked.b.signer.basepoints.htlc}
    asked.b.accept(replace(proposed(asked), **copied), acceptance(asked.b))  # type: ignore[arg-type]  # names of its fields
    assert asked.b.state == Forgotten()


# -- their accept_channel
ACCEPT_FLAWS: list[tuple[dict[str, object], Violation]] = [
    ({"temporary_channel_id": bytes(32)}, Violation.TEMPORARY_ID),
    ({"channel_type": None}, Violation.NO_CHANNEL_TYPE),
    ({"channel_type": STATIC.feature_bytes}, Violation.CHANNEL_TYPE_CHANGED),
    ({"minimum_depth": 145}, Violation.MINIMUM_DEPTH),
    ({"dust_limit_satoshis": Sat(353)}, Violation.DUST_LIMIT_SMALL),
    (
        {"channel_reserve_satoshis": Sat(545), "dust_limit_satoshis": Sat(400)},
        Violation.RESERVE_BELOW_OUR_DUST,
    ),
    ({"channel_reserve_satoshis": Sat(50_001)}, Violation.RESERVE_TOO_LARGE),
    ({"to_self_delay": 2_017}, Violation.TO_SELF_DELAY),
    ({"max_accepted_htlcs": 484}, Violation.HTLCS_TOO_MANY),
    ({"upfront_shutdown_script": b"\x6a\x01\x00"}, Violation.UPFRONT_SCRIPT),
]


@pytest.mark.parametrize(
    ("changes", "violation"), ACCEPT_FLAWS, ids=[v.name for _, v in ACCEPT_FLAWS]
)
def test_an_accept_channel_that_breaks_a_rule_ends_the_opening(
    changes: dict[str, object], violation: Violation
) -> None:
    two = Two.fresh()
    message = replace(accepted(two), **changes)  # type: ignore[arg-type]  # names of its fields
    effects = two.a.receive(message)
    assert two.a.state == Forgotten()
    refusal = ChannelRefusal(RefusalReason.PEER_TERMS, violation=violation)
    assert one(effects, Answer) == Answer(OPEN_COMMAND, refusal)
    assert isinstance(one(effects, Send).message, Error)
    assert not [effect for effect in effects if isinstance(effect, NeedFunding)]


def test_their_dust_limit_is_bound_by_our_reserve() -> None:
    two = Two.fresh()
    message = accepted(two, funding=Sat(100_000))
    flawed = replace(message, dust_limit_satoshis=Sat(1_001), channel_reserve_satoshis=Sat(1_001))
    effects = two.a.receive(flawed)
    result = one(effects, Answer).result
    assert result == ChannelRefusal(
        RefusalReason.PEER_TERMS, violation=Violation.DUST_ABOVE_OUR_RESERVE
    )


# -- funding_created and funding_signed
@pytest.mark.parametrize("other", [OutPoint(bytes(32), 1), None])
def test_a_signature_of_another_commitment_is_refused(other: OutPoint | None) -> None:
    two = Two.fresh()
    message = created(two)
    if other is None:
        message = replace(message, signature=message.signature[:-1] + b"\x00")
    else:
        message = replace(message, funding_txid=other.txid)
    effects = two.b.receive(message)
    assert two.b.state == Forgotten()
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode().startswith(Violation.FUNDING_SIGNATURE.sentence)


def test_a_bad_funding_signed_publishes_nothing() -> None:
    two = Two.fresh()
    two.b.receive(created(two))
    message = two.b.outbox.popleft()
    assert isinstance(message, FundingSigned)
    effects = two.a.receive(replace(message, signature=bytes(64)))
    assert two.a.state == Forgotten()
    assert one(effects, ReleaseFunding) == ReleaseFunding()
    assert two.a.all(Broadcast) == []
    result = one(effects, Answer).result
    assert isinstance(result, ChannelRefusal)
    assert result.violation is Violation.FUNDING_SIGNATURE


def test_a_funding_signed_for_another_channel_is_refused() -> None:
    two = Two.fresh()
    two.b.receive(created(two))
    message = two.b.outbox.popleft()
    assert isinstance(message, FundingSigned)
    effects = two.a.receive(replace(message, channel_id=bytes(32)))
    result = one(effects, Answer).result
    assert isinstance(result, ChannelRefusal)
    assert result.violation is Violation.CHANNEL_ID


@pytest.mark.parametrize("stage", ["ACCEPT", "TRANSACTION", "SIGNED", "CREATED"])
def test_messages_of_other_stages_end_the_opening(stage: str) -> None:
    two = Two.fresh()
    accept = accepted(two)
    if stage != "ACCEPT":
        two.a.receive(accept)
    if stage == "SIGNED":
        two.a.do(funding_transaction(one(two.a.effects, NeedFunding)))
    party = two.b if stage == "CREATED" else two.a
    opening = party.state
    assert isinstance(opening, Opening)
    assert opening.stage.name == stage
    early = ChannelReady(opening.channel_id, accept.funding_pubkey)
    effects = party.receive(early)
    assert party.state == Forgotten()
    told = one(effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.OPENING_ORDER.sentence


def test_vuln_008_the_same_temporary_id_again_leaves_the_first_alone() -> None:
    """A map's key was chosen by the peer: the second channel took the place of the first."""
    two = Two.fresh()
    message = proposed(two)
    two.b.accept(message, acceptance(two.b))
    before = two.b.state
    effects = two.b.receive(message)
    assert two.b.state == before
    assert isinstance(one(effects, Send).message, Warning_)


def test_vuln_008_a_funding_output_serves_one_channel() -> None:
    """Two channels of one id: whoever looked one up by it found the other."""
    two = Two.fresh()
    message = created(two)
    outpoint = OutPoint(message.funding_txid, message.funding_output_index)
    env = replace(two.b.env(two.b.signer), channel_ids=frozenset({channel_id_of(outpoint)}))
    taken = step(two.b.state, MessageReceived(message), env)
    assert taken.state == Forgotten()
    told = one(taken.effects, Send).message
    assert isinstance(told, Error)
    assert told.data.decode() == Violation.FUNDING_TAKEN.sentence


# -- how an opening ends
def test_a_disconnect_forgets_an_opening() -> None:
    """BOLT 2: "SHOULD NOT remember the channel for reconnection", and the coins are free again."""
    two = Two.fresh()
    created(two)
    effects = two.a.do(PeerDisconnected())
    assert two.a.state == Forgotten()
    assert one(effects, ReleaseFunding) == ReleaseFunding()
    refusal = ChannelRefusal(RefusalReason.NOT_CONNECTED)
    assert one(effects, Answer) == Answer(OPEN_COMMAND, refusal)
    two.b.do(PeerDisconnected())
    assert two.b.state == Forgotten()
    assert two.b.all(Answer) == []


def test_a_funding_transaction_that_cannot_be_built_ends_it_on_both_sides() -> None:
    two = Two.fresh()
    two.a.receive(accepted(two))
    effects = two.a.do(FundingImpossible())
    assert two.a.state == Forgotten()
    assert one(effects, ReleaseFunding) == ReleaseFunding()
    assert one(effects, Answer).result == ChannelRefusal(RefusalReason.FUNDING_TX)
    two.b.receive(one(effects, Send).message)
    assert two.b.state == Forgotten()
    assert two.b.do(OpeningTimedOut()) == ()


def test_a_funder_that_does_not_go_on_is_told_that_it_is_over() -> None:
    two = Two.fresh()
    two.a.receive(accepted(two))
    effects = two.b.do(OpeningTimedOut())
    assert two.b.state == Forgotten()
    effects = two.a.receive(one(effects, Send).message)
    assert two.a.state == Forgotten()
    result = one(effects, Answer).result
    assert isinstance(result, ChannelRefusal)
    assert result.reason is RefusalReason.PEER_ERROR


def test_the_peers_error_is_the_answer() -> None:
    two = Two.fresh()
    message = proposed(two)
    effects = two.a.receive(Error(message.temporary_channel_id, b"no more channels"))
    assert two.a.state == Forgotten()
    result = one(effects, Answer).result
    assert isinstance(result, ChannelRefusal)
    assert result.reason is RefusalReason.PEER_ERROR
    assert result.said is not None
    assert result.said.cells(40) == "no more channels"


def test_a_warning_ends_nothing() -> None:
    two = Two.fresh()
    message = proposed(two)
    before = two.a.state
    assert two.a.receive(Warning_(message.temporary_channel_id, b"hm")) == ()
    assert two.a.state is before


def test_an_opening_answers_commands() -> None:
    two = Two.fresh()
    accepted(two)
    not_ready = ChannelRefusal(RefusalReason.NOT_READY)
    add = AddHtlc(1, Msat(1_000), bytes(32), 500, bytes(1366))
    assert two.a.do(add) == (Answer(1, not_ready),)
    close = CloseCooperatively(2, two.a.script, 1_000, Sat(1_000))
    assert two.a.do(close) == (Answer(2, not_ready),)
    assert two.a.do(NewTip()) == ()
    effects = two.a.do(ForceClose(3, "the user said so"))
    assert two.a.state == Forgotten()
    answers = [effect for effect in effects if isinstance(effect, Answer)]
    assert answers == [
        Answer(OPEN_COMMAND, ChannelRefusal(RefusalReason.CLOSED)),
        Answer(3, None),
    ]
    closed = ChannelRefusal(RefusalReason.CLOSED)
    assert two.a.do(add) == (Answer(1, closed),)
    assert two.a.do(PeerDisconnected()) == ()


def test_what_the_fundee_waits_for_is_policy() -> None:
    two = Two.fresh()
    message = accepted(two)
    assert message.minimum_depth == POLICY.minimum_depth(Sat(1_000_000)) == 3
    two.a.receive(message)
    need = one(two.a.effects, NeedFunding)
    assert isinstance(two.a.state, Opening)
    theirs = two.a.state.theirs
    assert theirs is not None
    script = funding_script(
        two.a.state.ours.basepoints.funding_pubkey, theirs.basepoints.funding_pubkey
    )
    assert need == NeedFunding(p2wsh(script), Sat(1_000_000), 1_000)
