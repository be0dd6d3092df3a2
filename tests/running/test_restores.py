"""What is known of a wallet beside its words, told to the process before they are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lnwallet_tui.api.custody import Hidden, Keeping
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.channel.backup import Backup
from lnwallet_tui.counter.client import Visitor
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import parse_words
from lnwallet_tui.running.outdoors import MachineClock
from lnwallet_tui.running.wallet_folder import A_DAY, RECORD
from lnwallet_tui.store.codec import encode
from tests.cli.test_node import BACKED_UP, WORDS
from tests.running.test_process import PASSPHRASE, cheap, running

__all__ = ["cheap"]  # a fixture

OTHER_WORDS = f"{'zoo ' * 11}wrong"
MARCH = 1_772_323_200  # 2026


def backup_of(words: str, network: Network, path: Path) -> Path:
    keys = KeySchedule(parse_words(words).seed(), network)
    backup = Backup(network=network, time=0, height=0, channels=(BACKED_UP,))
    path.write_bytes(keys.backup_key().close(encode(backup)))
    return path


def now() -> int:
    return MachineClock().now_ms() // 1_000


def birthday_in(folder: Path) -> int:
    """As it is kept; the property makes it the first block for a regtest."""
    kept: int = json.loads((folder / RECORD).read_bytes())["birthday"]
    return kept


async def type_words(visitor: Visitor) -> None:
    typed = tuple(map(Hidden, WORDS.split()))
    assert (await visitor.custody.take_words(typed)).message == ""


async def keep(visitor: Visitor) -> None:
    assert await visitor.custody.keep(Keeping.PASSPHRASE, PASSPHRASE) is None
    assert await visitor.process.unlock() is None


async def test_its_channels_and_its_birthday_come_with_the_words(tmp_path: Path) -> None:
    file = backup_of(WORDS, Network.REGTEST, tmp_path / "copy")
    async with running(tmp_path / "wallet") as visitor:
        await type_words(visitor)
        assert await visitor.process.restores(MARCH, str(file)) is None
        await keep(visitor)
        [channel] = await visitor.node.channels()
        assert channel.channel_id == BACKED_UP.channel_id.hex()
        late = await visitor.process.restores(MARCH, "")
        assert isinstance(late, Refused)
        assert "a wallet here already" in late.message
    assert birthday_in(tmp_path / "wallet") == MARCH


async def test_what_cannot_be_taken_over_is_said_before_anything_is_kept(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "endless")
    (tmp_path / "letter").write_bytes(b"Dear wallet")
    async with running(tmp_path / "wallet") as visitor:
        early = await visitor.process.restores(0, str(tmp_path / "letter"))
        assert isinstance(early, Refused)
        assert early.code is RefusalCode.NOT_READY
        await type_words(visitor)
        for path, problem in (
            (tmp_path / "none", "is not there"),
            (tmp_path / "endless", "is no file"),
            (tmp_path / "letter", "not a channel backup"),
            (backup_of(WORDS, Network.SIGNET, tmp_path / "other"), "is of signet"),
            (backup_of(OTHER_WORDS, Network.REGTEST, tmp_path / "others"), "words"),
        ):
            refused = await visitor.process.restores(0, str(path))
            assert isinstance(refused, Refused)
            assert problem in refused.message
            assert refused.remedy
        refused = await visitor.process.restores(now() + 32 * A_DAY, "")
        assert isinstance(refused, Refused)
        assert "not begun yet" in refused.message
        assert not (await visitor.process.look()).has_wallet
        assert await visitor.process.restores(0, "") is None
        await keep(visitor)
        assert await visitor.node.channels() == ()


@pytest.mark.parametrize("has_typed", [True, False])
async def test_new_words_were_made_today_whatever_was_typed_before(
    tmp_path: Path, *, has_typed: bool
) -> None:
    before = now() - A_DAY
    async with running(tmp_path) as visitor:
        if has_typed:
            await type_words(visitor)
            assert await visitor.process.restores(MARCH, "") is None
        await visitor.custody.make_words()
        await keep(visitor)
    born = birthday_in(tmp_path)
    assert before <= born <= now() - A_DAY
    async with running(tmp_path) as visitor:
        assert await visitor.process.unlock(PASSPHRASE) is None
    assert birthday_in(tmp_path) == born
