"""Who came back from words without a channel backup reads that something may lack."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from msgspec.structs import replace

from lnwallet_tui.api.custody import Hidden, Keeping
from lnwallet_tui.api.views import ChannelState
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.backup import Backup
from lnwallet_tui.cli.words_alone import noted
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.keys import envelope
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.envelope import Stretch
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.running.wanted import Wanted
from lnwallet_tui.store.codec import encode
from tests.running.test_process import PASSPHRASE, make, running
from tests.ui import views
from tests.ui.scripted_node import ScriptedNode

WORDS = tuple(map(Hidden, ["abandon"] * 11 + ["about"]))


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2id with the least that a file may ask for."""
    monkeypatch.setattr(envelope, "_new_stretch", lambda salt: Stretch(salt, 64, 1, 1))


async def lacks(visitor: Visitor) -> object:
    return (await noted(visitor, {"height": 5}, as_json=True))["channel_backup_missing"]


async def test_what_may_lack_is_said_of_a_wallet_from_paper(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        assert await lacks(visitor) is False
        await visitor.custody.take_words(WORDS)
        assert await visitor.custody.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
        assert await visitor.process.unlock() is None
        assert await lacks(visitor) is True
        told = await noted(visitor, {"total_msat": 5}, as_json=True)
        assert told["not_counted_sat"] is None
    async with running(tmp_path, Wanted(PASSPHRASE)) as visitor:
        assert await visitor.process.unlock() is None
        told = await noted(visitor, {"height": 5, "explanation": "So it is."}, as_json=False)
        assert str(told["explanation"]).startswith("So it is. This wallet came back from its words")
        command = "lnwallet-tui restore --backup FILE --network regtest --datadir NEW_FOLDER"
        assert str(told["explanation"]).endswith(command)


async def test_a_backup_without_channels_is_one(tmp_path: Path) -> None:
    words = parse_words(" ".join(one.reveal() for one in WORDS))
    keys = KeySchedule(words.seed(), Network.REGTEST)
    backup = Backup(network=Network.REGTEST, time=0, height=0, channels=())
    file = tmp_path / "copy"
    file.write_bytes(keys.backup_key().close(encode(backup)))
    async with running(tmp_path) as visitor:
        await visitor.custody.take_words(WORDS)
        assert await visitor.process.restores(0, f"{file}") is None
        assert await visitor.custody.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
        assert await visitor.process.unlock() is None
        assert await lacks(visitor) is False


async def test_of_new_words_nothing_lacks(tmp_path: Path) -> None:
    async with running(tmp_path) as visitor:
        await make(visitor)
        assert await lacks(visitor) is False
        assert await noted(visitor, {"height": 5}, as_json=False) == {"height": 5}
        told = await noted(visitor, {"total_msat": 5}, as_json=True)
        assert told["not_counted_sat"] == 0


async def test_what_channels_hold_that_came_back_is_named_and_not_counted() -> None:
    async def look() -> SimpleNamespace:
        return SimpleNamespace(restored=False)

    node = ScriptedNode()
    lost = replace(views.channel(), restored=True)
    node.channel_views = (lost, replace(lost, state=ChannelState.CLOSED), views.channel())
    visitor = cast("Visitor", SimpleNamespace(node=node, process=SimpleNamespace(look=look)))
    told = await noted(visitor, {"total_msat": 5}, as_json=True)
    assert told == {
        "total_msat": 5,
        "not_counted_sat": lost.capacity_sat,
        "channel_backup_missing": False,
    }
    assert "not_counted_sat" not in await noted(visitor, {"channels": []}, as_json=True)
    said = (await noted(visitor, {"total_msat": 5}, as_json=False))["explanation"]
    assert f"A channel with {lost.capacity_sat:,} sat came back" in str(said)
