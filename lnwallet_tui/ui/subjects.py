"""What is under the cursor: what it is, who must act, what happens when, what one can do, and where
the specification says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lnwallet_tui.api.guard import WatchKind, WatchView
from lnwallet_tui.api.holdings import HoldingKind as K
from lnwallet_tui.api.holdings import HoldingView
from lnwallet_tui.api.views import (
    ChannelState,
    ChannelView,
    GuardEntry,
    HtlcView,
    PaymentStatus,
    PaymentView,
)
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import holding_words, payment_words
from lnwallet_tui.ui.restored import is_unknown

NOBODY: Final = "Nobody: there is nothing to do."
BY_ITSELF: Final = "The wallet, by itself, while it is running."


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing, in answers. Every field is a whole sentence of ours, or empty."""

    title: str
    what: str
    who: str
    when: str
    can: str
    where: str

    def answers(self) -> tuple[tuple[str, str], ...]:
        """Each with its question, those that there are."""
        pairs = (
            ("What it is", self.what),
            ("Who must act", self.who),
            ("When", self.when),
            ("You can", self.can),
            ("Read more", self.where),
        )
        return tuple((question, words) for question, words in pairs if words)


# -- channels
_ACTS: Final = {
    ChannelState.OPENING: "The miners, then both wallets by themselves.",
    ChannelState.READY: NOBODY,
    ChannelState.OFFLINE: "The peer must come back.",
    ChannelState.SHUTTING_DOWN: "Both wallets, by themselves, as soon as both are connected.",
    ChannelState.CLOSING: "The miners, then the wallet by itself while it is running.",
    ChannelState.CLOSED: NOBODY,
    ChannelState.FROZEN: "You: please report it, and close it alone.",
}
_RESTORED_ACTS: Final = "The peer: it is dialled, and asked to close it."
_RESTORED_CAN: Final = "Connect to the peer at its new address, if it has moved."
_CAN: Final = {
    ChannelState.OPENING: (
        "Wait, or close it ({channels.close_channel}): alone, before it was used."
    ),
    ChannelState.READY: "Pay, be paid, and close it at any time ({channels.close_channel}).",
    ChannelState.OFFLINE: (
        "Wait, or close it alone ({channels.close_channel}): that shows its cost and date first."
    ),
    ChannelState.SHUTTING_DOWN: (
        "Wait; if the peer stays away, close it alone ({channels.close_channel})."
    ),
    ChannelState.CLOSING: "Look at Guard ({everywhere.guard}), where each step is written down.",
    ChannelState.CLOSED: (
        "Read on its page how it ended, and under {everywhere.satoshis} what it cost."
    ),
    ChannelState.FROZEN: "Close it alone ({channels.close_channel}). Deadlines are kept meanwhile.",
}
_BOLTS: Final = {
    ChannelState.OPENING: "BOLT 2, Channel Establishment v1.",
    ChannelState.READY: "BOLT 2, Normal Operation.",
    ChannelState.OFFLINE: "BOLT 2, Message Retransmission.",
    ChannelState.SHUTTING_DOWN: "BOLT 2, Channel Close.",
    ChannelState.FROZEN: "BOLT 5, Failing a Channel.",
}
_CLOSES: Final = {
    "cooperative": "BOLT 5, Mutual Close Handling.",
    "ours": "BOLT 5, Unilateral Close Handling: Local Commitment Transaction.",
    "theirs": "BOLT 5, Unilateral Close Handling: Remote Commitment Transaction.",
    "breach by them": "BOLT 5, Revoked Transaction Close Handling.",
}


def of_channel(channel: ChannelView, tip: int, now: int, name: str) -> tuple[Subject, ...]:
    """The channel, then every payment in it."""
    state = channel.state
    unknown = is_unknown(channel)
    where = _BOLTS.get(state) or _CLOSES.get(channel.closing_kind, "BOLT 5, Failing a Channel.")
    one = Subject(
        title=f"The channel with {name}: {state.value}",
        what=channel.explanation,
        who=_RESTORED_ACTS if unknown else _ACTS[state],
        when=_when_of_channel(channel, tip, now),
        can=_RESTORED_CAN if unknown else _CAN[state],
        where=where,
    )
    return (one, *(of_htlc(htlc, tip, now) for htlc in channel.htlcs))


def _when_of_channel(channel: ChannelView, tip: int, now: int) -> str:
    if is_unknown(channel):
        return "No date is known: as soon as the peer closes it."
    left = channel.confirmations_needed - channel.confirmations
    if channel.state is ChannelState.OPENING and left > 0:
        return f"At {fmt.expected(tip + left, tip, now)}, if the next block has it."
    if channel.available_height > tip:
        return f"Your money is free at {fmt.expected(channel.available_height, tip, now)}."
    if channel.htlcs:
        first = min(htlc.expiry_height for htlc in channel.htlcs)
        return f"The first payment in it ends by {fmt.expected(first, tip, now)}."
    if channel.state in (ChannelState.READY, ChannelState.OFFLINE, ChannelState.FROZEN):
        free = tip + 1 + channel.our_delay_blocks
        return (
            "No date presses. Closed alone now, your money in it would be free at "
            f"{fmt.expected(free, tip, now)}."
        )
    return ""


