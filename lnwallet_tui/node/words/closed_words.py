"""What came of our side of a channel that is closed, in a sentence whose amounts add up."""

from __future__ import annotations

from lnwallet_tui.bitcoin.amount import ZERO_MSAT, ZERO_SAT, Msat
from lnwallet_tui.onchain.classify import CloseKind, Ours, OursUnexpected, Theirs
from lnwallet_tui.onchain.report import Fate, Part
from lnwallet_tui.onchain.resolve import Resolution

_BY_US = (Fate.TAKEN, Fate.MOVED)


def all_back(ours: Msat, resolution: Resolution | None) -> str:
    """Once nothing is awaited; `ours` is our balance before the close, with what was going out."""
    if resolution is None:
        return _plainly(ours)
    if isinstance(resolution.close, OursUnexpected):
        return _of_old_state(ours, resolution)
    whole = _before(resolution.close, ours)
    went = _payments(resolution, Part.HTLC_OFFERED, Fate.THEIRS)
    came = _payments(resolution, Part.HTLC_RECEIVED, *_BY_US)
    if not went.value and not came.value:
        return _plainly(whole)
    moved = [f"{_sat(went)} of them went to whom you paid"] if went.value else []
    moved += [f"{_sat(came)} came from who paid you"] if came.value else []
    return (
        f"Yours were {_sat(whole)}; {', and '.join(moved)}. What that leaves you is in the "
        "wallet, less the fees."
    )


def _plainly(whole: Msat) -> str:
    if not whole.value:
        return "Nothing in it was yours, so that nothing comes back."
    return f"Everything of yours is back in the wallet: of {_sat(whole)}, less the fees."


def _of_old_state(ours: Msat, resolution: Resolution) -> str:
    """What a copy of this wallet published; `ours` is what the newest state had."""
    home = (output.value for output in resolution.outputs if output.fate is Fate.TAKEN)
    came = sum(home, ZERO_SAT)
    what = f"{came.value:,} sat came back, less the fees" if came else "nothing of it came back"
    return f"Yours were {_sat(ours)}; {what}: of an old state the peer may take all."


def _before(close: CloseKind, ours: Msat) -> Msat:
    """Our side in what closed the channel: a payment that arrived before is not in it any more."""
    match close:
        case Ours(built):
            mine, by_us = built.spec.to_local, True
        case Theirs(built):
            mine, by_us = built.spec.to_remote, False
        case _:
            return ours
    going_out = (htlc.amount for htlc in built.spec.htlcs if htlc.offered is by_us)
    return mine + sum(going_out, ZERO_MSAT)


def _payments(resolution: Resolution, part: Part, *fates: Fate) -> Msat:
    """Those in it that ended so."""
    ended = (
        output.htlc.amount
        for output in resolution.outputs
        if output.part is part
        and output.fate in fates
        and output.spent is not None
        and output.htlc is not None
    )
    return sum(ended, ZERO_MSAT)


def _sat(amount: Msat) -> str:
    """In whole satoshis."""
    return f"{amount.value // 1000:,} sat"
