"""Whatever people paste: recognised, named, or answered with a sentence."""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.invoice.bip21 import BitcoinLink
from lnwallet_tui.invoice.bolt11 import encode
from lnwallet_tui.invoice.uri import (
    MAX_CHARACTERS,
    InvoiceText,
    NodeUri,
    Unknown,
    Unsupported,
    recognise,
)
from tests.invoice.invoices import NODE, NODE_ID, invoice, sign
from tests.invoice.pasted import PIECES, STARTS, hostile
from tests.work import is_linear, steps

INVOICE = encode(invoice(), sign)
OTHER_INVOICE = encode(replace(invoice(), expiry=77), sign)
OTHER_NODE = "02" + NODE_ID[2:] if NODE_ID.startswith("03") else "03" + NODE_ID[2:]
ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"
BASE58 = "1RustyRX2oai4EYYDpQGWvEL62BBGqN9T"


@pytest.mark.parametrize(
    "text",
    [
        INVOICE,
        INVOICE.upper(),
        f"  {INVOICE}\n",
        f"lightning:{INVOICE}",
        f"LIGHTNING:{INVOICE.upper()}",
        f"lightning://{INVOICE}",
        f"Please pay {INVOICE}, thanks!",
        f'<a href="lightning:{INVOICE}">pay</a>'.replace('"', ' " '),
        f"“{INVOICE}”.",
        f"{INVOICE} thanks",
        f"lnbc is how it begins: {INVOICE}",
        "\n".join(INVOICE[i : i + 40] for i in range(0, len(INVOICE), 40)),
        " ".join(INVOICE[i : i + 7] for i in range(0, len(INVOICE), 7)),
        f"bitcoin:?lightning={INVOICE}",
        f"{NODE_ID}@node.example:9735 asks: {INVOICE}",
        f"{ADDRESS} or {INVOICE}",
        f"https://shop.example/pay?id=3&lightning={INVOICE.upper()}&x=1",
    ],
)
def test_an_invoice_is_found(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, InvoiceText)
    assert found.text.lower() == INVOICE


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (f"do not use {ADDRESS} any more, new one: {BASE58}", "several Bitcoin addresses"),
        (f"{ADDRESS}\n{BASE58}", "several Bitcoin addresses"),
        (f"{BASE58} {ADDRESS}", "several Bitcoin addresses"),
        (f"bitcoin:{ADDRESS} or {BASE58}", "several Bitcoin addresses"),
        (f"bitcoin:{ADDRESS}?bcrt={BASE58}", "several Bitcoin addresses"),
        (f"bitcoin:{ADDRESS}?lightning={INVOICE} {OTHER_INVOICE}", "several Lightning invoices"),
        (f"not this: {INVOICE} but this: {OTHER_INVOICE}", "several Lightning invoices"),
        (f"{INVOICE}\n{OTHER_INVOICE}", "several Lightning invoices"),
        (f"lightning:{INVOICE} {OTHER_INVOICE.upper()}", "several Lightning invoices"),
        (f"{INVOICE} https://shop.example/?lightning={OTHER_INVOICE}", "several Lightning"),
        (f"{NODE_ID}@rosa:9735 or {OTHER_NODE}@rosa:9735", "several Lightning nodes"),
    ],
)
def test_no_one_of_several_is_chosen(text: str, named: str) -> None:
    found = recognise(text)
    assert isinstance(found, Unknown)
    assert named in found.message
    assert found.remedy.startswith("Paste only the one that is meant")


@pytest.mark.parametrize(
    "text",
    [
        *[f"{ADDRESS} {ADDRESS}", f"{ADDRESS}, again: {ADDRESS.upper()}"],
        f"{ADDRESS} bitcoin:{ADDRESS}",
        f"{ADDRESS}\n{ADDRESS}",
    ],
)
def test_the_same_address_twice_is_one(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, BitcoinLink)
    assert found.address.lower() == ADDRESS


@pytest.mark.parametrize(
    "text",
    [
        *[f"{INVOICE} {INVOICE}", f"{INVOICE}\n{INVOICE.upper()}"],
        f"lightning:{INVOICE} or {INVOICE}",
        f"https://shop.example/?lightning={INVOICE} {INVOICE}",
    ],
)
def test_the_same_invoice_twice_is_one(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, InvoiceText)
    assert found.text.lower() == INVOICE


@pytest.mark.parametrize("end", ["", f" {ADDRESS}"])
def test_a_link_with_both_is_one_whatever_of_it_is_repeated(end: str) -> None:
    found = recognise(f"bitcoin:{ADDRESS}?lightning={INVOICE}{end}")
    assert isinstance(found, BitcoinLink)
    assert found.address == ADDRESS
    assert recognise(found.invoice or "") == InvoiceText(INVOICE)


def test_a_damaged_invoice_is_still_one_so_that_its_reader_can_say_why() -> None:
    assert recognise(INVOICE[:60]) == InvoiceText(INVOICE[:60])
    assert recognise("lnltc10u1pvjluez") == InvoiceText("lnltc10u1pvjluez")


