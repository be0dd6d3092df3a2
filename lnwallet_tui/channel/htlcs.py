"""The HTLC ledger: who has committed to what, and who has revoked what came before.

BOLT 2 lets both sides change the channel at once, so at any time there are up to three commitments,
each with other HTLCs: ours, theirs, and theirs that we have signed but that does not replace the
former yet. Everything else in this room asks the one table below.

An update goes the same way whoever makes it. Its *proposer* sends it and signs it into the other
side's commitment; the other side revokes its former commitment, signs the update into the
proposer's, and the proposer revokes in turn: now it is irrevocably committed. An HTLC walks that
way twice, once to be added (proposed by its offerer) and once to be removed (proposed by the
other). A fee update is an update of the funder that is only ever added.

    offerer adds        ADD_PROPOSED → ADD_SIGNED → ADD_REVOKED → ADD_COUNTERSIGNED → LOCKED_IN
    the other removes   LOCKED_IN → REMOVE_PROPOSED → REMOVE_SIGNED → REMOVE_REVOKED
                        → REMOVE_COUNTERSIGNED → gone

The balances kept here are those without any of the HTLCs listed: a view of one commitment takes
them off. So the two always add up to the channel's value, and no amount is ever in two places.
"""

from __future__ import annotations

import enum
from typing import Final, NamedTuple

import msgspec
from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Msat


class Side(enum.Enum):
    """Us or the peer: whose HTLC, whose commitment."""

    US = "us"
    THEM = "them"

    __hash__ = object.__hash__  # there is one of each; the one of Enum is slow

    @property
    def other(self) -> Side:
        return Side.THEM if self is Side.US else Side.US


class View(enum.IntEnum):
    """Which commitment of a side is asked for."""

    OLDEST = 0  # the oldest that is not revoked
    SIGNED = 1  # the newest that is signed; the oldest too unless a revocation is awaited
    NEXT = 2  # what a signature given now would fix
    FORESEEN = 3  # with every update that is under way, where that costs its proposer


class Stage(enum.Enum):
    """How far an update has come; the last word says what happened last."""

    ADD_PROPOSED = "add proposed"
    ADD_SIGNED = "add signed"
    ADD_REVOKED = "add revoked"
    ADD_COUNTERSIGNED = "add countersigned"
    LOCKED_IN = "locked in"
    REMOVE_PROPOSED = "remove proposed"
    REMOVE_SIGNED = "remove signed"
    REMOVE_REVOKED = "remove revoked"
    REMOVE_COUNTERSIGNED = "remove countersigned"
    GONE = "gone"

    __hash__ = object.__hash__


class _Row(NamedTuple):
    """In which views (oldest, signed, next, foreseen) an update stands, and what moves it on."""

    in_offerers: str
    in_others: str
    signed_by_offerer: Stage | None = None
    signed_by_other: Stage | None = None
    revoked_by_offerer: Stage | None = None
    revoked_by_other: Stage | None = None


S = Stage
TABLE: Final[dict[Stage, _Row]] = {
    S.ADD_PROPOSED: _Row("---+", "--++", signed_by_offerer=S.ADD_SIGNED),
    S.ADD_SIGNED: _Row("---+", "-+++", revoked_by_other=S.ADD_REVOKED),
    S.ADD_REVOKED: _Row("--++", "++++", signed_by_other=S.ADD_COUNTERSIGNED),
    S.ADD_COUNTERSIGNED: _Row("-+++", "++++", revoked_by_offerer=S.LOCKED_IN),
    S.LOCKED_IN: _Row("++++", "++++"),
    S.REMOVE_PROPOSED: _Row("++--", "++++", signed_by_other=S.REMOVE_SIGNED),
    S.REMOVE_SIGNED: _Row("+---", "++++", revoked_by_offerer=S.REMOVE_REVOKED),
    S.REMOVE_REVOKED: _Row("----", "++--", signed_by_offerer=S.REMOVE_COUNTERSIGNED),
    S.REMOVE_COUNTERSIGNED: _Row("----", "+---", revoked_by_other=S.GONE),
    S.GONE: _Row("----", "----"),
}
_REMOVING: Final = frozenset(
    {S.REMOVE_PROPOSED, S.REMOVE_SIGNED, S.REMOVE_REVOKED, S.REMOVE_COUNTERSIGNED, S.GONE}
)


_STANDS: Final = {
    stage: tuple(tuple(mark == "+" for mark in marks) for marks in (row.in_others, row.in_offerers))
    for stage, row in TABLE.items()
}
"""The same, asked by whether the commitment is the offerer's, and the view."""


def _stands(stage: Stage, *, offerers: bool, view: View) -> bool:
    return _STANDS[stage][offerers][view]


# -- what the ledger lists
class Failed(msgspec.Struct, frozen=True, tag="failed"):
    """Removed by `update_fail_htlc`: `reason` is the encrypted error."""

    reason: bytes


class Malformed(msgspec.Struct, frozen=True, tag="malformed"):
    """Removed by `update_fail_malformed_htlc`."""

    sha256_of_onion: bytes
    failure_code: int


