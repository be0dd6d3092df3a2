"""What a pasted text pays on chain: an address, or a link with one."""

from __future__ import annotations

from typing import Final

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.api.spending import PaidView
from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.address import (
    AddressError,
    WrongNetworkError,
    address_to_script,
    script_to_address,
)
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.bitcoin.tx import TxOut
from lnwallet_tui.invoice.bip21 import BitcoinLink
from lnwallet_tui.invoice.uri import Unknown, recognise

_NOTHING: Final = Untrusted("")


def read(text: str, network: Network) -> AddressView | Refused:
    """The address in it, and what its link says."""
    pasted = recognise(text)
    if isinstance(pasted, Unknown):
        return Refused(RefusalCode.BAD_INPUT, pasted.message, pasted.remedy)
    if not isinstance(pasted, BitcoinLink) or not pasted.address:
        return Refused(
            RefusalCode.BAD_INPUT,
            "There is no Bitcoin address in this text.",
            "Ask whoever is to be paid for one.",
        )
    script = script_of(pasted.address, network)
    if isinstance(script, Refused):
        return script
    return AddressView(
        address=pasted.address.strip(),
        amount_sat=pasted.amount.value if pasted.amount is not None else 0,
        label=pasted.label or _NOTHING,
        message=pasted.message or _NOTHING,
        has_invoice=bool(pasted.invoice),
    )


def paid_to(output: TxOut, network: Network, *, yours: bool) -> PaidView:
    """Whom an output pays."""
    try:
        address = script_to_address(output.script_pubkey, network)
    except AddressError:
        address = ""  # such as data, or a script of others that is paid bare
    return PaidView(
        address=address,
        amount_sat=output.value.value,
        yours=yours,
        script=output.script_pubkey.hex(),
    )


def script_of(address: str, network: Network) -> bytes | Refused:
    """What an output that pays this address is locked by."""
    try:
        return address_to_script(address.strip(), network)
    except WrongNetworkError:
        return Refused(
            RefusalCode.WRONG_NETWORK,
            f"This address is not of {network.value}, where this wallet is.",
            "Ask whoever is to be paid for an address of this network.",
        )
    except AddressError as error:
        return Refused(
            RefusalCode.BAD_INPUT,
            f"This is no Bitcoin address: {error}.",
            "Copy the address again, all of it.",
        )
