"""When what the chain decided about one HTLC counts as decided."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from lnwallet_tui.bitcoin.amount import ZERO_SAT, Sat
from lnwallet_tui.channel.htlcs import Htlc, Side
from lnwallet_tui.onchain.classify import OursUnexpected, Revoked, TheirsUnexpected, Unknown
from lnwallet_tui.onchain.report import Fate, OutputReport, Part
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.policy import Policy

_BY_US: Final = (Fate.TAKEN, Fate.MOVED)


def is_buried(confirmed: int, height: int, at_stake: Sat, policy: Policy) -> bool:
    """Whether what was confirmed in that block, and decides about so much, counts at `height`:
    somebody in front of us waits, but what a reorganisation undoes has not happened."""
    return height >= confirmed + policy.burial(at_stake) - 1


def is_close_buried(resolution: Resolution, height: int, policy: Policy) -> bool:
    """Whether it is settled which transaction closed the channel, by all that is in it."""
    at_stake = sum((txout.value for txout in resolution.closing.tx.outputs), ZERO_SAT)
    return is_buried(resolution.closing.height, height, at_stake, policy)


def came_back(resolution: Resolution, htlc: Htlc, height: int, policy: Policy) -> bool:
    """Whether an HTLC that we offered, and whose preimage nobody has shown, is ours for good."""
    # BOLT 2: "the outgoing on-chain HTLC output has been spent via the HTLC-timeout transaction
    # (with sufficient depth)"
    if isinstance(resolution.close, Unknown | TheirsUnexpected | OursUnexpected):
        # Which of its outputs is the HTLC's, if any, is not known.
        amount = htlc.amount.floor_sat()
        return resolution.is_final(height) and is_buried(htlc.cltv_expiry, height, amount, policy)
    if not has_output(resolution, htlc):
        # BOLT 5: "for any committed HTLC that does NOT have an output in this commitment
        # transaction: once the commitment transaction has reached reasonable depth: MUST fail the
        # corresponding incoming HTLC"
        return is_close_buried(resolution, height, policy)
    outputs = _outputs(resolution, htlc, Part.HTLC_OFFERED)
    return resolution.is_final(height) or all(
        _is_ours(output, height, policy) for output in outputs
    )


def has_output(resolution: Resolution, htlc: Htlc) -> bool:
    """Whether an HTLC that we offered is known to have an output in what closed the channel."""
    return any(_outputs(resolution, htlc, Part.HTLC_OFFERED))


def is_unseen(resolution: Resolution, htlc: Htlc) -> bool:
    """Whether the chain need not tell what became of an HTLC that we offered, as nobody has to show
    its preimage there: in an old state all is ours, and what was too small has no output."""
    if isinstance(resolution.close, Unknown | TheirsUnexpected | OursUnexpected):
        return False  # its output, if there is one, is not known
    return isinstance(resolution.close, Revoked) or not has_output(resolution, htlc)


def is_open(resolution: Resolution, htlc: Htlc, height: int) -> bool:
    """Whether it is not decided yet who gets an HTLC of either side; a block that decides it need
    not be buried."""
    part = Part.HTLC_OFFERED if htlc.offered_by is Side.US else Part.HTLC_RECEIVED
    if isinstance(resolution.close, Unknown | TheirsUnexpected | OursUnexpected):
        return not resolution.is_final(height)  # its output, if there is one, is not known
    undecided = (Fate.WAITING, Fate.CLAIMABLE, Fate.THEIRS)
    outputs = _outputs(resolution, htlc, part)
    return not resolution.is_final(height) and any(
        output.spent is None and output.fate in undecided for output in outputs
    )


def was_taken(resolution: Resolution, htlc: Htlc, height: int, policy: Policy) -> bool:
    """Whether an HTLC that was offered to us is ours for good."""
    outputs = tuple(_outputs(resolution, htlc, Part.HTLC_RECEIVED))
    return bool(outputs) and all(_is_ours(output, height, policy) for output in outputs)


def _outputs(resolution: Resolution, htlc: Htlc, part: Part) -> Iterator[OutputReport]:
    for output in resolution.outputs:
        if output.part is part and output.htlc is not None and output.htlc.htlc_id == htlc.id:
            yield output


def _is_ours(output: OutputReport, height: int, policy: Policy) -> bool:
    if output.spent is None or output.fate not in _BY_US:
        return False
    return is_buried(output.spent.height, height, output.value, policy)
