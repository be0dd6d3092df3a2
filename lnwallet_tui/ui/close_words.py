"""Both ways to close a channel in words: cost, what comes back, when."""

from __future__ import annotations

from textual.content import Content

from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED, Fact


def circumstances(quote: CloseQuote) -> str:
    """What holds for both ways."""
    lines = [
        "The peer is connected."
        if quote.peer_online
        else "The peer is not connected: closing together waits until it is back."
    ]
    if quote.htlcs_pending:
        pending = fmt.count(quote.htlcs_pending, "payment")
        lines.append(f"{pending} in it must end first, or are settled on chain.")
    lines.append("Choose how to close with the arrows and enter:")
    return "\n".join(lines)


def together(quote: CloseQuote) -> Content:
    """The friendly way."""
    fee = (
        f"fee about {fmt.sat(quote.cooperative_fee_sat)}"
        if quote.cooperative_max_fee_sat
        else "the peer pays the fee"
    )
    return Content.assemble(
        ("Together", "bold"),
        f"   {fmt.sat(quote.cooperative_receives_sat)} back, {fee}\n",
        ("           free as soon as the next block or two confirm it (~20 min)", MUTED),
    )


def alone(quote: CloseQuote, now: int) -> Content:
    """The force-close."""
    free = fmt.block_at(quote.force_available_height, quote.force_available_time, now)
    return Content.assemble(
        ("Alone", "bold"),
        f"      {fmt.sat(quote.force_receives_sat)} back, fees about "
        f"{fmt.sat(quote.force_fee_sat)}\n",
        (f"           free from {free}\n", MUTED),
        ("           use it only if the peer does not answer", MUTED),
    )


def costs_together(quote: CloseQuote, _now: int) -> list[Fact | None]:
    """Before the button."""
    fee = fmt.sat(quote.cooperative_fee_sat)
    most = fmt.sat(quote.cooperative_max_fee_sat)
    return [
        Fact("Yours in it", fmt.msat(quote.ours_msat)),
        Fact("Fee, about", fee, f"at most {most}" if quote.cooperative_max_fee_sat else "")
        if quote.cooperative_max_fee_sat
        else Fact("Fee", fmt.sat(0), "the peer opened it and pays"),
        Fact("You get back", fmt.sat(quote.cooperative_receives_sat), style="bold $success"),
        Fact("When", "with the next blocks (~20 min)"),
    ]


def costs_alone(quote: CloseQuote, now: int) -> list[Fact | None]:
    """Before the button that cannot be undone."""
    free = fmt.block_at(quote.force_available_height, quote.force_available_time, now)
    return [
        Fact("Yours in it", fmt.msat(quote.ours_msat)),
        Fact("Fees, about", fmt.sat(quote.force_fee_sat), "two transactions"),
        Fact("You get back", fmt.sat(quote.force_receives_sat), style="bold $success"),
        Fact("It waits", fmt.blocks(quote.force_delay_blocks)),
        Fact("Free from", free),
    ]


def warning(quote: CloseQuote, *, alone: bool) -> str:
    """What cannot be undone, and what then happens by itself."""
    if not alone:
        wait = "" if quote.peer_online else " It begins when the peer is connected again."
        return f"No payment can go through this channel from now on.{wait}"
    online = (
        "The peer is connected: closing together would be cheaper and faster.\n"
        if quote.peer_online
        else ""
    )
    return (
        f"{online}This cannot be undone. The wallet brings the money home by itself when the "
        "wait is over; it only has to be running then."
    )
