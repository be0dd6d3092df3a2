"""What a light node mostly knows of feerates is the least that its peers relay: no estimate, and so
no measure of what is too dear."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from lnwallet_tui.chain.feerates import Source
from lnwallet_tui.node.ports import FeeReading
from lnwallet_tui.playground.chain_source import SimChainSource
from lnwallet_tui.policy import POLICY
from tests.node.town import Town

FLOOR = 250
GUESSED = POLICY.guessed_feerate


@pytest.mark.parametrize(
    ("soon", "source", "market"),
    [
        (FLOOR, Source.PEERS, GUESSED),
        (FLOOR, Source.BLOCKS, POLICY.min_feerate),
        (FLOOR, None, GUESSED),
        (4_000, Source.PEERS, 4_000),
    ],
)
async def test_what_is_too_dear_is_a_multiple_of_an_estimate(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    soon: int,
    source: Source | None,
    market: int,
) -> None:
    told = () if source is None else (FeeReading(6, soon, source.value, 0, 8),)
    monkeypatch.setattr(SimChainSource, "feerate_per_kw", lambda *_: soon)
    monkeypatch.setattr(SimChainSource, "feerate_readings", lambda _: told)
    policy = replace(POLICY, feerate_always_accepted=0)
    town = Town(tmp_path, policy=policy, coins_sat=())
    board = (await town.start("ada"))._board
    feerates = board.channels.feerates()
    assert feerates.soon == max(soon, policy.min_feerate)
    assert feerates.market == market
    await town.end()