@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.upper(), BASE58])
def test_an_address_is_found(address: str) -> None:
    assert recognise(address) == BitcoinLink(address)
    assert recognise(f"send it to {address}.") == BitcoinLink(address)
    assert recognise(f"bitcoin:{address}") == BitcoinLink(address)


@pytest.mark.parametrize(
    "text",
    [
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5",  # the last character is another
        "BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T5",
        "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t",  # it was cut
        "bcrt1qw508d6qejxtdg4y5\nr3zarvary0c5xw7kygt081",
        "Pay to tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsy, please.",
        "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb",
    ],
)
def test_an_address_that_is_wrong_is_said_to_look_mistyped(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, Unknown)
    assert found.message.startswith("This looks like a Bitcoin address, but a character")


def test_a_sentence_does_not_look_like_an_address() -> None:
    for text in ("2 coffees for mark tonight ok", "bc1", "1 2 3", "tb1 q w", "n" * 40, "1" * 24):
        found = recognise(text)
        assert isinstance(found, Unknown)
        assert found.message.startswith("This is not a Lightning invoice")


def test_a_link_says_more() -> None:
    text = f"BITCOIN:{ADDRESS}?amount=0.00012&label=T%26B&message=a%20b&LIGHTNING={INVOICE}&x=1"
    assert recognise(text) == BitcoinLink(
        ADDRESS, Sat(12_000), Untrusted("T&B"), Untrusted("a b"), INVOICE
    )


@pytest.mark.parametrize(
    ("amount", "sat"),
    [
        *[("1", 10**8), ("0.5", 5 * 10**7), ("20.3", 203 * 10**7), ("0.00000001", 1)],
        *[("21000000", 21_000_000 * 10**8), ("21000001", -1), ("0.000000001", -1)],
        *[("0.1.2", -1), ("1e3", -1), ("-1", -1), ("", -1), ("٣", -1), ("1,5", -1)],
    ],
)
def test_amounts_in_links_are_exact(amount: str, sat: int) -> None:
    found = recognise(f"bitcoin:{ADDRESS}?amount={amount}")
    if sat == -1:
        assert isinstance(found, Unknown)
        assert "amount" in found.message
    else:
        assert found == BitcoinLink(ADDRESS, Sat(sat))


def test_a_link_with_demands_is_not_followed() -> None:
    found = recognise(f"bitcoin:{ADDRESS}?req-pj=1")
    assert isinstance(found, Unknown)
    assert "demands" in found.message


@pytest.mark.parametrize("address", ["", "nobody", ADDRESS[:-1], BASE58[:-1] + "U"])
def test_a_link_without_an_address_is_refused(address: str) -> None:
    assert isinstance(recognise(f"bitcoin:{address}"), Unknown)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:9736", "127.0.0.1", 9736),
        ("node.example.org:9735", "node.example.org", 9735),
        ("node.example.org", "node.example.org", 9735),
        ("[2001:db8::1]:9999", "2001:db8::1", 9999),
        ("a" * 56 + ".onion:9735", "a" * 56 + ".onion", 9735),
        ("rosa:9735", "rosa", 9735),
    ],
)
def test_a_node_is_found(address: str, host: str, port: int) -> None:
    assert recognise(f"{NODE_ID}@{address}") == NodeUri(NODE, host, port)
    assert recognise(f" {NODE_ID.upper()}@{address}\n") == NodeUri(NODE, host, port)


def test_a_node_may_come_without_its_address() -> None:
    assert recognise(NODE_ID) == NodeUri(NODE)


@pytest.mark.parametrize(
    "text",
    ["02" + "ff" * 32]
    + [f"{NODE_ID}@{rest}" for rest in ("", ":9735", "host:0", "host:65536", "ho st:x", "a/b:1")],
)
def test_a_bad_node_is_named_as_one(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, Unknown)
    assert "looks like a node" in found.message


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("lno1qgsqvgnwgcg35z6ee2h3yczraddm72xrfua9uve2rlrm9deu7xyfzrc", "a BOLT 12 offer"),
        ("lightning:LNO1QGSQVGNWGCG35Z6EE2H3", "a BOLT 12 offer"),
        ("lni1qqgds", "a BOLT 12 invoice"),
        ("lnr1qqp66", "a BOLT 12 invoice request"),
        ("LNURL1DP68GURN8GHJ7UM9WFMXJCM99E3K7MF0V9CXJ0M385EKVCENXC6R2C35XVUKXEFCV5", "an LNURL"),
        ("lightning:lnurl1dp68gurn8ghj7", "an LNURL"),
        ("lnurlp:example.com/x", "an LNURL"),
        ("lnurlw://example.com/x", "an LNURL withdrawal"),
        ("keyauth://example.com?tag=login", "an LNURL login"),
        ("rosa@example.com", "a Lightning address"),
        ("sp1qqgste7k9hx0qftg6qmwlkqtwuy6cycyavzmzj85c6qdfhjdpdjtdgqjuexzk6murw56", "a silent"),
        ("bitcoin:?lno=lno1qgsqvgnwgcg35z6ee2h3", "a BOLT 12 offer"),
    ],
)
def test_what_we_cannot_use_is_called_by_its_name(text: str, name: str) -> None:
    found = recognise(text)
    assert isinstance(found, Unsupported)
    assert found.name.startswith(name)
    assert found.remedy.endswith(".")


