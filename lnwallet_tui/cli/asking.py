"""The verbs for scripts and for people who type: how each is asked for on the command line.

Arguments stand in the order in which a person would say them. Whatever carries a verb out is
imported only then (`errand`).
"""

from __future__ import annotations

import argparse
import sys
from functools import partial
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.cli.wallets import add_place

_MOST_SAT: Final = 21_000_000 * 100_000_000
_ANY: Final = "any"


def add_verbs(verbs: Any) -> None:
    """Add one parser for each verb to argparse's `verbs`."""
    _verb(verbs, "status", "where the node stands and what it waits for")
    nodes = _verb(verbs, "nodes", "the nodes that blocks come from, and how far the chain is read")
    nodes.add_argument("--try-others", action="store_true", help="hang up, and look for others")
    _verb(verbs, "balance", "what can be sent and received, and where the rest is")
    address = _verb(verbs, "address", "a fresh on-chain address")
    address.add_argument(
        "--taproot",
        action="store_true",
        help="one that begins with bc1p; not every sender knows it",
    )
    _verb(verbs, "peers", "the Lightning nodes that are known")
    connect = _verb(verbs, "connect", "connect to a Lightning node")
    connect.add_argument("node", metavar="NODE_ID@HOST:PORT")
    disconnect = _verb(verbs, "disconnect", "end the connection to a node without a channel")
    disconnect.add_argument("node_id", metavar="NODE_ID")
    _add_channels(verbs)
    _add_payments(verbs)
    backup = _verb(verbs, "backup", "where the channel backup lies and how it stands")
    backup.add_argument("--second", type=Path, metavar="DIR", help="keep a copy there from now on")
    backup.add_argument("--no-second", action="store_true", help="keep no copy any more")
    _add_coins(verbs)


def _add_channels(verbs: Any) -> None:
    _verb(verbs, "channels", "the channels and how each stands")
    opening = _verb(verbs, "open", "open a channel", moves_money=True)
    opening.add_argument("node", metavar="NODE_ID@HOST:PORT")
    opening.add_argument("amount_sat", metavar="AMOUNT_SAT", type=_sat)
    opening.add_argument(
        "--push-msat", type=_msat, default=0, metavar="N", help="give them so much"
    )
    closing = _verb(verbs, "close", "close a channel", moves_money=True)
    closing.add_argument("channel_id", metavar="CHANNEL_ID")
    closing.add_argument(
        "--force",
        action="store_true",
        help="alone, by publishing our commitment: slower, and mostly dearer",
    )
    closing.add_argument("--max-fee-sat", type=_sat, metavar="N", help="closing costs no more")


def _add_payments(verbs: Any) -> None:
    invoice = _verb(verbs, "invoice", "ask to be paid")
    invoice.add_argument("amount_msat", metavar="AMOUNT_MSAT|any", type=_msat_or_any)
    invoice.add_argument("--note", default="", help="what it is for; the payer reads it")
    invoice.add_argument(
        "--expiry-seconds", type=_seconds, default=3600, metavar="N", help="default: an hour"
    )
    decode = _verb(
        verbs,
        "decode",
        "what an invoice asks for, or whom a partially signed transaction (BIP 174) pays",
    )
    decode.add_argument("text", metavar="TEXT")
    pay = _verb(verbs, "pay", "pay an invoice; waits for the end", moves_money=True)
    pay.add_argument("text", metavar="TEXT")
    pay.add_argument("--amount-msat", type=_msat, metavar="N", help="where the invoice says none")
    pay.add_argument("--max-fee-msat", type=_msat, metavar="N", help="pay no higher fee")
    payments = _verb(verbs, "payments", "the newest payments")
    payments.add_argument("--limit", type=_count, default=100, metavar="N", help="default: 100")
    payments.add_argument("--find", default="", metavar="WORDS", help="as in Activity's search")


def _add_coins(verbs: Any) -> None:
    listed = _verb(verbs, "coins", "the wallet's coins; what waits first, then the newest")
    listed.add_argument("--limit", type=_count, default=50, metavar="N", help="default: 50")
    freezing = _verb(verbs, "freeze", "leave a coin alone: nothing spends it until it is thawed")
    freezing.add_argument("coin", metavar="TXID:N")
    freezing.add_argument("--note", help="your own words for it, which nobody else reads")
    thawing = _verb(verbs, "thaw", "have a frozen coin spent again, where it is needed")
    thawing.add_argument("coin", metavar="TXID:N")
    _add_payouts(
        _verb(verbs, "send", "pay Bitcoin addresses from the wallet's coins", moves_money=True)
    )
    unsigned = "make a payment to Bitcoin addresses that is not signed (BIP 174), and send nothing"
    _add_payouts(_verb(verbs, "export", unsigned))
    sign = _verb(
        verbs,
        "sign",
        "sign what is the wallet's in a partially signed transaction (BIP 174), and send it where "
        "nobody else has to",
        moves_money=True,
    )
    sign.add_argument("psbt", metavar="PSBT")
    bump = _verb(
        verbs, "bump", "hurry a transaction that waits, for a higher fee", moves_money=True
    )
    bump.add_argument("txid", metavar="TXID")
    _add_fee(bump)
    history = _verb(
        verbs, "transactions", "the newest transactions on chain; first those that wait"
    )
    history.add_argument("--limit", type=_count, default=50, metavar="N", help="default: 50")
    _verb(verbs, "fees", "what the chain costs now, by whom it was said and when")


