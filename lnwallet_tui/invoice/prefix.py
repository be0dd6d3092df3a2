"""The human-readable part of an invoice (BOLT 11): network and amount, exact."""

from __future__ import annotations

import re
from typing import Final

from lnwallet_tui.bitcoin.amount import AmountError, Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.errors import InvoiceError

# The longest prefix first: `lntbs` and `lnbcrt` begin like others.
_NETWORKS: Final = {
    network.bolt11_prefix: network
    for network in sorted(Network, key=lambda network: -len(network.bolt11_prefix))
}
# 21 million bitcoin have 20 digits in units of a pico-bitcoin.
_AMOUNT: Final = re.compile(r"([0-9]{1,20})([munp]?)")
_PICO_IN: Final = {"": 10**12, "m": 10**9, "u": 10**6, "n": 10**3, "p": 1}
_PICO_IN_MSAT: Final = 10


def read_prefix(hrp: str) -> tuple[Network, Msat | None]:
    """Network and amount of a lower-case human-readable part; None: the payer chooses."""
    for prefix, network in _NETWORKS.items():
        amount = hrp.removeprefix(prefix)
        if amount == "" and hrp == prefix:
            return network, None
        if hrp.startswith(prefix) and amount[0].isdigit():
            return network, _read_amount(amount)
    if not hrp.startswith("ln"):
        raise InvoiceError("This is not a Lightning invoice.")
    raise InvoiceError("The invoice is for a currency or network that this wallet does not know.")


def _read_amount(text: str) -> Msat:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise InvoiceError("The amount of the invoice is not a number with a known unit.")
    digits, multiplier = match.groups()
    # BOLT 11: "MUST encode `amount` as a positive decimal integer with no leading 0s".
    if digits.startswith("0"):
        raise InvoiceError("The amount of the invoice is zero or written with leading zeros.")
    value, remainder = divmod(int(digits) * _PICO_IN[multiplier], _PICO_IN_MSAT)
    # BOLT 11: "if multiplier is `p` and the last decimal of `amount` is not 0: MUST fail".
    if remainder:
        raise InvoiceError("The amount of the invoice is not a whole number of millisatoshis.")
    try:
        return Msat(value)
    except AmountError as error:
        raise InvoiceError("The amount of the invoice is more than all bitcoin.") from error


def write_prefix(network: Network, amount: Msat | None) -> str:
    """The human-readable part. BOLT 11: "SHOULD use the shortest representation possible"."""
    if amount is None:
        return network.bolt11_prefix
    assert amount, "an invoice over nothing leaves the amount out"
    pico = amount.value * _PICO_IN_MSAT
    multiplier = next(unit for unit, size in _PICO_IN.items() if pico % size == 0)
    return f"{network.bolt11_prefix}{pico // _PICO_IN[multiplier]}{multiplier}"
