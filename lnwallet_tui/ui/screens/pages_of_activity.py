"""The pages of what stands in Activity: the same as elsewhere, and each leads back to there."""

from __future__ import annotations

from lnwallet_tui.api.activity import ActivityEntry
from lnwallet_tui.ui.screens.channel import ChannelScreen
from lnwallet_tui.ui.screens.payment import PaymentScreen
from lnwallet_tui.ui.screens.transaction import TransactionScreen
from lnwallet_tui.ui.screens.wallet_screen import WalletScreen
from lnwallet_tui.ui.session import Session


class PaymentOfActivity(PaymentScreen):
    """One payment, reached from there."""

    mode = "activity"


class TransactionOfActivity(TransactionScreen):
    """One transaction of the wallet."""

    mode = "activity"


class ChannelOfActivity(ChannelScreen):
    """The channel with which something was given."""

    mode = "activity"


def page_of(session: Session, entry: ActivityEntry) -> WalletScreen:
    """All about one of them."""
    if entry.gift is not None:
        return ChannelOfActivity(session, entry.gift.channel_id)
    if entry.transaction is not None:
        return TransactionOfActivity(session, entry.transaction.txid)
    assert entry.payment is not None, "an entry is one of the three"
    return PaymentOfActivity(session, entry.payment.payment_hash)
