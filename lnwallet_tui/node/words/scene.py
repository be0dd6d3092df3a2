"""What the sentence of a channel is made of, and what several of them say."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.dates import expected
from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat, Sat
from lnwallet_tui.channel.htlcs import Side
from lnwallet_tui.channel.state import Channel
from lnwallet_tui.node.words import copy_words
from lnwallet_tui.onchain.resolve import Resolution


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a sentence is made of. `sendable` and `receivable` as `Held.limits`; `complaint` is
    what the peer said last, in quotation marks; `bug` names the one that froze the channel;
    `penalties` are the fees of those that took what a cheat published; `way` says how far what
    waits for a block has come, `goes_round` whether more is not to be known of it; `refused` is why
    our commitment was refused when it was offered last, in quotation marks; `address` is where the
    peer is dialled; `locked` whether nobody may move money now; `tip` is
    the newest block that there is, where it is not read yet; `swept` whether the transaction that
    brings our balance home waits for a block; `lacking` is what `Held.lacking` says; `may_be_old`
    whether our newest state may be one that is revoked."""

    channel: Channel
    height: int
    now: int
    sendable: Msat
    receivable: Msat
    is_connected: bool
    complaint: str = ""
    bug: str = ""
    resolution: Resolution | None = None
    penalties: Sat = ZERO_SAT
    way: str = ""
    goes_round: bool = True
    refused: str = ""
    locked: bool = False
    address: str = ""
    tip: int = 0
    swept: bool = False
    lacking: Msat = ZERO_MSAT
    may_be_old: bool = False

    def alone(self, when: str) -> str:
        """What the user can do without the peer; `when` begins the sentence."""
        return copy_words.NOT_ALONE if self.may_be_old else f"{when}, you can close alone."

    @property
    def to_be_paid(self) -> str:
        """What has to be paid before anything can come back."""
        return f"pay at least {-(-self.lacking.value // 1000):,} sat"

    def when(self, height: int) -> str:
        """A height to come, with its date."""
        return expected(height, max(self.tip, self.height), self.now, self.height)

    @property
    def ours(self) -> str:
        """Our balance."""
        return msat(self.channel.ledger.ours)


def msat(amount: Msat) -> str:
    """In whole satoshis."""
    return f"{amount.value // 1000:,} sat"


def payments(scene: Scene) -> str:
    """How many are under way, and when they expire."""
    htlcs = scene.channel.ledger.htlcs
    first, last = min(h.cltv_expiry for h in htlcs), max(h.cltv_expiry for h in htlcs)
    out = sum(htlc.amount.value for htlc in htlcs if htlc.offered_by is Side.US)
    total = sum(htlc.amount.value for htlc in htlcs)
    way = "going out" if out == total else "coming in" if not out else "going both ways"
    amount = msat(Msat(total))
    if len(htlcs) == 1:
        return f"1 payment of {amount} is under way in it, {way}; it {_expiry(scene, last)}"
    expires = f"the first {_expiry(scene, first)}"
    return f"{len(htlcs)} payments of {amount} are under way in it, {way}; {expires}"


def _expiry(scene: Scene, at: int) -> str:
    """Of a payment under way, behind what it is called."""
    if at > scene.height:
        return f"expires at {scene.when(at)}"
    return f"expired at block {at:,}, and has neither been settled nor come back"
