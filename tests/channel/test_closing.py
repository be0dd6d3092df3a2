"""Closing in agreement: shutdown at any time, fees in both ways, and what the engine says."""

from __future__ import annotations

from dataclasses import replace

import pytest
from msgspec.structs import replace as changed

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_of_tx
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.script import p2pkh, p2sh, p2tr, p2wsh, witness_program
from lnwallet_tui.bitcoin.tx import Tx
from lnwallet_tui.channel.effects import Answer, Broadcast, Disconnect, HtlcReceived, Send
from lnwallet_tui.channel.env import Feerates
from lnwallet_tui.channel.errors import ChannelRefusal, CloseReason, RefusalReason, Violation
from lnwallet_tui.channel.events import (
    AddHtlc,
    CloseCooperatively,
    FailHtlc,
    FulfillHtlc,
    NewTip,
    PeerConnected,
    PeerDisconnected,
    SignCommitment,
)
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.resume import asleep
from lnwallet_tui.channel.state import Channel, Phase
from lnwallet_tui.channel.transactions import (
    ClosingOutput,
    build_closing,
    closing_weight,
    without_output_to,
)
from lnwallet_tui.playground.engine import Engine
from lnwallet_tui.policy import POLICY
from lnwallet_tui.wire import features
from lnwallet_tui.wire.bolt1 import Warning_
from lnwallet_tui.wire.bolt2 import ClosingSigned, CommitmentSigned, FeeRange, Shutdown
from lnwallet_tui.wire.features import OUR_INIT_FEATURES, Features
from tests.channel.two import STATIC, Party, Two, msat, one, paid, script_of

PREIMAGE = sha256(b"the preimage")
CLOSE_COMMAND = 11


def close(party: Party, feerate: int = 1_000, most: int = 5_000, script: bytes = b"") -> None:
    command = CloseCooperatively(CLOSE_COMMAND, script or party.script, feerate, Sat(most))
    effects = party.do(command)
    assert one(effects, Answer) == Answer(CLOSE_COMMAND, None)


def refused(party: Party, script: bytes) -> RefusalReason:
    effects = party.do(CloseCooperatively(CLOSE_COMMAND, script, 1_000, Sat(5_000)))
    result = one(effects, Answer).result
    assert isinstance(result, ChannelRefusal)
    return result.reason


def pay(two: Two, payer: Party, amount: Msat, *, settle: bool = True) -> None:
    """An HTLC, irrevocably committed, and settled if so wanted."""
    payee = two.b if payer is two.a else two.a
    htlc_id = payer.channel.ledger.our_next_id
    payer.do(AddHtlc(1, amount, sha256(PREIMAGE), 500, bytes(1366)))
    payer.do(SignCommitment())
    two.exchange()
    if settle:
        fulfil(two, payee, htlc_id)


def fulfil(two: Two, payee: Party, htlc_id: int = 0) -> None:
    payee.do(FulfillHtlc(htlc_id, PREIMAGE))
    payee.do(SignCommitment())
    two.exchange()


def closed(two: Two, engine: Engine) -> Tx:
    """Both have published the same valid transaction."""
    assert [party.channel.phase for party in two.both] == [Phase.CLOSING, Phase.CLOSING]
    tx = two.a.channel.closing.tx
    assert tx is not None
    assert tx == two.b.channel.closing.tx
    assert two.check_broadcasts(engine).count(tx) >= 2
    assert two.disconnections() == []
    return tx


def fee_of(two: Two, tx: Tx) -> Sat:
    return two.a.channel.funding.value - sum((out.value for out in tx.outputs), Sat(0))


