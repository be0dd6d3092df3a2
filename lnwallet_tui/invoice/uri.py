"""What a pasted text is: an invoice, a Bitcoin address or link, a node, or a named other thing.

Only the form is looked at: an invoice that is recognised here may still be refused by
`bolt11.decode`, which then says why. Nothing is looked up anywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from bech32 import bech32_decode

from lnwallet_tui.bitcoin import curve
from lnwallet_tui.bitcoin.address import AddressError, address_to_script
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bip21 import BitcoinLink, LinkError, read_link

MAX_CHARACTERS: Final = 32_768
"""More than the longest invoice in the longest link, with the mail around it."""
DEFAULT_PORT: Final = 9735


@dataclass(frozen=True, slots=True)
class InvoiceText:
    """A BOLT 11 invoice, without anything around it."""

    text: str


@dataclass(frozen=True, slots=True)
class NodeUri:
    """A Lightning node: its public key (33 bytes), and where it listens if the text says so."""

    node_id: bytes
    host: str | None = None
    port: int = DEFAULT_PORT


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that we know by name and cannot use. `remedy` is a whole sentence."""

    name: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Nothing that we know. Message and remedy are whole sentences."""

    message: str
    remedy: str


Pasted = InvoiceText | BitcoinLink | NodeUri | Unsupported | Unknown

_ASK_INVOICE: Final = "Ask the receiver for a Lightning invoice: it begins with “ln”."
_NOTHING: Final = Unknown(
    "This is not a Lightning invoice, a Bitcoin address or a node.",
    "Copy the whole text again; an invoice begins with “ln”.",
)
_MISTYPED: Final = Unknown(
    "This looks like a Bitcoin address, but a character of it is wrong or missing.",
    "Copy the address again, all of it, or compare it with where it stands.",
)
_TOO_LONG: Final = Unknown("This text is too long.", "Copy only the invoice or the address.")
_ONLY_ONE: Final = "Paste only the one that is meant."
_INVOICES: Final = Unknown("There are several Lightning invoices in this text.", _ONLY_ONE)
_ADDRESSES: Final = Unknown("There are several Bitcoin addresses in this text.", _ONLY_ONE)
SEVERAL_NODES: Final = Unknown("There are several Lightning nodes in this text.", _ONLY_ONE)
_NO_NODE: Final = Unknown(
    "This looks like a node, but its id is not a valid key.",
    "Copy the whole line again: ID@HOST:PORT, where the id has 66 characters.",
)
_NO_HOST: Final = Unknown(
    "This looks like a node, but its address cannot be read.",
    "It must look like ID@HOST:PORT, for example 02…@203.0.113.5:9735.",
)
_NAMED: Final = {
    "lno1": Unsupported("a BOLT 12 offer", _ASK_INVOICE),
    "lnr1": Unsupported("a BOLT 12 invoice request", _ASK_INVOICE),
    "lni1": Unsupported("a BOLT 12 invoice", _ASK_INVOICE),
    "lnurl1": Unsupported("an LNURL", _ASK_INVOICE),
    "lnurlp:": Unsupported("an LNURL", _ASK_INVOICE),
    "lnurlw:": Unsupported("an LNURL withdrawal", "Make an invoice here and give it to the payer."),
    "lnurlc:": Unsupported("an LNURL channel request", "Ask for the node's ID@HOST:PORT."),
    "keyauth:": Unsupported("an LNURL login", "Log in there in another way."),
    "sp1": Unsupported("a silent payment address", "Ask the receiver for an ordinary address."),
    "tsp1": Unsupported("a silent payment address", "Ask the receiver for an ordinary address."),
}
_LIGHTNING_ADDRESS: Final = Unsupported("a Lightning address", _ASK_INVOICE)

# Deliberately loose, and without two repetitions side by side, which make a pattern slow.
_INVOICE: Final = re.compile(r"ln[a-z]{2}[0-9a-z]+", re.ASCII)
_CHECKSUM: Final = 6
_LONGEST_ADDRESS: Final = 90
_HRPS: Final = "|".join(network.hrp for network in Network)
_SEGWIT: Final = re.compile(rf"(?:{_HRPS})1[0-9a-z]{{8,}}", re.ASCII | re.IGNORECASE)
_BASE58: Final = re.compile(r"[123mn][1-9A-HJ-NP-Za-km-z]{24,34}", re.ASCII)
_LONG_WORD: Final = re.compile(r"[0-9a-z]{14,}", re.ASCII | re.IGNORECASE)
_NODE_ID: Final = re.compile(r"[0-9a-f]{66}", re.ASCII)
_HOST: Final = re.compile(r"(?:\[([0-9a-f:.]{2,45})\]|([a-z0-9._-]{1,253}))(?::([0-9]{1,5}))?")
_MAIL: Final = re.compile(r"[a-z0-9._+-]{1,64}@(?:[a-z0-9-]+\.)+[a-z0-9-]+", re.ASCII)
_AROUND: Final = " \t\r\n\"'“”‘’«»<>(){}[],;.!?"


def recognise(text: str) -> Pasted:
    """What `text` is: alone, broken over lines, or somewhere in a sentence.

    An invoice whose checksum is right goes before everything else, one that is damaged before what
    we cannot use. Of several of a kind none is chosen: which one is meant, only a person can read.
    """
    if len(text) > MAX_CHARACTERS:
        return _TOO_LONG
    if (several := _several(text)) is not None:
        return several
    damaged: InvoiceText | None = None
    unsupported: Unsupported | None = None
    other: Pasted | None = None
    for candidate in _candidates(text):
        found = _whole(candidate)
        if isinstance(found, Unsupported):
            unsupported = unsupported or found
        elif not isinstance(found, InvoiceText):
            other = other or found
        elif not _is_undamaged(found):
            damaged = damaged or found
        else:
            return found
    return other or damaged or unsupported or (_MISTYPED if _is_mistyped(text) else _NOTHING)


def _several(text: str) -> Unknown | None:
    """That there are several of a kind, in links too; the same one twice is one."""
    invoices, addresses, nodes = set[str](), set[str](), set[bytes]()
    for word in set(_LONG_WORD.findall(text)):
        match _whole(word):
            case InvoiceText(written) as invoice if _is_undamaged(invoice):
                invoices.add(written.lower())
            case BitcoinLink(address):
                addresses.add(address.lower() if _SEGWIT.fullmatch(address) else address)
            case NodeUri(node_id):
                nodes.add(node_id)
            case _:
                pass
    if len(invoices) > 1:
        return _INVOICES
    if len(addresses) > 1:
        return _ADDRESSES
    return SEVERAL_NODES if len(nodes) > 1 and not (invoices or addresses) else None


def _is_undamaged(invoice: InvoiceText) -> bool:
    return bech32_decode(invoice.text)[0] is not None


def _is_mistyped(text: str) -> bool:
    """Whether something in it has the form of an address; it is none, or it would be known."""
    words = [word.strip(_AROUND) for word in text.split()]
    return any(map(_SEGWIT.fullmatch, ["".join(words), *words])) or any(
        map(_BASE58.fullmatch, words)
    )


def _candidates(text: str) -> Iterator[str]:
    """The text itself, the text without line breaks and blanks, then each of its words."""
    yield text.strip(_AROUND)
    yield "".join(text.split()).strip(_AROUND)
    for word in text.split():
        yield word.strip(_AROUND)
        # LUD-01: a web link for those without a wallet, which brings the code along.
        _, found, rest = word.lower().partition("lightning=")
        if found and not word.lower().startswith("bitcoin:"):
            yield rest.partition("&")[0].strip(_AROUND)


def _whole(text: str) -> Pasted | None:
    lower = text.lower()
    if lower.startswith("lightning:"):
        return _whole(text[len("lightning:") :].removeprefix("//"))
    if lower.startswith("bitcoin:"):
        return _link(text)
    for prefix, named in _NAMED.items():
        if lower.startswith(prefix) and len(text) > len(prefix):
            return named
    if _INVOICE.fullmatch(lower) and 0 < lower.rfind("1") < len(lower) - _CHECKSUM:
        return InvoiceText(text)
    name, at, address = lower.partition("@")
    if _NODE_ID.fullmatch(name):
        return _node(bytes.fromhex(name), address if at else None)
    if _MAIL.fullmatch(lower):
        return _LIGHTNING_ADDRESS
    return BitcoinLink(text) if is_address(text) else None


def is_address(text: str) -> bool:
    """Whether it is a Bitcoin address of any network that we know."""
    for network in Network if len(text) <= _LONGEST_ADDRESS else ():
        try:
            address_to_script(text, network)
        except AddressError:
            continue
        return True
    return False


def _node(node_id: bytes, address: str | None) -> Pasted:
    if not curve.is_public_key(node_id):
        return _NO_NODE
    if address is None:
        return NodeUri(node_id)
    match = _HOST.fullmatch(address)
    if match is None:
        return _NO_HOST
    port = int(match[3] or DEFAULT_PORT)
    return NodeUri(node_id, match[1] or match[2], port) if 0 < port < 65_536 else _NO_HOST


def _link(text: str) -> Pasted:
    try:
        link = read_link(text)
    except LinkError as error:
        return Unknown(str(error), "Ask for the link or the address again.")
    inner = _whole(link.invoice) if link.invoice else None
    if link.address == "" and inner is not None:
        return inner
    if not is_address(link.address):
        return Unknown("The address in this link is not valid.", "Ask for the address again.")
    return link
