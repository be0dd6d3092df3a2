"""What commitments and HTLC transactions weigh and cost, and which HTLCs are too small for them.

`is_trimmed` is the only place where that is decided: whoever accepts, builds or counts asks it.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Msat, Sat
from lnwallet_tui.bitcoin.fees import fee_for_weight

ANCHOR_VALUE: Final = Sat(330)
HTLC_OUTPUT_WEIGHT: Final = 172

_COMMITMENT: Final = {False: 724, True: 1124}
_HTLC_TIMEOUT: Final = {False: 663, True: 666}
_HTLC_SUCCESS: Final = {False: 703, True: 706}


def commitment_weight(untrimmed_htlcs: int, anchors: bool) -> int:
    """BOLT 3's expected weight of a signed commitment."""
    return _COMMITMENT[anchors] + HTLC_OUTPUT_WEIGHT * untrimmed_htlcs


def commitment_fee(feerate_per_kw: int, untrimmed_htlcs: int, anchors: bool) -> Sat:
    """BOLT 3's base fee: what the funder pays for a commitment, without the anchors' value."""
    return fee_for_weight(feerate_per_kw, commitment_weight(untrimmed_htlcs, anchors))


def funder_cost(feerate_per_kw: int, untrimmed_htlcs: int, anchors: bool) -> Sat:
    """Everything a commitment takes from the funder's side: the base fee and both anchors."""
    fee = commitment_fee(feerate_per_kw, untrimmed_htlcs, anchors)
    return fee + ANCHOR_VALUE * 2 if anchors else fee


def htlc_weight(offered: bool, anchors: bool) -> int:
    """The weight of the HTLC-timeout (offered by the holder) or HTLC-success transaction."""
    return (_HTLC_TIMEOUT if offered else _HTLC_SUCCESS)[anchors]


def htlc_fee(feerate_per_kw: int, offered: bool, anchors: bool) -> Sat:
    """The fee inside the HTLC transaction: none on anchors, where the holder adds inputs."""
    return ZERO_SAT if anchors else fee_for_weight(feerate_per_kw, htlc_weight(offered, anchors))


def is_trimmed(
    amount: Msat, *, offered: bool, dust_limit: Sat, feerate_per_kw: int, anchors: bool
) -> bool:
    """Whether the HTLC has no output in a commitment whose holder has this dust limit.

    `offered` is seen from that holder.
    """
    # BOLT 3: "if the HTLC amount minus the HTLC-timeout fee would be less than
    # `dust_limit_satoshis` set by the transaction owner: MUST NOT contain that output"
    return amount.floor_sat() < dust_limit + htlc_fee(feerate_per_kw, offered, anchors)
