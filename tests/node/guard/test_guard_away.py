"""Until when one may be away: the nearest of all delays and deadlines, less what we need to act."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.views import GuardView
from lnwallet_tui.node.guard.guard_away import SECONDS_A_BLOCK, Limit, blocks, first
from lnwallet_tui.policy import POLICY
from tests.node.test_cheats import old_state
from tests.node.test_htlcs_on_chain import hang
from tests.node.town import DELAY, MINUTE_MS, Town

MARGIN = POLICY.security_delay
FINAL_CLTV = POLICY.final_cltv_delta


@pytest.fixture(params=[True, False], ids=["anchors", "static_remotekey"])
async def town(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Town]:
    town = Town(tmp_path, anchors=request.param)
    await town.begin("ada", "ben")
    yield town
    await town.end()


async def seen(town: Town, name: str = "ada") -> GuardView:
    """The guard's view, whose date must be that of its blocks."""
    view, tip = await town.nodes[name].guard(), town.regtest.chain.tip.time
    if view.may_be_away_until:
        assert view.may_be_away_until == tip + view.may_be_away_blocks * SECONDS_A_BLOCK
    return view


def test_the_first_of_all_limits_counts_and_never_less_than_none() -> None:
    near, far = Limit(1_100, "near"), Limit(1_200, "far")
    assert first([far, near]) is near
    assert first([]) is None
    assert blocks(near, 1_000) == 100
    assert blocks(near, 1_100) == blocks(near, 1_101) == 0


def test_a_date_is_reckoned_with_blocks_that_come_fast() -> None:
    assert SECONDS_A_BLOCK == 8 * 60  # as the screen says


async def test_nothing_can_be_lost_without_a_channel(town: Town) -> None:
    view = await seen(town)
    assert (view.may_be_away_blocks, view.may_be_away_until, view.away_because) == (0, 0, "")


async def test_the_shortest_delay_less_the_margin(town: Town) -> None:
    await town.open("ada", "ben", 300_000)
    await town.pay("ada", "ben", 10_000_000)
    view = await seen(town)
    assert view.may_be_away_blocks == DELAY - MARGIN
    assert f"its delay of {DELAY} blocks" in view.away_because
    ben = town.nodes["ben"].node_id.hex()[:8]
    whose = f"an old state of the channel of 300,000 sat with {ben} must be punished"
    assert whose in view.away_because
    await town.mine(5)
    assert (await seen(town)).may_be_away_blocks == DELAY - MARGIN  # it moves with the chain


async def test_a_channel_without_an_old_state_limits_nothing(town: Town) -> None:
    """None can come while one is away; another channel that has some is named."""
    await town.open("ada", "ben", 300_000)
    view = await seen(town)
    assert (view.may_be_away_blocks, view.may_be_away_until, view.away_because) == (0, 0, "")
    await town.open("ada", "ben", 200_000)
    assert (await seen(town)).may_be_away_until == 0
    await town.pay("ada", "ben", 10_000_000)
    assert "old state of the channel of " in (await seen(town)).away_because


async def test_a_payment_under_way_shortens_it_as_its_deadline_comes(town: Town) -> None:
    """Ada waits for hers to come back; Ben, who takes it, must have it on chain well before."""
    await town.open("ada", "ben", 300_000)
    await hang(town, "ada", "ben")
    [htlc] = (await town.nodes["ada"].channels())[0].htlcs
    deadline = htlc.expiry_height - POLICY.fulfilment_deadline
    left = deadline - town.regtest.chain.height
    assert left > DELAY - MARGIN
    assert (await seen(town, "ben")).may_be_away_blocks == DELAY - MARGIN
    await town.mine(left - 1)
    view = await seen(town, "ben")
    assert view.may_be_away_blocks == 1
    assert f"By block {deadline:,}" in view.away_because
    assert f"It comes in and expires at block {htlc.expiry_height:,}; " in view.away_because
    assert view.away_because.endswith(" closes the channel to take it on chain in time.")
    assert (await seen(town, "ada")).may_be_away_blocks == DELAY - MARGIN


async def test_who_is_needed_now_must_not_go(town: Town) -> None:
    """An old state is in a block: its delay has begun."""
    channel_id = await town.open("ada", "ben", 300_000)
    old = await old_state(town, channel_id)
    published: list[object] = []
    board = town.nodes["ada"]._board
    board.guard._ward = Silent(board.guard._ward, published)  # type: ignore[assignment]  # as much of it as is asked for
    assert town.regtest.publish(old.tx) is None
    await town.mine()
    assert published
    mined = town.regtest.chain.height
    for gone in range(DELAY - MARGIN + 2):
        view = await seen(town)
        assert view.may_be_away_blocks == max(0, DELAY - MARGIN - gone)
        assert f"before block {mined + DELAY:,}" in view.away_because
        await town.mine()


class Silent:
    """A ward that publishes nothing of the guard's, so that its claims stay open."""

    def __init__(self, ward: object, published: list[object]) -> None:
        self._ward, self._published = ward, published

    def publish(self, txs: object, why: str) -> None:
        self._published.append(txs)

    def __getattr__(self, name: str) -> object:
        return getattr(self._ward, name)


async def test_a_silent_chain_does_not_make_it_longer(town: Town) -> None:
    """Blocks may have come that nobody showed us."""
    await town.open("ada", "ben", 300_000)
    await town.pay("ada", "ben", 10_000_000)
    before = await seen(town)
    assert before.may_be_away_until
    await town.clock.pass_by(5 * 60 * MINUTE_MS)
    assert (await seen(town)).may_be_away_until == before.may_be_away_until


async def test_what_is_home_asks_for_nobody(town: Town) -> None:
    channel_id = await town.open("ada", "ben", 300_000)
    await town.do(town.nodes["ada"].close(channel_id))
    await town.mine(2)
    assert (await seen(town)).may_be_away_until == 0
