"""What the wallet notes beside a transaction that it makes; stored with it, so never reworded."""

from __future__ import annotations

from typing import Final

OPENS: Final = "opens a channel"
FEE_OF_OPENING: Final = "fee of an opening"
FEE_OF_CLOSE: Final = "fee of a close"
FEE_OF_PAYMENT: Final = "fee of a payment on chain"
FEES: Final = (FEE_OF_OPENING, FEE_OF_CLOSE, FEE_OF_PAYMENT)
LEFT_BEHIND: Final = "from a channel of an earlier life"
