"""What a node has promised about HTLCs, looked at after each of its steps and after each block.

BOLT 2 has two rules that no balance shows while everybody goes on as he should: an answer is given
in front only when nothing can come from behind any more, and who waits for too long goes to chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.dates import BLOCK_SECONDS
from lnwallet_tui.channel.env import Step
from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.channel.state import Channel, Link, Phase
from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.node.channels.held import Held
from lnwallet_tui.node.node import Node
from lnwallet_tui.payment.records import AttemptStatus
from lnwallet_tui.store.db import Transaction
from tests.sim.checks import Checks
from tests.sim.town import POLICY

_LEAST_TO_CLAIM: Final = 2
"""Blocks: the commitment is in one, what takes the HTLC in the next."""
_PATIENCE: Final = POLICY.timeout_patience + 2
_TO_ANSWER: Final = POLICY.closing_answer_time // BLOCK_SECONDS
_TO_PROVE: Final = POLICY.unproved_patience // BLOCK_SECONDS
"""Blocks that a peer has when it is back, and the user when it stays away since a start."""
_IN_USE: Final = (Phase.READY, Phase.SHUTTING_DOWN, Phase.NEGOTIATING)


@dataclass
class Promises:
    """Whatever is not kept is told to `checks`."""

    checks: Checks

    def observe(self, name: str, node: Node) -> None:
        """From now on look at its books whenever one of its channels has taken a step."""
        channels = node._board.channels
        adopt = channels._adopt

        def adopted(tx: Transaction, held: Held, taken: Step) -> None:
            adopt(tx, held, taken)
            if isinstance(taken.state, Channel):
                tx.after(lambda: self._books(name, node, held))

        channels._adopt = adopted  # type: ignore[method-assign]  # the real one, watched

    # -- nothing is called failed that may still be taken
    def _books(self, name: str, node: Node, held: Held) -> None:
        # BOLT 2: "until the removal of the outgoing HTLC is irrevocably committed, OR until the
        # outgoing on-chain HTLC output has been spent via the HTLC-timeout transaction (with
        # sufficient depth): MUST NOT fail the incoming HTLC that corresponds to that outgoing
        # HTLC."
        channel = held.channel
        if name in self.checks.cheats or channel.spend is not None:
            return
        for htlc in channel.ledger.htlcs:
            if htlc.offered_by is Side.US and _is_given_up(node, channel.channel_id, htlc):
                at = f"{name}, channel {channel.channel_id.hex()[:8]}"
                self.checks.insist(False, f"{at}: gave up HTLC {htlc.id}, which may yet be taken")

    # -- nothing is waited for in vain
    def rest(self, name: str, node: Node) -> None:
        """All has been well for long enough to talk: every commitment has its answer."""
        for held in node._board.channels:
            channel = held.channel
            is_open = channel.spend is None and channel.publication is None
            if is_open and channel.phase is Phase.READY and not channel.old_state:
                at = f"{name}, channel {channel.channel_id.hex()[:8]}"
                self.checks.insist(channel.their_next is None, f"{at}: waits for a revocation")
                self.checks.insist(channel.link is Link.LIVE, f"{at}: is not re-established")

    # -- nobody waits for too long
    def clock(self, name: str, node: Node) -> None:
        """A block has come, and nothing has kept the node from acting for a while."""
        if name in self.checks.cheats:
            return
        for held in node._board.channels:
            channel = held.channel
            is_open = channel.spend is None and channel.publication is None
            if is_open and channel.phase in _IN_USE and not channel.old_state:
                self._deadlines(name, node, held)

    def _deadlines(self, name: str, node: Node, held: Held) -> None:
        channel = held.channel
        height, preimages = node._board.chain.height, node._board.preimages(channel)
        for htlc, outgoing in _pending(channel):
            at = f"{name}, block {height}: HTLC {htlc.htlc_id}, until {htlc.cltv_expiry},"
            if outgoing:
                # BOLT 2: "if an HTLC which it offered is in either node's current commitment
                # transaction, AND is past this timeout deadline: … MUST fail the channel."
                # Before that the peer is asked: it alone can tell whether our copy is an old one.
                patience = _PATIENCE + _TO_ANSWER + (0 if held.agreed else _TO_PROVE)
                is_late = height > htlc.cltv_expiry + patience
                self.checks.insist(not is_late, f"{at} was not taken back")
            elif htlc.htlc_id in preimages:
                # BOLT 2: "for each HTLC it is attempting to fulfill: MUST estimate a fulfillment
                # deadline. … if an HTLC it has fulfilled is in either node's current commitment
                # transaction, AND is past this fulfillment deadline: … MUST fail the channel."
                is_late = htlc.cltv_expiry - height < _LEAST_TO_CLAIM
                self.checks.insist(not is_late, f"{at} was not taken to chain")


def _is_given_up(node: Node, channel_id: bytes, htlc: Htlc) -> bool:
    """Whether the books of the payer, or of the relay, call it failed."""
    board, name = node._board, (channel_id, htlc.id)
    if board.relay is not None and board.relay.owns(name):
        forward = board.relay._all[board.relay._leaving[name]]
        return forward.reason is not None
    sent = board.payments._all.sent(htlc.payment_hash)
    attempts = () if sent is None else (*sent.attempts, *sent.earlier)
    return any(
        attempt.status is AttemptStatus.FAILED
        for attempt in attempts
        if (attempt.route.channel_id, attempt.htlc_id) == name
    )


def _pending(channel: Channel) -> Iterator[tuple[HtlcSpec, bool]]:
    """What stands in any commitment that counts, and whether it is outgoing."""
    theirs = (channel.their_current, channel.their_next)
    for htlc in channel.our_commitment.spec.htlcs:
        yield htlc, htlc.offered
    for one in theirs:
        for htlc in () if one is None else one.spec.htlcs:
            yield htlc, not htlc.offered
