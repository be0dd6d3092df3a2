"""Addresses as people write them."""

import pytest

from lnwallet_tui.net.address import split_address

GOOD = {
    "127.0.0.1:9736": ("127.0.0.1", 9736),
    " node.example:1 ": ("node.example", 1),
    "node.example": ("node.example", 9735),
    "[2001:db8::1]:65535": ("2001:db8::1", 65535),
    "[2001:db8::1]": ("2001:db8::1", 9735),
    "2001:db8::1": ("2001:db8::1", 9735),
}


@pytest.mark.parametrize("text", GOOD)
def test_an_address(text: str) -> None:
    assert split_address(text) == GOOD[text]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ":9735",
        "host:",
        "host:0",
        "host:65536",
        "host:-1",
        "host:٣",
        "a b:1",
        "[::1",
        "[::1]9735",
        "host:" + "9" * 5000,
        "h" * 301,
    ],
)
def test_no_address(text: str) -> None:
    with pytest.raises(ValueError, match=r"address|port"):
        split_address(text)
