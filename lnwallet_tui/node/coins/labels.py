"""What the wallet notes beside a transaction that it makes; stored with it, so never reworded."""

from __future__ import annotations

from typing import Final

OPENS: Final = "opens a channel"
FEE_OF_OPENING: Final = "fee of an opening"
FEE_OF_CLOSE: Final = "fee of a close"
FEE_OF_PAYMENT: Final = "fee of a payment on chain"
FEE_OF_WAITING: Final = "fee of a transaction that waits"
FEES: Final = (FEE_OF_OPENING, FEE_OF_CLOSE, FEE_OF_PAYMENT, FEE_OF_WAITING)
CHILDREN: Final = (FEE_OF_OPENING, FEE_OF_WAITING)
"""Of transactions that wait, made for their sake alone."""

SENDS: Final = "sends"
SENDS_ALL: Final = "sends everything"
PAYMENTS: Final = (SENDS, SENDS_ALL)
LEFT_BEHIND: Final = "from a channel of an earlier life"
