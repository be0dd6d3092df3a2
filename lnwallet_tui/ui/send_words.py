"""What a payment would cost and which way it would go, in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.api.coming_back import coming_back
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.views import (
    ChannelState,
    DecodedInvoice,
    PaymentQuote,
    PaymentStatus,
    PaymentView,
)
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.payment_words import payee_fact, title
from lnwallet_tui.ui.picture import Picture
from lnwallet_tui.ui.widgets.words import Fact

PASTE: Final = "Paste a Lightning invoice (“ln…”), a Bitcoin address, or the id of a node:"
ABOUT: Final = (
    "Paste a Lightning invoice or a Bitcoin address; it is read at once. The next page shows who "
    "is paid, what it costs at most, and until when the money could be locked if somebody on the "
    "way stops answering. Nothing is paid before you press Pay there. A payment goes on when you "
    "leave the page or begin another; its end is on Home. A node can be paid by its id alone, but "
    "then there is no invoice, so nothing proves later what you paid for. An address is paid on "
    "chain, from your coins; a link that holds both is paid over Lightning, unless you choose On "
    "chain."
)
_LEFT_TO_YOU: Final = "this invoice leaves it to you"
_NOT_ASKED: Final = "an id asks for no amount: you choose it"
_ON_ITS_WAY: Final = (
    "On its way. Nothing is final yet. {everywhere.back} leaves this page; the payment goes on. "
    "{send.new_payment}: pay another meanwhile."
)
_TAKES_LONG: Final = " Whoever holds it (below) may need time: {everywhere.mine_until} mines."


def why_not(decoded: Refused, address: Refused) -> Refused:
    """Why nothing of a text can be paid; of an address that cannot be, that is said."""
    return address if address.code is RefusalCode.WRONG_NETWORK else decoded


def refusal(
    refused: Refused, payee: str, picture: Picture | None, who: Callable[[str], str]
) -> Refused:
    """Why it cannot be paid; where the receiver's channel with us is only offline, that."""
    channels = picture.channels if picture is not None else ()
    offline = any(one.peer_id == payee and one.state is ChannelState.OFFLINE for one in channels)
    if refused.code is not RefusalCode.NO_ROUTE or not offline:
        return refused
    return Refused(
        refused.code,
        f"{who(payee)} is offline, and no other way to it is known.",
        f"Wait until it is back. {coming_back(_address(picture, payee))}",
    )


def _address(picture: Picture | None, peer_id: str) -> str:
    peers = picture.peers if picture is not None else ()
    return next((one.address for one in peers if one.node_id == peer_id), "")


def of_own(own: PaymentView, now: int) -> Refused:
    """Why an invoice of this wallet itself cannot be paid by it, by how it stands."""
    if own.status is PaymentStatus.PAID:
        got, when = fmt.msat(own.amount_msat or 0), fmt.clock(own.settled, now)
        return Refused(
            RefusalCode.BAD_INPUT,
            f"This is an invoice of this wallet itself, and it was paid: {got} came ({when}).",
            "Nobody can pay it again: {everywhere.receive} makes a new one.",
        )
    if own.status in (PaymentStatus.IN_FLIGHT, PaymentStatus.STUCK):
        return Refused(
            RefusalCode.BAD_INPUT,
            "This is an invoice of this wallet itself, and somebody is paying it now.",
            "Its end stands on Home.",
        )
    if own.status is not PaymentStatus.WAITING or now >= own.expires:
        return Refused(
            RefusalCode.EXPIRED,
            "This is an invoice of this wallet itself, and it has expired: nobody can pay it.",
            "Make a new one ({everywhere.receive}).",
        )
    return Refused(
        RefusalCode.BAD_INPUT,
        "This is an invoice of this wallet itself.",
        "Give it to whoever is to pay you.",
    )


def or_on_chain(refused: Refused) -> Refused:
    """The link names an address, too."""
    remedy = f"{refused.remedy} Or pay the address in the link from your coins: {{send.on_chain}}."
    return Refused(refused.code, refused.message, remedy)


def open_amount(decoded: DecodedInvoice) -> str:
    """Who says how much it is."""
    return _LEFT_TO_YOU if decoded.payment_hash else _NOT_ASKED


def on_its_way(*, playground: bool) -> str:
    """While a payment is."""
    return _ON_ITS_WAY + (_TAKES_LONG if playground else "")


