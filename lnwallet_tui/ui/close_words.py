"""Both ways to close a channel in words: cost, what comes back, when."""

from __future__ import annotations

from typing import Final

from textual.content import Content

from lnwallet_tui.api.views import CloseQuote
from lnwallet_tui.ui import format as fmt
from lnwallet_tui.ui.widgets.words import MUTED, Fact

_SOON: Final = "with the next blocks (~20 min)"


def circumstances(quote: CloseQuote, leaving_msat: int = 0) -> str:
    """What holds for both ways; `leaving_msat` is going out through the channel now."""
    lines = [
        "The peer is connected."
        if quote.peer_online
        else "The peer is not connected: closing together waits until it is back."
    ]
    if quote.htlcs_pending:
        pending = fmt.count(quote.htlcs_pending, "payment")
        be, its, it = ("is", "its", "it") if quote.htlcs_pending == 1 else ("are", "their", "them")
        lines.append(
            f"{pending} {be} under way in it. Closing together waits for {its} end; closing alone "
            f"leaves {it} to the chain."
        )
    if leaving_msat:
        lines.append(f"Of {fmt.msat(leaving_msat)} going out, what arrives comes off these sums.")
    lines.append("Choose how to close with the arrows and enter:")
    return "\n".join(lines)


def together(quote: CloseQuote) -> Content:
    """The friendly way."""
    fee = (
        f"fee about {fmt.sat(quote.cooperative_fee_sat)}"
        if quote.cooperative_max_fee_sat
        else "the peer pays the fee"
    )
    when = (
        "free as soon as the next block or two confirm it (~20 min)"
        if quote.peer_online
        else "free a block or two after the peer has come back (~20 min)"
    )
    return Content.assemble(
        ("Together", "bold"),
        f"   {fmt.sat(quote.cooperative_receives_sat)} back, {fee}\n",
        (f"           {when}", MUTED),
    )


def alone(quote: CloseQuote, now: int) -> Content:
    """The force-close."""
    until = fmt.block_at(quote.force_available_height, quote.force_available_time, now)
    free = f"free from {until}" if quote.force_receives_sat else "nothing of it is yours"
    return Content.assemble(
        ("Alone", "bold"),
        f"      {fmt.sat(quote.force_receives_sat)} back, fees about "
        f"{fmt.sat(quote.force_fee_sat)}\n",
        (f"           {free}\n", MUTED),
        ("           use it only if the peer does not answer", MUTED),
    )


def costs_together(quote: CloseQuote, _now: int, leaving_msat: int = 0) -> list[Fact | None]:
    """Before the button."""
    fee = fmt.sat(quote.cooperative_fee_sat)
    most = fmt.sat(quote.cooperative_max_fee_sat)
    return [
        *_yours(quote, leaving_msat),
        Fact("Fee, about", fee, f"at most {most}" if quote.cooperative_max_fee_sat else "")
        if quote.cooperative_max_fee_sat
        else Fact("Fee", fmt.sat(0), "the peer opened it and pays"),
        Fact("You get back", fmt.sat(quote.cooperative_receives_sat), style="bold $success"),
        Fact("When", f"{'' if quote.peer_online else 'the peer is back, then '}{_SOON}"),
    ]


def costs_alone(quote: CloseQuote, now: int, leaving_msat: int = 0) -> list[Fact | None]:
    """Before the button that cannot be undone."""
    free = fmt.block_at(quote.force_available_height, quote.force_available_time, now)
    return [
        *_yours(quote, leaving_msat),
        Fact("Fees, about", fmt.sat(quote.force_fee_sat), "two transactions"),
        Fact("You get back", fmt.sat(quote.force_receives_sat), style="bold $success"),
        Fact("It waits", fmt.blocks(quote.force_delay_blocks)),
        Fact("Free from", free),
    ]


def _yours(quote: CloseQuote, leaving_msat: int) -> list[Fact]:
    """What is yours, and what of it is so only until it arrives elsewhere."""
    rows = [Fact("Yours in it", fmt.msat(quote.ours_msat))]
    if leaving_msat:
        rows.append(Fact("Of it going out", fmt.msat(leaving_msat), "not yours once it arrives"))
    return rows


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
