"""What `decode` says of an invoice: all that stands in it, by the examples of BOLT 11."""

from __future__ import annotations

from typing import Any

import pytest

from lnwallet_tui.cli.answers import decoded
from lnwallet_tui.invoice.bolt11 import decode
from lnwallet_tui.node.payments.payment_views import decoded_view
from tests.invoice.invoices import VECTORS


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda one: str(one["comment"])[:40])
def test_every_field_of_an_invoice_is_told(vector: Any) -> None:
    told = decoded(decoded_view(vector["invoice"], decode(vector["invoice"]), now=0))
    for name in (
        "network", "amount_msat", "payee", "payment_hash", "payment_secret", "route_hints",
        "min_final_cltv_expiry_delta",
    ):  # fmt: skip
        assert told[name] == vector[name], name
    assert told["description"] == (vector["description"] or "")
    assert told["description_hash"] == (vector["description_hash"] or "")
    assert told["payment_metadata"] == (vector["payment_metadata"] or "")
    assert told["fallback_addresses"] == vector["fallbacks"]
    assert (told["created_at"], told["expires_at"]) == (
        vector["timestamp"],
        vector["timestamp"] + vector["expiry"],
    )
    assert "payment_secret" in told["features"]
