"""Whatever a peer says, in any order: no bug of ours is touched and no money leaves for nothing."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest

from lnwallet_tui.channel.errors import Violation
from lnwallet_tui.channel.events import ForceClose
from lnwallet_tui.channel.state import ChannelType
from lnwallet_tui.playground.engine import Engine
from tests.channel.hostile import Hostile
from tests.channel.two import ANCHORS, STATIC, Two, msat
from tests.reaching import until_reached

ACTS = {
    "our_offer": 4, "our_signature": 3, "our_decision": 4, "our_feerate": 1, "block": 1,
    "offer": 5, "removal": 4, "feerate": 3, "signature": 9, "revocation": 9,
    "closing_fee": 2,
}  # fmt: skip
MUST_BE_REACHED = {
    "HtlcReceived", "HtlcFulfilled", "HtlcFailed", "HtlcNeverSent", "connections", "Shutdown",
    "UpdateFee", "ClosingSigned", "agreed", "forced", "funder", "fundee",
    *(violation.sentence for violation in (
        Violation.HTLC_TOO_SMALL, Violation.HTLC_IN_SECONDS, Violation.HTLC_UNAFFORDABLE,
        Violation.HTLC_ID, Violation.UNKNOWN_HTLC, Violation.FEE_TOO_HIGH,
        Violation.FEE_NOT_FUNDER, Violation.NOTHING_TO_REVOKE, Violation.UPDATE_AFTER_SHUTDOWN,
        Violation.SHUTDOWN_SCRIPT, Violation.CLOSING_EARLY,
    )),
}  # fmt: skip


def live_through(number: int, channel_type: ChannelType, engine: Engine) -> Counter[str]:
    """A channel with a hostile peer, until it is closed or forced."""
    dice, two = Random(number), Two.fresh()
    two.ready(channel_type=channel_type, push=msat(dice.choice((0, 100_000, 400_000))))
    victim, peer = dice.choice((two.both, two.both[::-1]))
    hostile = Hostile(two, victim, peer, dice)
    hostile.seen["funder" if victim is two.a else "fundee"] += 1
    acts = dice.choices([*ACTS], [*ACTS.values()], k=100)
    acts[60:60] = ["shutdown"] * dice.choice((0, 3))
    for act in acts:
        if hostile.channel.is_dead:
            break
        hostile.connect()
        getattr(hostile, act)()
        hostile.check()
    if hostile.channel.closing.tx is not None:
        hostile.seen["agreed"] += 1
    elif not hostile.channel.is_dead:
        hostile.seen["forced"] += 1
        victim.do(ForceClose(1, "the user said so"))
    two.check_broadcasts(engine)
    return hostile.seen


@pytest.mark.parametrize("channel_type", [ANCHORS, STATIC], ids=["anchors", "static_remotekey"])
def test_a_peer_that_keeps_no_rule(engine: Engine, channel_type: ChannelType) -> None:
    seen = Counter[str]()

    def run(number: int) -> None:
        for one in range(8):
            seen.update(live_through(8 * number + one, channel_type, engine))

    until_reached(run, seen, MUST_BE_REACHED)
    print(seen)