def of_htlc(htlc: HtlcView, tip: int, now: int) -> Subject:
    """A payment inside a channel."""
    amount, until = fmt.exact(htlc.amount_msat), fmt.expected(htlc.expiry_height, tip, now)
    if htlc.outgoing:
        return Subject(
            title=f"A payment of {amount} going out: {htlc.state}",
            what=(
                f"{amount} are promised to the peer if it shows the payment's secret (preimage). "
                "Until then they are neither yours to spend nor its own."
            ),
            who="The peer, or whoever is behind it: it answers, or it lets the time pass.",
            when=(
                f"It expires at {until}. After that the peer gives it back, or else, within about "
                "a day, the wallet takes it back on chain."
            ),
            can="Wait. It cannot be taken back; do not pay the same thing a second time.",
            where="BOLT 2, Adding an HTLC: update_add_htlc.",
        )
    return Subject(
        title=f"A payment of {amount} coming in: {htlc.state}",
        what=f"{amount} are yours if your wallet shows the payment's secret (preimage) in time.",
        who=BY_ITSELF,
        when=f"At {until} the peer may take it back; before that the channel is closed if need be.",
        can="Keep this program running until it is settled.",
        where="BOLT 2, cltv_expiry_delta Selection.",
    )


# -- payments
OFFLINE: Final = "the receiver may be offline"
"""As the node says it where nothing more is known."""

_PAYS: Final = {
    PaymentStatus.WAITING: ("The payer.", "Show the invoice again, or let it expire."),
    PaymentStatus.IN_FLIGHT: ("Whoever is on the way, by themselves.", "Wait."),
    PaymentStatus.PAID: (NOBODY, "Copy the proof ({payment.copy}) on its page."),
    PaymentStatus.FAILED: (
        "Whoever that sentence names; then you: nothing is tried again by itself.",
        "Try it again ({payment.try_again}) on its page: nobody was paid, and what it costs is "
        "shown before you pay.",
    ),
    PaymentStatus.EXPIRED: (NOBODY, "Make a new invoice ({everywhere.receive})."),
    PaymentStatus.STUCK: ("The chain decides.", "Wait. Do not pay it again."),
}


def of_payment(payment: PaymentView, ends_by: int, tip: int, now: int) -> Subject:
    """A payment of either direction; `ends_by` is the block at which its last HTLC ends."""
    who, can = _PAYS[payment.status]
    if payment.status is PaymentStatus.FAILED and not payment.outgoing:
        who, can = NOBODY, "Make a new invoice ({everywhere.receive})."
    elif payment.may_be_paid:
        who, can = "You.", "Ask the receiver whether it came, before you pay again."
    elif payment.status is PaymentStatus.FAILED and payment_words.has_expired(payment, now):
        who, can = "The receiver: the invoice has expired.", payment_words.NEW_INVOICE
    elif payment.status is PaymentStatus.FAILED and payment_words.NEW_INVOICE in payment.reason:
        who, can = "The receiver: another invoice is needed.", payment_words.NEW_INVOICE
    elif payment.status is PaymentStatus.FAILED and OFFLINE in payment.reason:
        who = "The receiver, if it is offline; then you: nothing is tried again by itself."
    when = ""
    if ends_by and payment_words.is_open(payment):
        until = f"expires at {fmt.expected(ends_by, tip, now)}; then it"
        if ends_by <= tip:
            until = f"expired at {fmt.height(ends_by)}; it"
        when = f"It {until} comes back, or is taken to chain."
    elif payment.status is PaymentStatus.WAITING:
        when = f"It expires {fmt.clock(payment.expires, now)} ({fmt.left(payment.expires, now)})."
    elif payment.settled:
        when = f"It was settled {fmt.clock(payment.settled, now)}."
    where = "BOLT 4, Returning Errors." if payment.status is PaymentStatus.FAILED else ""
    return Subject(
        title=payment_words.title(payment),
        what=payment_words.sentence(payment, now),
        who=who,
        when=when,
        can=can,
        where=where or "BOLT 11, Payer / Payee Interactions.",
    )


