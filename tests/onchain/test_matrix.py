"""Who closes with whose commitment, which way the payment goes, how it ends, of which type, and
who funded: every cell ends with what the integer model says, less the fees.

Whose commitment is *ours*, *their current*, *their next* (they have not revoked the current one) or
*revoked*. A cell that cannot exist says why in `impossible`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import pytest

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.sighash import SIGHASH_ALL
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxIn, TxOut
from lnwallet_tui.channel import witnesses
from lnwallet_tui.channel.signing import SpentOutput
from lnwallet_tui.channel.transactions import BuiltCommitment, HtlcOutput
from lnwallet_tui.keys.signer import Signer
from lnwallet_tui.onchain.bump import Funded, fund_second_stage
from lnwallet_tui.onchain.classify import CloseKind, Ours, Revoked, Theirs
from lnwallet_tui.onchain.facts import PastFacts
from lnwallet_tui.onchain.publish import our_commitment
from lnwallet_tui.onchain.report import Fate
from lnwallet_tui.onchain.second_stage import SecondStage
from lnwallet_tui.playground.engine import Engine
from tests.keys.pair import keys_of
from tests.onchain.duel import BOBS_DELAY, BOBS_HOME, OUR_DELAY, QUIET, Duel, Payment, State
from tests.onchain.guard import Guard, outgrow
from tests.onchain.wallet import CHANGE, coins_of, sign_coins
from tests.playground.bench import Bench
from tests.sampling import sampled

US, THEM = "us", "them"
OURS, CURRENT, NEXT, REVOKED = "ours", "their current", "their next", "revoked"
OUTGOING, INCOMING = "outgoing", "incoming"
PREIMAGE, TIMEOUT = "by preimage", "by timeout"
PRESENT, ABSENT = "in it", "not in it"
AMOUNT = Sat(40_000)


@dataclass(frozen=True)
class Cell:
    """One case. `held` says whether the commitment that confirms has an output for the payment."""

    closer: str
    commitment: str
    direction: str
    outcome: str
    held: str
    anchors: bool
    we_fund: bool

    @property
    def impossible(self) -> str:
        """Why it cannot exist; empty if it can."""
        if self.closer == US and self.commitment != OURS:
            return "only they have our signature and theirs on a commitment of theirs"
        if self.closer == THEM and self.commitment == OURS:
            return "only we have their signature and ours on a commitment of ours"
        if self.held == ABSENT and self.commitment in (OURS, REVOKED):
            return "a payment that the commitment lacks is one case whatever became of it: `next`"
        if self.held == ABSENT and self.outcome == PREIMAGE:
            return "without an output the chain shows no preimage"
        return ""

    @property
    def name(self) -> str:
        """What pytest calls it."""
        type_ = "anchors" if self.anchors else "static_remotekey"
        funder = "we fund" if self.we_fund else "they fund"
        closing = f"{self.closer} with {self.commitment}"
        return f"{closing}, {self.direction} {self.outcome}, {self.held}, {type_}, {funder}"


ALL = [
    Cell(*cell)
    for cell in product(
        (US, THEM),
        (OURS, CURRENT, NEXT, REVOKED),
        (OUTGOING, INCOMING),
        (PREIMAGE, TIMEOUT),
        (PRESENT, ABSENT),
        (False, True),
        (False, True),
    )
]
POSSIBLE = [cell for cell in ALL if not cell.impossible]


class Close:
    """A cell on the playground's chain, with Alice's guard and Bob's best moves."""

    def __init__(self, bench: Bench, cell: Cell) -> None:
        self.bench, self.cell = bench, cell
        # A cheat publishes what has expired already, so that he can be the first.
        expiry = bench.chain.height + (0 if cell.commitment == REVOKED else 8)
        self.payment = Payment(0, cell.direction == OUTGOING, AMOUNT.to_msat(), expiry)
        self.duel = Duel(bench, self._states(), anchors=cell.anchors, we_fund=cell.we_fund)
        known = cell.outcome == PREIMAGE and not self.payment.from_us
        preimages = {self.payment.id: self.payment.preimage} if known else {}
        self.guard = Guard(self.duel, self._facts(), preimages=preimages)
        self.published: dict[OutPoint, Tx] = {}

    # -- the states
    def _states(self) -> list[State]:
        paid = QUIET.offering(self.payment)
        match self.cell.commitment, self.cell.held:
            case "revoked", _:
                return [QUIET, paid, QUIET]
            case "their current", "not in it":
                return [QUIET, QUIET, paid]  # it is in their next alone
            case "their next", "not in it":
                return [QUIET, paid, QUIET]  # it was removed
            case "their current" | "their next", _:
                return [QUIET, paid, paid]
            case _:
                return [QUIET, paid]

    def _facts(self) -> PastFacts:
        return self.duel.facts(unrevoked=self.cell.commitment in (CURRENT, NEXT))

    @property
    def number(self) -> int:
        return 2 if self.cell.commitment == NEXT else 1

    @property
    def built(self) -> BuiltCommitment:
        ours = self.cell.commitment == OURS
        return self.duel.ours(1) if ours else self.duel.theirs(self.number)

    def htlc_vout(self) -> int | None:
        roles = enumerate(self.built.outputs)
        return next((vout for vout, role in roles if isinstance(role, HtlcOutput)), None)

    # -- what happens
    def begin(self) -> None:
        if self.cell.commitment == OURS:
            self.bench.put(our_commitment(self.guard.facts, self.duel.alice))
        else:
            self.bench.put(self.duel.bobs_commitment(self.number))
        assert isinstance(self.guard.look().close, self._kind())

    def _kind(self) -> type[CloseKind]:
        return {OURS: Ours, REVOKED: Revoked}.get(self.cell.commitment, Theirs)

    def go_on(self) -> None:
        """Bob acts where he is the one to act, then Alice, until nothing is left to do."""
        moved = False
        for _ in range(max(OUR_DELAY, BOBS_DELAY) + 20):
            if not moved and self._bob_can():
                self._bob()
                moved = True
            for stage in self.guard.look().stages:
                self._take_further(stage)
            self.guard.act()
            self.bench.mine()
            if self._is_over(moved):
                break
        assert self.guard.refused == []

    def go_back(self, height: int) -> None:
        """To a chain that has nothing of it, and to a mempool that knows nothing of it."""
        self.bench.chain.drop(self.bench.chain.height - height)
        self.bench.mempool._entries.clear()
        self.published.clear()
        self.guard.paid.clear()
        assert self.guard.look_or_none() is None

    def _is_over(self, moved: bool) -> bool:
        waits_for_bob = self._bob_acts and self.htlc_vout() is not None and not moved
        return self.guard.look().final_at is not None and not waits_for_bob

    def _bob_can(self) -> bool:
        if self.htlc_vout() is None or not self._bob_acts:
            return False
        return self._is_success or self.bench.chain.height >= self.payment.expiry

    @property
    def _bob_acts(self) -> bool:
        """He takes a payment that we offered with its preimage, or one of his back in time; in a
        breach before we do, and then we take it from his second stage."""
        return self.payment.from_us is (self.cell.outcome == PREIMAGE)

    @property
    def _is_success(self) -> bool:
        return self.payment.from_us and self.cell.outcome == PREIMAGE

    def _bob(self) -> None:
        if self.cell.commitment == OURS:
            self.bench.put(self._direct())
        else:
            his = self.built.htlc_transactions
            self.bench.put(*self.duel.bobs_second_stages(self.number, *his))

    def _direct(self) -> Tx:
        """Bob's spend of an HTLC output of our commitment."""
        built, vout = self.built, self.htlc_vout()
        assert vout is not None
        output, role = built.tx.outputs[vout], built.outputs[vout]
        assert isinstance(role, HtlcOutput)
        success = self.payment.from_us
        txin = TxIn(built.tx.outpoint(vout), sequence=1 if self.cell.anchors else 0xFFFFFFFD)
        value = output.value - Sat(300)
        tx = Tx(2, (txin,), (TxOut(value, BOBS_HOME),), 0 if success else self.payment.expiry)
        spent = SpentOutput(0, role.witness_script, output.value, SIGHASH_ALL)
        point = self.duel.alice.per_commitment_point(1)
        signature = Signer(keys_of("bob")).sign_htlc_claim(tx, spent, point)
        preimage = self.payment.preimage if success else None
        return tx.with_witness(0, witnesses.htlc_claim(signature, preimage, role.witness_script))

    def _take_further(self, stage: SecondStage) -> None:
        if stage.earliest > self.bench.chain.height + 1 or stage.outpoint in self.published:
            return
        if stage.needs_coins:
            funded = fund_second_stage(stage, coins_of(self.bench, 50_000), CHANGE, 500)
            assert isinstance(funded, Funded)
            tx = sign_coins(stage.sign(funded.tx, self.duel.alice), funded)
        else:
            tx = stage.sign(stage.transaction.tx, self.duel.alice)
        self.bench.mempool.submit(tx)
        self.published[stage.outpoint] = tx

    # -- the model
    def expected(self) -> Sat:
        """What is Alice's in whole satoshis, before what the sweeps cost."""
        if self.cell.commitment == REVOKED:
            return self._all_of_it()
        ours = QUIET.ours.floor_sat()
        fee = self._commitment_cost() if self.cell.we_fund else Sat(0)
        if self.cell.outcome == PREIMAGE:
            ours = ours - AMOUNT if self.cell.direction == OUTGOING else ours + AMOUNT
        return ours - fee - self._stage_fees()

    def _all_of_it(self) -> Sat:
        anchors = Sat(660 if self.cell.anchors else 0)
        worth = sum((output.value for output in self.built.tx.outputs), Sat(0)) - anchors
        return worth - self._stage_fees()

    def _commitment_cost(self) -> Sat:
        paid = sum((output.value for output in self.built.tx.outputs), Sat(0))
        anchors = Sat(660 if self.cell.anchors else 0)
        return Sat(1_000_000) - paid + anchors

    def _stage_fees(self) -> Sat:
        """Without anchors an HTLC transaction carries its fee; ours, or the cheat's."""
        if self.cell.anchors:
            return Sat(0)
        cheated = self.cell.commitment == REVOKED and self._bob_acts
        if not (self.published or cheated) or self.htlc_vout() is None:
            return Sat(0)
        [htlc] = self.built.htlc_transactions
        return htlc.value - htlc.tx.outputs[0].value


