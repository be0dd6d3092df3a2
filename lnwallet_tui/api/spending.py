"""Paying from the wallet's coins, hurrying what waits, and what the chain costs."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Final

import msgspec

from lnwallet_tui.api.costs import CostAt
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import View

Payouts = tuple[tuple[str, int], ...]
"""Addresses, and how many satoshis each is paid."""

Coins = tuple[str, ...]
"""Coins that were chosen by hand, each as `TXID:NUMBER`: all of them are spent, and no other. None:
the wallet chooses."""


class Asked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of what is asked for in one piece."""


class WantedFee(Asked, frozen=True, kw_only=True):
    """What a transaction may cost, as it was typed: a feerate, or within how many blocks it should
    confirm; and how much at most."""

    feerate_per_kw: int | None = None
    target_blocks: int | None = None
    most_sat: int | None = None


USUAL_FEE: Final = WantedFee()
"""What the wallet proposes."""


class Sending(Asked, frozen=True):
    """What is to be paid from the wallet's coins, and how. `everything` goes to one address, whose
    amount does not matter; what must stay for closes stays. `quoted_sat` is what it came to when
    somebody looked: nothing is sent where it would be another amount now."""

    payouts: Payouts
    everything: bool = False
    coins: Coins = ()
    fee: WantedFee = USUAL_FEE
    quoted_sat: int | None = None


class SendQuote(View, frozen=True, kw_only=True):
    """What a payment from the coins would cost: those that it takes hold `amount_sat`, `fee_sat`
    and `change_sat`.

    `must_stay_sat` is kept for closes, and `left_alone_sat` is what else there is that can be spent
    by nothing now: frozen, kept for an opening, unconfirmed by others, or worth less than it costs.
    `to_us_sat` of the amount go to addresses of this wallet.
    """

    amount_sat: int
    fee_sat: int
    change_sat: int
    inputs: int
    feerate_per_kw: int
    rates: tuple[CostAt, ...]  # what it costs at other paces, the slowest first
    must_stay_sat: int
    left_alone_sat: int
    can_be_hurried: bool  # once it is sent: by a transaction in its place that pays more
    to_us_sat: int = 0


class SentView(View, frozen=True, kw_only=True):
    """A transaction that is durable, and offered to the network until a block takes it."""

    txid: str
    amount_sat: int  # what it pays to others
    fee_sat: int


class PaidView(View, frozen=True, kw_only=True):
    """One output: to a Bitcoin address, "" where its `script` (hex) has none; `yours`: it comes
    back to the wallet."""

    address: str
    amount_sat: int
    yours: bool
    script: str


class SpendsView(View, frozen=True, kw_only=True):
    """One input: the `coin` (`TXID:NUMBER`) that it spends, what that holds (None: nobody said),
    and whether it is the wallet's."""

    coin: str
    amount_sat: int | None
    yours: bool


class PsbtView(View, frozen=True, kw_only=True):
    """A partially signed transaction (BIP 174), `psbt` in base64. `takes_sat` is what it costs the
    wallet, fee and all, below zero where it pays us; `fee_sat` is not known where others did not
    say what they put in. It `pays` all its outputs. `complete`: every input is signed; then it was
    `sent`. `sends`: once this wallet has signed nobody else has to, and it pays `feerate_per_kw`,
    0 where that is not known. `refused`: why this wallet would not sign it."""

    psbt: str
    txid: str
    takes_sat: int
    fee_sat: int | None
    complete: bool
    sent: bool
    pays: tuple[PaidView, ...]
    spends: tuple[SpendsView, ...] = ()
    sends: bool = False
    feerate_per_kw: int = 0
    refused: Refused | None = None


class BumpWay(enum.Enum):
    """How a transaction that waits is hurried."""

    REPLACE = "replace"  # another one takes its place (BIP 125)
    CHILD = "child"  # a second one spends what came to us, and pays for both


class BumpQuote(View, frozen=True, kw_only=True):
    """What hurrying a transaction would cost.

    `fee_sat` is that of the new transaction, `added_fee_sat` what it costs beyond what is paid
    already. `amount_sat` is what others still get of it: less than before where everything was
    sent, for then there is nothing else to pay with. Where others made what is hurried, nobody here
    may know what it pays already: then it is counted as nothing, and both pay more than it says.
    `to_us_sat` of the amount go to addresses of this wallet. `by_coins`: a child of a channel's
    published commitment, which has nothing to pay with; coins of the wallet do, but for what is
    `from_anchor_sat` of the fee, the output that it spends: that was written off before.
    `replaces_child`: one that hurries it already gives way. `caution` says why it may be better not
    to.
    """

    txid: str  # what is hurried
    way: BumpWay
    fee_sat: int
    added_fee_sat: int
    amount_sat: int
    pays: tuple[PaidView, ...] = ()  # whom the amount goes to, where we made what is hurried
    feerate_per_kw: int  # of both where it is a child, and of all where others wait before it
    fee_of_parent_known: bool = True
    to_us_sat: int = 0
    by_coins: bool = False
    caution: str = ""
    # Of a replacement that pays for what waits before it, too: its own; 0 where it is the same.
    alone_feerate_per_kw: int = 0
    from_anchor_sat: int = 0
    replaces_child: bool = False


class FeeView(View, frozen=True, kw_only=True):
    """A feerate, where it is from and when that was said. `target_blocks` is within how many blocks
    it should confirm; 0: it is the least that is passed on at all."""

    target_blocks: int
    feerate_per_kw: int
    source: str
    time: int
    count: int  # of the peers or blocks that it is made of


class FeesView(View, frozen=True, kw_only=True):
    """The newest feerates, the soonest first; `now` is the node's time."""

    fees: tuple[FeeView, ...]
    now: int


def paces_known(rates: Iterable[CostAt], fees: FeesView | None) -> list[tuple[int, int]]:
    """Numbers of blocks with what confirms within them, as `blocks_for` takes them: the three
    paces, and whatever else is known, for somebody may type less than the slowest."""
    said = fees.fees if fees is not None else ()
    return [
        *((one.blocks, one.feerate_per_kw) for one in rates),
        *((one.target_blocks, one.feerate_per_kw) for one in said if one.target_blocks),
    ]
