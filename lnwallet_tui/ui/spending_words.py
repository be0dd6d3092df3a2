"""Paying addresses and hurrying what waits, in words: every output, its fee and date, what stays,
and what cannot be taken back."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.coins import TransactionView, TxKind
from lnwallet_tui.api.feerates import blocks_for
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import BumpQuote, BumpWay, FeesView, SendQuote, paces_known
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui import onchain_words
from lnwallet_tui.ui.widgets.words import Fact

NO_AMOUNT: Final = (
    "This is no amount.",
    "Type whole satoshis, such as 25,000, or take everything.",
)
NO_FEERATE: Final = ("This is no feerate.", "Type sat/vB, such as 2.5, or leave it empty.")
OF_THE_FEERATE: Final = frozenset(
    {
        RefusalCode.FEE_TOO_LOW, RefusalCode.FEE_TOO_HIGH,
        RefusalCode.NOT_ENOUGH, RefusalCode.MUST_STAY,
    }
)  # fmt: skip
"""Refusals to hurry something that another feerate may do."""
_GONE: Final = (
    "The wallet has no such transaction any more: another one has taken its place, or it was given "
    "up."
)
_SEE_HISTORY: Final = "What there is stands in the history ({everywhere.onchain}, {onchain.turn})."
_BRINGS_HOME: Final = (
    "It brings home money of a closed channel, and comes into the history once a block has it. "
    "Where every satoshi is ({everywhere.satoshis}) says what of it is still awaited."
)
_REPLACES: Final = (
    "Another transaction takes its place: it pays the same, for a higher fee, and has another id."
)
_REPLACES_SWEEP: Final = (
    "Another one takes its place: it brings home the same money, less its higher fee. Where a date "
    "presses, the wallet raises the fee by itself, too."
)
_CHILD_OF_OPENING: Final = (
    "It opens a channel, whose first state is signed over the id of this transaction: made again "
    "it would have another id, and what is in the channel could be lost. So it stays as it is, and "
    "a second transaction (a child) spends your change of it and pays for both."
)
_UNKNOWN: Final = (
    " What it pays already is not known here and counted as nothing: both may pay more than needed."
)
_CHILD: Final = (
    "It was not made here to be made again, so it stays as it is: a second transaction (a child) "
    "spends what comes to you of it and pays for both."
)
_CHILD_OF_CLOSE: Final = (
    "It is your state of a channel, signed by both sides, so it stays as it is: a second "
    "transaction (a child) spends the output of it that is there for this, the anchor, with coins "
    "of your wallet, and pays for both. The wallet makes and raises it by itself, too, day by day."
)
_CHILD_IN_PLACE: Final = (
    "A second transaction (a child) hurries it already. Another one takes the place of that: it "
    "spends the same, pays more for both, and has another id. Only one of the two is ever paid."
)


# -- when
def by_when(feerate_per_kw: int, known: list[tuple[int, int]], tip: int, now: int) -> str:
    """The block and date by which it should be in a block."""
    blocks = blocks_for(feerate_per_kw, known)
    if not known:
        return "no date: nobody has said yet what is enough"
    if not blocks:
        return "no date: it pays less than what is known to do"
    return f"by about {fmt.expected(tip + blocks, tip, now)}"


def source(feerate_per_kw: int, fees: FeesView | None) -> str:
    """Who said that this feerate is enough, and when."""
    said = [one for one in fees.fees if one.feerate_per_kw <= feerate_per_kw] if fees else []
    if fees is None or not said:
        return ""
    best = max(said, key=lambda one: one.feerate_per_kw)
    return f"{best.source}, {fmt.ago(best.time, fees.now)}"


def _sources(feerate_per_kw: int, fees: FeesView | None, *, typed: bool) -> list[Fact]:
    """Of the feerate and of its date; one that was `typed` is nobody's word but the user's."""
    said = source(feerate_per_kw, fees)
    if typed:
        date = [Fact("Date from", said)] if said else []
        return [Fact("Feerate from", "you: it was typed"), *date]
    return [Fact("Feerate from", said)] if said else []


def _feerate(feerate_per_kw: int, blocks: int) -> str:
    rate = fmt.feerate(feerate_per_kw)
    return f"{rate}, about {fmt.blocks(blocks)}" if blocks else rate


# -- sending
def room(confirmed_sat: int, reserve_sat: int, frozen_sat: int) -> str:
    """What there is to send."""
    words = f"Confirmed on chain: {fmt.sat(confirmed_sat)}."
    if reserve_sat:
        words += f" Of these {fmt.sat(reserve_sat)} are kept for closes."
    if frozen_sat:
        words += f" You froze {fmt.sat(frozen_sat)}."
    return words


def asked(to: AddressView) -> str:
    """What a link asks for, which is a wish; and what an address of one's own is."""
    words = []
    if to.amount_sat:
        words.append(f"The link asks for {fmt.sat(to.amount_sat)}. You decide how much it is.")
    if to.received_sat:
        words.append(
            f"It is an address of yours, and used: {fmt.sat(to.received_sat)} came to it. Take a "
            "new one ({everywhere.receive}, {receive.address}): nobody else needs to know that "
            "both are yours."
        )
    elif to.yours:
        words.append("It is an address of yours: what is sent stays, and only the fee goes.")
    return " ".join(words)


