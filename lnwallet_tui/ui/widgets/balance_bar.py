"""A channel's two sides as a bar: ours filled from the left, theirs shaded from the right."""

from __future__ import annotations

from textual.content import Content

_EIGHTHS = " ▏▎▍▌▋▊▉"


def bar(local_msat: int, remote_msat: int, width: int) -> Content:
    """`width` cells, divided as the channel is; what is not there at all shows as nothing."""
    total = local_msat + remote_msat
    if total <= 0 or width <= 0:
        return Content("─" * width).stylize("$lnwallet-muted")
    eighths = min(width * 8, local_msat * width * 8 // total)
    if local_msat and not eighths:
        eighths = 1
    full, rest = divmod(eighths, 8)
    partly = _EIGHTHS[rest] if rest else ""
    return Content.assemble(
        ("█" * full, "$lnwallet-local"),
        (partly, "$lnwallet-local"),
        ("░" * (width - full - len(partly)), "$lnwallet-remote"),
    )
