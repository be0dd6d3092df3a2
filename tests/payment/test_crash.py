"""Crashes at any point: nothing is paid twice, nothing is released without being complete.

Both machines run against a channel that keeps only what BOLT 2 makes it keep: a proposed HTLC is
gone after a disconnect, a committed one stays until its outcome is committed at the payer.
Hypothesis chooses the order of everything, and when one of the two loses all it had not written.
"""

import enum
from dataclasses import dataclass, replace

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.errors import ChannelRefusal, RefusalReason
from lnwallet_tui.payment import incoming, outgoing
from lnwallet_tui.payment.attempts import NO_ROUTE
from lnwallet_tui.payment.effects import (
    FindWays,
    IncomingEffect,
    OfferHtlc,
    OutgoingEffect,
    PaymentChanged,
    RefuseHtlc,
    RefuseMalformed,
    SettleHtlc,
)
from lnwallet_tui.payment.events import (
    ChannelClosed,
    HtlcArrived,
    HtlcFailed,
    HtlcFulfilled,
    HtlcNeverSent,
    HtlcOffered,
    HtlcSettled,
    HtlcTimedOut,
    IncomingEvent,
    NoWays,
    OfferRefused,
    OutgoingEvent,
    Tick,
    WaysFound,
)
from lnwallet_tui.payment.records import (
    AttemptStatus,
    HtlcName,
    InvoiceStatus,
    OutgoingPayment,
    OutgoingStatus,
    Part,
    Way,
)
from tests.payment.people import (
    AMOUNT,
    CHANNEL,
    DIRECT,
    NOW,
    OTHER_CHANNEL,
    OTHER_DIRECT,
    OUR_ID,
    PREIMAGE,
    arriving,
    command,
    issued,
    part,
    payee_env,
    payer_env,
    stored,
)
from tests.reaching import machine, until_reached

REACHED: set[str] = set()


def ways(over: str, amount: Msat) -> tuple[Way, ...]:
    """The whole amount over one of two channels, or a part over each."""
    half = amount // 2
    match over:
        case "one":
            return (Way(DIRECT, amount),)
        case "other":
            return (Way(OTHER_DIRECT, amount),)
        case _:
            return (Way(DIRECT, half), Way(OTHER_DIRECT, amount - half))


class Fate(enum.Enum):
    """How an HTLC stands in the channel."""

    PROPOSED = enum.auto()
    COMMITTED = enum.auto()
    FULFILLED = enum.auto()
    FAILED = enum.auto()


@dataclass
class InChannel:
    """An HTLC as the channel knows it."""

    arrival: HtlcArrived
    fate: Fate = Fate.PROPOSED
    reason: bytes = b""
    told: bool = False  # the payer has committed the outcome

    @property
    def name(self) -> tuple[bytes, int]:
        return self.arrival.channel_id, self.arrival.htlc_id