def outputs(quote: SendQuote, fees: FeesView | None = None) -> list[Fact | None]:
    """Every output, and what the miners get."""
    blocks = blocks_for(quote.feerate_per_kw, paces_known(quote.rates, fees))
    change = Fact("Change to you", fmt.sat(quote.change_sat), "back to this wallet")
    if not quote.change_sat:
        change = Fact("Change to you", "none", "nothing of these coins comes back")
    return [
        *_gets("They get", quote.amount_sat, quote.to_us_sat),
        Fact("To the miners", fmt.sat(quote.fee_sat), _feerate(quote.feerate_per_kw, blocks)),
        change,
        Fact("In all", fmt.sat(leaves_sat(quote)), _leaves(quote.inputs)),
    ]


def leaves_sat(quote: SendQuote) -> int:
    """What is the wallet's no more."""
    return quote.amount_sat - quote.to_us_sat + quote.fee_sat


def _gets(label: str, amount_sat: int, to_us_sat: int) -> list[Fact]:
    """Who gets it: an address may be one of our own."""
    others_sat = amount_sat - to_us_sat
    others = [Fact(label, fmt.sat(others_sat))] if others_sat or not to_us_sat else []
    whole = "the address is yours" if not others_sat else "to an address of yours"
    return [*others, *([Fact("You get", fmt.sat(to_us_sat), whole)] if to_us_sat else [])]


def _leaves(inputs: int) -> str:
    return f"leaves your wallet; it spends {fmt.count(inputs, 'coin')}"


def stays(
    quote: SendQuote,
    left_sat: int,
    tip: int,
    now: int,
    fees: FeesView | None,
    *,
    typed: bool = False,
) -> list[Fact | None]:
    """What is left and why, and when it should be in a block."""
    facts = [Fact("Stays on chain", fmt.sat(left_sat))]
    if quote.must_stay_sat:
        why = "kept to close your channels in time"
        facts.append(Fact("Of it kept", fmt.sat(quote.must_stay_sat), why))
    if quote.left_alone_sat:
        why = "frozen, waiting, or not worth its fee"
        facts.append(Fact("Not touched", fmt.sat(quote.left_alone_sat), why))
    when = by_when(quote.feerate_per_kw, paces_known(quote.rates, fees), tip, now)
    facts.append(Fact("In a block", when))
    typed = typed and all(one.feerate_per_kw != quote.feerate_per_kw for one in quote.rates)
    return [*facts, *_sources(quote.feerate_per_kw, fees, typed=typed)]


def cannot_be_taken_back(quote: SendQuote) -> str:
    """What is final, and what can still be done."""
    later = (
        "Until a block has it, you can hurry it for a higher fee."
        if quote.can_be_hurried
        else "Nothing is left that could hurry it later: do not pay too little for it."
    )
    return (
        "Compare the address with the one you were given. Nothing is sent before you press Send; "
        f"after that nobody can take it back or call it off. {later}"
    )


