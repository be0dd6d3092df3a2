"""Until when the program may be off: the nearest block at which we must be there to act.

Heights are certain, dates are not: blocks come faster than every ten minutes for weeks on end when
miners add machines. So a date is reckoned as if they came as fast as they ever did for long.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from lnwallet_tui.channel.state import Channel
from lnwallet_tui.onchain.deadlines import Deadline
from lnwallet_tui.onchain.resolve import Resolution
from lnwallet_tui.policy import Policy

SECONDS_A_BLOCK: Final = 480
"""In the fastest two weeks of recent years a block came about every eight minutes and a quarter."""


@dataclass(frozen=True, slots=True)
class Limit:
    """A block by which we must look at the chain again, and why in a sentence."""

    height: int
    reason: str


def first(limits: Iterable[Limit]) -> Limit | None:
    """The one that comes first; None where nothing can be lost by being away."""
    return min(limits, key=lambda limit: limit.height, default=None)


def of_open(
    channel: Channel, htlcs_by: Deadline | None, height: int, policy: Policy, peer: str
) -> Iterator[Limit]:
    """A channel whose funding output is unspent at `height`; `htlcs_by` is by when its HTLCs have
    to be taken to chain."""
    # An old state in the next block gives its publisher the money `to_self_delay` later. One block
    # is given away: it may be in a mempool already. Where there is none, none comes while we are
    # away: only we can revoke one.
    if channel.their_secrets.revoked:
        delay, whole = channel.ours.to_self_delay, channel.funding.value.value
        yield Limit(
            height + delay - policy.security_delay,
            f"By then an old state of the channel of {whole:,} sat with {peer} must be punished, "
            f"if {peer} published it now: its delay of {delay:,} blocks, less "
            f"{policy.security_delay} to act in.",
        )
    if htlcs_by is not None:
        yield Limit(
            htlcs_by.height,
            f"By block {htlcs_by.height:,} the wallet must be there for a payment under way in the "
            f"channel with {peer}. {_to_act(htlcs_by, peer)}",
        )


def _to_act(by: Deadline, peer: str) -> str:
    """What lies between the expiry and the block at which we must act."""
    expiry, between = by.htlc.cltv_expiry, abs(by.height - by.htlc.cltv_expiry)
    if by.outgoing:
        return (
            f"It goes out and expires at block {expiry:,}; {peer} has {between} blocks more to "
            "give it back, then the wallet closes the channel to take it back on chain."
        )
    return (
        f"It comes in and expires at block {expiry:,}; if {peer} has not settled it {between} "
        "blocks before, the wallet closes the channel to take it on chain in time."
    )


def of_close(resolution: Resolution, policy: Policy, peer: str) -> Iterator[Limit]:
    """A channel whose funding output is spent: what the peer could take for good if we came
    later."""
    taken = [
        *((claim.value, claim.deadline) for claim in resolution.claims),
        *((stage.value, stage.deadline) for stage in resolution.stages),
    ]
    for value, deadline in taken:
        if deadline is not None:
            yield Limit(
                deadline - policy.security_delay,
                f"By then {value.value:,} sat of the closed channel with {peer} must be taken: "
                f"before block {deadline:,}, less {policy.security_delay} to act in.",
            )


def date(limit: Limit, height: int, time: int, now: int) -> int:
    """Reckoned from the newest block, of `height` and `time`: how many have come since then is not
    known. A block may say that it is of a later time than now, and then it is of now."""
    return min(time, now) + blocks(limit, height) * SECONDS_A_BLOCK


def blocks(limit: Limit, height: int) -> int:
    """How many blocks may pass from `height` on before we must be there."""
    return max(0, limit.height - height)