class Htlc(msgspec.Struct, frozen=True, kw_only=True):
    """One HTLC, from the first offer until nobody's commitment can hold it any more.

    `preimage` is set as soon as either side has shown it, and stays even if a disconnect makes the
    peer repeat the removal. `failure` is how the HTLC is removed where it is not by the preimage.
    `onion` is dropped when it can no longer be asked for. `excess_dust` marks an offer of the peer
    that must be failed: it went beyond our dust exposure (BOLT 2), or came while the funding was
    not deep, while its feerate was out of proportion, or after a `shutdown` of ours.
    """

    offered_by: Side
    id: int
    amount: Msat
    payment_hash: bytes
    cltv_expiry: int
    onion: bytes
    path_key: bytes | None = None
    excess_dust: bool = False
    stage: Stage = Stage.ADD_PROPOSED
    preimage: bytes | None = None
    failure: Failed | Malformed | None = None

    def stands_in(self, owner: Side, view: View) -> bool:
        """Whether that commitment of `owner` holds it."""
        return _STANDS[self.stage][owner is self.offered_by][view]

    @property
    def being_removed(self) -> bool:
        """Whether its removal is at least proposed."""
        return self.stage in _REMOVING

    @property
    def fulfilled(self) -> bool:
        """Whether it is removed by its preimage: the amount goes to the other side."""
        return self.being_removed and self.failure is None

    def moved(self, stage: Stage) -> Htlc:
        """The same one stage on. The peer has our onion for good once it revoked."""
        if stage is Stage.ADD_REVOKED and self.offered_by is Side.US:
            return replace(self, stage=stage, onion=b"")
        return replace(self, stage=stage)


class FeeUpdate(msgspec.Struct, frozen=True):
    """A feerate that the funder proposed and that is not irrevocably committed yet."""

    feerate_per_kw: int
    stage: Stage = Stage.ADD_PROPOSED


