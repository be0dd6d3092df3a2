"""What a node does with this room at each block, in its plainest form."""

from __future__ import annotations

from collections.abc import Callable

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx
from lnwallet_tui.onchain.claims import Preimages
from lnwallet_tui.onchain.facts import ChainView, ConfirmedTx, PastFacts
from lnwallet_tui.onchain.resolve import Resolution, resolve
from lnwallet_tui.onchain.sweep import SweepPlan, plan
from lnwallet_tui.onchain.sweep_groups import Offer
from lnwallet_tui.playground.policy_rejection import Reason, Rejection
from tests.onchain.duel import OUR_HOME, Duel
from tests.playground.bench import Bench


def cheap(_target: int) -> int:
    return 300


class Guard:
    """Looks at the chain from the funding on, and publishes what is to be published."""

    def __init__(
        self,
        duel: Duel,
        facts: PastFacts | None = None,
        *,
        estimate: Callable[[int], int] = cheap,
        preimages: Preimages | None = None,
    ) -> None:
        self.duel, self.bench = duel, duel.bench
        self.facts = facts or duel.facts()
        self.estimate, self.preimages = estimate, preimages or {}
        self.offers: dict[OutPoint, Offer] = {}
        self.paid: dict[bytes, Sat] = {}  # fees by txid, of what the mempool took
        self.refused: list[Reason] = []

    def view(self) -> ChainView:
        chain = self.bench.chain
        spends = {
            txin.outpoint: ConfirmedTx(tx, height)
            for height in range(self.duel.height + 1, chain.height + 1)
            for tx in chain.at(height).block.transactions
            for txin in tx.inputs
        }
        return ChainView(chain.height, spends)

    def look(self) -> Resolution:
        resolution = self.look_or_none()
        assert resolution is not None
        return resolution

    def look_or_none(self) -> Resolution | None:
        return resolve(
            self.facts,
            self.view(),
            self.duel.alice.per_commitment_point,
            script=OUR_HOME,
            preimages=self.preimages,
        )

    def plan(self, after: int = 0) -> SweepPlan:
        """The sweeps for the next block, or so many blocks after it."""
        return plan(
            self.look().claims,
            script=OUR_HOME,
            next_height=self.bench.chain.height + 1 + after,
            estimate=self.estimate,
            before=self.offers,
        )

    def act(self) -> SweepPlan:
        """Publish the sweeps of the next block."""
        plan = self.plan()
        self.offers |= plan.offers()
        for sweep in plan.sweeps:
            tx = sweep.sign(self.duel.alice)
            assert self.publish(tx, sweep.fee) or self.refused
        return plan

    def publish(self, tx: Tx, fee: Sat) -> bool:
        """Whether the mempool has it, with this fee."""
        try:
            entry = self.bench.mempool.submit(tx)
        except Rejection as refused:
            if refused.reason is Reason.ALREADY_IN_MEMPOOL:
                return True
            self.refused.append(refused.reason)
            return False
        assert entry.fee == fee.value
        self.paid[tx.txid] = fee
        return True

    def fees_mined(self) -> Sat:
        """What was paid in fees by those sweeps that are in the best chain."""
        mined = (fee for txid, fee in self.paid.items() if self.bench.chain.height_of(txid))
        return sum(mined, Sat(0))

    def home(self) -> Sat:
        return self.bench.chain.held_by(OUR_HOME)


def outgrow(bench: Bench) -> None:
    """Mine until the engine has judged this branch: as long as one is the shorter, it is only
    stored."""
    while not bench.chain.in_step():
        bench.mine()
