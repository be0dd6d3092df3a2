"""A question that a peer has not answered yet."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.chain.questions import Question


@dataclass(slots=True)
class Asked:
    """A question under way; `heard` is when it last came nearer to its answer."""

    question: Question
    since: int
    heard: int
    is_slow: bool = False
