"""What the guard without a wallet says: what it can do, what it cannot, and what it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from lnwallet_tui.bitcoin.tx import Tx, txid_to_hex
from lnwallet_tui.node.guard.charges import NotCovered
from lnwallet_tui.node.words.guard_words import Line, closed
from lnwallet_tui.onchain.classify import OursUnexpected, Revoked, TheirsUnexpected, Unknown
from lnwallet_tui.onchain.deadlines import Deadline
from lnwallet_tui.onchain.duty import Duty
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.sweep_tx import Sweep

ALONE: Final = "Only the guard runs: the wallet is closed."
BESIDE_A_NODE: Final = (
    "The guard watches beside a node that waits until the wallet is opened, and hands over to it "
    "then."
)
CAN: Final = (
    "It reads every block and takes whatever an old state of a peer's would give it, its second "
    "stage included, and payments to you in channels that are closed, before their deadlines."
)
CANNOT: Final = (
    "It cannot pay, be paid, talk to peers, close a channel, or spend a coin: it has no key for "
    "that. So a payment that is under way in an open channel, and one in a channel with anchors "
    "that this wallet closed itself, wait until the wallet is opened."
)
BY_HAND: Final = (
    "Its passphrase was typed: after a restart of the machine it watches only once somebody has "
    "typed it again."
)
BY_FILE: Final = (
    "Its passphrase came from a file or a credential of this machine. Whoever reads that and the "
    "wallet's folder can take no coin and close no channel; in a channel that is closed he could "
    "race you for what is yours."
)
_WAITS: Final = "nobody else can take: it waits until the wallet is opened."
_OF_THE_CHEAT: Final = (
    Part.THEIR_BALANCE,
    Part.HTLC_OFFERED,
    Part.HTLC_RECEIVED,
    Part.THEIR_SECOND_STAGE,
)
OPEN_IT: Final = "Open the wallet: lnwallet-tui, or lnwallet-tui node."


def watched(channels: int, closes: int, states: int = 0) -> str:
    """`1 channel and 2 closes`, as the page of the guard counts them; with the revoked `states` of
    the open ones, where there are any."""
    of_states = f" with {count(states, 'revoked state')}" if states else ""
    told = (
        *([f"{count(channels, 'channel')}{of_states}"] if channels else []),
        *([count(closes, "close")] if closes else []),
    )
    return " and ".join(told) or "no channel"


def count(number: int, what: str) -> str:
    """`1 channel`, `2 channels`."""
    return f"{number:,} {what}{'s' * (number != 1)}"


def of_close(resolution: Resolution, duty: Duty, peer: str) -> Iterator[Line]:
    """What is to be said of a close."""
    if isinstance(resolution.close, OursUnexpected | TheirsUnexpected | Unknown):
        yield Line(
            f"The channel with {peer} was closed in block {resolution.closing.height:,} by "
            f"something that only the wallet can read. {OPEN_IT}",
            txid_to_hex(resolution.closing.tx.txid),
        )
    else:
        yield closed(resolution, peer)
    if isinstance(resolution.close, Revoked):
        yield _of_cheat(resolution, peer)
    for stage in duty.unpaid:
        if stage.deadline is not None:
            yield Line(
                f"{stage.value.value:,} sat of a payment in the closed channel with {peer} need a "
                f"coin of the wallet before block {stage.deadline:,}. {OPEN_IT}",
                about=f"output {stage.outpoint.vout}",
            )


def _of_cheat(resolution: Resolution, peer: str) -> Line:
    """As the published transaction alone has it: what is said once does not change later."""
    closing = resolution.closing.tx.txid
    on_it = [one for one in resolution.outputs if one.outpoint.txid == closing]
    ours = _sum(one for one in on_it if one.part is Part.OUR_BALANCE)
    theirs = _sum(one for one in on_it if one.part in _OF_THE_CHEAT and one.fate is not Fate.LEFT)
    waits = f" {ours:,} sat are your own balance in it, which {_WAITS}" if ours else ""
    text = f"Of the old state of {peer} the guard takes {theirs:,} sat, less the fee.{waits}"
    return Line(text, txid_to_hex(closing))


def punished(resolution: Resolution, peer: str) -> str:
    """How a cheat's close stands by now; empty of any other."""
    if not isinstance(resolution.close, Revoked):
        return ""
    theirs = [one for one in resolution.outputs if one.part in _OF_THE_CHEAT]
    told = (
        (_sum(one for one in theirs if one.fate is Fate.TAKEN), "the guard has taken"),
        (_sum(one for one in theirs if one.is_open), "the guard is taking"),
        (_sum(one for one in theirs if one.fate is Fate.LOST), "somebody else has taken"),
    )
    parts = [f"{words} {amount:,} sat" for amount, words in told if amount]
    did = f" Of that state {', '.join(parts)}, less the fee." if parts else ""
    ours = _sum(one for one in resolution.outputs if one.is_open and one not in theirs)
    waits = f" {ours:,} sat are your own balance in it, which {_WAITS}" if ours else ""
    return (
        f"{peer} CHEATED with its old state {resolution.close.number:,}, in block"
        f" {resolution.closing.height:,}: everything in the channel is yours now.{did}{waits}"
    )


def _sum(outputs: Iterable[OutputReport]) -> int:
    return sum(one.value.value for one in outputs)


def of_sweep(sweep: Sweep, signed: Tx, peer: str) -> Line:
    """One that is offered."""
    value = sum(claim.value.value for claim in sweep.claims)
    return Line(
        f"The guard takes {value:,} sat of the closed channel with {peer}, for a fee of "
        f"{sweep.fee.value:,} sat.",
        txid_to_hex(signed.txid),
    )


def of_stage(signed: Tx, peer: str) -> Line:
    """An HTLC transaction of ours."""
    text = f"The guard brings a payment in the closed channel with {peer} one step home."
    return Line(text, txid_to_hex(signed.txid))


def of_deadline(by: Deadline, peer: str) -> Line:
    """A payment in an open channel, which only the wallet can settle."""
    return Line(
        f"A payment of {by.htlc.amount.value // 1000:,} sat in the open channel with {peer} has to "
        f"be settled or taken to chain by block {by.height:,}, and the guard cannot do that. "
        f"{OPEN_IT}",
        about=f"{by.outgoing} {by.htlc.htlc_id}",
    )


def not_covered(lacking: NotCovered) -> str:
    """A channel that it can do nothing for."""
    peer = lacking.name
    if lacking.bug:
        return (
            f"The guard cannot punish anything in the channel with {peer}: something went wrong "
            f"({lacking.bug}), a mistake in this program. Only the wallet watches it. {OPEN_IT}"
        )
    if lacking.is_damaged:
        return (
            f"What the wallet's file holds of the channel with {peer} is damaged, and the guard "
            f"can do nothing there. {OPEN_IT}"
        )
    if lacking.keys_unread:
        return (
            f"The guard cannot read its keys for the channel with {peer}, and cannot punish "
            f"anything there. {lacking.keys_unread} Open the wallet once: it writes them anew."
        )
    return (
        f"The guard has no keys for the channel with {peer}, and cannot punish anything there. "
        "Open the wallet once: it makes them."
    )
