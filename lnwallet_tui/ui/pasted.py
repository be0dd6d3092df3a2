"""What a text that was pasted on Send can be paid by: over Lightning, on chain, or both."""

from __future__ import annotations

from dataclasses import dataclass

from lnwallet_tui.api.addresses import AddressView
from lnwallet_tui.api.node import NodeApi
from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.views import DecodedInvoice


@dataclass(frozen=True, slots=True)
class Pasted:
    """What the node reads in a text."""

    text: str
    decoded: DecodedInvoice | Refused
    on_chain: AddressView | Refused

    def address(self, text: str) -> AddressView | None:
        """The address in it, if `text` is still the same."""
        same = "".join(text.split()) == "".join(self.text.split())
        return self.on_chain if same and isinstance(self.on_chain, AddressView) else None


async def read(node: NodeApi, text: str) -> Pasted:
    """Both readings of it."""
    return Pasted(text, await node.decode(text), await node.read_address(text))
