"""The verbs for scripts and for people who type: how each is asked for on the command line.

Arguments stand in the order in which a person would say them. Whatever carries a verb out is
imported only then (`errand`).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any, Final

from lnwallet_tui.cli.wallets import add_place

_MOST_SAT: Final = 21_000_000 * 100_000_000
_ANY: Final = "any"


def add_verbs(verbs: Any) -> None:
    """Add one parser for each verb to argparse's `verbs`."""
    _verb(verbs, "status", "where the node stands and what it waits for")
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
        "--force", action="store_true", help="alone, by publishing our commitment: slow and dearer"
    )
    closing.add_argument("--max-fee-sat", type=_sat, metavar="N", help="closing costs no more")


def _add_payments(verbs: Any) -> None:
    invoice = _verb(verbs, "invoice", "ask to be paid")
    invoice.add_argument("amount_msat", metavar="AMOUNT_MSAT|any", type=_msat_or_any)
    invoice.add_argument("--note", default="", help="what it is for; the payer reads it")
    invoice.add_argument(
        "--expiry-seconds", type=_seconds, default=3600, metavar="N", help="default: an hour"
    )
    decode = _verb(verbs, "decode", "what an invoice asks for")
    decode.add_argument("text", metavar="TEXT")
    pay = _verb(verbs, "pay", "pay an invoice; waits for the end", moves_money=True)
    pay.add_argument("text", metavar="TEXT")
    pay.add_argument("--amount-msat", type=_msat, metavar="N", help="where the invoice says none")
    pay.add_argument("--max-fee-msat", type=_msat, metavar="N", help="pay no higher fee")
    payments = _verb(verbs, "payments", "the newest payments")
    payments.add_argument("--limit", type=_count, default=100, metavar="N", help="default: 100")
    payments.add_argument("--find", default="", metavar="WORDS", help="as in Activity's search")


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


def _number(text: str, most: int, what: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text[:20]) > most or len(text) > 20:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a whole number of {what}")
    return int(text)


def _sat(text: str) -> int:
    return _number(text, _MOST_SAT, "sat")


def _msat(text: str) -> int:
    return _number(text, _MOST_SAT * 1000, "msat (a thousandth of a sat)")


def _msat_or_any(text: str) -> int | None:
    return None if text == _ANY else _msat(text)


def _seconds(text: str) -> int:
    return _number(text, 366 * 86_400, "seconds up to a year")


def _count(text: str) -> int:
    return _number(text, 10_000, "lines up to 10,000")
