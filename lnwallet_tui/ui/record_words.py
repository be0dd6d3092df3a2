"""How a channel came to its end in words: who began it, why, and what was known then."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.closes import CloseBegan, CloseStepView
from lnwallet_tui.api.views import ChannelView
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import Fact

_SAID_LIMIT: Final = 120  # cells
_BEGAN: Final = {
    CloseBegan.WE_TOGETHER: "You asked to close in agreement.",
    CloseBegan.THEY_TOGETHER: "The peer asked to close in agreement.",
    CloseBegan.COMMAND: "You had it closed alone.",
    CloseBegan.DEADLINE: "The wallet closed it alone, for a payment's deadline.",
    CloseBegan.PEER_ERROR: "The peer gave it up with an error; the wallet closed it.",
    CloseBegan.PEER_FAULT: "The peer broke the protocol; the wallet closed it.",
    CloseBegan.NO_CLOSING_FEE: "No fee was agreed on for a day; the wallet closed it alone.",
    CloseBegan.THEY_ALONE: "The peer closed it alone.",
}
_TOGETHER: Final = (CloseBegan.WE_TOGETHER, CloseBegan.THEY_TOGETHER)
_FOUND: Final = {
    "breach by them": "The peer published an old state: it cheated.",
    "ours": "A commitment of this wallet that is not its newest: another copy of it is at work.",
    "unknown": "Something published a transaction that this wallet does not know.",
}
_HAS_LOST_IT: Final = (
    "The peer said that it lost this channel and asked for its close; the wallet closed it."
)
_ORDERED_TOO: Final = "You ordered it to be closed alone, too."
_KNOWN_OF_RESTORED: Final = (Fact("Then yours", "unknown", "it came back from the channel backup"),)


def sentence(step: CloseStepView, channel: ChannelView) -> str:
    """Who did it and why, with what the guard has found out since."""
    if step.began is CloseBegan.THEY_ALONE:
        return _FOUND.get(channel.closing_kind, _BEGAN[step.began])
    if step.began is CloseBegan.COMMAND and _came_late(step, channel):
        return _ORDERED_TOO
    return _HAS_LOST_IT if _was_asked(step) else _BEGAN[step.began]


def _came_late(step: CloseStepView, channel: ChannelView) -> bool:
    """After the wallet had closed by itself."""
    before = channel.closes[: channel.closes.index(step)] if step in channel.closes else ()
    together = (CloseBegan.WE_TOGETHER, CloseBegan.THEY_TOGETHER)
    return any(one.began not in together for one in before)


def _was_asked(step: CloseStepView) -> bool:
    """By a peer that says so instead of an error: the only one who is answered with a fault."""
    return step.began is CloseBegan.PEER_ERROR and bool(step.fault)


def facts(channel: ChannelView, now: int) -> list[Fact | None]:
    """Every step with what was known when it was taken."""
    rows: list[Fact | None] = []
    for number, step in enumerate(channel.closes, 1):
        at = f"{fmt.height(step.height)} ({fmt.clock(step.time, now)})"
        label = "End began" if len(channel.closes) == 1 else f"End, step {number}"
        rows += [
            None,
            Fact(label, at),
            Fact("Why", sentence(step, channel)),
            *_why(step),
            *(_KNOWN_OF_RESTORED if channel.restored else _known(step)),
        ]
    return rows


def _why(step: CloseStepView) -> list[Fact]:
    rows: list[Fact] = []
    if step.fault:
        rows.append(Fact("It was told" if _was_asked(step) else "Its fault", step.fault))
    if step.said:
        rows.append(Fact("It said", step.said.quoted(_SAID_LIMIT)))
    if step.deadline_htlc_id >= 0:
        way = "going out" if step.deadline_outgoing else "coming in"
        expiry = fmt.height(step.deadline_expiry)
        remark = f"payment {step.deadline_htlc_id} {way}, expires at {expiry}"
        rows.append(Fact("For", fmt.exact(step.deadline_amount_msat), remark))
    return rows


def _known(step: CloseStepView) -> list[Fact]:
    """What the wallet knew at that moment: none of it need be so now."""
    under_way = "nothing then"
    if step.htlcs:
        out, into = fmt.msat(step.outgoing_msat), fmt.msat(step.incoming_msat)
        under_way = f"{step.htlcs} then: {out} out, {into} in"
    revoked = f"{step.revoked_number:,}" if step.revoked_number >= 0 else "none"
    there = "connected then" if step.peer_online else "not connected then"
    return [
        Fact("Then yours", fmt.msat(step.ours_msat), f"theirs {fmt.msat(step.theirs_msat)}"),
        Fact("Under way", under_way),
        Fact("The peer", there),
        _feerate(step),
        Fact("States", f"ours {step.our_number:,}", f"last that they revoked: {revoked}"),
    ]


def _feerate(step: CloseStepView) -> Fact:
    """Of the commitment; a close in agreement publishes none, and pays what was agreed on."""
    rate, chain = fmt.feerate(step.commitment_feerate_per_kw), fmt.feerate(step.soon_feerate_per_kw)
    if step.began in _TOGETHER:
        return Fact("Fee if alone", rate, f"the chain asked {chain}")
    return Fact("Fee rate", rate, f"the chain asked {chain}")
