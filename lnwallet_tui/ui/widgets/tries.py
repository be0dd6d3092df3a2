"""How a payment was tried: a row for each part, and why it came back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from textual import events
from textual.content import Content

from lnwallet_tui.api.views import (
    AttemptEnd,
    AttemptStage,
    AttemptView,
    PaymentStatus,
    PaymentView,
)
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
    AttemptStage.COMMITTED: "with your peer",
    AttemptStage.ANSWERED: "answered, being settled",
}
_BACK: Final = (AttemptEnd.CAME_BACK, AttemptEnd.NEVER_LEFT)
_LABEL, _AMOUNT = 11, 14
_NUMBERS: Final = re.compile(r"[0-9][0-9,.]*[0-9]|[0-9]")


class Tries(Words):
    """Nothing is seen of it where there was no try."""

    def __init__(self, *, id: str) -> None:  # noqa: A002  # Textual's word
        super().__init__(id=id)
        self.display = False
        self._rows: list[tuple[Content, str]] = []

    def tell(
        self,
        tries: tuple[AttemptView, ...],
        who: Callable[[str], str],
        said: str = "",
        whole_msat: int = 0,
        tip: int = 0,
    ) -> None:
        """Show these. `who` names a node, or is empty; what is `said` above is not said again;
        `whole_msat` is what the payee is to get in all; what has expired by the block `tip` is
        nobody's to take any more."""
        self._rows = rows(tries, who, said, whole_msat, tip)
        self.display = bool(tries)
        self._draw()

    def on_resize(self, _: events.Resize) -> None:
        self._draw()

    def _draw(self) -> None:
        width = self.size.width or self.app.size.width - 2 * _LABEL
        self.say(
            Content("\n").join([hanging(head, text, width, MUTED) for head, text in self._rows])
        )


def at_the_end(tries: tuple[AttemptView, ...], payment: PaymentView) -> tuple[AttemptView, ...]:
    """What stands on a receipt: all that has ended, as on the payment's own page, and of one that
    is stuck all that is still held. Nothing where it arrived at once and in one, of which all is
    said already."""
    if payment.status in (PaymentStatus.FAILED, PaymentStatus.STUCK):
        return tries
    found = tuple(one for one in tries if one.end is not AttemptEnd.UNDER_WAY)
    return found if len(found) > 1 else ()


def rows(
    tries: tuple[AttemptView, ...],
    who: Callable[[str], str],
    said: str,
    whole_msat: int = 0,
    tip: int = 0,
) -> list[tuple[Content, str]]:
    """Each with what stands before it; then what is known of those that somebody holds."""
    found = []
    before: dict[str, str] = {}  # what came back why
    for one in tries:
        number = _number(one, tries)
        style = "bold $success" if one.end is AttemptEnd.ARRIVED else "bold"
        head = Content.assemble(
            (f"Try {number}".ljust(_LABEL), MUTED),
            (f"{fmt.exact(one.amount_msat):<{_AMOUNT}}  ", style),
        )
        found.append((head, _went(one, who)))
        if why := _why(one, who, said, before):
            found.append((Content(" " * _LABEL), why))
        if one.failure:
            before.setdefault(_alike(one.failure), number)
    return [*found, *((Content(" " * _LABEL), one) for one in _held(tries, who, whole_msat, tip))]


def _number(one: AttemptView, tries: tuple[AttemptView, ...]) -> str:
    """What it is called; of parts that left together, each."""
    is_alone = sum(other.attempt == one.attempt for other in tries) == 1
    return str(one.attempt) if is_alone else f"{one.attempt}.{one.part}"


def _went(one: AttemptView, who: Callable[[str], str]) -> str:
    state = _STAGES[one.stage] if one.end is AttemptEnd.UNDER_WAY else _ENDS[one.end]
    if _is_held(one):
        state = f"with {_name(one.first_peer, who)}" + (" or behind it" if one.hops > 1 else "")
    over = f"{fmt.count(one.hops, 'hop')} via {_name(one.first_peer, who)}"
    if one.end in _BACK:
        return f"{state}, {over}"  # with its fee
    fee = fmt.exact(one.fee_msat) if one.fee_msat else "none"
    return f"{state}, fee {fee}, {over}"


def _why(one: AttemptView, who: Callable[[str], str], said: str, before: Mapping[str, str]) -> str:
    """Why it came back. The same sentence is not said again, whatever amount is in it."""
    if not one.failure:
        return ""
    where = f"{_name(one.failed_node, who)}, hop {one.failed_hop} of {one.hops}"
    alike = _alike(one.failure)
    if alike in _alike(said):
        return f"Sent back by {where}, as said above." if one.failed_hop else ""
    if alike in before:
        by = f"Sent back by {where}, for" if one.failed_hop else "For"
        return f"{by} the same reason as try {before[alike]}."
    return f"Sent back by {where}: {one.failure}" if one.failed_hop else one.failure


def _alike(sentence: str) -> str:
    return _NUMBERS.sub("0", sentence)


def _is_held(one: AttemptView) -> bool:
    return one.end is AttemptEnd.UNDER_WAY and one.stage is AttemptStage.COMMITTED


def _held(
    tries: tuple[AttemptView, ...], who: Callable[[str], str], whole_msat: int, tip: int
) -> Iterator[str]:
    """Who holds what cannot be taken back, as far as a payer can know it: BOLT 4 tells no hop, nor
    us, who is behind the next one."""
    held = [one for one in tries if _is_held(one) and one.expiry_height > tip]
    for peer in dict.fromkeys(one.first_peer for one in held):
        theirs, name = [one for one in held if one.first_peer == peer], _name(peer, who)
        last = max(theirs, key=lambda one: one.expiry_height)
        expiry = f"{fmt.height(last.expiry_height)}, when try {_number(last, tries)} expires"
        if all(one.hops == 1 for one in theirs):
            yield (
                f"{name}, who is to be paid, has the HTLC and has not answered: nobody knows yet "
                f"whether it is paid. It has time until {expiry}."
            )
        else:
            yield (
                f"Held by {name} or somebody behind it, whom nobody can see from here. {name} has "
                f"until {expiry}, to answer; till then it cannot be taken back."
            )
    gone = {AttemptEnd.UNDER_WAY, AttemptEnd.ARRIVED}
    out_msat = sum(one.amount_msat for one in tries if one.end in gone)
    if held and out_msat < whole_msat:
        yield (
            f"{fmt.msat(out_msat)} of {fmt.msat(whole_msat)} are out. A receiver takes parts only "
            "all together: it may keep these waiting for the rest, then give them back."
        )


def _name(node_id: str, who: Callable[[str], str]) -> str:
    return who(node_id) or node_id[:8]
