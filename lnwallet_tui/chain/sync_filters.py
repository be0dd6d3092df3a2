"""The chain of filter headers: every peer is asked, and what they say is laid side by side.

It goes by spans of blocks. One that all describe alike is settled; where they differ there is a
trial: the block is fetched, and the filter of each side, and `judge` decides. What nobody can
decide makes a doubt: the block is read whatever its filter says. Who comes later is asked for what
was settled without him, so that a liar who was alone with us is found out (`dissent`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.chain.dissent import Dissents
from lnwallet_tui.chain.filter_conflicts import Judgement, Standing
from lnwallet_tui.chain.filter_headers import Batch, Misfit, first_conflict, misfit
from lnwallet_tui.chain.filter_span import Span
from lnwallet_tui.chain.questions import (
    Failure,
    Fault,
    FilterHeadersCame,
    FiltersCame,
    Kind,
)
from lnwallet_tui.chain.settled_filters import Alone, SettledFilters
from lnwallet_tui.chain.sync_headers import HeaderSync
from lnwallet_tui.chain.sync_peers import Peer, Peers
from lnwallet_tui.chain.trial import Trial
from lnwallet_tui.chain.vouching import SPAN, Vouching
from lnwallet_tui.chain.watch import BLOCKS_KEPT

SPANS_AHEAD: Final = 10
"""Of what is read: what is settled takes memory."""
ALONE_MS: Final = 30_000
"""So long we wait for a second opinion. One peer alone is believed then, and we say so. Nor is a
third one waited for any longer: who comes and goes would hold us up for ever, and whoever comes
later is asked all the same."""
ALONE_WITH_OLD_MS: Final = 600_000
"""So long where it describes blocks that are buried so deep that they will not be read again: a
start reads thousands of them in the time in which another peer introduces itself."""
MOST_DOUBTS: Final = 3
"""Blocks at which a peer may stand against more peers, and nobody can say who is right."""


class FilterHeaderSync:
    """Settles the hash of each block's filter from `first` on. A second opinion is waited for so
    many milliseconds as `alone_ms` says."""

    def __init__(
        self,
        peers: Peers,
        headers: HeaderSync,
        first: int,
        alone_ms: int = ALONE_MS,
        remembered: Sequence[Alone] = (),
    ) -> None:
        self._peers, self._headers, self._alone_ms = peers, headers, alone_ms
        self.settled: Final = SettledFilters(first, remembered)
        self._vouching: Final = Vouching(peers, self.settled)
        self._dissents: Final = Dissents(peers, self.settled, self._vouching)
        self.seen: Mapping[OutPoint, bytes] = {}
        self.rewind_to: int | None = None
        self.scripts: frozenset[bytes] = frozenset()
        self._span: Span | None = None
        self._late: Trial | None = None
        self._alone_since: int | None = peers.now
        self._waited_long = False  # once: who comes and goes would hold us up again and again
        self._next = self.settled.to + 1

    # -- what others ask

    def vouches_to(self, peer: Peer) -> int:
        """Up to where the peer agrees with what was settled; -1: not at all."""
        return self._vouching.to(peer)

    def vouching(self, height: int) -> list[Peer]:
        """Who agrees with it up to there."""
        return self._vouching.of(height)

    def alone(self) -> tuple[Alone, ...]:
        """What was read by the word of one peer alone, as far as it is remembered."""
        return self.settled.between(self._vouching.sure_to + 1, self._next)

    @property
    def trials(self) -> list[Trial]:
        """To which answers and results may belong."""
        of_span = self._span.trial if self._span is not None else None
        return [trial for trial in (of_span, self._late) if trial is not None]

    @property
    def is_asking(self) -> bool:
        """Whether filter headers are what we wait for."""
        return self._span is not None

    @property
    def is_alone(self) -> bool:
        """Whether one peer gave its word and we wait for another."""
        span = self._span
        return span is not None and len(span.answers) == 1 and not span.errand.asked

    # -- what happens

    def missed(self, peer: int, kind: Kind) -> None:
        """It is slow with such a question, or has not what it was asked for."""
        if self._span is not None and kind is Kind.FILTER_HEADERS:
            self._span.errand.missed(peer)
        for trial in self.trials:
            trial.missed(peer, kind)

    def lost(self, peer: int) -> None:
        """It is gone, and its word with it."""
        for kind in Kind:
            self.missed(peer, kind)
        if self._span is not None:
            self._span.answers.pop(peer, None)

    def rearm(self) -> None:
        """We slept."""
        if self._alone_since is not None:
            self._alone_since = self._peers.now
        if self._span is not None:
            self._span.since = self._span.answered = self._peers.now

    def next_deadline(self) -> int | None:
        """When `advance` is to be called again."""
        if self._span is None:
            return None
        dues = self._patience(self._span), self._late_at(self._span)
        return min((due for due in dues if due > self._peers.now), default=None)

    def came(self, peer: Peer, event: FilterHeadersCame) -> None:
        """An answer; of a span that is over it is nothing."""
        question, batch = event.question, event.batch
        stop = question.start + question.count - 1
        if not self._headers.chain.holds(stop, question.stop_hash):
            return
        previous = batch.previous
        before = question.start - 1
        claimed = peer.claimed
        if claimed and claimed[0] == before and self._headers.chain.holds(before, claimed[1]):
            previous = claimed[2]
        wrong = misfit(batch, stop=stop, previous=previous)
        if wrong is not None:
            peer.talk.close(Failure.LACKS if wrong is Misfit.COUNT else Fault.CONTRADICTION)
            return
        peer.claimed = stop, question.stop_hash, batch.headers()[-1]
        if self._span is not None and question == self._span.question:
            self._span.errand.asked.discard(peer.number)
            if not self._span.answers:
                self._span.answered = self._peers.now
            self._span.answers[peer.number] = batch
        elif stop <= self.settled.to:
            self._came_late(peer, batch)

    def filters_came(self, peer: Peer, event: FiltersCame) -> None:
        """Filters came; perhaps those by which is judged."""
        for trial in self.trials:
            trial.took_filters(event.question, event.filters)
        self._dissents.took_filters(peer, event.question, event.filters)

    def done(self, number: int, result: object) -> None:
        """What some work came to that is no trial."""
        self._dissents.done(number, result)

    def advance(self, next_height: int) -> None:
        """Ask what there is to ask; `next_height` is that of the first block not read yet."""
        self._follow_chain(next_height)
        able = len(self._headers.able(min(self.settled.to + 1, self._headers.tree.height)))
        if able > 1:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = self._peers.now
        while self._span is not None or self._begin_span():
            if not self._went_on():
                break
        self._try_late()
        self._dissents.advance(self.scripts)
        self._ask_late()
        self._leave_doubted()

    # -- following the chain

    def _follow_chain(self, next_height: int) -> None:
        chain, span = self._headers.chain, self._span
        self.settled.follow(chain, next_height)
        self._vouching.follow()
        self._dissents.follow()
        if span is not None and not (
            span.at == self.settled.to + 1 and chain.holds(span.stop, span.stop_hash)
        ):
            self._span = None
        self._next = next_height

    def _begin_span(self) -> bool:
        tree = self._headers.tree
        if not self._headers.is_complete or not tree.is_proven or self.settled.to >= tree.height:
            return False
        if self.settled.to >= self._next + SPANS_AHEAD * SPAN:
            return False
        start = self.settled.to + 1
        stop = min(self.settled.to + SPAN, tree.height)
        stop_hash = self._headers.chain.hash_at(stop)
        assert stop_hash is not None
        self._span = Span(start, stop, stop_hash, self._peers.now, start)
        return True

    # -- the span

    def _went_on(self) -> bool:
        """Whether there is something to be done at once again."""
        span = self._span
        assert span is not None
        able = () if self._is_late(span) else self._headers.able(span.stop)
        heard = span.answers.keys() | span.errand.asked | span.aside
        for peer in self._peers.free(Kind.FILTER_HEADERS, able):
            if peer.number not in heard:
                self._peers.ask(span.errand, span.question, peer)
        if not self._is_heard(span):
            return False
        if span.trial is not None and not span.trial.is_moot(self._peers):
            span.trial.advance(self._peers, self._headers.able(span.trial.height), self.seen)
            return False
        span.trial = None
        return self._compare(span)

    def _is_heard(self, span: Span) -> bool:
        if not span.answers:
            return False
        if span.trial is not None:
            return True
        if self._is_late(span):
            return True
        enough = len(span.answers) > 1 or self._peers.now >= self._patience(span)
        return enough and not span.errand.asked

    def _is_late(self, span: Span) -> bool:
        """Whether those who did not answer yet are asked later instead."""
        return bool(span.answers) and self._peers.now >= self._late_at(span)

    def _late_at(self, span: Span) -> int:
        waits = ALONE_MS if len(span.answers) > 1 else max(ALONE_MS, self._alone_with(span))
        return span.answered + waits

    def _patience(self, span: Span) -> int:
        since = span.since if self._alone_since is None else self._alone_since
        return since + self._alone_with(span)

    def _alone_with(self, span: Span) -> int:
        """How long one peer alone is not believed about it."""
        is_first = self._is_old(span) and not self._waited_long
        return ALONE_WITH_OLD_MS if is_first and self._alone_ms else self._alone_ms

    def _is_old(self, span: Span) -> bool:
        return span.start <= self._headers.tree.height - BLOCKS_KEPT

    def _compare(self, span: Span) -> bool:
        self._waited_long |= len(span.answers) == 1 and self._is_old(span)
        done = span.at - span.start
        rest = {
            peer: Batch(span.at, bytes(32), batch.hashes[done:])
            for peer, batch in span.answers.items()
        }
        said = next(iter(rest.values())).hashes
        conflict = first_conflict(rest)
        if conflict is None:
            for filter_hash in said:
                self._settle(span, filter_hash)
            self._span = None
            self._note_agreement(span)
            return True
        for filter_hash in said[: conflict.height - span.at]:
            self._settle(span, filter_hash)
        block_hash = self._headers.chain.hash_at(conflict.height)
        assert block_hash is not None
        span.trial = Trial(conflict, block_hash)
        return True

    def _settle(self, span: Span, filter_hash: bytes) -> None:
        block_hash = self._headers.chain.hash_at(span.at)
        assert block_hash is not None
        assert span.at == self.settled.to + 1
        self.settled.settle(block_hash, filter_hash)
        span.at += 1

    def _note_agreement(self, span: Span) -> None:
        for number, batch in span.answers.items():
            peer = self._peers.get(number)
            if peer is not None and next(self.settled.unlike(batch), None) is None:
                self._vouching.note(peer, batch)

    # -- trials

    def judged(self, trial: Trial, judgement: Judgement[int] | None) -> None:
        """What a trial came to; None: the block was false."""
        if judgement is None:
            trial.refuse_block(self._peers)
            return
        for number in judgement.banned:
            if (peer := self._peers.get(number)) is not None:
                peer.talk.close(Fault.LIE)
        if judgement.banned:  # it may have been a liar against whom they stood
            for one in self._peers:
                one.doubts = 0
        if trial is self._late:
            self._judged_late(trial, judgement)
        elif self._span is not None and trial is self._span.trial:
            self._judged_span(self._span, trial, judgement)

    def _judged_span(self, span: Span, trial: Trial, judgement: Judgement[int]) -> None:
        span.trial = None
        for number in judgement.banned:
            span.answers.pop(number, None)
        if judgement.standing and judgement.disagreeing:
            self._doubt(span, trial, judgement)
        elif judgement.settled is not None:
            self._settle(span, judgement.settled)

    def _doubt(self, span: Span, trial: Trial, judgement: Judgement[int]) -> None:
        self.settled.doubt(trial.height, trial.block_hash, judgement.disagreeing)
        best, *others = sorted(
            judgement.standing, key=lambda one: (-len(one.side.peers), one.doubts)
        )
        self._settle(span, best.side.value)
        for other in others:
            if _weight(other) != _weight(best):
                for peer in self._count_doubts(other):
                    span.answers.pop(peer.number, None)
                    span.aside.add(peer.number)

    def _count_doubts(self, lesser: Standing[int]) -> list[Peer]:
        """Who stood against more peers too often by now."""
        found = map(self._peers.get, lesser.side.peers)
        present = [peer for peer in found if peer is not None]
        for peer in present:
            peer.doubts += 1
        return [peer for peer in present if peer.doubts > MOST_DOUBTS]

    def _leave_doubted(self) -> None:
        """Not before all that it says was heard: it may know of what others hide."""
        for peer in self._peers.ready:
            if peer.doubts > MOST_DOUBTS and self._span is None and self._dissents.is_heard(peer):
                peer.talk.close(Failure.DOUBTED)

    # -- those who come later

    def _ask_late(self) -> None:
        """Who did not vouch for what was settled is asked for it, as far as we remember it."""
        if not self.settled or self._span is not None:
            return
        for peer in self._peers.free(Kind.FILTER_HEADERS, self._headers.able(self.settled.to)):
            if (question := self._dissents.question(peer)) is not None:
                peer.talk.ask(question, self._peers.now)

    def _came_late(self, peer: Peer, batch: Batch) -> None:
        if self.settled.knows(batch.start):  # else it is long ago
            self._dissents.take(peer, batch)

    def _try_late(self) -> None:
        if self._late is not None and self._is_over(self._late):
            self._late = None
        if self._late is None and (conflict := self._dissents.conflict()) is not None:
            self._late = Trial(conflict, self.settled.block_hash(conflict.height))
        if (trial := self._late) is not None:
            trial.advance(self._peers, self._headers.able(trial.height), self.seen)

    def _is_over(self, trial: Trial) -> bool:
        ours, theirs = trial.conflict.sides
        is_left = all(self._peers.get(number) is None for number in theirs.peers)
        return is_left or not self.settled.is_so(trial.height, trial.block_hash, ours.value)

    def _judged_late(self, trial: Trial, judgement: Judgement[int]) -> None:
        """Who came later may be right, and what we read before may lack something."""
        self._late = None
        ours, theirs = trial.conflict.sides
        said = trial.filter_of(theirs)
        standing = {one.side.value: one for one in judgement.standing}
        if theirs.value not in standing or said is None:
            return
        if judgement.disagreeing:
            self.settled.doubt(trial.height, trial.block_hash, judgement.disagreeing)
            if len(ours.peers) > len(theirs.peers):
                self._count_doubts(standing[theirs.value])
        if trial.height >= self._next or said.matches(self.scripts):
            self._reopen(trial.height)
        elif not judgement.disagreeing:
            self.settled.replace(trial.height, theirs.value)

    def _reopen(self, height: int) -> None:
        """All are asked again from there on; what was read is read again."""
        self.settled.reopen(height)
        if height < self._next:
            self.rewind_to = height - 1


def _weight(standing: Standing[int]) -> tuple[int, int]:
    return len(standing.side.peers), standing.doubts
