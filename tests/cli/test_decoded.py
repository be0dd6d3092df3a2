"""What `decode` says of an invoice: all that stands in it, by the examples of BOLT 11."""

from __future__ import annotations

from typing import Any, cast

import pytest

from lnwallet_tui.cli import told
from lnwallet_tui.cli.answers import decoded
from lnwallet_tui.invoice.bolt11 import decode
from lnwallet_tui.node.payments.payment_views import decoded_view
from tests.cli.forms import assert_form, form_of
from tests.invoice.invoices import VECTORS


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda one: str(one["comment"])[:40])
def test_every_field_of_an_invoice_is_told(vector: Any) -> None:
    said = decoded(decoded_view(vector["invoice"], decode(vector["invoice"]), now=0))
    assert_form(said, form_of("decode"), "decode")
    for name in (
        "network", "amount_msat", "payee", "payment_hash", "payment_secret", "route_hints",
        "min_final_cltv_expiry_delta",
    ):  # fmt: skip
        assert said[name] == vector[name], name
    assert said["description"] == (vector["description"] or "")
    assert said["description_hash"] == (vector["description_hash"] or "")
    assert said["payment_metadata"] == (vector["payment_metadata"] or "")
    assert said["fallback_addresses"] == vector["fallbacks"]
    assert (said["created_at"], said["expires_at"]) == (
        vector["timestamp"],
        vector["timestamp"] + vector["expiry"],
    )
    assert "payment_secret" in cast("list[str]", said["features"])


def test_people_read_it_hop_by_hop_and_nothing_of_what_is_not_in_it() -> None:
    plain, hinted = VECTORS["valid"][0]["invoice"], VECTORS["valid"][5]["invoice"]
    lines = told.answer(decoded(decoded_view(hinted, decode(hinted), now=0))).splitlines()
    at = lines.index("Route hint: 2")
    assert [line.split() for line in lines[at + 2 : at + 4]] == [
        ["Node", "id", VECTORS["valid"][5]["route_hints"][0][0]["node_id"]],
        ["Short", "channel", "id", "66051x263430x1800"],
    ]
    assert "Fallback addresses       1RustyRX2oai4EYYDpQGWvEL62BBGqN9T" in lines
    bare = told.answer(decoded(decoded_view(plain, decode(plain), now=0)))
    assert not any(word in bare for word in ("Route", "Fallback", "hash         none", "metadata"))
