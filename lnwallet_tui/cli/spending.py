"""`send`, `export`, `sign`, `bump` and `fees`: what it costs, a yes, and the transaction."""

from __future__ import annotations

import argparse

from msgspec.structs import replace

from lnwallet_tui.api.feerates import sat_vb
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import (
    BumpQuote,
    BumpWay,
    PaidView,
    PsbtView,
    Sending,
    SendQuote,
    WantedFee,
)
from lnwallet_tui.cli import answers, onchain_answers, quoted
from lnwallet_tui.cli.answers import Answer
from lnwallet_tui.cli.by_block import ByBlock, by_block
from lnwallet_tui.cli.consent import Consent
from lnwallet_tui.cli.so_far import so_far

_OTHERS_SIGN = "Others have to sign it after you: it is not sent yet."
_IT_IS_SENT = "Nobody else has to sign: it is sent at once."
_NO_FEE_KNOWN = "By when a block has it is not known, for its fee is not."
_NO_FEES = (
    "What the chain costs is not known yet: no node of the Bitcoin network has said it, and no "
    "block was read in which somebody paid for it. The next ones are likely to tell."
)


async def send(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """Returns when the transaction is durable and offered to the network."""
    wanted = _wanted(options)
    quote = await node.quote_send(wanted)
    if isinstance(quote, Refused):
        return quote
    soon = await by_block(node, quote.feerate_per_kw, quote.rates)
    question = _costs(quote, [address for address, _ in options.payouts], soon)
    consent.ask(question, quoted.sending(quote, options.payouts, soon))
    checked = replace(wanted, fee=_as_quoted(quote), quoted_sat=quote.amount_sat)
    sent = await node.send(checked)
    if isinstance(sent, Refused):
        return sent
    answer = {**onchain_answers.sent(sent), **answers.expected(soon.height, soon.time)}
    if not options.json and (words := await so_far(node, sent.txid)):
        answer["explanation"] = words  # of what is known now, and so for people only
    return answer


async def export(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer | Refused:
    """The same, unsigned: nothing is sent."""
    made = await node.export_send(_wanted(options))
    return made if isinstance(made, Refused) else _psbt(made, options)


async def sign(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """With our signatures; sent, if none is missing then."""
    read = await node.read_psbt(options.psbt)
    if isinstance(read, Refused):
        return read
    if read.refused is not None:
        return read.refused
    soon = await _by_block(node, read)
    consent.ask(signs(read, soon), quoted.signing(read, soon))
    signed = await node.sign_psbt(options.psbt, most_sat=read.takes_sat)
    if isinstance(signed, Refused):
        return signed
    answer = {**_psbt(signed, options), **answers.expected(soon.height, soon.time)}
    if signed.sent and not options.json:
        del answer["psbt"]  # nobody needs it any more
    return answer


async def _by_block(node: NodeApi, read: PsbtView) -> ByBlock:
    if not read.sends:
        return ByBlock(0, 0, _OTHERS_SIGN)
    if not read.feerate_per_kw:
        return ByBlock(0, 0, f"{_IT_IS_SENT} {_NO_FEE_KNOWN}")
    soon = await by_block(node, read.feerate_per_kw)
    return soon._replace(words=f"{_IT_IS_SENT} {soon.words}")


def _psbt(view: PsbtView, options: argparse.Namespace) -> Answer:
    answer = onchain_answers.psbt(view)
    if not options.json:
        del answer["spends"]  # which `decode` lists
    return answer


async def bump(node: NodeApi, options: argparse.Namespace, consent: Consent) -> Answer | Refused:
    """The same of the transaction that hurries another."""
    quote = await node.quote_bump(options.txid, _wanted_fee(options))
    if isinstance(quote, Refused):
        return quote
    soon = await by_block(node, quote.feerate_per_kw)
    consent.ask(f"{hurries(quote)} {soon.words}", quoted.hurrying(quote, soon))
    sent = await node.bump(options.txid, _as_quoted(quote))
    if isinstance(sent, Refused):
        return sent
    return {**onchain_answers.bumped(quote, sent), **answers.expected(soon.height, soon.time)}


async def fees(node: NodeApi, options: argparse.Namespace, _: Consent) -> Answer:
    """What is known of them."""
    known = await node.fees()
    if not known.fees and not options.json:
        return {"explanation": _NO_FEES}
    return onchain_answers.fees(known)


def signs(read: PsbtView, soon: ByBlock) -> str:
    """Everybody whom it pays, for it comes through other hands; what it costs, and by when."""
    fee = "is not known" if read.fee_sat is None else f"is {read.fee_sat:,} sat"
    costs = (
        f"costs you {read.takes_sat:,} sat"
        if read.takes_sat >= 0
        else f"pays you {-read.takes_sat:,} sat"
    )
    others = [f"{one.amount_sat:,} sat to {_whom(one)}" for one in read.pays if not one.yours]
    back = [f"{one.amount_sat:,} sat to {one.address}" for one in read.pays if one.yours]
    paid = ["It pays others:", *others] if others else ["It pays nobody else."]
    comes = ["Back to this wallet come:", *back] if back else ["Nothing of it comes back to you."]
    return "\n".join(
        [
            f"Sign {read.txid}.",
            *paid,
            *comes,
            f"It {costs}, fee and all; the fee of the whole {fee}. Compare each address with the"
            f" one that you were given. {soon.words} This cannot be taken back.",
        ]
    )


def _whom(one: PaidView) -> str:
    return one.address or f"no address but the script {one.script}"


def is_psbt(text: str) -> bool:
    """Whether it begins as each of them does, in base64 (BIP 174)."""
    return text.lstrip().startswith("cHNidP")


async def decode_psbt(node: NodeApi, text: str, *, as_json: bool) -> Answer | Refused:
    """Whom it pays and what it would cost to sign it; nothing is signed."""
    read = await node.read_psbt(text)
    if isinstance(read, Refused):
        return read
    answer = onchain_answers.psbt(read)
    if as_json:
        return {**answer, "can_sign": read.refused is None, "explanation": _about(read)}
    del answer["psbt"]  # which is what was handed in
    if not any(one.yours for one in read.spends):
        del answer["takes_sat"]  # as the explanation says it
    return {**answer, "explanation": _about(read)}


def _about(read: PsbtView) -> str:
    """What the wallet has to do with it."""
    if read.refused is None:
        return "Sign what is this wallet's in it: lnwallet-tui sign PSBT"
    if read.refused.code is not RefusalCode.UNKNOWN:
        return f"This wallet does not sign it. {read.refused.message}"
    comes = sum(one.amount_sat for one in read.pays if one.yours)
    pays = f"pays it {comes:,} sat" if comes else "pays it nothing"
    return f"It spends no coin of this wallet, which has nothing to sign in it, and {pays}."


def _wanted(options: argparse.Namespace) -> Sending:
    return Sending(
        options.payouts,
        everything=options.all,
        coins=tuple(options.coins),
        fee=_wanted_fee(options),
    )


def _wanted_fee(options: argparse.Namespace) -> WantedFee:
    return WantedFee(
        feerate_per_kw=options.feerate_per_kw,
        target_blocks=options.target,
        most_sat=options.max_fee_sat,
    )


def _as_quoted(quote: SendQuote | BumpQuote) -> WantedFee:
    """What was told before the yes, and nothing dearer."""
    return WantedFee(feerate_per_kw=quote.feerate_per_kw, most_sat=quote.fee_sat)


def _costs(quote: SendQuote, addresses: list[str], soon: ByBlock) -> str:
    back = f"{quote.change_sat:,} sat come back" if quote.change_sat else "nothing comes back"
    stays = (
        f" {quote.must_stay_sat:,} sat stay for closing channels." if quote.must_stay_sat else ""
    )
    alone = (
        f" {quote.left_alone_sat:,} sat cannot be spent now and are left alone."
        if quote.left_alone_sat
        else ""
    )
    late = (
        ""
        if quote.can_be_hurried
        else " Nothing is left that could hurry it later: do not pay too little for it."
    )
    return (
        f"Send {quote.amount_sat:,} sat to {', '.join(addresses)}.{_to_us(quote)} The fee is"
        f" {quote.fee_sat:,} sat ({sat_vb(quote.feerate_per_kw)}); {back}. {soon.words}"
        f"{stays}{alone}{late} This cannot be taken back."
    )


def hurries(quote: BumpQuote) -> str:
    if quote.way is BumpWay.CHILD:
        unknown = (
            ""
            if quote.fee_of_parent_known
            else " What it pays already is not known here and counted as nothing, so that both may"
            " pay more than needed: name a lower feerate if you know better."
        )
        of_it = "what came to you of it"
        if quote.by_coins:
            of_it = "coins of the wallet and the output of it that is there for this"
        second = f"a second transaction that spends {of_it}"
        if quote.replaces_child:
            second = "another transaction in place of the one that hurries it already"
        return (
            f"Hurry {quote.txid} with {second}, for {quote.added_fee_sat:,} sat"
            f" more{_whole_fee(quote)}. Both then pay"
            f" {'' if quote.fee_of_parent_known else 'at least '}{sat_vb(quote.feerate_per_kw)}."
            f"{unknown} {quote.caution}".rstrip()
        )
    return (
        f"Send another transaction in place of {quote.txid}, for {quote.added_fee_sat:,} sat more:"
        f" {quote.fee_sat:,} sat in all, {_rates(quote)}.{_gets(quote)}"
    )


def _whole_fee(quote: BumpQuote) -> str:
    if not quote.from_anchor_sat:
        return ""
    return f": its fee is {quote.fee_sat:,} sat, of it {quote.from_anchor_sat:,} sat the anchor's"


def _rates(quote: BumpQuote) -> str:
    if not quote.alone_feerate_per_kw:
        return sat_vb(quote.feerate_per_kw)
    return (
        f"{sat_vb(quote.alone_feerate_per_kw)}. It pays for what waits before it, too:"
        f" {sat_vb(quote.feerate_per_kw)} for all together"
    )


def _gets(quote: BumpQuote) -> str:
    """Who gets what of it."""
    if quote.to_us_sat == quote.amount_sat:
        return f" You get {quote.amount_sat:,} sat of it."
    whom = [f"{one.amount_sat:,} sat to {_whom(one)}" for one in quote.pays if not one.yours]
    told = f": {', '.join(whom)}" if whom else ""
    return f" Others get {quote.amount_sat:,} sat{told}.{_to_us(quote)}"


def _to_us(quote: SendQuote | BumpQuote) -> str:
    """Of what others get, as it is called, some may come back to us."""
    if not quote.to_us_sat:
        return ""
    return f" Of these {quote.to_us_sat:,} sat go to an address of yours."
