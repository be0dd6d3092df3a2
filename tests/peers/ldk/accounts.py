"""Where the satoshis of a closed channel went: counted on the chain, whatever the nodes say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.tx import OutPoint, Tx, TxOut
from tests.peers.ldk.ldk import LdkNode
from tests.peers.ldk.ours import OurNode
from tests.peers.ldk.world import World

ANCHOR: Final = Sat(330)  # BOLT 3: each of the two
_MOST_BLOCKS: Final = 600
"""Until all is at rest: an expiry and two delays."""
_TO_SWEEP: Final = 8
"""Blocks in which LDK believes that what it swept is there, and sweeps the rest."""


@dataclass(frozen=True, slots=True)
class Mined:
    """A transaction in the chain, and what it spent."""

    tx: Tx
    spent: tuple[TxOut, ...]
    height: int

    @property
    def fee(self) -> Sat:
        """What the miner got."""
        return _total(self.spent) - _total(self.tx.outputs)

    def witness_of(self, outpoint: OutPoint) -> tuple[bytes, ...]:
        """By what it spent an output."""
        (found,) = (txin.witness for txin in self.tx.inputs if txin.outpoint == outpoint)
        return found


class Accounts:
    """The books of a channel that we opened, from now until it is closed and all is at rest.

    From `begin` on neither wallet gets coins from elsewhere, so each gains exactly its share of the
    channel less what it paid to miners.
    """

    def __init__(self, world: World, us: OurNode, ldk: LdkNode, funding: OutPoint) -> None:
        self._world, self._us, self._ldk = world, us, ldk
        self._funding = funding
        self._began = world.chain.height
        self._before = ZERO_SAT, ZERO_SAT

    @classmethod
    async def begin(cls, world: World, us: OurNode, ldk: LdkNode) -> Accounts:
        """For the newest channel, while it is open."""
        view = await us.channel()
        funding = OutPoint(bytes.fromhex(view.funding_txid)[::-1], view.funding_vout)
        accounts = cls(world, us, ldk, funding)
        accounts._before = await accounts._worth()
        return accounts

    # -- the chain
    def mined(self) -> Iterator[Mined]:
        """All transactions since, but for coinbases."""
        chain = self._world.chain
        for height in range(self._began + 1, chain.height + 1):
            block = chain.at(height)
            outputs = {outpoint: coin.output for outpoint, coin in block.undo.spent}
            for tx in block.block.transactions[1:]:
                yield Mined(tx, tuple(outputs[txin.outpoint] for txin in tx.inputs), height)

    def spender(self, outpoint: OutPoint) -> Mined | None:
        """What spent an output; None while nothing did."""
        for one in self.mined():
            if any(txin.outpoint == outpoint for txin in one.tx.inputs):
                return one
        return None

    @property
    def closing(self) -> Mined | None:
        """The commitment in the chain."""
        return self.spender(self._funding)

    def outputs_of(self, value: Sat) -> list[OutPoint]:
        """The commitment's outputs of that value, by which an HTLC is known."""
        closing = self.closing
        if closing is None:
            return []
        outputs = enumerate(closing.tx.outputs)
        return [closing.tx.outpoint(vout) for vout, output in outputs if output.value == value]

    def is_by(self, who: str, one: Mined) -> bool:
        """Whether it was `who` that published it."""
        return any(
            published.who == who and published.tx.txid == one.tx.txid
            for published in self._world.published
        )

    # -- the money
    async def settle(self, htlc: Sat) -> None:
        """Until the HTLC of that value is taken, ours is home and LDK has swept what it may."""
        (output,) = self.outputs_of(htlc)
        for _ in range(_MOST_BLOCKS):
            if self.spender(output) is not None and await self._is_home():
                break
            await self._world.mine()
        else:
            raise AssertionError(f"not home after {_MOST_BLOCKS} blocks")
        await self._world.mine(_TO_SWEEP)

    async def _is_home(self) -> bool:
        balance = await self._us.node.balance()
        return not (balance.closing_msat or balance.in_flight_msat or balance.onchain_pending_sat)

    async def check(self, *, ours: Sat, theirs: Sat, most_fees: Sat) -> None:
        """We gained `ours` and LDK `theirs`, less fees: of the commitment and its anchors, which
        BOLT 3 takes from us as the funder, and of what each published. Ours are below `most_fees`,
        together."""
        closing = self.closing
        assert closing is not None
        anchors = self.outputs_of(ANCHOR)
        funder = closing.fee + _times(len(anchors))
        our_costs = funder + self.fees("us") - self._anchors("us", anchors)
        our_worth, their_worth = await self._worth()
        our_before, their_before = self._before
        assert our_worth + our_costs == our_before + ours
        assert our_costs < most_fees
        their_income = theirs + self._anchors(self._ldk.name, anchors)
        assert their_worth + self.fees(self._ldk.name) == their_before + their_income

    async def ldk_is_sure(self) -> None:
        """LDK says itself that what waits for its age is its own, and that nothing else is open."""
        kinds = [one.kind for one in await self._ldk.balances()]
        assert kinds == ["ClaimableAwaitingConfirmations" for _ in self.waiting_of_ldk()]

    def fees(self, who: str) -> Sat:
        """What `who` paid for all transactions but the commitment."""
        return sum(
            (one.fee for one in self.mined() if self.is_by(who, one) and not self._closes(one)),
            ZERO_SAT,
        )

    async def _worth(self) -> tuple[Sat, Sat]:
        """Of our wallet, and of LDK's with what is its own and has to get old."""
        balance = await self._us.node.balance()
        assert balance.onchain_pending_sat == 0
        theirs = self._world.chain.held_by(self._ldk.wallet_script)
        return Sat(balance.onchain_confirmed_sat), theirs + _total(self.waiting_of_ldk())

    def waiting_of_ldk(self) -> Iterator[TxOut]:
        """Outputs of its commitment and of its HTLC transactions that only time keeps from it. Ours
        are home by now, so what else is unspent is an anchor."""
        for one in self.mined():
            for vout, output in enumerate(one.tx.outputs):
                is_unspent = self._world.chain.coin(one.tx.outpoint(vout)) is not None
                is_home = output.script_pubkey == self._ldk.wallet_script
                is_theirs = self.is_by(self._ldk.name, one) and not is_home
                if is_theirs and is_unspent and output.value != ANCHOR:
                    yield output

    def _closes(self, one: Mined) -> bool:
        return any(txin.outpoint == self._funding for txin in one.tx.inputs)

    def _anchors(self, who: str, anchors: list[OutPoint]) -> Sat:
        spenders = [self.spender(outpoint) for outpoint in anchors]
        return _times(sum(one is not None and self.is_by(who, one) for one in spenders))


def _total(outputs: Iterable[TxOut]) -> Sat:
    return sum((output.value for output in outputs), ZERO_SAT)


def _times(anchors: int) -> Sat:
    return Sat(ANCHOR.value * anchors)
