"""A height that is surely not above the chain's: by blocks whose times are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lnwallet_tui.bitcoin.block import BlockHeader
from lnwallet_tui.bitcoin.consensus import PERIOD, rules_of
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.chain.birthday import _KNOWN, FIRST_WALLET, height_before

_FILE = Path(__file__).resolve().parents[1] / "vectors" / "headers" / "mainnet-periods.json"
PERIODS: Final = [
    (block["height"], BlockHeader.parse(bytes.fromhex(block["header"])).time)
    for block in json.loads(_FILE.read_text())["blocks"]
]
DAY: Final = 86_400
TIMES: Final = st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(("height", "time"), PERIODS)
def test_a_real_block_is_never_below(height: int, time: int) -> None:
    """Also that of July 2021, before which two weeks of blocks took almost three."""
    assert height_before(Network.MAINNET, time) <= height


def test_what_is_known_of_mainnet_is_in_the_vectors_too() -> None:
    known = dict(PERIODS)
    compared = [block for block in _KNOWN[Network.MAINNET] if block[0] in known]
    assert compared
    assert all(known[height] == time for height, time in compared)


@pytest.mark.parametrize("network", Network)
def test_before_the_first_block_there_is_none(network: Network) -> None:
    assert height_before(network, 0) == 0
    assert height_before(network, rules_of(network).genesis.time) == 0


@given(TIMES, TIMES)
def test_of_two_times_the_later_one_has_no_lower_height(one: int, other: int) -> None:
    for network in Network:
        heights = [height_before(network, time) for time in sorted((one, other))]
        assert heights == sorted(heights)


@pytest.mark.parametrize("network", [Network.MAINNET, Network.SIGNET])
def test_a_year_after_the_last_known_block_it_is_two_months_behind_at_most(
    network: Network,
) -> None:
    height, time = _KNOWN[network][-1]
    at_ten_minutes = height + 365 * DAY // 600
    assert 0 < at_ten_minutes - height_before(network, time + 365 * DAY) < 62 * 144


def test_slower_blocks_than_ever_for_a_whole_year_are_borne() -> None:
    height, time = _KNOWN[Network.MAINNET][-1]
    assert height_before(Network.MAINNET, time + 365 * DAY) == height + 365 * DAY // 660 - PERIOD


def test_regtest_is_looked_at_from_its_first_block() -> None:
    assert height_before(Network.REGTEST, 2**32 - 1) == 0


def test_no_wallet_of_this_software_is_older_than_it() -> None:
    first = height_before(Network.MAINNET, FIRST_WALLET)
    assert first > rules_of(Network.MAINNET).proven_at  # which was months before
