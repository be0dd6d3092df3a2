"""Where there are no channels yet, none is opened: neither by us nor by a peer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.node import refusing
from lnwallet_tui.node.channels import inbound
from lnwallet_tui.policy import WITHOUT_CHANNELS
from tests.node.town import Town

HERE = frozenset({Network.REGTEST})


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    town = Town(tmp_path)
    await town.begin("ada", "ben")
    yield town
    await town.end()


def test_that_is_mainnet_and_nowhere_else() -> None:
    assert frozenset({Network.MAINNET}) == WITHOUT_CHANNELS
    refused = refusing.of_network(Network.MAINNET)
    assert refused is not None
    assert "mainnet" in refused.message
    assert [refusing.of_network(one) for one in Network if one is not Network.MAINNET] == [None] * 3


async def test_we_open_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusing, "WITHOUT_CHANNELS", HERE)
    ada = town.nodes["ada"]
    for asked in (
        ada.quote_open(town.uri("ben"), 300_000),
        ada.open_channel(town.uri("ben"), 300_000),
    ):
        refused = await town.run(asked)
        assert isinstance(refused, Refused)
        assert (refused.code, refused.message) == (RefusalCode.WRONG_NETWORK, refusing.NO_CHANNELS)
    assert await ada.channels() == ()
    assert not any(peer.connected for peer in await ada.peers())


async def test_a_peer_opens_none(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "WITHOUT_CHANNELS", HERE)
    refused = await town.run(town.nodes["ada"].open_channel(town.uri("ben"), 300_000))
    assert isinstance(refused, Refused)
    assert "no channels on this network yet" in refused.message
    assert await town.nodes["ben"].channels() == ()
