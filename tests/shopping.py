"""Who wants to buy something in the playground asks the shop for an invoice."""

from __future__ import annotations

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.api.world import WorldApi
from lnwallet_tui.playground.people import SHOP


async def shop_invoice(world: WorldApi, amount_msat: int | None, note: str) -> str | Refused:
    """Of the one shop that there is."""
    [shop] = (one.name for one in world.people() if one.role == SHOP)
    return await world.invoice_of(shop, amount_msat, note)