# -- the plain way
@pytest.mark.parametrize("who", ["funder", "fundee", "both at once"])
def test_a_close_by_either_side(who: str, engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    if who != "fundee":
        close(two.a)
    if who != "funder":
        close(two.b)
    two.exchange()
    tx = closed(two, engine)
    assert paid(tx, two.b.script) == Sat(300_000)
    assert paid(tx, two.a.script) == Sat(700_000) - fee_of(two, tx)
    assert [len(party.said(Shutdown)) for party in two.both] == [1, 1]
    # "negotiation is complete after two messages"
    assert [len(party.said(ClosingSigned)) for party in two.both] == [1, 1]


def test_without_anchors_and_with_payments_both_ways(engine: Engine) -> None:
    two = Two.fresh()
    two.ready(channel_type=STATIC, push=msat(300_000))
    pay(two, two.a, Msat(50_000_123))
    pay(two, two.b, Msat(20_000_000))
    close(two.b)
    two.exchange()
    tx = closed(two, engine)
    assert paid(tx, two.b.script) == Sat(330_000)  # millisatoshis are nobody's


def test_before_the_channel_is_ready(engine: Engine) -> None:
    """BOLT 2: "MAY send a `shutdown` before a `channel_ready`"."""
    two = Two.fresh()
    two.open()
    close(two.a)
    two.exchange()
    assert [party.channel.phase for party in two.both] == [Phase.CLOSING, Phase.CLOSING]
    tx = two.b.channel.closing.tx
    assert tx is not None
    assert two.a.all(Broadcast)[-1].txs == (two.funding_tx, tx)
    assert two.b.all(Broadcast) == []  # nobody relays the child of what nobody has
    two.bury(1)
    assert one(two.b.effects, Broadcast).txs == (tx,)
    two.check_broadcasts(engine)


# -- what is pending
@pytest.mark.parametrize("closer", ["payer", "payee"])
def test_htlcs_come_to_their_end_first(closer: str, engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    pay(two, two.a, msat(40_000), settle=False)
    close(two.a if closer == "payer" else two.b)
    two.exchange()
    assert [party.channel.phase for party in two.both] == [Phase.SHUTTING_DOWN] * 2
    assert two.a.said(ClosingSigned) == []
    add = AddHtlc(2, msat(1_000), bytes(32), 500, bytes(1366))
    refusal = ChannelRefusal(RefusalReason.CLOSING)
    assert two.b.do(add) == (Answer(2, refusal),)
    fulfil(two, two.b)
    tx = closed(two, engine)
    assert paid(tx, two.b.script) == Sat(340_000)


def test_a_shutdown_waits_for_what_is_not_signed() -> None:
    """BOLT 2: "if there are updates pending on the receiving node's commitment transaction: MUST
    NOT send a `shutdown`": our own are signed first.
    """
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(AddHtlc(1, msat(40_000), sha256(PREIMAGE), 500, bytes(1366)))
    close(two.a)
    kinds = [type(message) for message in two.a.outbox]
    assert kinds.index(CommitmentSigned) < kinds.index(Shutdown)
    two.exchange()
    fulfil(two, two.b)
    assert two.a.channel.phase is Phase.CLOSING


def test_a_shutdown_waits_for_a_silent_peer_where_something_is_not_signed() -> None:
    """The signature that must go first waits for a sign of life."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.peer_was_heard = False
    two.a.do(AddHtlc(1, msat(40_000), sha256(PREIMAGE), 500, bytes(1366)))
    close(two.a)
    two.exchange()
    assert two.a.said(CommitmentSigned) == []
    assert two.a.said(Shutdown) == []
    two.a.peer_was_heard = True
    two.a.do(SignCommitment())
    two.exchange()
    fulfil(two, two.b)
    assert two.a.channel.phase is Phase.CLOSING


def test_a_shutdown_waits_for_the_revocation_that_lets_us_sign() -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    for amount in (40_000, 30_000):
        two.a.do(AddHtlc(1, msat(amount), sha256(PREIMAGE), 500, bytes(1366)))
        two.a.do(SignCommitment())
    close(two.a)
    assert two.a.said(Shutdown) == []
    two.exchange()
    assert len(two.a.said(Shutdown)) == 1
    fulfil(two, two.b, 0)
    fulfil(two, two.b, 1)
    assert two.a.channel.phase is Phase.CLOSING


@pytest.mark.parametrize("reconnected", [False, True])
def test_what_is_offered_after_our_shutdown_is_failed(reconnected: bool) -> None:
    """BOLT 2: "SHOULD fail to route any HTLC added after it has sent `shutdown`"."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.b.do(AddHtlc(1, msat(40_000), sha256(PREIMAGE), 500, bytes(1366)))
    two.b.do(SignCommitment())
    two.exchange()
    close(two.a)
    two.b.do(AddHtlc(1, msat(30_000), sha256(PREIMAGE), 500, bytes(1366)))
    two.b.do(SignCommitment())
    two.exchange()
    if reconnected:
        two.disconnect()
        two.connect()
    before, after = two.a.all(HtlcReceived)
    assert (before.excess_dust, after.excess_dust) == (False, True)
    for offered in (before, after):
        two.a.do(FailHtlc(offered.htlc_id, b"no"))
        two.a.do(SignCommitment())
        two.exchange()
    assert two.a.channel.phase is Phase.CLOSING


def test_a_shutdown_over_an_uncommitted_offer_of_the_sender() -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.do(AddHtlc(1, msat(40_000), sha256(PREIMAGE), 500, bytes(1366)))
    two.exchange()
    effects = two.b.receive(Shutdown(two.b.channel.channel_id, two.a.script))
    assert violation(effects) is Violation.SHUTDOWN_PENDING


def violation(effects: object) -> Violation:
    """Which rule was broken: there is a warning with its sentence, and the link ends."""
    assert isinstance(effects, tuple)
    warning = one(effects, Send).message
    assert isinstance(warning, Warning_)
    assert warning.data.startswith(one(effects, Disconnect).reason.encode())
    text = warning.data.decode()
    (found,) = [row for row in Violation if text.split(":")[0] == row.sentence]
    return found


# -- scripts
FORMS = [
    (script_of("somebody"), True, True),
    (p2wsh(b"script"), True, True),
    (p2tr(bytes(32)), True, False),
    (witness_program(16, b"ab"), True, False),
    (witness_program(1, bytes(40)), True, False),
    (witness_program(1, bytes(41)), False, False),
    (p2pkh(bytes(20)), False, False),
    (p2sh(bytes(20)), False, False),
    (b"", False, False),
    (b"\x6a\x06abcdef", False, False),  # OP_RETURN belongs to option_simple_close
    (b"\x00\x15" + bytes(21), False, False),
    (bytes(10_000), False, False),
]


@pytest.mark.parametrize(("script", "allowed", "without"), FORMS)
def test_vuln_029_only_the_forms_of_the_bolt(script: bytes, allowed: bool, without: bool) -> None:
    """A script that nobody relays made a close impossible."""
    for anysegwit, passes in ((True, allowed), (False, without)):
        two = Two.fresh()
        two.ready()
        if not anysegwit:
            odd = features.SHUTDOWN_ANYSEGWIT + 1
            two.b.features = Features(set(OUR_INIT_FEATURES) - {odd})
        effects = two.b.receive(Shutdown(two.b.channel.channel_id, script))
        if passes:
            assert two.b.channel.closing.their_script == script
        else:
            assert violation(effects) is Violation.SHUTDOWN_SCRIPT
            assert refused(two.b, script) is RefusalReason.SCRIPT


def test_vuln_029_an_upfront_script_is_enforced() -> None:
    two = Two.fresh()
    two.ready(commit_to_script=True)
    wrong = Shutdown(two.b.channel.channel_id, script_of("thief"))
    assert violation(two.b.receive(wrong)) is Violation.SHUTDOWN_NOT_UPFRONT
    assert refused(two.a, script_of("thief")) is RefusalReason.SCRIPT_FIXED
    close(two.a)
    two.exchange()
    assert two.b.channel.closing.their_script == two.a.script


def test_a_second_shutdown_must_be_the_same() -> None:
    two = Two.fresh()
    two.ready()
    pay(two, two.a, msat(40_000), settle=False)
    message = Shutdown(two.b.channel.channel_id, two.a.script)
    two.b.receive(message)
    assert two.b.receive(message) == ()
    other = replace(message, scriptpubkey=script_of("other"))
    assert violation(two.b.receive(other)) is Violation.SHUTDOWN_CHANGED


def test_the_user_names_the_address(engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    close(two.a, script=p2tr(bytes(31) + b"\x01"))
    two.exchange()
    tx = closed(two, engine)
    assert paid(tx, p2tr(bytes(31) + b"\x01")) == Sat(700_000) - fee_of(two, tx)


# -- fees
def test_the_user_bears_no_more_than_said(engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    close(two.a, feerate=50_000, most=400)
    two.exchange()
    assert fee_of(two, closed(two, engine)) == Sat(400)
    (offer,) = two.a.said(ClosingSigned)
    assert offer.fee_range is not None
    assert offer.fee_range.max_fee_satoshis == Sat(400)


def test_who_named_no_fee_aims_at_today() -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    close(two.b)
    two.exchange()
    (offer,) = two.a.said(ClosingSigned)
    weight = closing_weight(two.a.script, two.b.script)
    assert offer.fee_satoshis == Sat(weight)  # 1,000 sat/kw
    assert offer.fee_range == FeeRange(fee_of_tx(253, weight), Sat(2 * weight))


@pytest.mark.parametrize("floor", [253, 503, 777])
def test_no_side_agrees_to_a_satoshi_less_than_what_is_relayed(floor: int, engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    for party in two.both:
        party.feerates = Feerates(soon=floor, today=floor, minimum=floor)
    close(two.b)
    two.exchange()
    needed = fee_of_tx(floor, closing_weight(two.a.script, two.b.script))
    for party in two.both:
        [offer] = party.said(ClosingSigned)
        assert offer.fee_range is not None
        assert offer.fee_range.min_fee_satoshis == needed
    tx = closed(two, engine)
    assert fee_of(two, tx) == needed >= fee_of_tx(floor, tx.weight)


def at_fees(two: Two, *, push: int = 300_000) -> None:
    """To where the funder's first offer is on its way."""
    two.ready(push=msat(push))
    close(two.a, feerate=1_000, most=2_000)
    while not two.a.said(ClosingSigned):
        assert two.deliver_one()
    while not isinstance(two.a.outbox[0], ClosingSigned):
        two.deliver_one()
    two.a.outbox.popleft()


def signed(
    party: Party, fee: int, fee_range: tuple[int, int] | None = None, *, give_up: bool = False
) -> ClosingSigned:
    """A `closing_signed` of `party` with any fee, signed by its own dust limit."""
    channel = party.channel
    params = channel.params(Side.US)
    outputs = (
        ClosingOutput(channel.ledger.ours, channel.closing.our_script),
        ClosingOutput(channel.ledger.theirs, channel.closing.their_script),
    )
    tx = build_closing(params, *outputs, Sat(fee))
    if give_up:
        tx = without_output_to(tx, channel.closing.our_script)
    signature = party.signer.sign_closing(tx, params.funding_input)
    named = FeeRange(*map(Sat, fee_range)) if fee_range else None
    return ClosingSigned(channel.channel_id, Sat(fee), signature, named)


def reply(party: Party) -> ClosingSigned:
    message = party.outbox.popleft()
    assert isinstance(message, ClosingSigned)
    return message


def test_a_fundee_that_chooses_within_our_range_is_right(engine: Engine) -> None:
    """Three messages: the fundee names another fee of the range, the funder repeats it."""
    two = Two.fresh()
    at_fees(two)
    two.a.receive(signed(two.b, 300, (200, 900)))
    answer = reply(two.a)
    assert answer.fee_satoshis == Sat(300)
    two.b.receive(answer)
    # the fundee itself had offered nothing else in this connection
    assert two.a.channel.phase is Phase.CLOSING
    tx = two.a.channel.closing.tx
    assert tx is not None
    assert fee_of(two, tx) == Sat(300)
    assert tx in two.check_broadcasts(engine)


def test_a_funder_fails_a_fee_outside_both_ranges() -> None:
    two = Two.fresh()
    at_fees(two)
    effects = two.a.receive(signed(two.b, 2_500, (1_000, 3_000)))
    assert violation(effects) is Violation.CLOSING_OUT_OF_RANGE


def test_a_fundee_fails_a_second_fee_that_is_not_its_own() -> None:
    two = Two.fresh()
    at_fees(two)
    two.b.receive(signed(two.a, 100, (100, 800)))
    assert reply(two.b).fee_satoshis == Sat(172)  # what is relayed at least
    assert violation(two.b.receive(signed(two.a, 110, (100, 800)))) is (
        Violation.CLOSING_OUT_OF_RANGE
    )


def test_a_fundee_takes_what_the_funder_wants_if_it_is_relayed() -> None:
    two = Two.fresh()
    at_fees(two)
    two.b.receive(signed(two.a, 90_000, (80_000, 100_000)))
    answer = reply(two.b)
    assert answer.fee_satoshis == Sat(90_000)
    assert answer.fee_range is not None
    assert answer.fee_range.max_fee_satoshis >= Sat(100_000)
    assert two.b.channel.phase is Phase.CLOSING


def test_no_overlap_is_warned_of_and_waited_for(engine: Engine) -> None:
    """BOLT 2: "SHOULD send a warning; MUST fail the channel if it doesn't receive a satisfying
    `fee_range` after a reasonable amount of time".
    """
    two = Two.fresh()
    at_fees(two)
    effects = two.a.receive(signed(two.b, 9_000, (8_000, 10_000)))
    assert isinstance(one(effects, Send).message, Warning_)
    assert two.a.channel.phase is Phase.NEGOTIATING
    two.a.now += 86_399
    two.a.do(NewTip())
    assert two.a.channel.phase is Phase.NEGOTIATING
    two.a.now += 1
    two.a.do(NewTip())
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.NO_CLOSING_FEE
    assert len(two.check_broadcasts(engine)) == 2


def test_a_silent_peer_is_waited_for_a_day() -> None:
    two = Two.fresh()
    at_fees(two)
    two.a.now += 86_400
    two.a.do(NewTip())
    assert two.a.channel.publication is not None


def test_a_lid_that_was_shut_for_a_day_publishes_nothing() -> None:
    """Patience is counted while the peer can answer: after a night it is asked again first."""
    two = Two.fresh()
    at_fees(two)
    two.a.receive(signed(two.b, 9_000, (8_000, 10_000)))
    two.disconnect()
    two.a.now += 100_000
    two.a.do(NewTip())
    for party in two.both:
        party.do(PeerConnected(party.features))
    two.a.receive(two.b.outbox.popleft())
    two.a.do(NewTip())
    assert two.a.channel.phase is Phase.NEGOTIATING
    two.a.receive(signed(two.b, 9_000, (8_000, 10_000)))
    two.a.do(NewTip())
    assert two.a.channel.publication is not None


@pytest.mark.parametrize("wrong", ["outside both ranges", "no signature of it"])
def test_a_peer_that_breaks_the_rules_at_each_connection_has_a_day(
    wrong: str, engine: Engine
) -> None:
    """BOLT 2: "MUST fail the channel". The connection that ends with each such message must not
    begin the day anew."""
    two = Two.fresh()
    at_fees(two)
    for _ in range(3):
        answer = signed(two.b, 2_500, (1_000, 3_000))
        if wrong == "no signature of it":
            answer = replace(answer, signature=bytes(63) + b"\x01")
        effects = two.a.receive(answer)
        assert isinstance(one(effects, Send).message, Warning_)
        one(effects, Disconnect)
        assert two.a.channel.publication is None
        two.a.now += 30_000
        two.disconnect()
        for party in two.both:
            party.do(PeerConnected(party.features))
        two.a.receive(two.b.outbox.popleft())
        two.a.do(NewTip())
        assert two.a.channel.phase is Phase.NEGOTIATING
    two.a.receive(answer)
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.NO_CLOSING_FEE
    two.check_broadcasts(engine)


def test_a_peer_that_disputed_and_then_says_nothing_is_not_waited_for_for_ever() -> None:
    two = Two.fresh()
    at_fees(two)
    two.a.receive(signed(two.b, 9_000, (8_000, 10_000)))
    two.disconnect()
    two.a.now += 100_000
    for party in two.both:
        party.do(PeerConnected(party.features))
    two.a.receive(two.b.outbox.popleft())
    two.a.now += POLICY.closing_answer_time - 1
    two.a.do(NewTip())
    assert two.a.channel.phase is Phase.NEGOTIATING
    two.a.now += 1
    two.a.do(NewTip())
    publication = two.a.channel.publication
    assert publication is not None
    assert publication.reason is CloseReason.NO_CLOSING_FEE


@pytest.mark.parametrize("minutes", [5, 14 * 60])
def test_a_peer_that_never_answers_is_not_waited_for_for_ever(minutes: int) -> None:
    """BOLT 2: "if it doesn't receive a `closing_signed` response after a reasonable amount of time:
    MUST fail the channel". All of its connections count, however short; what lies between does not.
    """
    two = Two.fresh()
    at_fees(two)
    there = 0
    while two.a.channel.publication is None:
        assert there <= POLICY.closing_fee_patience
        assert two.a.channel.phase is Phase.NEGOTIATING
        two.a.now += minutes * 60
        there += minutes * 60
        two.disconnect()
        two.a.state = asleep(two.a.channel)  # and the wallet is started anew
        two.a.now += 10 * 3_600
        for party in two.both:
            party.do(PeerConnected(party.features))
        two.a.receive(two.b.outbox.popleft())  # channel_reestablish; of the rest nothing comes
        two.b.outbox.clear()
        two.a.do(NewTip())
    assert POLICY.closing_fee_patience <= there < 2 * POLICY.closing_fee_patience
    assert two.a.channel.publication.reason is CloseReason.NO_CLOSING_FEE


def test_a_peer_that_closes_may_ask_for_what_blocks_may_take() -> None:
    """We pay, and know no more of feerates than what is relayed."""
    two = Two.fresh()
    two.ready(push=msat(300_000))
    two.a.feerates = Feerates(soon=253, today=253, minimum=253, guessed=2_500)
    close(two.b)
    while not two.a.said(ClosingSigned):
        assert two.deliver_one()
    [offer] = two.a.said(ClosingSigned)
    assert offer.fee_range is not None
    weight = closing_weight(two.a.script, two.b.script)
    assert offer.fee_range.max_fee_satoshis == fee_of_tx(2_500, weight)


def test_what_a_crash_interrupted_counts_up_to_the_last_block() -> None:
    two = Two.fresh()
    at_fees(two)
    begun = two.a.channel.closing.since
    two.a.now += 5_000
    two.a.do(NewTip())
    two.a.now += 400
    two.a.state = asleep(two.a.channel)
    two.b.do(PeerDisconnected())
    two.a.now += 100_000
    for party in two.both:
        party.do(PeerConnected(party.features))
    two.a.receive(two.b.outbox.popleft())
    assert two.a.now - two.a.channel.closing.since == 5_000
    assert two.a.channel.closing.since > begun


def test_a_dispute_after_an_agreement_takes_nothing_back() -> None:
    two = Two.fresh()
    at_fees(two)
    two.b.receive(signed(two.a, 676, (500, 900)))
    agreed = two.b.channel.closing.tx
    two.b.now += 100_000
    assert violation(two.b.receive(signed(two.a, 100, (50, 800)))) is Violation.CLOSING_OUT_OF_RANGE
    assert (two.b.channel.phase, two.b.channel.closing.tx) == (Phase.CLOSING, agreed)
    assert two.b.channel.publication is None


# -- fees, the old way
def test_step_by_step_with_a_peer_that_names_no_range(engine: Engine) -> None:
    two = Two.fresh()
    at_fees(two)  # ours: 676 of at most 2,000
    fee, ours = 2_400, 676
    for _ in range(40):
        two.a.receive(signed(two.b, fee))
        if two.a.channel.phase is Phase.CLOSING:
            break
        answer = reply(two.a).fee_satoshis.value
        assert ours < answer < fee
        ours, fee = answer, (answer + fee) // 2
    tx = two.a.channel.closing.tx
    assert tx is not None
    assert fee_of(two, tx) <= Sat(2_000)
    assert tx in two.check_broadcasts(engine)


def test_step_by_step_must_make_progress() -> None:
    two = Two.fresh()
    at_fees(two)
    two.a.receive(signed(two.b, 20_000))
    reply(two.a)
    assert violation(two.a.receive(signed(two.b, 20_000))) is Violation.CLOSING_NO_PROGRESS


def test_a_maximum_ends_the_steps() -> None:
    two = Two.fresh()
    at_fees(two)
    for fee in (20_000, 19_000):
        two.a.receive(signed(two.b, fee))
    offers = [message.fee_satoshis for message in two.a.said(ClosingSigned)]
    assert offers[1:] == [Sat(2_000)]
    assert isinstance(two.a.outbox[-1], Warning_)
    assert two.a.channel.closing.disputed


def test_a_fundee_answers_a_funder_that_names_no_range() -> None:
    two = Two.fresh()
    at_fees(two)
    two.b.receive(signed(two.a, 50))
    assert reply(two.b).fee_satoshis == Sat(676)
    two.b.receive(signed(two.a, 300))
    assert reply(two.b).fee_satoshis == Sat(300)
    assert two.b.channel.phase is Phase.CLOSING


# -- outputs that are dust
@pytest.mark.parametrize("theirs", [545, 546, 547, 0])
def test_dust_is_dropped_by_both(theirs: int, engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(theirs))
    close(two.a)
    two.exchange()
    tx = closed(two, engine)
    assert paid(tx, two.b.script) == Sat(theirs if theirs >= 546 else 0)


def test_a_peer_with_a_lower_dust_limit_keeps_its_output(engine: Engine) -> None:
    """Each side builds by its own limit; what the peer signed is what we sign."""
    two = Two.fresh()
    at_fees(two, push=400)
    for party in two.both:
        side = "theirs" if party is two.a else "ours"
        lower = changed(getattr(party.channel, side), dust_limit=Sat(354))
        party.state = changed(party.channel, **{side: lower})
    two.a.receive(signed(two.b, 300, (200, 900)))
    tx = two.a.channel.closing.tx
    assert tx is not None
    assert paid(tx, two.b.script) == Sat(400)
    assert tx in two.check_broadcasts(engine)


def test_a_peer_may_give_up_its_output(engine: Engine) -> None:
    """BOLT 3: "MAY eliminate its own output."."""
    two = Two.fresh()
    at_fees(two, push=5_000)
    two.a.receive(signed(two.b, 300, (200, 900), give_up=True))
    tx = two.a.channel.closing.tx
    assert tx is not None
    assert [out.script_pubkey for out in tx.outputs] == [two.a.script]
    assert paid(tx, two.a.script) == Sat(1_000_000 - 5_000 - 300)
    assert tx in two.check_broadcasts(engine)


# -- what is wrong
def test_a_signature_of_another_transaction() -> None:
    two = Two.fresh()
    at_fees(two)
    wrong = replace(signed(two.b, 300), fee_satoshis=Sat(301))
    assert violation(two.a.receive(wrong)) is Violation.CLOSING_SIGNATURE


def test_a_fee_that_the_funder_does_not_have() -> None:
    two = Two.fresh()
    at_fees(two)
    wrong = replace(signed(two.b, 300), fee_satoshis=Sat(700_001))
    assert violation(two.a.receive(wrong)) is Violation.CLOSING_FEE


def test_a_closing_signed_too_early() -> None:
    two = Two.fresh()
    two.ready()
    early = ClosingSigned(two.a.channel.channel_id, Sat(300), bytes(64))
    assert violation(two.a.receive(early)) is Violation.CLOSING_EARLY


# -- connections
def test_shutdown_is_repeated_after_a_reconnection(engine: Engine) -> None:
    two = Two.fresh()
    two.ready(push=msat(300_000))
    pay(two, two.a, msat(40_000), settle=False)
    close(two.a)
    two.disconnect()  # lost
    two.connect()
    assert len(two.a.said(Shutdown)) == 2
    fulfil(two, two.b)
    closed(two, engine)


def test_negotiation_begins_anew_after_a_reconnection(engine: Engine) -> None:
    two = Two.fresh()
    at_fees(two)
    two.disconnect()
    assert two.a.channel.closing.offers.ours is None
    two.a.feerates = two.b.feerates = Feerates(soon=3_000, today=2_000, minimum=253)
    two.connect()
    closed(two, engine)


def test_the_last_closing_signed_may_be_lost(engine: Engine) -> None:
    """One side has published, the other has not heard: they sign again."""
    two = Two.fresh()
    at_fees(two)
    two.b.receive(two.a.said(ClosingSigned)[0])
    assert [party.channel.phase for party in two.both] == [Phase.NEGOTIATING, Phase.CLOSING]
    two.disconnect()
    two.connect()
    closed(two, engine)


def test_new_terms_take_effect_with_a_new_connection(engine: Engine) -> None:
    two = Two.fresh()
    at_fees(two)
    two.a.receive(signed(two.b, 9_000, (8_000, 10_000)))
    effects = two.a.do(CloseCooperatively(CLOSE_COMMAND, two.a.script, 15_000, Sat(20_000)))
    assert one(effects, Disconnect).reason == "new closing terms"
    assert one(effects, Answer) == Answer(CLOSE_COMMAND, None)
    assert refused(two.a, script_of("other")) is RefusalReason.SCRIPT_FIXED
    two.disconnect()
    two.a.effects = [effect for effect in two.a.effects if not isinstance(effect, Disconnect)]
    two.connect()
    assert fee_of(two, closed(two, engine)) == Sat(15 * 676)


def test_a_close_needs_a_channel_that_is_up() -> None:
    two = Two.fresh()
    two.ready()
    two.disconnect()
    assert refused(two.a, two.a.script) is RefusalReason.NOT_CONNECTED
    two.connect()
    close(two.a)
    two.exchange()
    assert refused(two.a, two.a.script) is RefusalReason.CLOSING
    assert isinstance(two.a.state, Channel)
