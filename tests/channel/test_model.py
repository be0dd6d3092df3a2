"""Two channel machines against a model that knows integers and nothing else.

The model is told who offers and who decides what; it never sees a message, a stage or a commitment
of the machines. From that alone it knows what must be conserved, what either side has once an HTLC
is gone, and BOLT 2's and BOLT 3's sums in every commitment that was ever signed.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from lnwallet_tui.channel.commitment import CommitmentSpec
from lnwallet_tui.channel.events import UpdateFee
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.limits import can_send
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.channel.transactions import build_commitment
from lnwallet_tui.playground.engine import Engine
from tests.channel.pair import Pair
from tests.channel.two import ANCHORS, STATIC, Party, Two, msat
from tests.reaching import machine, until_reached
from tests.sim.checks import sums

FUNDED, PUSHED = 1_000_000_000, 300_000_000
DUST = 546  # sat, as everybody announces here
TIMEOUT, SUCCESS = 663, 703  # BOLT 3: what the second stage weighs without anchors

WANTED = {
    "offered", "fulfilled", "failed", "refused", "cut", "restart", "feerate changed", "trimmed",
    "both sides' HTLCs in one commitment", "a signature unanswered", "settled in agreement",
    "dearer", "one alone can pay", "both can pay",
}  # fmt: skip


@dataclass
class Offer:
    """An HTLC, in msat: `decided` is whether the preimage was given, None before that."""

    amount: int
    decided: bool | None = None


@dataclass
class Books:
    """What must be true of a channel, by the name of each side. Offers by offerer and id."""

    settled: dict[str, int] = field(
        default_factory=lambda: {"anna": FUNDED - PUSHED, "bert": PUSHED}
    )
    open: dict[tuple[str, int], Offer] = field(default_factory=dict)

    def offered(self, by: str, htlc_id: int, amount: int) -> None:
        self.open[by, htlc_id] = Offer(amount)

    def decided(self, by: str, htlc_id: int, *, fulfilled: bool) -> None:
        self.open[by, htlc_id].decided = fulfilled

    def gone(self, by: str, htlc_id: int) -> None:
        """No commitment of either side can hold it any more: what it decided counts."""
        offer = self.open.pop((by, htlc_id))
        if offer.decided:
            self.settled[by] -= offer.amount
            self.settled[_other(by)] += offer.amount

    def spendable(self, by: str) -> int:
        """What a side has at least, whatever becomes of what is open. What was refused comes back,
        and may be offered anew while the other side has yet to forget it."""
        return self.settled[by] - sum(
            offer.amount
            for (name, _), offer in self.open.items()
            if name == by and offer.decided is not False
        )


def _other(name: str) -> str:
    return "bert" if name == "anna" else "anna"


def trimmed(spec: CommitmentSpec, *, anchors: bool) -> int:
    """How many HTLCs of a commitment have no output in it."""
    fees = {
        offered: 0 if anchors else spec.feerate_per_kw * weight // 1000
        for offered, weight in ((True, TIMEOUT), (False, SUCCESS))
    }
    return sum(one.amount.value // 1000 - fees[one.offered] < DUST for one in spec.htlcs)


class Channels(RuleBasedStateMachine):
    """Two machines, one engine, and the books."""

    engine: Engine
    seen: Counter[str]
    anchors: bool

    def __init__(self) -> None:
        super().__init__()
        two = Two.fresh()
        two.ready(channel_type=ANCHORS if self.anchors else STATIC, push=msat(PUSHED // 1000))
        self.pair, self.books = Pair(two, self.engine), Books()
        self.ends_poor = False
        self.summed: dict[str, int] = {}
        self.feerate_then = two.a.channel.ledger.feerate_per_kw  # when the funder offered last

    @initialize(is_poor=st.booleans())
    def decide_how_it_ends(self, is_poor: bool) -> None:
        """Whether the funder at last spends all that it may: what is left then is for fees."""
        self.ends_poor = is_poor

    # -- what happens
    def _party(self, who: bool) -> Party:
        return self.pair.two.both[who]

    @rule(who=st.booleans(), choice=st.integers(0, 400))
    def offer(self, who: bool, choice: int) -> None:
        party = self._party(who)
        before = set(self.pair.books[party.name].offers)
        self.pair.add(party, choice)
        self._offered(party, before)

    @rule(who=st.booleans(), sat=st.integers(-1, 1), msat=st.sampled_from((0, 1, 999)))
    def offer_at_the_edge(self, who: bool, sat: int, msat: int) -> None:
        """Of about the least amount that has an output."""
        party = self._party(who)
        before = set(self.pair.books[party.name].offers)
        weight = 0 if self.anchors else (SUCCESS, TIMEOUT)[sat % 2]
        edge = DUST + party.channel.ledger.feerate_per_kw * weight // 1000
        self.pair.offer(party, (edge + sat) * 1000 + msat)
        self._offered(party, before)

    def _offered(self, party: Party, before: set[int]) -> None:
        new = set(self.pair.books[party.name].offers) - before
        if new and party is self._party(False):
            self.feerate_then = min(party.channel.ledger.feerates_ahead)
        for htlc_id in new:
            htlc = party.channel.ledger.find(Side.US, htlc_id)
            assert htlc is not None
            self.books.offered(party.name, htlc_id, htlc.amount.value)
        self.seen["offered" if new else "refused"] += 1
        # BOLT 2: "MUST NOT offer `amount_msat` it cannot pay for". The model's bound is the least.
        assert self.books.spendable(party.name) >= 0

    @rule(who=st.booleans(), choice=st.integers(0, 400))
    def decide(self, who: bool, choice: int) -> None:
        party = self._party(who)
        before = dict(self.pair.books[party.name].undecided)
        self.pair.decide(party, choice)
        for htlc_id in before.keys() - self.pair.books[party.name].undecided.keys():
            fulfilled = choice % 3 == 1
            self.books.decided(_other(party.name), htlc_id, fulfilled=fulfilled)
            self.seen["fulfilled" if fulfilled else "failed"] += 1

    @rule(who=st.booleans())
    def sign(self, who: bool) -> None:
        self.pair.sign(self._party(who))

    @rule(who=st.booleans(), choice=st.integers(0, 2))
    def deliver(self, who: bool, choice: int) -> None:
        self.pair.deliver(self._party(who), choice)

    @rule(who=st.booleans())
    def catch_up(self, who: bool) -> None:
        self.pair.catch_up(self._party(who), 2)

    @rule(choice=st.integers(0, 400))
    def set_fee(self, choice: int) -> None:
        before = self.pair.seen["fee change"]
        self.pair.set_fee(self._party(False), choice)
        self.seen["feerate changed"] += self.pair.seen["fee change"] > before

    @rule(who=st.booleans())
    def offer_all(self, who: bool) -> None:
        """As much as it may."""
        party = self._party(who)
        before = set(self.pair.books[party.name].offers)
        most = can_send(party.channel, party.policy).value
        if most:
            self.pair.offer(party, most)
            self._offered(party, before)

    @rule(who=st.booleans(), restarts=st.booleans())
    def cut(self, who: bool, restarts: bool) -> None:
        self.pair.cut(self._party(who), int(restarts))
        self.seen["restart" if restarts else "cut"] += 1

    @rule()
    @precondition(lambda self: all(one.channel.link is Link.OFFLINE for one in self.pair.two.both))
    def connect(self) -> None:
        self.pair.connect(self._party(False))

    def _forget_unsent(self) -> None:
        """What no signature covered is as if it had never been offered."""
        for party in self.pair.two.both:
            for by, htlc_id in list(self.books.open):
                if by == party.name and htlc_id not in self.pair.books[by].offers:
                    del self.books.open[by, htlc_id]

    # -- what must hold
    @invariant()
    def the_books_agree(self) -> None:
        self._forget_unsent()
        anna, bert = (party.channel for party in self.pair.two.both)
        for by, htlc_id in list(self.books.open):
            ours, theirs = (anna, bert) if by == "anna" else (bert, anna)
            if _is_gone(ours, theirs, htlc_id):
                self.books.gone(by, htlc_id)
        assert sum(self.books.settled.values()) == FUNDED
        for party, channel in zip(("anna", "bert"), (anna, bert), strict=True):
            self._check_settled(party, channel)

    def _check_settled(self, name: str, channel: Channel) -> None:
        """A side's ledger counts what is gone for it, and may be ahead of the other by what the
        other is about to hear."""
        ahead = 0
        for (by, htlc_id), offer in self.books.open.items():
            side = Side.US if by == name else Side.THEM
            was = htlc_id < channel.ledger.next_id(side)
            if offer.decided and was and channel.ledger.find(side, htlc_id) is None:
                ahead += -offer.amount if by == name else offer.amount
        assert channel.ledger.ours.value == self.books.settled[name] + ahead
        assert channel.ledger.theirs.value == FUNDED - channel.ledger.ours.value

    @invariant()
    def both_know_the_same_commitments(self) -> None:
        for party, other in (self.pair.two.both, self.pair.two.both[::-1]):
            ours, theirs = party.channel, other.channel
            known = {
                one.spec.number: one.spec
                for one in (theirs.their_current, theirs.their_next)
                if one is not None
            }
            mine = ours.our_commitment.spec
            assert sorted(known[mine.number].htlcs, key=repr) == sorted(mine.htlcs, key=repr)
            assert known[mine.number].to_local == mine.to_local
            self.seen["a signature unanswered"] += len(known) == 2
            self._check_sums(party, mine)
            self.seen["trimmed"] += trimmed(mine, anchors=self.anchors) > 0
            offered = {htlc.offered for htlc in mine.htlcs}
            self.seen["both sides' HTLCs in one commitment"] += len(offered) == 2

    def _check_sums(self, party: Party, spec: CommitmentSpec) -> None:
        """Once for each commitment: what it holds, and what its outputs pay."""
        pending = sum(htlc.amount.value for htlc in spec.htlcs)
        assert spec.to_local.value + spec.to_remote.value + pending == FUNDED
        if self.summed.get(party.name) != spec.number:
            self.summed[party.name] = spec.number
            channel, point = party.channel, party.signer.per_commitment_point(spec.number)
            tx = build_commitment(channel.params(Side.US), point, spec).tx
            assert not list(sums(channel, tx))

    def teardown(self) -> None:
        """At rest all is decided, and both sides have what the model says, to the msat."""
        if not hasattr(self, "pair"):
            return
        self._come_to_rest()
        if self.ends_poor:
            self.offer_all(False)
            self._come_to_rest()
        self._is_of_use_when_blocks_are_dearer()

    def _come_to_rest(self) -> None:
        for _ in range(20):
            self.pair.connect(self._party(False))
            for who in (False, True):
                while self.pair.books[self._party(who).name].undecided:
                    self.decide(who, 1)
            for who in (False, True):
                self.pair.catch_up(self._party(who), 2)
            self.the_books_agree()
        for party in self.pair.two.both:
            assert party.channel.phase is Phase.READY
            assert not party.channel.ledger.htlcs
            assert party.channel.ledger.ours.value == self.books.settled[party.name]
        assert not self.books.open
        self.seen["settled in agreement"] += 1

    def _is_of_use_when_blocks_are_dearer(self) -> None:
        """A channel that both keep to the rules is never stuck: once fees are twice what they were
        when the funder offered last, it can say so, and one of both can still pay the other.

        BOLT 2: "It is recommended that this "fee spike buffer" can handle twice the current
        `feerate_per_kw`".
        """
        funder, fundee = self.pair.two.both
        dearer = 2 * self.feerate_then
        if dearer > funder.channel.ledger.feerate_per_kw:
            funder.do(UpdateFee(dearer))
            self.pair.catch_up(funder, 2)
            self.seen["dearer"] += 1
        for party in (funder, fundee):
            assert party.channel.ledger.feerate_per_kw >= dearer
        limits = [can_send(party.channel, party.policy).value for party in (funder, fundee)]
        assert max(limits) >= 1_000 * (DUST + SUCCESS * dearer // 1000), "nobody can pay any more"
        self.seen["both can pay" if all(limits) else "one alone can pay"] += 1


def _is_gone(ours: Channel, theirs: Channel, htlc_id: int) -> bool:
    """Whether neither side lists it any more, though both once could have."""
    was = htlc_id < ours.ledger.next_id(Side.US) and htlc_id < theirs.ledger.next_id(Side.THEM)
    lists = ours.ledger.find(Side.US, htlc_id) or theirs.ledger.find(Side.THEM, htlc_id)
    return was and lists is None


def _run(engine_: Engine, anchors_: bool) -> None:
    reached = Counter[str]()

    class Run(Channels):
        engine, seen, anchors = engine_, reached, anchors_

    run = machine(Run, examples=20, steps=40)
    until_reached(run, reached, WANTED)


def test_two_machines_and_the_books_with_anchors(engine: Engine) -> None:
    _run(engine, True)


def test_two_machines_and_the_books_without_anchors(engine: Engine) -> None:
    _run(engine, False)