class Payments(RuleBasedStateMachine):
    """A payer who tries again and again, a payee, and two channels between them."""

    def __init__(self) -> None:
        super().__init__()
        self.payment: OutgoingPayment | None = None
        self.invoice = issued()
        self.payer_effects: list[OutgoingEffect] = []
        self.payee_effects: list[IncomingEffect] = []
        self.htlcs: list[InChannel] = []
        self.closed: set[bytes] = set()
        self.now, self.keys = NOW, 0

    # -- what both do with an event: write first, then act
    def payer(self, event: OutgoingEvent) -> None:
        assert self.payment is not None
        self.keys += 1
        key = self.keys.to_bytes(32, "big")
        done = outgoing.step(self.payment, event, payer_env(now=self.now, session_key=key))
        self.payment = stored(done.payment)
        self.payer_effects += done.effects
        REACHED.add(f"payment {self.payment.status.value}")
        if AttemptStatus.FAILED in {a.status for a in self.payment.attempts[:-1]}:
            REACHED.add("second way")
        if self.payment.status is OutgoingStatus.PAID and len(self.payment.alive) > 1:
            REACHED.add("paid in parts")
        if isinstance(event, HtlcNeverSent):
            REACHED.add("never sent")

    def payee(self, event: IncomingEvent) -> None:
        done = incoming.step(self.invoice, event, payee_env(now=self.now))
        self.invoice = stored(done.invoice)
        self.payee_effects += done.effects

    def of(self, fate: Fate) -> list[InChannel]:
        return [htlc for htlc in self.htlcs if htlc.fate is fate]

    def sum_of(self, *fates: Fate) -> int:
        return sum(htlc.arrival.amount.value for htlc in self.htlcs if htlc.fate in fates)

    # -- the payer
    @rule(over=st.sampled_from(["one", "other", "parts"]))
    def pay(self, over: str) -> None:
        self.keys += 1
        env = payer_env(now=self.now, session_key=self.keys.to_bytes(32, "big"))
        given = replace(command(), ways=ways(over, AMOUNT))
        done = outgoing.start(self.payment, given, Network.REGTEST, OUR_ID, env)
        if isinstance(done, Refused):
            return
        assert self.payment is None or self.payment.status is OutgoingStatus.FAILED
        self.payment = stored(done.payment)
        self.payer_effects = list(done.effects)

    @precondition(lambda self: self.payer_effects)
    @rule(
        then=st.sampled_from(["commit", "commit", "refuse", "disconnect", "wait", "crash"]),
        over=st.sampled_from(["one", "other", "parts", "nothing"]),
    )
    def perform_for_the_payer(self, then: str, over: str) -> None:
        effect = self.payer_effects.pop(0)
        if isinstance(effect, PaymentChanged):
            return
        if isinstance(effect, FindWays):
            self.find_ways(over)
            return
        assert isinstance(effect, OfferHtlc)
        if then == "refuse" or effect.channel_id in self.closed:
            self.payer(OfferRefused(effect.attempt, ChannelRefusal(RefusalReason.SLOTS)))
            return
        htlc_id = len(self.htlcs)
        self.htlcs.append(InChannel(arriving(effect, htlc_id)))
        if then == "crash":  # before the channel's answer was written
            self.crash_the_payer()
            return
        self.payer(HtlcOffered(effect.attempt, htlc_id))
        if then == "commit":
            self.commit()
        elif then == "disconnect":
            self.disconnect()

    def find_ways(self, over: str) -> None:
        assert self.payment is not None
        missing = self.payment.without_way
        if over == "nothing" or not missing:
            self.payer(NoWays(NO_ROUTE))
        else:
            self.payer(WaysFound(ways(over, missing)))

    @precondition(lambda self: self.payment is not None)
    @rule()
    def crash_the_payer(self) -> None:
        assert self.payment is not None
        self.payer_effects.clear()
        self.forget_proposed()
        held = {htlc.name for htlc in self.htlcs if not htlc.told}
        done = outgoing.resume(stored(self.payment), held)
        self.payment = stored(done.payment)
        self.payer_effects += done.effects

    def forget_proposed(self) -> None:
        self.htlcs = [
            htlc
            if htlc.fate is not Fate.PROPOSED
            else InChannel(htlc.arrival, Fate.FAILED, told=True)
            for htlc in self.htlcs
        ]

    # -- the channel
    @precondition(lambda self: self.of(Fate.PROPOSED))
    @rule()
    def commit(self) -> None:
        self.of(Fate.PROPOSED)[0].fate = Fate.COMMITTED

    @precondition(lambda self: self.of(Fate.PROPOSED))
    @rule()
    def disconnect(self) -> None:
        gone = self.of(Fate.PROPOSED)
        self.forget_proposed()
        for htlc in gone:
            self.payer(HtlcNeverSent(*htlc.name))

    @precondition(lambda self: any(not h.told for h in self.of(Fate.FULFILLED)))
    @rule(twice=st.booleans())
    def tell_fulfilled(self, twice: bool) -> None:
        htlc = next(h for h in self.of(Fate.FULFILLED) if not h.told)
        for _ in range(1 + twice):
            self.payer(HtlcFulfilled(*htlc.name, PREIMAGE))
        htlc.told = True

    @precondition(lambda self: any(not h.told for h in self.of(Fate.FAILED)))
    @rule(twice=st.booleans())
    def tell_failed(self, twice: bool) -> None:
        htlc = next(h for h in self.of(Fate.FAILED) if not h.told)
        in_chain = htlc.arrival.channel_id in self.closed
        for _ in range(1 + twice):
            failed = HtlcFailed(*htlc.name, htlc.reason)
            self.payer(HtlcTimedOut(*htlc.name) if in_chain else failed)
        htlc.told = True

    @precondition(lambda self: self.payment is not None)
    @rule(channel_id=st.sampled_from([CHANNEL, OTHER_CHANNEL]))
    def close(self, channel_id: bytes) -> None:
        gone = [h for h in self.of(Fate.PROPOSED) if h.arrival.channel_id == channel_id]
        if gone:
            self.forget_proposed()
            for htlc in gone:
                self.payer(HtlcNeverSent(*htlc.name))
        self.closed.add(channel_id)
        self.payer(ChannelClosed(channel_id))

    @precondition(lambda self: self.of(Fate.COMMITTED))
    @rule()
    def somebody_on_the_way_fails_it(self) -> None:
        htlc = self.of(Fate.COMMITTED)[0]
        if htlc.name not in {(p.channel_id, p.htlc_id) for p in self.invoice.parts}:
            htlc.fate, htlc.reason = Fate.FAILED, b"unreadable"

    # -- the payee
    @precondition(lambda self: self.of(Fate.COMMITTED))
    @rule(then=st.sampled_from(["perform", "wait", "crash"]), which=st.integers(0, 3))
    def arrive(self, then: str, which: int) -> None:
        there = self.of(Fate.COMMITTED)
        self.payee(there[which % len(there)].arrival)
        if then == "crash":
            self.crash_the_payee()
        elif then == "perform" and self.payee_effects:
            self.perform_for_the_payee()

    @precondition(lambda self: self.payee_effects)
    @rule()
    def perform_for_the_payee(self) -> None:
        effect = self.payee_effects.pop(0)
        if isinstance(effect, PaymentChanged):
            return
        assert not isinstance(effect, RefuseMalformed)
        htlc = self.htlcs[effect.htlc_id]
        if isinstance(effect, SettleHtlc):
            assert self.invoice.status is not InvoiceStatus.WAITING
            if htlc.fate is Fate.COMMITTED:
                htlc.fate = Fate.FULFILLED
            if htlc.fate is Fate.FULFILLED:
                self.payee(HtlcSettled(*htlc.name))
        elif htlc.fate is Fate.COMMITTED:
            htlc.fate, htlc.reason = Fate.FAILED, effect.reason

    @rule()
    def crash_the_payee(self) -> None:
        held = {htlc.name for htlc in self.of(Fate.COMMITTED)}
        done = incoming.resume(stored(self.invoice), held)
        self.invoice = stored(done.invoice)
        self.payee_effects = list(done.effects)
        if self.payee_effects:
            REACHED.add("preimage after a crash")

    @rule(seconds=st.sampled_from([1, 59, 60]))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.payee(Tick())

    # -- what must always hold
    @invariant()
    def never_paid_twice(self) -> None:
        assert self.sum_of(Fate.FULFILLED) <= AMOUNT.value

    @invariant()
    def failed_is_true(self) -> None:
        if self.payment is not None and self.payment.status is OutgoingStatus.FAILED:
            alive = self.of(Fate.PROPOSED) + self.of(Fate.COMMITTED) + self.of(Fate.FULFILLED)
            assert alive == []

    @invariant()
    def paid_is_true(self) -> None:
        if self.payment is not None and self.payment.status is OutgoingStatus.PAID:
            assert self.of(Fate.FULFILLED)
        if self.invoice.status is InvoiceStatus.PAID:
            assert self.sum_of(Fate.FULFILLED) == AMOUNT.value

    @invariant()
    def no_more_is_alive_than_is_to_be_paid(self) -> None:
        alive = self.sum_of(Fate.PROPOSED, Fate.COMMITTED, Fate.FULFILLED)
        offers = [e.amount.value for e in self.payer_effects if isinstance(e, OfferHtlc)]
        assert alive + sum(offers) <= AMOUNT.value

    def teardown(self) -> None:
        """Let everything come to rest: a payment never stays in between for ever."""
        self.heard: set[HtlcName] = set()
        for _ in range(60):
            self.settle_one_thing()
        assert self.payment is None or self.payment.status in (
            OutgoingStatus.PAID,
            OutgoingStatus.FAILED,
        )
        fulfilled = bool(self.of(Fate.FULFILLED))
        assert fulfilled == (
            self.payment is not None and self.payment.status is OutgoingStatus.PAID
        )
        assert fulfilled == (self.invoice.status is InvoiceStatus.PAID)

    def settle_one_thing(self) -> None:
        if self.payer_effects:
            self.perform_for_the_payer(then="commit", over="nothing")
        elif self.of(Fate.PROPOSED):
            self.commit()
        elif self.payee_effects:
            self.perform_for_the_payee()
        elif unheard := [h for h in self.of(Fate.COMMITTED) if h.name not in self.heard]:
            self.heard.add(unheard[0].name)
            self.payee(unheard[0].arrival)
        elif any(not h.told for h in self.of(Fate.FULFILLED)):
            self.tell_fulfilled(twice=False)
        elif any(not h.told for h in self.of(Fate.FAILED)):
            self.tell_failed(twice=False)
        elif self.of(Fate.COMMITTED):
            self.wait(seconds=60)  # the rest of a set does not come