def test_the_table_is_whole() -> None:
    assert len(ALL) == 256
    assert {cell.impossible for cell in ALL if cell.impossible}
    assert {(cell.closer, cell.commitment) for cell in POSSIBLE} == {
        (US, OURS), (THEM, CURRENT), (THEM, NEXT), (THEM, REVOKED)
    }  # fmt: skip


def check(close: Close) -> None:
    """Nothing is open, nothing is lost, and what is home is what the model says."""
    resolution = close.guard.look()
    assert resolution.claims == ()
    assert resolution.stages == ()
    assert resolution.pending == Sat(0)
    assert resolution.final_at is not None
    assert close.guard.home() == close.expected() - close.guard.fees_mined()
    assert resolution.total(Fate.LOST) == Sat(0)
    if close.cell.held == PRESENT and close._is_success:
        assert resolution.preimages == {sha256(close.payment.preimage): close.payment.preimage}


@pytest.mark.parametrize("cell", POSSIBLE, ids=lambda cell: cell.name)
def test_it_ends_as_the_model_says(cell: Cell) -> None:
    with Engine() as engine:
        close = Close(Bench(engine, cell.name.encode(), blocks=105), cell)
        close.begin()
        close.go_on()
        check(close)


@pytest.mark.parametrize(
    "cell", sampled("closes that begin twice", POSSIBLE, 10), ids=lambda cell: cell.name
)
def test_it_ends_as_the_model_says_when_the_close_comes_twice(cell: Cell) -> None:
    """A reorganisation takes all of it back, to the last sweep, and it comes anew."""
    with Engine() as engine:
        close = Close(Bench(engine, cell.name.encode(), blocks=105), cell)
        before = close.bench.chain.height
        close.begin()
        close.go_on()
        close.go_back(before)
        close.begin()
        close.go_on()
        outgrow(close.bench)
        check(close)
