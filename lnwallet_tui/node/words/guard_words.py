"""The lines of the guard's log: what happened to a close, each said once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.bitcoin.tx import txid_to_hex
from lnwallet_tui.channel.transactions import HtlcSpec
from lnwallet_tui.node.words.justice_words import account
from lnwallet_tui.onchain.classify import (
    CloseKind,
    Cooperative,
    Ours,
    OursUnexpected,
    Revoked,
    Theirs,
    TheirsUnexpected,
    Unknown,
)
from lnwallet_tui.onchain.home import stages_home
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.onchain.spoils import Spoils, at_first


def kind_word(close: CloseKind) -> str:
    """The word that views use for how a channel was closed."""
    match close:
        case Cooperative():
            return "cooperative"
        case Ours() | OursUnexpected():
            return "ours"
        case Theirs() | TheirsUnexpected():
            return "theirs"
        case Revoked():
            return "breach by them"
        case Unknown():
            return "unknown"
        case _:
            assert_never(close)


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence of the log and the transaction that it is about (hex, as explorers show it).

    `about` tells it from one in the same words: two payments can have the same amount.
    """

    text: str
    txid: str = ""
    about: str = ""

    @property
    def key(self) -> str:
        """By which it is known that it was said."""
        return f"{self.text} [{self.about}]" if self.about else self.text


def lines(
    resolution: Resolution,
    peer: str,
    height: int,
    cheat: Spoils | None,
    *,
    delay: int,
    restored: bool = False,
) -> tuple[Line, ...]:
    """What is to be said of a close by now, oldest first; `cheat` says what becomes of the money
    of one who published a revoked state, `delay` how long our own waits on our commitment,
    `restored` that the channel came back from a backup."""
    return tuple(_lines(resolution, peer, height, cheat, delay, restored))


def _lines(
    resolution: Resolution,
    peer: str,
    height: int,
    cheat: Spoils | None,
    delay: int,
    restored: bool,
) -> Iterator[Line]:
    txid = txid_to_hex(resolution.closing.tx.txid)
    yield closed(resolution, peer, restored=restored)
    if cheat is not None:
        yield Line(f"The old state of {peer}. {account(at_first(cheat.whole, resolution))}", txid)
    for htlc in resolution.trimmed:
        yield Line(_trimmed(htlc, peer), txid, f"{htlc.offered} {htlc.htlc_id}")
    yield from _anchors(resolution, peer, txid)
    # As of the close's block: what is said once does not change with later ones.
    homes = stages_home(resolution, delay, resolution.closing.height)
    for output in resolution.outputs:
        home = homes.get(output.outpoint)
        if output.fate is Fate.WAITING and home is not None:
            yield _in_two_stages(output, home, peer)
        else:
            yield from _output(output, resolution.close, peer)
    if cheat is not None and resolution.final_at is not None:
        yield Line(f"All is taken that {peer} cheated with. {account(cheat)}", txid)
    if resolution.is_final(height):
        text = f"The close of the channel with {peer} is final: no reorganisation can undo it."
        yield Line(text, txid)


def closed(resolution: Resolution, peer: str, *, restored: bool = False) -> Line:
    """By whom, and in which block."""
    text = _closed(resolution, peer, restored=restored)
    return Line(text, txid_to_hex(resolution.closing.tx.txid))


def _closed(resolution: Resolution, peer: str, *, restored: bool) -> str:
    at = resolution.closing.height
    match resolution.close:
        case Cooperative():
            return f"The channel with {peer} was closed in agreement, in block {at:,}."
        case Ours():
            return f"Our own close of the channel with {peer} is in block {at:,}."
        case OursUnexpected(number) if restored:
            return (
                f"State {number:,} of our own closed the channel with {peer} in block {at:,}: this "
                "wallet published it before it was restored, or a copy of it did. If it is an old "
                "one, the peer may take what is in the channel."
            )
        case OursUnexpected():
            return (
                f"An old state of our own closed the channel with {peer} in block {at:,}: a copy "
                "of this wallet is at work. The peer may take what is in the channel."
            )
        case Theirs():
            return f"{peer} closed its channel with us alone, in block {at:,}."
        case TheirsUnexpected() if restored:
            return (
                f"{peer} closed its channel with us alone, in block {at:,}. The channel came back "
                "from the channel backup: your balance in it comes home; payments that were under "
                "way then may be lost."
            )
        case TheirsUnexpected():
            return (
                f"{peer} closed its channel with us in block {at:,}, with a state that this wallet "
                "does not know: this wallet has lost data. Your balance comes home; payments that "
                "were under way may be lost."
            )
        case Revoked(number):
            return (
                f"{peer} CHEATED: it published its old state {number:,} in block {at:,}. "
                "Everything in the channel is yours now."
            )
        case Unknown():
            return (
                f"Something unknown closed the channel with {peer} in block {at:,}. Money of yours "
                "may be lost. Please report this."
            )
        case _:
            assert_never(resolution.close)


