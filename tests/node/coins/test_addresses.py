"""What of a pasted text is paid on chain: the address, and what its link says of it."""

from __future__ import annotations

import pytest

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node.coins import addresses

ADDRESS = "bcrt1qw508d6qejxtdg4y5r3zarvary0c5xw7kygt080"  # BIP 173's key, on regtest
ON_MAINNET = "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"


def read(text: str) -> AddressView:
    view = addresses.read(text, Network.REGTEST)
    assert isinstance(view, AddressView)
    return view


def refused(text: str) -> Refused:
    view = addresses.read(text, Network.REGTEST)
    assert isinstance(view, Refused)
    return view


@pytest.mark.parametrize(
    "text",
    [
        ADDRESS,
        f"  {ADDRESS}\n",
        f"Pay it to {ADDRESS}, please.",
        f"bitcoin:{ADDRESS}",
        f"bitcoin:?bcrt={ADDRESS}",
    ],
)
def test_an_address_alone_names_no_amount(text: str) -> None:
    view = read(text)
    assert (view.address, view.amount_sat, view.has_invoice) == (ADDRESS, 0, False)
    assert not view.label
    assert not view.message


def test_what_a_link_says_is_the_word_of_whoever_wrote_it() -> None:
    view = read(f"bitcoin:{ADDRESS}?amount=0.00025&label=the%20%1b[31mshop&message=two%20chairs")
    assert (view.address, view.amount_sat) == (ADDRESS, 25_000)
    assert view.label.raw() == "the \x1b[31mshop"
    assert "\x1b" not in view.label.cells(60)
    assert view.message.cells(60) == "two chairs"


def test_a_link_may_hold_an_invoice_beside_the_address() -> None:
    assert read(f"bitcoin:{ADDRESS}?lightning=lnbcrt1anything").has_invoice


def test_an_address_of_another_network_is_not_paid() -> None:
    said = refused(f"bitcoin:{ON_MAINNET}?amount=1")
    assert said.code is RefusalCode.WRONG_NETWORK
    assert said.message == "This address is not of regtest, where this wallet is."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("bitcoin:?lightning=lnbcrt1anything", "There is no Bitcoin address in this text."),
        ("lno1qcp4256ypq", "There is no Bitcoin address in this text."),
        ("hello", "This is not a Lightning invoice, a Bitcoin address or a node."),
        (f"bitcoin:{ADDRESS[:-1]}q", "The address in this link is not valid."),
        (
            f"bitcoin:{ADDRESS}?req-magic=1",
            "This link demands something that this wallet cannot do.",
        ),
    ],
)
def test_what_holds_none_says_so(text: str, message: str) -> None:
    assert refused(text).message == message
