"""Bitcoin addresses: the wallet's own, and one that somebody pasted, with what its link says."""

from __future__ import annotations

from lnwallet_tui.api.untrusted import Untrusted
from lnwallet_tui.api.views import View


class OwnAddress(View, frozen=True, kw_only=True):
    """Where the wallet can be paid. `explanation` says why it is no fresh one, where it is not."""

    address: str
    explanation: str = ""


class AddressView(View, frozen=True, kw_only=True):
    """An address of this network, perhaps from a link (BIP 21, BIP 321): what else stands there
    is a wish of whoever wrote it."""

    address: str  # checked: of this network, its checksum right
    amount_sat: int  # 0: the link names none
    label: Untrusted
    message: Untrusted
    has_invoice: bool  # the link pays the same over Lightning, too
    yours: bool = False  # it is the wallet's own
    received_sat: int = 0  # what came to it already, where it is the wallet's own
