"""How a payment was tried: a row for each part, and why it came back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from textual import events
from textual.content import Content

from lnwallet_tui.api.views import AttemptEnd, AttemptStage, AttemptView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED, Words, hanging

_ENDS: Final = {
    AttemptEnd.UNDER_WAY: "under way",
    AttemptEnd.ARRIVED: "arrived",
    AttemptEnd.CAME_BACK: "came back",
    AttemptEnd.NEVER_LEFT: "never left",
}
_STAGES: Final = {
    AttemptStage.NONE: "under way",
    AttemptStage.OFFERED: "offered to your peer",
    AttemptStage.COMMITTED: "with your peer, cannot be taken back",
    AttemptStage.ANSWERED: "answered, being settled",
}
_LABEL, _AMOUNT = 11, 14


class Tries(Words):
    """Nothing is seen of it where there was no try."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.display = False
        self._rows: list[tuple[Content, str]] = []

    def tell(
        self, tries: tuple[AttemptView, ...], who: Callable[[str], str], said: str = ""
    ) -> None:
        """Show these. `who` names a node, or is empty; what is `said` above is not said again."""
        self._rows = rows(tries, who, said)
        self.display = bool(tries)
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.size.width or self.app.size.width - 2 * _LABEL
        self.say(
            Content("\n").join([hanging(head, text, width, MUTED) for head, text in self._rows])
        )


def rows(
    tries: tuple[AttemptView, ...], who: Callable[[str], str], said: str
) -> list[tuple[Content, str]]:
    """Each with what stands before it."""
    parts = {one.attempt: 0 for one in tries}
    for one in tries:
        parts[one.attempt] += 1
    found = []
    for one in tries:
        part = f".{one.part}" if parts[one.attempt] > 1 else ""
        style = "bold $success" if one.end is AttemptEnd.ARRIVED else "bold"
        head = Content.assemble(
            (f"Try {one.attempt}{part}".ljust(_LABEL), MUTED),
            (f"{fmt.exact(one.amount_msat):<{_AMOUNT}}  ", style),
        )
        found.append((head, _went(one, who)))
        if why := _why(one, who, said):
            found.append((Content(" " * _LABEL), why))
    return found


def _went(one: AttemptView, who: Callable[[str], str]) -> str:
    state = _STAGES[one.stage] if one.end is AttemptEnd.UNDER_WAY else _ENDS[one.end]
    fee = fmt.exact(one.fee_msat) if one.fee_msat else "none"
    over = f"{fmt.count(one.hops, 'hop')} via {_name(one.first_peer, who)}"
    return f"{state}, fee {fee}, {over}"


def _why(one: AttemptView, who: Callable[[str], str], said: str) -> str:
    where = ""
    if one.failed_hop:
        where = f"At hop {one.failed_hop} of {one.hops}, {_name(one.failed_node, who)}: "
    if one.failure and one.failure in said:
        return f"{where}why stands above." if where else ""
    return f"{where}{one.failure}" if one.failure else ""


def _name(node_id: str, who: Callable[[str], str]) -> str:
    return who(node_id) or node_id[:8]
