"""A span of blocks about whose filters all peers are asked at once."""

from __future__ import annotations

from dataclasses import dataclass, field

from lnwallet_tui.chain.filter_headers import Batch
from lnwallet_tui.chain.questions import FilterHeaders
from lnwallet_tui.chain.sync_peers import Errand
from lnwallet_tui.chain.trial import Trial


@dataclass(slots=True, eq=False)
class Span:
    """Blocks about whose filters all are asked; up to before `at` they are settled."""

    start: int
    stop: int
    stop_hash: bytes
    since: int
    at: int
    errand: Errand = field(default_factory=Errand)
    answers: dict[int, Batch] = field(default_factory=dict)
    aside: set[int] = field(default_factory=set)  # who is heard by itself, after it
    answered: int = 0  # when the first of them came
    trial: Trial | None = None

    @property
    def question(self) -> FilterHeaders:
        """What all are asked."""
        return FilterHeaders(self.start, self.stop + 1 - self.start, self.stop_hash)
