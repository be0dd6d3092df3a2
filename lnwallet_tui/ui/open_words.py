"""Opening a channel in words: where the coins go, what the channel gives, and the way back."""

from __future__ import annotations

from lnwallet_tui.api.costs import OutputKind, blocks_at
from lnwallet_tui.api.views import OpenQuote
from lnwallet_tui.ui import cost_words
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import Fact


def costs(quote: OpenQuote, name: str, now: int) -> list[Fact | None]:
    """To whom, and every output of the funding transaction."""
    peer = fmt.short(quote.peer_id)
    blocks = blocks_at(quote.feerate_per_kw, quote.rates)
    pace = [f"about {fmt.blocks(blocks)}"] if blocks else []
    fee = ", ".join([fmt.feerate(quote.feerate_per_kw), *pace])
    rows = cost_words.outputs(quote.outputs, now, fee=fee, is_bound=not blocks)
    if not any(one.kind is OutputKind.CHANGE for one in quote.outputs):
        rows.append(Fact("Change to you", "none", "it takes all of these coins"))
    return [Fact("To", f"{name}, {peer}" if name else peer), *rows]


def gives(quote: OpenQuote, left_sat: int, _now: int) -> list[Fact | None]:
    """What stays on chain, and what can be done with the channel."""
    held_sat = quote.capacity_sat - quote.can_send_after_msat // 1000
    fees_sat = held_sat - quote.reserve_sat
    # Not what closing alone costs: for twice the feerate and for payments, but for no sweep.
    held = f"{fmt.sat(quote.reserve_sat)} reserve, {fmt.sat(fees_sat)} fee room"
    kept = f"{fmt.sat(quote.must_stay_sat)} kept for closes" if quote.must_stay_sat else ""
    return [
        Fact("Left on chain", fmt.sat(left_sat), kept),
        Fact("Can send after", fmt.msat(quote.can_send_after_msat), style="bold $success"),
        Fact("Can receive", fmt.sat(0), f"until you have paid over {fmt.sat(quote.reserve_sat)}"),
        Fact("Held back", fmt.sat(held_sat), held),
    ]


def way_back(quote: OpenQuote) -> str:
    """What is final when, and what it costs to undo it."""
    hurry = (
        ""
        if quote.can_be_hurried
        else " Without change it cannot be hurried later: do not pay too little for it."
    )
    together, alone = (
        fmt.sat(one) for one in (quote.cooperative_close_fee_sat, quote.force_close_fee_sat)
    )
    shared = ""
    if quote.shared_close_fee_sat:
        shared = f" ({fmt.sat(quote.shared_close_fee_sat)} once the peer owns a part of it)"
    return (
        "Nothing is sent before you press Open; if the peer refuses, nothing is spent. After it "
        f"the way back is a close: together costs about {together}{shared}, alone about {alone} "
        "with its sweep, in no hurry. Alone your money waits as long as the peer says when it "
        "accepts, at most "
        f"{fmt.blocks(quote.our_delay_blocks)}.{hurry}"
    )
