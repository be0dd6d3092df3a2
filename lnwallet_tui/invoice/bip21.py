"""Bitcoin links (BIP 21, BIP 321), also with an invoice in them (BOLT 11: the key `lightning`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import AmountError, Sat

_ADDRESS_KEYS: Final = ("bc", "tb", "bcrt")
_AMOUNT: Final = re.compile(r"([0-9]{1,8})(?:\.([0-9]{0,8}))?", re.ASCII)


class LinkError(ValueError):
    """A link that must not be followed; the message is a whole sentence of ours."""


@dataclass(frozen=True, slots=True)
class BitcoinLink:
    """An on-chain address with what its link says. `invoice` pays the same over Lightning."""

    address: str
    amount: Sat | None = None
    label: Untrusted | None = None
    message: Untrusted | None = None
    invoice: str | None = None


def read_link(text: str) -> BitcoinLink:
    """Read `bitcoin:ADDRESS?key=value&…`; the address is not checked. Raises `LinkError`."""
    address, _, query = text[len("bitcoin:") :].removeprefix("//").partition("?")
    values: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        key, _, value = pair.partition("=")
        values.setdefault(key.lower(), unquote(value))
    # BIP 21: "variables prefixed with a req- are considered required. If a client does not
    # implement any variables which are prefixed with req-, it MUST consider the entire URI
    # invalid".
    if any(key.startswith("req-") for key in values):
        raise LinkError("This link demands something that this wallet cannot do.")
    # BIP 321: addresses may stand behind a key that is their human-readable part instead.
    named = (values[key] for key in _ADDRESS_KEYS if values.get(key))
    return BitcoinLink(
        address=address or next(named, ""),
        amount=_read_amount(values["amount"]) if "amount" in values else None,
        label=_untrusted(values.get("label")),
        message=_untrusted(values.get("message")),
        invoice=values.get("lightning") or values.get("lno"),
    )


def _read_amount(text: str) -> Sat:
    """BIP 21: bitcoin in decimal, a period between whole coins and the rest."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise LinkError("The amount in this link cannot be read.")
    try:
        return Sat(int(match[1]) * 100_000_000 + int((match[2] or "").ljust(8, "0")))
    except AmountError as error:
        raise LinkError("The amount in this link is more than all bitcoin.") from error


def _untrusted(text: str | None) -> Untrusted | None:
    return None if text is None else Untrusted(text)
