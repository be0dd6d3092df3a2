"""BOLT 3's weights, its worked example, and the boundary at which an HTLC is trimmed."""

from __future__ import annotations

import pytest

from lnwallet_tui.bitcoin.amount import Msat, Sat
from lnwallet_tui.channel.fees import (
    commitment_fee,
    commitment_weight,
    funder_cost,
    htlc_fee,
    htlc_weight,
    is_trimmed,
)


def test_weights() -> None:
    assert [commitment_weight(n, False) for n in (0, 1, 966)] == [724, 896, 724 + 172 * 966]
    assert [commitment_weight(n, True) for n in (0, 1, 966)] == [1124, 1296, 1124 + 172 * 966]
    assert (htlc_weight(True, False), htlc_weight(False, False)) == (663, 703)
    assert (htlc_weight(True, True), htlc_weight(False, True)) == (666, 706)


def test_the_example_of_fee_calculation() -> None:
    """BOLT 3, Fee Calculation, "Example"."""
    assert htlc_fee(5000, True, False) == Sat(3315)
    assert htlc_fee(5000, False, False) == Sat(3515)
    amounts = [(5000, True), (1000, True), (7000, False), (800, False)]
    untrimmed = [
        amount
        for amount, offered in amounts
        if not is_trimmed(
            Sat(amount).to_msat(),
            offered=offered,
            dust_limit=Sat(546),
            feerate_per_kw=5000,
            anchors=False,
        )
    ]
    assert untrimmed == [5000, 7000]
    assert commitment_fee(5000, len(untrimmed), False) == Sat(5340)


def test_the_funder_pays_for_two_anchors() -> None:
    assert funder_cost(253, 1, False) == commitment_fee(253, 1, False)
    assert funder_cost(253, 1, True) == commitment_fee(253, 1, True) + Sat(660)


def test_htlc_transactions_on_anchors_cost_nothing() -> None:
    assert htlc_fee(50_000, True, True) == Sat(0)
    assert htlc_fee(50_000, False, True) == Sat(0)


@pytest.mark.parametrize("anchors", [False, True])
@pytest.mark.parametrize("offered", [False, True])
@pytest.mark.parametrize("feerate", [0, 253, 999, 15_000])
def test_vuln_022_an_htlc_equal_to_the_limit_is_not_trimmed(
    anchors: bool, offered: bool, feerate: int
) -> None:
    """Electrum 4.8.1 trimmed an HTLC of exactly the limit: a different transaction."""
    fee = 0 if anchors else feerate * (663 if offered else 703) // 1000
    limit = Msat((546 + fee) * 1000)

    def trimmed(amount: Msat) -> bool:
        return is_trimmed(
            amount,
            offered=offered,
            dust_limit=Sat(546),
            feerate_per_kw=feerate,
            anchors=anchors,
        )

    assert trimmed(limit - Msat(1000))
    assert trimmed(limit - Msat(1))  # whole satoshis count
    assert not trimmed(limit)
    assert not trimmed(limit + Msat(1000))
