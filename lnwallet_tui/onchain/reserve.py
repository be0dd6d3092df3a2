"""What a channel with anchors asks to be kept on chain: its commitment pays hardly anything by
itself, its HTLC transactions nothing at all.

Vulnerability class: reserves that left out the cost of inputs, or whole channels, and so could not
close what they were for when fees were high.
"""

from __future__ import annotations

from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.bitcoin.fees import fee_of_tx
from lnwallet_tui.bitcoin.tx import OutPoint
from lnwallet_tui.channel.fees import ANCHOR_VALUE, commitment_weight, htlc_weight
from lnwallet_tui.channel.scripts import anchor_script
from lnwallet_tui.coins.weights import INPUT_WEIGHT, dust_threshold, output_weight, tx_weight
from lnwallet_tui.onchain.claim import AnchorKey, Claim
from lnwallet_tui.policy import Policy

_CHANGE: Final = b"\x00\x14" + bytes(20)
_ANCHOR: Final = Claim(
    OutPoint(bytes(32), 0), ANCHOR_VALUE, anchor_script(b"\x02" + bytes(32)), AnchorKey(), 0
)


def bump_reserve(policy: Policy) -> Sat:
    """What one channel may cost at `policy.bump_feerate`: the commitment with its child, then so
    many HTLC transactions one after the other, each with the change of the one before."""
    weights = [
        commitment_weight(policy.bump_claims, anchors=True)
        + tx_weight(1, (_CHANGE,))
        + _ANCHOR.input_weight,
        # HTLC-success is the heavier one.
        *[htlc_weight(offered=False, anchors=True) + INPUT_WEIGHT + output_weight(_CHANGE)]
        * policy.bump_claims,
    ]
    fees = (fee_of_tx(policy.bump_feerate, weight) for weight in weights)
    return sum(fees, ZERO_SAT) + dust_threshold(_CHANGE)
