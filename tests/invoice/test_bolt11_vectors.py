"""All examples of BOLT 11, read field by field, refused for the right reason, written again."""

import re
from typing import Any

import pytest

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.bitcoin.address import address_to_script
from lnwallet_tui.bitcoin.amount import Msat
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.invoice.bolt11 import HopHint, Invoice, InvoiceError, decode, encode
from lnwallet_tui.wire.features import Features
from lnwallet_tui.wire.scid import ShortChannelId
from tests.invoice.invoices import NODE_ID, VECTORS, sign

SIGNED_BY_NODE = [v for v in VECTORS["valid"] if v["payee"] == NODE_ID]


def by_comment(vector: Any) -> str:
    return str(vector["comment"])[:60]


def hop(vector: Any) -> HopHint:
    return HopHint(
        bytes.fromhex(vector["node_id"]),
        ShortChannelId.parse(vector["short_channel_id"]),
        Msat(vector["fee_base_msat"]),
        vector["fee_proportional_millionths"],
        vector["cltv_expiry_delta"],
    )


def expected(vector: Any) -> Invoice:
    network = Network(vector["network"])

    def optional(name: str) -> bytes | None:
        return None if vector[name] is None else bytes.fromhex(vector[name])

    return Invoice(
        network=network,
        payee=bytes.fromhex(vector["payee"]),
        payment_hash=bytes.fromhex(vector["payment_hash"]),
        payment_secret=bytes.fromhex(vector["payment_secret"]),
        timestamp=vector["timestamp"],
        amount=None if vector["amount_msat"] is None else Msat(vector["amount_msat"]),
        description=None if vector["description"] is None else Untrusted(vector["description"]),
        description_hash=optional("description_hash"),
        expiry=vector["expiry"],
        min_final_cltv_expiry_delta=vector["min_final_cltv_expiry_delta"],
        features=Features(vector["features"]),
        route_hints=tuple(tuple(map(hop, hint)) for hint in vector["route_hints"]),
        payment_metadata=optional("payment_metadata"),
        fallbacks=tuple(address_to_script(a, network) for a in vector["fallbacks"]),
    )


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=by_comment)
def test_a_valid_example_says_what_the_bolt_says(vector: Any) -> None:
    assert decode(vector["invoice"]) == expected(vector)


@pytest.mark.parametrize("vector", SIGNED_BY_NODE, ids=by_comment)
def test_a_valid_example_survives_being_written(vector: Any) -> None:
    assert decode(encode(expected(vector), sign)) == expected(vector)


def test_examples_in_our_order_of_fields_are_written_to_the_letter() -> None:
    same = [v for v in SIGNED_BY_NODE if encode(expected(v), sign) == v["invoice"]]
    assert len(same) == 6  # the others have their fields in another order, or are in upper case


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=by_comment)
def test_an_invalid_example_is_refused_for_its_reason(vector: Any) -> None:
    with pytest.raises(InvoiceError, match=re.escape(vector["message"])):
        decode(vector["invoice"])


def test_the_example_that_the_text_contradicts_follows_the_text() -> None:
    [vector] = VECTORS["contradicted"]
    with pytest.raises(InvoiceError, match=vector["message"]):
        decode(vector["invoice"])