def _trimmed(htlc: HtlcSpec, peer: str) -> str:
    return (
        f"A payment of {htlc.amount.value // 1000:,} sat in the channel with {peer} was too small "
        "for an output of its own: the miners have it, as part of the fee."
    )


def _anchors(resolution: Resolution, peer: str, txid: str) -> Iterator[Line]:
    left = [
        output
        for output in resolution.outputs
        if output.part in (Part.OUR_ANCHOR, Part.THEIR_ANCHOR) and output.fate is not Fate.TAKEN
    ]
    if left:
        text = (
            f"The anchors of the close of the channel with {peer}, {left[0].value.value:,} sat "
            "each, are left unless they had to pay for it: to take one costs more than it holds."
        )
        yield Line(text, txid)


def _output(output: OutputReport, close: CloseKind, peer: str) -> Iterator[Line]:
    value = f"{output.value.value:,} sat"
    spent = "" if output.spent is None else txid_to_hex(output.spent.tx.txid)
    about = f"{txid_to_hex(output.outpoint.txid)}:{output.outpoint.vout}"
    match output.fate:
        case Fate.TAKEN if isinstance(close, Revoked):
            yield Line(f"Justice: {value} were taken from {peer}'s old state.", spent, about)
        case Fate.TAKEN:
            yield Line(_home(output, peer), spent, about)
        case Fate.MOVED if isinstance(close, Revoked):
            text = (
                f"{peer} has moved {value} of its old state to a second stage; "
                "the guard takes them there."
            )
            yield Line(text, spent, about)
        case Fate.MOVED:
            text = (
                f"A payment of {value} in the channel with {peer} is decided for us, "
                "and on its way home."
            )
            yield Line(text, spent, about)
        case Fate.LOST:
            text = f"{value} of the channel with {peer} were taken by somebody else."
            yield Line(text, spent, about)
        case Fate.WAITING:
            text = f"{value} of the channel with {peer} wait until block {output.earliest:,}."
            yield Line(text, "", about)
        case Fate.LEFT if output.part is not Part.OUR_ANCHOR:
            text = f"{value} of the channel with {peer} cost more to take than they are worth."
            yield Line(text, "", about)
        case _:
            return


def _in_two_stages(output: OutputReport, home: int, peer: str) -> Line:
    """A payment on our own commitment, which waits once more after it was taken."""
    text = (
        f"A payment of {output.value.value:,} sat in the channel with {peer}, if nobody takes it "
        f"before, can be taken on chain from block {output.earliest:,} on, and spent from block "
        f"{home:,} on."
    )
    return Line(text, "", f"{txid_to_hex(output.outpoint.txid)}:{output.outpoint.vout}")


def _home(output: OutputReport, peer: str) -> str:
    """What came home. A fee that was paid for several outputs at once is not divided among them."""
    value = f"{output.value.value:,} sat"
    whose = f"of the channel with {peer}"
    tx = None if output.spent is None else output.spent.tx
    if tx is None or len(tx.inputs) > 1:
        return f"{value} {whose} are back in the wallet, less the fee that was paid together."
    came = sum(one.value.value for one in tx.outputs)
    fee = output.value.value - came
    return f"{came:,} sat {whose} are back in the wallet: {value} less {fee:,} sat of fee."


def alarm(resolution: Resolution, peer: str, *, restored: bool = False) -> Line | None:
    """What the user must be told at once: money may be lost, and not by a cheat who is caught."""
    # BOLT 5: "MUST inform the user of potentially lost funds", "MUST warn the user of potentially
    # lost funds"
    if restored and isinstance(resolution.close, TheirsUnexpected):
        return None  # of what may be lost in it was told when it came back
    if isinstance(resolution.close, OursUnexpected | TheirsUnexpected | Unknown):
        return closed(resolution, peer, restored=restored)
    return None


def by_them(resolution: Resolution, peer: str, *, restored: bool = False) -> Line | None:
    """The peer has closed the channel alone, or cheated; how it does that with one that came back
    from a backup is by a state of which nothing is known here."""
    theirs = isinstance(resolution.close, Theirs | Revoked)
    if theirs or (restored and isinstance(resolution.close, TheirsUnexpected)):
        return closed(resolution, peer, restored=restored)
    return None


def child(peer: str, fee: Sat, txid: bytes) -> Line:
    """A child pays for our commitment."""
    text = f"The close of the channel with {peer} is hurried with {fee.value:,} sat of fee."
    return Line(text, txid_to_hex(txid))


def no_coin_to_hurry(peer: str) -> Line:
    """A child is needed, and there is nothing to pay it with."""
    return Line(f"The wallet has no coin to hurry the close of the channel with {peer}.")