def test_payments_come_to_rest_whatever_happens() -> None:
    statuses = {f"payment {status.value}" for status in OutgoingStatus}
    wanted = statuses | {"second way", "never sent", "preimage after a crash", "paid in parts"}
    until_reached(machine(Payments, examples=200, steps=40), REACHED, wanted)


class Sets(RuleBasedStateMachine):
    """A payee whose payer sends parts, right and wrong ones, while both time and power fail."""

    def __init__(self) -> None:
        super().__init__()
        self.invoice = issued()
        self.effects: list[IncomingEffect] = []
        self.now = NOW
        self.htlcs: dict[int, HtlcArrived] = {}
        self.settled: set[int] = set()
        self.refused: set[int] = set()

    @initialize(total=st.sampled_from([250_000, 300_000, 500_000]))
    def choose(self, total: int) -> None:
        self.total = Msat(total)

    def take(self, event: IncomingEvent) -> None:
        done = incoming.step(self.invoice, event, payee_env(now=self.now))
        for effect in done.effects:
            if isinstance(effect, SettleHtlc):
                self.check_release(done.invoice.status, done.invoice.parts)
        self.invoice = stored(done.invoice)
        self.effects += done.effects

    def check_release(self, status: InvoiceStatus, parts: tuple[Part, ...]) -> None:
        assert status is not InvoiceStatus.WAITING
        forwarded = sum((part.forwarded for part in parts), ZERO_MSAT)
        assert forwarded >= self.total >= AMOUNT

    @rule(share=st.sampled_from([1, 50_000, 100_000, 250_000]), lie=st.booleans())
    def send(self, share: int, lie: bool) -> None:
        htlc_id = len(self.htlcs)
        if htlc_id > 100:
            return
        total = Msat(self.total.value + 1) if lie else self.total
        self.htlcs[htlc_id] = part(htlc_id, Msat(share), total)
        self.take(self.htlcs[htlc_id])

    @precondition(lambda self: self.effects)
    @rule()
    def perform(self) -> None:
        effect = self.effects.pop(0)
        if isinstance(effect, SettleHtlc) and effect.htlc_id not in self.refused:
            self.settled.add(effect.htlc_id)
            self.take(HtlcSettled(effect.channel_id, effect.htlc_id))
        elif isinstance(effect, RefuseHtlc) and effect.htlc_id not in self.settled:
            self.refused.add(effect.htlc_id)
            REACHED.add("set refused")

    @rule()
    def crash(self) -> None:
        self.effects.clear()
        held = {i: htlc for i, htlc in self.htlcs.items() if i not in self.settled | self.refused}
        names = {(htlc.channel_id, htlc.htlc_id) for htlc in held.values()}
        done = incoming.resume(stored(self.invoice), names)
        self.invoice = stored(done.invoice)
        self.effects += done.effects
        if self.invoice.refused:
            REACHED.add("refused and arrived again")
        for htlc in held.values():
            self.take(htlc)

    @rule(seconds=st.sampled_from([1, 30, 60]))
    def wait(self, seconds: int) -> None:
        self.now += seconds
        self.take(Tick())

    @invariant()
    def all_or_nothing(self) -> None:
        parts = {part.htlc_id for part in self.invoice.parts}
        if self.settled:
            assert self.settled <= parts
            assert not parts & self.refused

    def teardown(self) -> None:
        while self.effects:
            self.perform()
        if self.settled:
            REACHED.add("set of one" if len(self.settled) == 1 else "set of more")
            assert self.invoice.status is InvoiceStatus.PAID
            assert self.settled == {part.htlc_id for part in self.invoice.parts}
        else:
            assert self.invoice.status is InvoiceStatus.WAITING


def test_a_set_is_taken_whole_or_not_at_all() -> None:
    wanted = {"set of one", "set of more", "set refused", "refused and arrived again"}
    until_reached(machine(Sets, examples=60, steps=25), REACHED, wanted)
