"""Two machines, any order of events: nothing is lost, nothing is paid twice, all is enforceable."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from lnwallet_tui.channel.state import ChannelType, Phase
from lnwallet_tui.playground.engine import Engine
from tests.channel.pair import Pair
from tests.channel.two import ANCHORS, STATIC, Two, msat
from tests.reaching import until_reached

ACTS = ("add", "add", "add", "sign", "sign", "deliver", "deliver", "deliver", "decide", "decide",
        "decide", "catch_up", "set_fee", "cut", "connect", "connect", "mine", "close")  # fmt: skip

MUST_BE_REACHED = {
    "offer", "refusal", "trimmed HTLC", "fulfilled", "failed", "fee change", "restart",
    "never sent", "CommitmentSigned sent again", "RevokeAndAck sent again",
    "decision while the peer is away", "close with HTLCs pending", "HTLC transaction",
    "announced", "cooperative close", "force close", "force close with HTLCs pending",
    *(f"{kind} sent again" for kind in (
        "ChannelReady", "UpdateAddHtlc", "UpdateFulfillHtlc", "UpdateFailHtlc",
        "UpdateFailMalformedHtlc", "UpdateFee", "Shutdown", "AnnouncementSignatures",
    )),
}  # fmt: skip


def ready(channel_type: ChannelType) -> Two:
    """A channel in which both sides have money; a block more, and it is announced."""
    two = Two.relays()
    two.open(channel_type=channel_type, push=msat(300_000))
    two.bury(5)
    return two


def live_through(pair: Pair, acts: list[tuple[int, int, int]], end: str) -> None:
    """Let chance rule, then end the channel: in agreement, or by force at once or at rest."""
    for act, who, choice in acts:
        name = ACTS[act % len(ACTS)]
        if name == "close" and end != "agreed":
            continue
        party = pair.two.both[who]
        if all(one.channel.phase is not Phase.CLOSING for one in pair.two.both):
            getattr(pair, name)(party, choice)
            if choice % 7 == 0:
                pair.check_publishable(party)
    who = len(acts) % 2
    if end != "forced":
        pair.settle()
        pair.check_the_end()
    if pair.closed:
        pair.seen["cooperative close"] += 1
    else:
        pair.force(pair.two.both[who])
    pair.two.check_broadcasts(pair.engine)


@pytest.mark.parametrize("channel_type", [ANCHORS, STATIC], ids=["anchors", "static_remotekey"])
def test_any_order_of_events(engine: Engine, channel_type: ChannelType) -> None:
    seen = Counter[str]()

    @settings(
        max_examples=150,
        deadline=None,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        acts=st.lists(
            st.tuples(st.integers(0, len(ACTS) - 1), st.integers(0, 1), st.integers(0, 400)),
            min_size=30,
            max_size=90,
        ),
        end=st.sampled_from(["agreed", "forced", "forced at rest"]),
    )
    def run(acts: list[tuple[int, int, int]], end: str) -> None:
        pair = Pair(ready(channel_type), engine)
        live_through(pair, acts, end)
        seen.update(pair.seen)

    until_reached(lambda number: seed(number)(run)(), seen, MUST_BE_REACHED)
    print(seen)