def test_what_can_be_used_goes_before_what_cannot() -> None:
    assert recognise(f"rosa@example.com {INVOICE}") == InvoiceText(INVOICE)


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "hello", "ln", "lnbc", "lightning:", "bitcoin:", "@", "a@b", "\0", "٣" * 66],
        *["file:///etc/passwd", "javascript:alert(1)", "https://example.com/?x=1", "ſ" * 40],
    ],
)
def test_anything_else_gets_a_sentence(text: str) -> None:
    found = recognise(text)
    assert isinstance(found, Unknown)
    assert found.message.endswith(".")
    assert found.remedy.endswith(".")


@pytest.mark.parametrize("prefix", ["", "lightning:", "bitcoin:?lno="])
def test_vuln_088_bolt_12_is_refused_by_its_name(prefix: str) -> None:
    """LDK before 0.1 paid what an invoice asked and not what had been agreed on. An offer is not
    paid here at all."""
    offer = "lno1pqps7sjqpgtyzm3qv4uxzmtsd3jjqer9wd3hy6tsw35k7msjzfpy7nz5yqcnygrfdej82um5wf5k2"
    found = recognise(prefix + offer)
    assert isinstance(found, Unsupported)
    assert found.name == "a BOLT 12 offer"


@pytest.mark.parametrize(
    "text",
    [
        *["file:///etc/passwd", "smb://203.0.113.5/share", "javascript:alert(1)"],
        *["http://127.0.0.1/pay", "https://169.254.169.254/latest", "https://[::1]/"],
        *["https://пример.example/pay", "ftp://example.com/invoice", "data:text/plain,lnbc1"],
        *["bitcoin:?r=file:///etc/passwd", f"bitcoin:{ADDRESS}?req-r=https://example.com/i"],
        *["lightning:https://example.com/", "bitcoin:?lightning=file:///etc/passwd"],
        *["lnurlp://127.0.0.1/x", "lnurlw://169.254.169.254/x", "keyauth://[::1]/"],
    ],
)
def test_vuln_092_no_address_of_a_page_is_followed(text: str) -> None:
    """Electrum before 4.2.2 opened `file://` from a payment link (BIP 70)."""
    assert isinstance(recognise(text), Unknown | Unsupported)


def test_vuln_092_what_else_stands_in_a_link_is_left_alone() -> None:
    """The same: BIP 21 has clients ignore what they do not know, and nothing is ever looked up."""
    found = recognise(f"bitcoin:{ADDRESS}?r=https://example.com/i&pj=http://127.0.0.1/")
    assert found == BitcoinLink(ADDRESS)


def test_vuln_086_a_huge_text_is_not_searched() -> None:
    """LND's reader had no limit."""
    found = recognise("lnbc1" + "q" * 1_700_000)
    assert isinstance(found, Unknown)
    assert "too long" in found.message


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("start", STARTS)
def test_no_text_takes_more_steps_than_it_is_long(start: str, piece: str) -> None:
    """What the patterns take is no step: `tests.benchmarks.pasted` times them."""

    def recognising(length: int) -> int:
        return steps(partial(recognise, hostile(start, piece, length)))

    assert is_linear(recognising, MAX_CHARACTERS // 16)


@given(st.text(max_size=300) | st.binary(max_size=100).map(lambda b: b.decode("latin-1")))
def test_no_text_is_an_exception(text: str) -> None:
    for prefix in ("", "bitcoin:", "lightning:", "bitcoin:?lightning=", f"{NODE_ID}@"):
        recognise(prefix + text)


@pytest.mark.parametrize("key", ["bc", "BCRT", "tb"])
def test_bip_321_an_address_behind_a_key(key: str) -> None:
    assert recognise(f"bitcoin:?{key}={ADDRESS}") == BitcoinLink(ADDRESS)
    both = recognise(f"BITCOIN:?{key}={ADDRESS}&lightning={INVOICE}")
    assert both == BitcoinLink(ADDRESS, invoice=INVOICE)


def test_bip_321_an_offer_alone_or_beside_an_invoice() -> None:
    offer = "lno1qcp4256ypq"
    alone = recognise(f"bitcoin:?lno={offer}")
    assert isinstance(alone, Unsupported)
    assert alone.name == "a BOLT 12 offer"
    assert recognise(f"bitcoin:?lno={offer}&lightning={INVOICE}") == InvoiceText(INVOICE)


def test_a_web_link_with_an_lnurl_is_named_for_what_it_is() -> None:
    found = recognise("https://service.example/gift?id=1&lightning=LNURL1DP68GURN8GHJ7")
    assert isinstance(found, Unsupported)
    assert found.name == "an LNURL"
