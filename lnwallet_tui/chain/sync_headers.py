"""Which peer is asked for headers, and what its answer says of it.

A long way is gone with one peer, the leader; then all are asked, so that the chain with the most
work wins whoever has it. One asks for what follows the block *before* our tip: who has our tip
answers with it, and who does not shows what it has instead.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.block import HEADER_SIZE
from lnwallet_tui.chain.best_chain import BestChain
from lnwallet_tui.chain.block_rate import ENOUGH, TooFew, too_few
from lnwallet_tui.chain.headers import MOST_IN_BATCH, Extension, HeaderTree, extend
from lnwallet_tui.chain.headers_batch import HeadersRefused, Reason, Run
from lnwallet_tui.chain.questions import (
    Failure,
    Fault,
    HeadersAfter,
    HeadersCame,
    Kind,
    Refusal,
)
from lnwallet_tui.chain.sync_peers import Peer, Peers, RestartHeaders, SaveHeaders

LOOK_AGAIN_MS: Final = 600_000
"""All peers are asked so often, should they have forgotten to announce a block."""
LOOK_SOON_MS: Final = 5_000
"""After one peer brought a block the others need a moment to have it."""
APART_AGAIN_MS: Final = 60_000
"""Who is not at our tip is asked so often…"""
APART_MS: Final = 1_200_000
"""…and left after so long, as in Core: it is stuck, or follows a chain with less work."""
STALE_SECONDS: Final = 5_400
"""A newest block older than 90 minutes is once a month; somebody may keep the others from us."""


class HeaderSync:
    """`tree` and `chain` move only here. A chain that `is_relied_on`, as blocks of it were handed
    on, is not given up."""

    def __init__(
        self, peers: Peers, tree: HeaderTree, chain: BestChain, *, is_relied_on: bool
    ) -> None:
        self._peers, self._is_relied_on = peers, is_relied_on
        self.tree, self.chain = tree, chain
        self.is_complete = False
        """Whether a peer said, since we began, that it has no more."""
        self.clock_doubted = False
        """Whether peers have a block of more than two hours ahead of our clock."""
        self._leader: int | None = None
        self._unfinished: set[int] = set()  # who has more for us
        self._fed_by: set[int] = set()  # of those who are here
        self._firm = tree.firm()  # what no lie takes back

    # -- what others ask

    def is_at_tip(self, peer: Peer) -> bool:
        """Whether its newest block is ours."""
        return peer.tip is not None and peer.tip[1] == self.tree.tip

    def reach(self, peer: Peer) -> int:
        """Up to which height of our best chain it has the blocks, as far as we know."""
        if peer.tip is None:
            return -1
        height, block_hash = peer.tip
        if self.chain.holds(height, block_hash):
            return height
        for fork in self.tree.forks:
            if fork.run.find(block_hash) is not None:
                return fork.height
        return -1

    def able(self, height: int) -> list[Peer]:
        """Who has our best chain up to there."""
        return [peer for peer in self._peers.ready if self.reach(peer) >= height]

    def is_stale(self) -> bool:
        """Whether there should have been a block since the newest."""
        return self._peers.now // 1_000 > self.tree.tip_header.time + STALE_SECONDS

    def too_few(self) -> TooFew | None:
        """Whether the newest blocks are fewer than all miners together make."""
        rules, tree = self.tree.rules, self.tree
        if not rules.retargets or rules.min_difficulty_when_late:
            return None  # blocks come as somebody pleases
        newest = tree.best.headers[-ENOUGH * HEADER_SIZE :]
        times = [
            int.from_bytes(newest[at + 68 : at + 72], "little")
            for at in range(0, len(newest), HEADER_SIZE)
        ]
        return too_few(times, self._peers.now // 1_000)

    # -- what happens

    def announced(self, peer: Peer, block_hash: bytes) -> None:
        """It has this block."""
        if block_hash == self.tree.tip:
            self._stands_at(peer, (self.tree.height, block_hash))
        elif peer.tip is None or peer.tip[1] != block_hash:
            peer.headers_due = self._peers.now

    def slow(self, peer: Peer) -> None:
        """It lets us wait for headers: another one leads."""
        if self._leader == peer.number:
            self._leader = None

    def lost(self, peer: Peer) -> None:
        """It is gone."""
        self._unfinished.discard(peer.number)
        self._fed_by.discard(peer.number)
        self.slow(peer)

    def rearm(self) -> None:
        """We slept: nobody has been apart from us for as long as it seems."""
        for peer in self._peers:
            peer.headers_due = min(peer.headers_due, self._peers.now)
            if peer.apart_since is not None:
                peer.apart_since = self._peers.now

    def came(self, peer: Peer, event: HeadersCame) -> None:
        """An answer."""
        peer.headers_due = self._peers.now + LOOK_AGAIN_MS
        parent, first = event.headers[4:36], event.question.locator[0]
        gave_it = peer.number in self._unfinished and peer.tip is not None and peer.tip[1] == first
        self._unfinished.discard(peer.number)
        if not event.headers:
            self._has_nothing(peer, event.question)
        elif parent not in event.question.locator:
            peer.talk.close(Fault.UNASKED)
        elif gave_it and parent != first:
            peer.talk.close(Failure.LACKS)  # what it gave itself: it could lead us in circles
        elif self._took(peer, event.headers):
            self._took_all(peer, event.headers)

    def advance(self) -> None:
        """Ask whom there is to ask, leave who does not come along."""
        for peer in self._peers.ready:
            if self._is_apart_for_good(peer):
                peer.talk.close(Refusal.BEHIND)
        due = [peer for peer in self._peers.ready if self._is_due(peer)]
        if not self.is_complete:
            due = self._led(due)
        for peer in self._peers.free(Kind.HEADERS, due):
            peer.talk.ask(HeadersAfter(self._locator(peer)), self._peers.now)

    def next_deadline(self) -> int | None:
        """When `advance` is to be called again."""
        ready = self._peers.ready
        dues = [peer.headers_due for peer in ready if peer.talk.is_free(Kind.HEADERS)]
        apart = [peer.apart_since + APART_MS for peer in ready if peer.apart_since is not None]
        later = [due for due in (*dues, *apart) if due > self._peers.now]
        return min(later, default=None)

    # -- asking

    def _is_due(self, peer: Peer) -> bool:
        return peer.number in self._unfinished or peer.headers_due <= self._peers.now

    def _led(self, due: list[Peer]) -> list[Peer]:
        leader = self._peers.get(self._leader) if self._leader is not None else None
        if leader is None:
            free = self._peers.free(Kind.HEADERS, due)
            leader = self._peers.pick(free) if free else None
            self._leader = leader.number if leader else None
        return [leader] if leader in due else []

    def _locator(self, peer: Peer) -> tuple[bytes, ...]:
        locator = self.tree.locator()
        if peer.number in self._unfinished and peer.tip is not None:
            return peer.tip[1], *locator
        return locator[1:] or locator

    # -- answers

    def _has_nothing(self, peer: Peer, asked: HeadersAfter) -> None:
        """Its newest block is one that we have: the last that it told, or one below our tip; or it
        serves no headers yet."""
        if peer.told_height > self.tree.height:
            peer.talk.close(Refusal.BEHIND)  # Core gives no headers before it has enough itself
            return
        if self.tree.height == 0:
            self._finish(peer, (0, self.tree.tip))
            return
        if peer.tip is not None and asked.locator[0] == peer.tip[1]:
            self._finish(peer, peer.tip)
            return
        peer.tip = None
        self._stands_apart(peer)
        self.slow(peer)

    def _took(self, peer: Peer, headers: bytes) -> bool:
        try:
            self._move(peer, extend(self.tree, headers, self._peers.now // 1_000))
        except HeadersRefused as error:
            self._refused(peer, headers, error)
            return False
        self.clock_doubted = False
        return True

    def _refused(self, peer: Peer, headers: bytes, error: HeadersRefused) -> None:
        if error.reason is Reason.TOO_NEW:
            self._took_what_is_not_too_new(peer, headers[: error.position * HEADER_SIZE])
        elif error.reason.is_a_lie:
            peer.talk.close(Fault.FALSE_HEADERS)
            if peer.number in self._fed_by:
                self._begin_anew()
        elif self._is_of_another_tree(headers, error) or self._begin_anew():
            peer.headers_due = self._peers.now
        else:
            peer.talk.close(Refusal.BEHIND)

    def _is_of_another_tree(self, headers: bytes, error: HeadersRefused) -> bool:
        """Whether it was asked for something that we gave up meanwhile, and would be asked for
        something else now."""
        parent = headers[4:36]
        return error.reason is Reason.UNCONNECTED and parent not in self.tree.locator()

    def _took_what_is_not_too_new(self, peer: Peer, good: bytes) -> None:
        if good and not self._took(peer, good):
            return
        self.clock_doubted = True
        self._finish(peer, self._place_of_last(good) if good else peer.tip)

    def _begin_anew(self) -> bool:
        """Give up a chain that nobody has proven and nobody who is here vouches for, as far as no
        checkpoint says that it is right."""
        is_believed = any(map(self.is_at_tip, self._peers.ready))
        firm = self._firm or HeaderTree.begin(self.tree.rules)
        if self._is_relied_on or self.tree.is_proven or is_believed:
            return False
        if self.tree.height == firm.height:
            return False
        self.tree = firm
        if self.chain.start <= firm.height:
            self.chain.apply(Extension(firm, firm.height))
        else:
            self.chain = BestChain(firm.start, firm.best)
        self.is_complete, self._leader = False, None
        for peer in self._peers:
            peer.tip, peer.headers_due = None, self._peers.now
        self._peers.ask_for(RestartHeaders(self.tree))
        return True

    def _took_all(self, peer: Peer, headers: bytes) -> None:
        place = self._place_of_last(headers)
        if len(headers) == MOST_IN_BATCH * HEADER_SIZE and place is not None:
            peer.tip = place
            self._unfinished.add(peer.number)
        else:
            self._finish(peer, place)

    def _place_of_last(self, headers: bytes) -> tuple[int, bytes] | None:
        last = Run.of(headers[-HEADER_SIZE:]).hash(0)
        for start, run in (
            (self.tree.start, self.tree.best),
            *((fork.height + 1, fork.run) for fork in self.tree.forks),
        ):
            at = run.find(last)
            if at is not None:
                return start + at, last
        return None  # of a fork with too little work to be kept

    def _finish(self, peer: Peer, place: tuple[int, bytes] | None) -> None:
        """It has no more."""
        self._leader = None
        if self.tree.is_proven:
            self.is_complete = True
        elif not self.clock_doubted:
            peer.talk.close(Refusal.BEHIND)
            return
        self._stands_at(peer, place)

    def _stands_at(self, peer: Peer, place: tuple[int, bytes] | None) -> None:
        peer.tip = place
        if self.is_at_tip(peer):
            if peer.came_to != self.tree.tip:
                peer.talk.unasked.forgive()  # somebody worked for it: telling us was no flood
            peer.came_to = self.tree.tip
            peer.apart_since = None
            peer.headers_due = max(peer.headers_due, self._peers.now + LOOK_AGAIN_MS)
        else:
            self._stands_apart(peer)

    def _stands_apart(self, peer: Peer) -> None:
        peer.headers_due = self._peers.now + APART_AGAIN_MS
        if peer.apart_since is None:
            peer.apart_since = self._peers.now

    def _is_apart_for_good(self, peer: Peer) -> bool:
        since = peer.apart_since
        return since is not None and self._peers.now >= since + APART_MS

    def _move(self, peer: Peer, change: Extension) -> None:
        self.tree = change.tree
        if not change.connected:
            return
        self._fed_by.add(peer.number)
        if self._firm is None or self._firm.height < self.tree.firm_height:
            self._firm = self.tree.firm() or self._firm
        self.chain.apply(change)
        self._peers.ask_for(SaveHeaders(change))
        for other in self._peers:
            other.headers_due = min(other.headers_due, self._peers.now + LOOK_SOON_MS)