class Ledger(msgspec.Struct, frozen=True, kw_only=True):
    """All HTLCs and fee updates of a channel, and the balances without them."""

    funder: Side
    ours: Msat
    theirs: Msat
    feerate_per_kw: int
    htlcs: tuple[Htlc, ...] = ()
    fee_updates: tuple[FeeUpdate, ...] = ()
    our_next_id: int = 0
    their_next_id: int = 0

    # -- questions
    def find(self, offered_by: Side, htlc_id: int) -> Htlc | None:
        """The HTLC with this id, if it is still listed."""
        for htlc in self.htlcs:
            if htlc.id == htlc_id and htlc.offered_by is offered_by:
                return htlc
        return None

    def next_id(self, side: Side) -> int:
        """The id of the side's next offer."""
        return self.our_next_id if side is Side.US else self.their_next_id

    def htlcs_in(self, owner: Side, view: View) -> tuple[Htlc, ...]:
        """The HTLCs that this commitment of `owner` holds."""
        return tuple(htlc for htlc in self.htlcs if htlc.stands_in(owner, view))

    def balance_in(self, side: Side, owner: Side, view: View) -> int:
        """What `side` has in that commitment of `owner`, in msat, HTLCs and fee not counted.

        Negative only in `View.FORESEEN`, where not everything can happen at once.
        """
        balance = self._settled(side).value
        for htlc in self.htlcs:
            if htlc.stands_in(owner, view):
                if htlc.offered_by is side:
                    balance -= htlc.amount.value
            elif htlc.fulfilled:
                balance += -htlc.amount.value if htlc.offered_by is side else htlc.amount.value
        return balance

    def _settled(self, side: Side) -> Msat:
        return self.ours if side is Side.US else self.theirs

    def feerate_in(self, owner: Side, view: View) -> int:
        """The feerate (sat/kw) of that commitment of `owner`."""
        offerers = owner is self.funder
        rates = [
            update.feerate_per_kw
            for update in self.fee_updates
            if _stands(update.stage, offerers=offerers, view=view)
        ]
        return rates[-1] if rates else self.feerate_per_kw

    @property
    def feerates_ahead(self) -> frozenset[int]:
        """Every feerate that a commitment has or is about to have."""
        return frozenset({self.feerate_per_kw, *(u.feerate_per_kw for u in self.fee_updates)})

    def has_to_sign(self, by: Side) -> bool:
        """Whether `by` has changes for the other side's commitment."""
        return any(_next(stage, by is offerer, "signed") for offerer, stage in self._stages())

    def _stages(self) -> list[tuple[Side, Stage]]:
        return [
            *((htlc.offered_by, htlc.stage) for htlc in self.htlcs),
            *((self.funder, update.stage) for update in self.fee_updates),
        ]

    @property
    def is_quiet(self) -> bool:
        """Whether there is no HTLC, and no update under way."""
        return not self.htlcs and not self.fee_updates

    # -- changes
    def with_offer(self, htlc: Htlc) -> Ledger:
        """A new HTLC; its id must be the next one."""
        assert htlc.id == self.next_id(htlc.offered_by), "ids go up by one"
        htlcs = (*self.htlcs, htlc)
        if htlc.offered_by is Side.US:
            return replace(self, htlcs=htlcs, our_next_id=htlc.id + 1)
        return replace(self, htlcs=htlcs, their_next_id=htlc.id + 1)

    def with_removal(self, htlc: Htlc, outcome: bytes | Failed | Malformed) -> Ledger:
        """`htlc` is to be removed by the side it was offered to: by a preimage, or failed."""
        assert htlc.stage is Stage.LOCKED_IN, "only what is irrevocably committed is removed"
        onion = b"" if htlc.offered_by is Side.THEM else htlc.onion
        removed = replace(htlc, stage=Stage.REMOVE_PROPOSED, onion=onion)
        if isinstance(outcome, bytes):
            return self._with(htlc, replace(removed, preimage=outcome))
        return self._with(htlc, replace(removed, failure=outcome))

    def _with(self, old: Htlc, new: Htlc) -> Ledger:
        return replace(self, htlcs=tuple(new if htlc is old else htlc for htlc in self.htlcs))

    def with_fee(self, feerate_per_kw: int) -> Ledger:
        """The funder proposes a feerate."""
        return replace(self, fee_updates=_newest((*self.fee_updates, FeeUpdate(feerate_per_kw))))

    def signed_by(self, side: Side) -> Ledger:
        """`side` signs the other's next commitment."""
        return self._moved(side, "signed")

    def revoked_by(self, side: Side) -> Ledger:
        """`side` revokes its commitment before the newest; what is over leaves the list."""
        return self._moved(side, "revoked")._settle_fees()._settle_htlcs()

    def _moved(self, side: Side, what: str) -> Ledger:
        htlcs = tuple(
            htlc.moved(stage)
            if (stage := _next(htlc.stage, htlc.offered_by is side, what))
            else htlc
            for htlc in self.htlcs
        )
        fees = tuple(
            replace(fee, stage=_next(fee.stage, self.funder is side, what) or fee.stage)
            for fee in self.fee_updates
        )
        return replace(self, htlcs=htlcs, fee_updates=_newest(fees))

    def _settle_fees(self) -> Ledger:
        locked = [u.feerate_per_kw for u in self.fee_updates if u.stage is Stage.LOCKED_IN]
        if not locked:
            return self
        pending = tuple(u for u in self.fee_updates if u.stage is not Stage.LOCKED_IN)
        return replace(self, feerate_per_kw=locked[-1], fee_updates=pending)

    def _settle_htlcs(self) -> Ledger:
        ours, theirs = self.ours, self.theirs
        for htlc in self.htlcs:
            if htlc.stage is Stage.GONE and htlc.fulfilled:
                if htlc.offered_by is Side.US:
                    ours, theirs = ours - htlc.amount, theirs + htlc.amount
                else:
                    ours, theirs = ours + htlc.amount, theirs - htlc.amount
        left = tuple(htlc for htlc in self.htlcs if htlc.stage is not Stage.GONE)
        return replace(self, ours=ours, theirs=theirs, htlcs=left)

    # -- what a disconnect takes back
    def without_uncommitted(self) -> Ledger:
        """Without what no commitment covers.

        BOLT 2: "MUST reverse any uncommitted updates sent by the other side". Our own offers and
        fee updates go too, for the peer reverses them; our removals stay, because a decision once
        told is not taken back: they are sent again.
        """
        kept = tuple(_reversed(h) for h in self.htlcs if h.stage is not Stage.ADD_PROPOSED)
        dropped = [h for h in self.htlcs if h.stage is Stage.ADD_PROPOSED]
        fees = tuple(u for u in self.fee_updates if u.stage is not Stage.ADD_PROPOSED)
        our_ids = [h.id for h in dropped if h.offered_by is Side.US]
        their_ids = [h.id for h in dropped if h.offered_by is Side.THEM]
        return replace(
            self,
            htlcs=kept,
            fee_updates=fees,
            our_next_id=min(our_ids, default=self.our_next_id),
            their_next_id=min(their_ids, default=self.their_next_id),
        )


def _newest(updates: tuple[FeeUpdate, ...]) -> tuple[FeeUpdate, ...]:
    """Of feerates that are equally far only the last: no commitment can ever have another one.

    BOLT 2: "Unlike an HTLC, `update_fee` is never closed but simply replaced."
    """
    return tuple({update.stage: update for update in updates}.values())


def _reversed(htlc: Htlc) -> Htlc:
    """A removal that the peer proposed and did not sign is no more; its preimage stays known."""
    if htlc.stage is Stage.REMOVE_PROPOSED and htlc.offered_by is Side.US:
        return replace(htlc, stage=Stage.LOCKED_IN, failure=None)
    return htlc


def _next(stage: Stage, is_offerer: bool, what: str) -> Stage | None:
    row = TABLE[stage]
    if what == "signed":
        return row.signed_by_offerer if is_offerer else row.signed_by_other
    return row.revoked_by_offerer if is_offerer else row.revoked_by_other