# -- hurrying
def way(quote: BumpQuote, kind: TxKind) -> str:
    """How, and why so."""
    if quote.way is BumpWay.REPLACE:
        return _REPLACES_SWEEP if kind is TxKind.SWEEP else _REPLACES
    if quote.replaces_child:
        words = _CHILD_IN_PLACE
    elif quote.by_coins:
        words = _CHILD_OF_CLOSE
    else:
        words = _CHILD_OF_OPENING if kind is TxKind.OPENING else _CHILD
    if quote.by_coins:
        return f"{words} {quote.caution}".rstrip()
    return words if quote.fee_of_parent_known else words + _UNKNOWN


def what_it_is(kind: TxKind) -> str:
    """What there is to know before it can be said what it costs."""
    return _CHILD_OF_OPENING if kind is TxKind.OPENING else ""


def hurry(
    quote: BumpQuote, tip: int, now: int, fees: FeesView | None, *, typed: bool = False
) -> list[Fact | None]:
    """What it costs, and by when it should help."""
    replaces = quote.way is BumpWay.REPLACE
    known = paces_known((), fees)
    rate = _feerate(quote.feerate_per_kw, blocks_for(quote.feerate_per_kw, known))
    least = "" if quote.fee_of_parent_known else "at least "
    soonest = min((blocks for blocks, _ in known), default=0)
    is_soonest = 0 < soonest == blocks_for(quote.feerate_per_kw, known)
    facts = [
        Fact("It costs more", fmt.sat(quote.added_fee_sat)),
        Fact(
            "Its fee then" if replaces else "The child's fee",
            fmt.sat(quote.fee_sat),
            _replacing(quote, rate) if replaces else f"both then pay {least}{rate}{_anchor(quote)}",
        ),
        *(_gets("Others get", quote.amount_sat, quote.to_us_sat) if replaces else []),
        Fact(
            "In a block",
            by_when(quote.feerate_per_kw, known, tip, now),
            "the soonest that is known" if is_soonest else "",
        ),
    ]
    return [*facts, *_sources(quote.feerate_per_kw, fees, typed=typed)]


def _anchor(quote: BumpQuote) -> str:
    return f", {fmt.sat(quote.from_anchor_sat)} by the anchor" if quote.from_anchor_sat else ""


def _replacing(quote: BumpQuote, rate: str) -> str:
    """The feerate of what takes its place, and of those with it that it pays for, too."""
    if not quote.alone_feerate_per_kw:
        return rate
    return f"{fmt.feerate(quote.alone_feerate_per_kw)}; with what waits before it {rate}"


def is_final(quote: BumpQuote) -> str:
    """What cannot be taken back of it."""
    if quote.way is BumpWay.REPLACE:
        return (
            "Nothing is sent before you press Hurry. Then either of the two may still come into a "
            "block, never both; the higher fee is paid if the new one does. You can hurry it again."
        )
    return (
        "Nothing is sent before you press Hurry. Its fee is gone then, once a block has both. You "
        "can hurry it again, for more."
    )


# -- one transaction
def absent(asked: BumpQuote | Refused) -> tuple[str, str]:
    """Of one that the history does not have, by the answer to who wants to hurry it: a title, and
    what became of it."""
    if isinstance(asked, BumpQuote) or asked.code in OF_THE_FEERATE:
        return "Transaction: in no block yet", _BRINGS_HOME
    if asked.code is RefusalCode.BAD_INPUT:  # something stands in its place
        return "Transaction: replaced", f"{asked.message} {_SEE_HISTORY}"
    return "Transaction: not in the history", f"{_GONE} {_SEE_HISTORY}"


def title(one: TransactionView) -> str:
    """What it is, and whether a block has it."""
    state = f"in block {one.height:,}" if one.height else "in no block yet"
    return f"Transaction: {state}"


def facts(one: TransactionView, now: int, who: onchain_words.Who) -> list[Fact | None]:
    """What it was, did and cost, and where it stands."""
    waits = "offered to the network until one has it"
    depth = fmt.count(one.confirmations, "confirmation")
    at = f" ({fmt.clock(one.time, now)})" if one.time else ""
    return [
        Fact("What", onchain_words.was_for(one, who)),
        Fact("Amount", onchain_words.shown(one), onchain_words.together(one)),
        Fact("Fee", fmt.sat(one.fee_sat)) if one.fee_sat else Fact("Fee", "not yours"),
        Fact("Block", f"{one.height:,}{at}", depth) if one.height else Fact("Block", "none", waits),
        Fact("Id", one.txid),
    ]