def _add_payouts(parser: Any) -> None:
    parser.add_argument(
        "payouts",
        metavar="ADDRESS AMOUNT_SAT",
        nargs="*",
        help="one pair or several; with --all one address alone",
    )
    parser.add_argument(
        "--all", action="store_true", help="everything, to one address; what closes need stays"
    )
    parser.add_argument(
        "--coin",
        dest="coins",
        action="append",
        default=[],
        metavar="TXID:N",
        help="spend this coin, and none that is not named so; may be named again for others",
    )
    _add_fee(parser)
    parser.usage = (
        f"{parser.prog} [options] ADDRESS AMOUNT_SAT [ADDRESS AMOUNT_SAT ...]\n"
        f"       {parser.prog} [options] --all ADDRESS"
    )
    parser.set_defaults(run=partial(_run_payouts, parser))


def _add_fee(parser: Any) -> None:
    which = parser.add_mutually_exclusive_group()
    which.add_argument(
        "--feerate", type=_sat_vb, dest="feerate_per_kw", metavar="SAT_VB", help="such as 2 or 1.5"
    )
    which.add_argument(
        "--target", type=_blocks, metavar="BLOCKS", help="should confirm within so many blocks"
    )
    parser.add_argument("--max-fee-sat", type=_sat, metavar="N", help="pay no higher fee")


def _run_payouts(parser: argparse.ArgumentParser, options: argparse.Namespace) -> int:
    words = options.payouts
    if options.all:
        if len(words) != 1:
            parser.error("with --all give one address, and no amount")
        options.payouts = ((words[0], 0),)
        return _run(options)
    if not words or len(words) % 2:
        parser.error("give each address with its amount: ADDRESS AMOUNT_SAT")
    try:
        amounts = [_sat(text) for text in words[1::2]]
    except argparse.ArgumentTypeError as error:
        parser.error(f"argument AMOUNT_SAT: {error}")
    options.payouts = tuple(zip(words[::2], amounts, strict=True))
    return _run(options)


def _verb(verbs: Any, name: str, what: str, *, moves_money: bool = False) -> Any:
    parser = verbs.add_parser(name, help=what, description=f"{what[0].upper()}{what[1:]}.")
    add_place(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object, also for errors")
    if moves_money:
        parser.add_argument("--yes", action="store_true", help="do it without asking again")
    parser.set_defaults(run=_run, verb=name)
    return parser


def _run(options: argparse.Namespace) -> int:
    from lnwallet_tui.cli import errand

    return errand.run(options, may_ask=sys.stdin.isatty() and sys.stderr.isatty())


def _beginning(text: str) -> str:
    return repr(text) if len(text) <= 40 else f"{text[:40]!r}…"


def _number(text: str, most: int, what: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > most or len(text) > 20:
        raise argparse.ArgumentTypeError(f"{_beginning(text)} is not a whole number of {what}")
    return int(text)


def _amount(text: str, most: int, what: str) -> int:
    if text.isascii() and text.isdecimal() and int(text[:30]) > most:
        raise argparse.ArgumentTypeError(
            f"{_beginning(text)} is more than all bitcoin there can be: {most:,} {what}"
        )
    return _number(text, most, what)


def _sat(text: str) -> int:
    return _amount(text, _MOST_SAT, "sat")


def _msat(text: str) -> int:
    return _amount(text, _MOST_SAT * 1000, "msat (a thousandth of a sat)")


def _msat_or_any(text: str) -> int | None:
    return None if text == _ANY else _msat(text)


def _seconds(text: str) -> int:
    return _number(text, 366 * 86_400, "seconds up to a year")


def _blocks(text: str) -> int:
    return _number(text, 1_008, "blocks up to 1,008")


def _sat_vb(text: str) -> int:
    """In sat/kw, rounded up: four weight units are one virtual byte."""
    whole, point, rest = text.partition(".")
    digits = whole + rest if point else whole
    if not (digits.isascii() and digits.isdecimal()) or len(whole) > 6 or len(rest) > 3:
        raise argparse.ArgumentTypeError(f"{_beginning(text)} is no feerate in sat/vB")
    return -(-int(whole + rest.ljust(3, "0")) // 4)


def _count(text: str) -> int:
    return _number(text, 10_000, "lines up to 10,000")