# -- where the money is
_RULES: Final = {
    K.CHANNEL_RESERVE: "BOLT 2, The open_channel Message: channel_reserve_satoshis.",
    K.COMMITMENT_FEE: "BOLT 3, Fee Payment.",
    K.ANCHORS: "BOLT 3, to_local_anchor and to_remote_anchor Output.",
    K.FEE_BUFFER: "BOLT 2, Adding an HTLC: the fee spike buffer.",
    K.HTLC: "BOLT 2, Adding an HTLC: update_add_htlc.",
    K.FUNDING: "BOLT 3, Funding Transaction Output.",
    K.DELAYED: "BOLT 3, to_local Output.",
    K.HTLC_ON_CHAIN: "BOLT 5, HTLC Output Handling.",
    K.SWEEP: "BOLT 5, Generation of HTLC Transactions.",
    K.CLOSE_FEE: "BOLT 3, Fee Payment.",
    K.FEE_BY_COINS: "BOLT 5, Generation of HTLC Transactions.",
    K.DUST: "BOLT 3, Dust Limits.",
    K.TRIMMED: "BOLT 3, Trimmed Outputs.",
    K.ANCHORS_LEFT: "BOLT 3, to_local_anchor and to_remote_anchor Output.",
    K.CAN_SEND: "BOLT 2, Normal Operation.",
    K.CLOSE_UNCONFIRMED: "BOLT 5, Mutual Close Handling.",
    K.CLOSE_AGREED: "BOLT 5, Mutual Close Handling.",
    K.COIN: "No BOLT: a coin of the chain itself (BIP 141).",
    K.COIN_UNCONFIRMED: "No BOLT: a coin of the chain itself (BIP 141).",
    K.COIN_IMMATURE: "No BOLT: BIP 34 and the chain's rule of 100 blocks.",
    K.COIN_FROZEN: "No BOLT: a coin of the chain itself (BIP 141).",
    K.COIN_KEPT: "BOLT 5, Generation of HTLC Transactions: coins for their fees.",
    K.COIN_FOR_FUNDING: "BOLT 3, Funding Transaction Output.",
}
_WAITING: Final = (K.DELAYED, K.HTLC_ON_CHAIN, K.SWEEP, K.CLOSE_UNCONFIRMED, K.CLOSE_AGREED)
_MINED: Final = (K.COIN_UNCONFIRMED, K.FUNDING, K.COIN_IMMATURE)


def of_holding(view: HoldingView, now: int, who: holding_words.Who) -> Subject:
    """A row of the tree of all that is yours; its own sentence says most of it."""
    acts = NOBODY
    if view.kind in _WAITING:
        acts = "The miners, and the wallet by itself while it is running."
    elif view.kind in _MINED:
        acts = "The miners."
    elif view.kind is K.HTLC:
        acts = "The peer, or whoever is behind it."
    until = fmt.block_at(view.until_height, view.until_time, now) if view.until_height else ""
    return Subject(
        title=f"{holding_words.title(view, who).strip()}: {fmt.exact(view.amount_msat)}",
        what=view.explanation,
        who=acts,
        when=f"At {until}." if until else "",
        can="Copy its id ({satoshis.copy}) to look it up elsewhere."
        if holding_words.identifier(view)
        else "",
        where=_RULES.get(view.kind, ""),
    )


ENDINGS: Final = (
    "was closed in agreement, in block",
    "are back in the wallet",
    "were taken from",
    "were taken by somebody else",
    "the miners have it",
    "are left unless they had to pay for it",
    "cost more to take than they are worth",
    "All is taken that",
    "is final: no reorganisation can undo it",
)
"""Of the sentences that the guard writes down: those after which nothing is to be done."""


def of_entry(entry: GuardEntry, sentence: str, now: int) -> Subject:
    """A line of the guard's log, with the names in its `sentence`."""
    told_of_cheats = ("CHEATED", "cheated", "Justice", "The old state of")
    cheated = any(words in entry.text for words in told_of_cheats)
    where = "Revoked Transaction Close Handling" if cheated else "General Requirements"
    is_over = any(words in entry.text for words in ENDINGS)
    return Subject(
        title=f"What the guard saw at {fmt.height(entry.height)}",
        what=sentence,
        who=NOBODY if is_over else BY_ITSELF,
        when=f"It was {fmt.clock(entry.time, now)}, {fmt.ago(entry.time, now)}.",
        can="Copy the transaction's id ({guard.copy}) to look it up elsewhere."
        if entry.txid
        else "",
        where=f"BOLT 5, {where}.",
    )


_WATCHED: Final = {
    WatchKind.FUNDING: "BOLT 5, Commitment Transaction.",
    WatchKind.CLOSE: "BOLT 5, General Requirements.",
    WatchKind.BALANCE: "BOLT 5, General Requirements.",
    WatchKind.HTLC: "BOLT 5, HTLC Output Handling.",
    WatchKind.SECOND_STAGE: "BOLT 3, HTLC-Timeout and HTLC-Success Transactions.",
}


def of_watched(view: WatchView, sentence: str, name: str, tip: int, now: int) -> Subject:
    """An output that the guard looks after, with the names in its `sentence`."""
    by = fmt.expected(view.by_height, tip, now) if view.by_height else ""
    return Subject(
        title=f"Watched, of the channel with {name}: {fmt.sat(view.amount_sat)}",
        what=sentence,
        who=BY_ITSELF if view.is_open else NOBODY,
        when=f"At {by} somebody else could take it for good." if by else "",
        can="Go to its channel (enter).",
        where=_WATCHED[view.kind],
    )
