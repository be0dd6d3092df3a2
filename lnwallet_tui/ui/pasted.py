"""What a text that was pasted on Send can be paid by: over Lightning, on chain, or both."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import DecodedInvoice, PaymentView


@dataclass(frozen=True, slots=True)
class Pasted:
    """What the node reads in a text."""

    text: str
    decoded: DecodedInvoice | Refused
    on_chain: AddressView | Refused
    own: PaymentView | None = None
    """Of an invoice that this wallet made itself: how it stands."""

    def address(self, text: str) -> AddressView | None:
        """The address in it, if `text` is still the same."""
        same = "".join(text.split()) == "".join(self.text.split())
        return self.on_chain if same and isinstance(self.on_chain, AddressView) else None


async def read(node: NodeApi, text: str) -> Pasted:
    """Both readings of it."""
    decoded = await node.decode(text)
    return Pasted(text, decoded, await node.read_address(text), await _own(node, decoded))


async def _own(node: NodeApi, decoded: DecodedInvoice | Refused) -> PaymentView | None:
    if isinstance(decoded, Refused) or not decoded.payment_hash:
        return None
    if decoded.payee != (await node.status()).node_id:
        return None
    known = await node.payment(decoded.payment_hash)
    return None if isinstance(known, Refused) or known.outgoing else known
