"""Where a closed channel stands: what each output is, whose, and what is still to be done.

A pure function of the channel's facts and the best chain. Nothing is remembered between blocks, so
that a reorganisation, a restart or an output taken under our eyes is no special case: everything is
worked out again.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final, assert_never

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.hashes import sha256
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.channel.held_htlcs import held_in
from lnwallet_tui.channel.transactions import CommitmentOutput, HtlcOutput, HtlcSpec
from lnwallet_tui.onchain.claim import Claim, witness_of
from lnwallet_tui.onchain.claims import (
    Preimages,
    claims_on_ours,
    claims_on_theirs,
    delayed_outputs,
    to_remote_claims,
)
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
    classify,
)
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx, OurPoint, PastFacts
from lnwallet_tui.onchain.justice import penalties, second_stage_penalties
from lnwallet_tui.onchain.report import Fate, OutputReport, Part, fate_of_spent, part_of
from lnwallet_tui.onchain.second_stage import SecondStage, second_stages
from lnwallet_tui.onchain.sweep_tx import is_ever_worth_it
from lnwallet_tui.policy import POLICY, Policy

IRREVOCABLE_DEPTH: Final = 100
"""BOLT 5: "once the remote's *resolving* transaction is included in a block at least 100 deep"."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What is known and to be done of a channel whose funding output is spent.

    `claims` are to be swept (`sweep.plan`), `stages` to be published; both only as far as the best
    chain has no spend of them. `trimmed` are the HTLCs that had no output in the closing commitment
    (as its holder has them). `preimages` (by payment hash) were seen on the chain: payments of ours
    that have arrived. `final_at` is the height from which on all of it is irrevocably resolved, if
    nothing else happens; None while something of ours is open.
    """

    close: CloseKind
    closing: ConfirmedTx
    claims: tuple[Claim, ...]
    stages: tuple[SecondStage, ...]
    outputs: tuple[OutputReport, ...]
    trimmed: tuple[HtlcSpec, ...]
    preimages: Mapping[bytes, bytes]
    final_at: int | None

    def is_final(self, height: int) -> bool:
        """Whether the channel can be forgotten."""
        return self.final_at is not None and height >= self.final_at

    @property
    def pending(self) -> Sat:
        """What is ours and not home yet, before fees."""
        return _sum(output for output in self.outputs if output.is_open)

    def total(self, fate: Fate) -> Sat:
        """What outputs of that fate are worth."""
        return _sum(output for output in self.outputs if output.fate is fate)


def _sum(outputs: Iterable[OutputReport]) -> Sat:
    return sum((output.value for output in outputs), ZERO_SAT)


def resolve(
    facts: PastFacts,
    chain: ChainView,
    our_point: OurPoint,
    *,
    script: bytes,
    preimages: Preimages,
    policy: Policy = POLICY,
) -> Resolution | None:
    """Where the channel stands; None while nothing in the best chain spends its funding output.

    `script` is where sweeps go. `preimages` are only those of HTLCs that we take.
    """
    closing = chain.spends.get(facts.ours.funding_outpoint)
    if closing is None:
        return None
    close = classify(facts, closing.tx, our_point)
    case = _Case(
        facts,
        chain,
        close,
        closing,
        preimages,
        partial(is_ever_worth_it, script=script, policy=policy),
    )
    outputs = tuple(case.reports())
    return Resolution(
        close=close,
        closing=closing,
        claims=tuple(claim for claim in case.claims if claim.outpoint not in chain.spends),
        stages=tuple(stage for stage in case.stages if stage.outpoint not in chain.spends),
        outputs=outputs,
        trimmed=case.trimmed(),
        preimages=case.seen_preimages(),
        final_at=_final_at(
            closing,
            outputs,
            policy.burial(facts.ours.funding_value),
            # While one of ours may still be taken further: such a transaction may wait in mempools.
            policy.max_htlc_cltv if isinstance(close, OursUnexpected) else 0,
        ),
    )


def preimages_in(txs: Iterable[Tx], hashes: Container[bytes]) -> dict[bytes, bytes]:
    """Of these payments, by their hashes, the preimages that witnesses show."""
    return {
        payment_hash: item
        for tx in txs
        for txin in tx.inputs
        for item in txin.witness
        if len(item) == 32 and (payment_hash := sha256(item)) in hashes
    }


def _final_at(
    closing: ConfirmedTx, outputs: Iterable[OutputReport], burial: int, longest_htlc: int
) -> int | None:
    """`longest_htlc` is for how many blocks what is not recognised may be an HTLC."""
    heights = [closing.height]
    for output in outputs:
        if output.is_open:
            return None
        if output.htlc is not None and output.spent is None:
            # BOLT 5: "If not otherwise resolved, once the HTLC output has expired, it is
            # considered *irrevocably resolved*."
            heights.append(output.htlc.cltv_expiry)
        elif output.part is Part.NOT_RECOGNISED and longest_htlc:
            spent = output.spent
            heights.append(spent.height if spent else closing.height + longest_htlc)
        elif output.spent is not None and (output.htlc or output.fate is not Fate.THEIRS):
            heights.append(output.spent.height)
    return max(heights) + max(IRREVOCABLE_DEPTH, burial) - 1


class _Case:
    """One close while it is worked out."""

    def __init__(
        self,
        facts: PastFacts,
        chain: ChainView,
        close: CloseKind,
        closing: ConfirmedTx,
        preimages: Preimages,
        is_worth_it: Callable[[Claim], bool],
    ) -> None:
        self._facts = facts
        self._chain = chain
        self._close = close
        self._closing = closing
        self._is_worth_it = is_worth_it
        first = self._claims(preimages)
        self.stages = self._stages(preimages)
        self._first: dict[OutPoint, Claim | SecondStage] = {
            **{claim.outpoint: claim for claim in first},
            **{stage.outpoint: stage for stage in self.stages},
        }
        self._second = self._second_claims()
        self.claims = (*first, *self._second)

    # -- what is ours to take
    def _claims(self, preimages: Preimages) -> tuple[Claim, ...]:
        facts, closing = self._facts, self._closing
        match self._close:
            case Ours() | OursUnexpected() as ours:
                return claims_on_ours(facts, ours, closing)
            case Theirs() as theirs:
                return claims_on_theirs(facts, theirs, closing, preimages)
            case Revoked() as revoked:
                return penalties(facts, revoked, closing)
            case TheirsUnexpected(_, roles):
                return tuple(to_remote_claims(facts, roles, closing))
            case Cooperative() | Unknown():
                return ()
            case _:
                assert_never(self._close)

    def _stages(self, preimages: Preimages) -> tuple[SecondStage, ...]:
        if not isinstance(self._close, Ours):
            return ()
        return tuple(second_stages(self._facts, self._close, self._closing.height, preimages))

    def _second_claims(self) -> tuple[Claim, ...]:
        """On transactions that spend HTLC outputs; one of them may spend several."""
        above: dict[OutPoint, Claim] = {}
        for outpoint in self._perhaps_htlcs():
            spent = self._chain.spends.get(outpoint)
            if spent is not None:
                above |= {claim.outpoint: claim for claim in self._claims_above(spent)}
        return tuple(above.values())

    def _claims_above(self, spent: ConfirmedTx) -> Iterable[Claim]:
        match self._close:
            case Ours(built):
                return delayed_outputs(self._facts.ours, built.keys, built.spec.number, spent)
            case OursUnexpected(number, keys):
                return delayed_outputs(self._facts.ours, keys, number, spent)
            case Revoked() as revoked:
                return second_stage_penalties(self._facts, revoked, spent)
            case _:
                return ()

    # -- what the outputs are
    @property
    def _roles(self) -> tuple[CommitmentOutput | None, ...]:
        match self._close:
            case Ours(built) | Theirs(built):
                return built.outputs
            case OursUnexpected(_, _, roles) | Revoked(_, _, _, roles):
                return roles
            case TheirsUnexpected(_, roles):
                return roles
            case Cooperative() | Unknown():
                return (None,) * len(self._closing.tx.outputs)
            case _:
                assert_never(self._close)

    @property
    def _is_ours(self) -> bool:
        return isinstance(self._close, Ours | OursUnexpected)

    def _htlcs(self) -> dict[OutPoint, HtlcSpec]:
        return {
            self._closing.tx.outpoint(vout): role.htlc
            for vout, role in enumerate(self._roles)
            if isinstance(role, HtlcOutput)
        }

    def _perhaps_htlcs(self) -> Iterable[OutPoint]:
        """Of a commitment of ours whose HTLCs we do not know (from a channel backup) any output may
        be one: what takes it further pays to a script that has nothing of the HTLC in it."""
        if isinstance(self._close, OursUnexpected):
            return map(self._closing.tx.outpoint, range(len(self._closing.tx.outputs)))
        return self._htlcs()

    def trimmed(self) -> tuple[HtlcSpec, ...]:
        """HTLCs of the closing commitment that were too small for an output."""
        match self._close:
            case Ours(built) | Theirs(built):
                htlcs = built.spec.htlcs
            case Revoked(number):
                htlcs = held_in(self._facts.held_htlcs, number)
            case _:
                return ()
        has_output = {(htlc.offered, htlc.htlc_id) for htlc in self._htlcs().values()}
        return tuple(h for h in htlcs if (h.offered, h.htlc_id) not in has_output)

    def seen_preimages(self) -> dict[bytes, bytes]:
        """Those in the witnesses of whatever was spent, of payments that this channel held.

        The spent output need not be one that we know for an HTLC's: who has lost data, or whose
        copy published something else, still is shown the preimage.
        """
        # BOLT 5: "MUST extract the payment preimage from the transaction input witness."
        hashes = {htlc.payment_hash for htlc in self._facts.all_htlcs()}
        return preimages_in((spent.tx for spent in self._chain.spends.values()), hashes)

    # -- the report
    def reports(self) -> Iterator[OutputReport]:
        """All outputs of the closing transaction, then those of second stages."""
        txid, outputs = self._closing.tx.txid, self._closing.tx.outputs
        for vout, (txout, role) in enumerate(zip(outputs, self._roles, strict=True)):
            outpoint = OutPoint(txid, vout)
            if isinstance(self._close, Cooperative):
                yield self._agreed(outpoint, txout.value, txout.script_pubkey)
            else:
                yield self._report(outpoint, txout.value, role)
        for claim in self._second:
            part = Part.OUR_SECOND_STAGE if self._is_ours else Part.THEIR_SECOND_STAGE
            yield self._of_claim(claim, part, None)

    def _agreed(self, outpoint: OutPoint, value: Sat, script: bytes) -> OutputReport:
        ours = script in self._facts.our_closing_scripts
        part = Part.OUR_BALANCE if ours else Part.THEIR_BALANCE
        return OutputReport(outpoint, value, part, Fate.PAID_OUT if ours else Fate.THEIRS)

    def _report(
        self, outpoint: OutPoint, value: Sat, role: CommitmentOutput | None
    ) -> OutputReport:
        part = part_of(role, is_ours=self._is_ours)
        htlc = role.htlc if isinstance(role, HtlcOutput) else None
        claim = self._first.get(outpoint)
        if claim is not None:
            return self._of_claim(claim, part, htlc)
        spent = self._chain.spends.get(outpoint)
        fate = Fate.THEIRS
        if part is Part.OUR_ANCHOR:
            # Never worth its fee; but a child of ours may have had to spend it.
            fate = Fate.TAKEN if spent and witness_of(spent.tx, outpoint)[0] else Fate.LEFT
        elif self._is_ours and spent and spent.tx.txid in {o.outpoint.txid for o in self._second}:
            fate = Fate.MOVED  # an HTLC's, of which only its second stage is known
        return OutputReport(outpoint, value, part, fate, spent=spent, htlc=htlc)

    def _of_claim(
        self, claim: Claim | SecondStage, part: Part, htlc: HtlcSpec | None
    ) -> OutputReport:
        spent = self._chain.spends.get(claim.outpoint)
        return OutputReport(
            outpoint=claim.outpoint,
            value=claim.value,
            part=part,
            fate=fate_of_spent(claim, spent.tx) if spent else self._fate(claim),
            earliest=claim.earliest,
            deadline=claim.deadline,
            spent=spent,
            htlc=htlc,
        )

    def _fate(self, claim: Claim | SecondStage) -> Fate:
        if isinstance(claim, Claim) and not self._is_worth_it(claim):
            return Fate.LEFT
        return Fate.CLAIMABLE if claim.earliest <= self._chain.height + 1 else Fate.WAITING