def before(payment: PaymentView, when: str) -> str:
    """What became of the one before, where the next is asked for."""
    return f"The payment before: {title(payment)}, {when}. It stands in Activity."


def under_way(quote: PaymentQuote, name: str, now: int) -> list[Fact | None]:
    """To whom and how much, and until when the last of its tries could lock it: each has an expiry
    of its own, which stands with it; the node tries none that is later than this."""
    locked = fmt.block_at(quote.locked_until_height, quote.locked_until_time, now)
    return [
        payee_fact(quote.decoded.payee, name),
        Fact("Amount", fmt.exact(quote.amount_msat)),
        Fact(
            "At worst",
            f"locked until {locked}",
            "no try lasts longer, and each says its own block",
        ),
    ]


def way_of(quote: PaymentQuote) -> str:
    """Over how many hops and through whom it goes; the last node of a route is the receiver."""
    between = len(quote.route) - 1
    if not between:
        way = "straight to them, over your own channel"
    else:
        way = f"through {fmt.count(between, 'other node')}"
        if quote.parts == 1:
            way = f"{len(quote.route)} hops, {way}"
    return way if quote.parts == 1 else f"in {quote.parts} parts, {way}"


def _if_it_fails(quote: PaymentQuote) -> str:
    """What a way is not: a promise. What stands as at most is one, whichever is taken."""
    if quote.parts > 1:
        return "then other ways"
    return "it may go in parts" if len(quote.route) > 1 and quote.decoded.payment_hash else ""


def first_hops(quote: PaymentQuote, who: Callable[[str], str]) -> list[Fact | None]:
    """Of each part what it brings, over whom it leaves and its fee; of a whole that goes through
    others what its first hop carries. Nothing where all goes one way straight."""
    if len(quote.ways) == 1:
        [way] = quote.ways
        carried = fmt.exact(way.amount_msat + way.fee_msat)
        fee = f"fee of {fmt.exact(way.fee_msat)} in it" if way.fee_msat else "no fee"
        via = f"via {who(way.first_peer)}, {fee}"
        return [Fact("First hop", carried, via)] if way.hops > 1 else []
    return [
        Fact(
            f"Part {number}",
            fmt.exact(way.amount_msat),
            f"via {who(way.first_peer)}, {fmt.count(way.hops, 'hop')}, fee "
            f"{fmt.exact(way.fee_msat) if way.fee_msat else 'none'}",
        )
        for number, way in enumerate(quote.ways, 1)
    ]


def capped(quote: PaymentQuote, picture: Picture | None) -> PaymentQuote:
    """With no higher fee allowed than the channels can send beside the amount, so that “at most”
    is never more than can leave."""
    if picture is None:
        return quote
    left_msat = picture.balance.can_send_msat - quote.amount_msat
    most_msat = max(quote.fee_msat, min(quote.max_fee_msat, left_msat))
    return replace(quote, max_fee_msat=most_msat)


def costs(quote: PaymentQuote, name: str, now: int, who: Callable[[str], str]) -> list[Fact | None]:
    """What it costs, which way it goes, until when it could be locked; `who` names nodes."""
    decoded = quote.decoded
    way = way_of(quote)
    total = quote.amount_msat + quote.max_fee_msat
    locked = fmt.block_at(quote.locked_until_height, quote.locked_until_time, now)
    return [
        payee_fact(decoded.payee, name),
        Fact("Amount", fmt.exact(quote.amount_msat)),
        Fact("Fee", fmt.exact(quote.fee_msat), f"at most {fmt.exact(quote.max_fee_msat)}"),
        Fact("At most", fmt.exact(total), "leaves your wallet"),
        None,
        Fact("First try" if len(quote.route) > 1 else "Way", way, _if_it_fails(quote)),
        *first_hops(quote, who),
        Fact("If it stalls", f"locked until {locked} at the latest"),
        _expiry(decoded, now),
    ]


def _expiry(decoded: DecodedInvoice, now: int) -> Fact:
    if not decoded.payment_hash:
        return Fact("Invoice", "none: nothing will prove what you paid for")
    at, left = fmt.clock(decoded.expires, now), fmt.left(decoded.expires, now)
    return Fact("Invoice", f"expires {at} ({left})")
