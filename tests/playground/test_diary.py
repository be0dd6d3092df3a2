"""A world's folder: blocks as they come, struck out when they are replaced, half ones ignored."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from lnwallet_tui.playground.clock import WorldClock
from lnwallet_tui.playground.diary import Diary, DiaryOutdated, DiaryUnreadable, Page
from lnwallet_tui.playground.dice import SeededDice
from lnwallet_tui.playground.first_page import first_page
from lnwallet_tui.playground.people import cast
from lnwallet_tui.playground.regtest import Regtest
from lnwallet_tui.store.errors import StoreError, WalletInUse
from tests.playground.bench import Bench, paid


def visit(visits: int) -> Regtest:
    return Regtest(WorldClock(), b"diary", SeededDice(b"diary", f"chain, visit {visits}"))


def test_an_empty_folder_remembers_nothing(tmp_path: Path) -> None:
    diary = Diary(tmp_path / "new")
    assert diary.read() is None
    assert diary.blocks() == []


def test_the_newest_page_counts(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    diary.write(Page(seed=7))
    page = Page(seed=7, visits=3, now=1_800_000_000, birthday=105, waiting=("00",))
    diary.write(page)
    diary.close()
    assert Diary(tmp_path).read() == page


def test_a_page_of_somebody_else_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text('{"hello": "world"}')
    with pytest.raises(DiaryUnreadable, match="is not the page of a world"):
        Diary(tmp_path).read()


def test_who_lives_there_is_written_down(tmp_path: Path) -> None:
    diary = Diary(tmp_path)
    diary.write(first_page(7))
    page = diary.read()
    assert page is not None
    assert page.people == cast((7).to_bytes(8, "big"))
    assert page.roads
    assert page == first_page(7)


@pytest.mark.parametrize("version", ["", '"version":1,', '"version":3,'])
def test_a_world_of_another_version_is_not_continued(tmp_path: Path, version: str) -> None:
    """The first ones named none, and did not say who lived there."""
    page = f'{{{version}"seed":1,"visits":2,"now":1735689600,"birthday":111,"waiting":[]}}'
    (tmp_path / "world.json").write_text(page)
    with pytest.raises(DiaryOutdated, match=r"another version of this program and cannot be"):
        Diary(tmp_path).read()


@pytest.mark.parametrize(
    ("good", "bad"), [("amount_sat", "amount"), ('"fee_base":', '"fee_base":-')]
)
def test_a_page_that_was_changed_is_not_believed(tmp_path: Path, good: str, bad: str) -> None:
    diary = Diary(tmp_path)
    diary.write(first_page(7))
    page = tmp_path / "world.json"
    assert good in page.read_text()
    page.write_text(page.read_text().replace(good, bad))
    with pytest.raises(DiaryUnreadable, match="is not the page of a world"):
        diary.read()


def test_two_do_not_write_at_once(tmp_path: Path) -> None:
    first = Diary(tmp_path)
    with pytest.raises(WalletInUse):
        Diary(tmp_path)
    first.close()
    Diary(tmp_path).close()


async def test_the_chain_comes_back_with_its_reorganisations(tmp_path: Path) -> None:
    first = visit(1)
    diary = Diary(tmp_path)
    diary.blocks()
    first.chain.listen(diary)
    await first.begin()
    await first.reorganise(3)
    first.close()
    diary.close()
    second = visit(2)
    second.replay(Diary(tmp_path).blocks(), ())
    assert second.chain.tip.hash == first.chain.tip.hash
    assert second.chain.in_step()
    assert second.faucet_sat() == first.faucet_sat()
    second.close()


async def test_half_a_block_is_forgotten_and_the_next_one_fits(tmp_path: Path) -> None:
    first, diary = visit(1), Diary(tmp_path)
    first.chain.listen(diary)
    await first.begin()
    first.close()
    diary.close()
    blocks = tmp_path / "blocks.hex"
    whole = blocks.read_text()
    blocks.write_text(whole[:-100])
    diary, second = Diary(tmp_path), visit(2)
    second.replay(diary.blocks(), ())
    assert second.chain.height == first.chain.height - 1
    second.chain.listen(diary)
    await second.mine()
    second.close()
    diary.close()
    third = visit(3)
    third.replay(Diary(tmp_path).blocks(), ())
    assert third.chain.tip.hash == second.chain.tip.hash
    third.close()


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """As on a disk that is full: the system refuses what goes beyond (bytes)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_does_not_stop_the_chain_and_nothing_is_lost(tmp_path: Path) -> None:
    first, diary = visit(1), Diary(tmp_path)
    await first.begin()
    blocks = [first.chain.at(height) for height in range(1, first.chain.height + 1)]
    for block in blocks[:50]:
        diary.block_connected(block)
    with no_file_longer_than((tmp_path / "blocks.hex").stat().st_size + 100):
        for block in blocks[50:60]:
            diary.block_connected(block)
        for block in blocks[55:60][::-1]:
            diary.block_disconnected(block)
        with pytest.raises(StoreError):
            diary.write(Page(seed=1))
    for block in blocks[55:]:
        diary.block_connected(block)
    diary.write(Page(seed=1))
    diary.close()
    kept = Diary(tmp_path).blocks()
    assert kept == [block.block.serialize() for block in blocks]
    first.close()


def test_what_waited_for_a_block_waits_again(bench: Bench) -> None:
    tx = paid(bench.coin())
    blocks = [bench.chain.at(height).block.serialize() for height in range(1, bench.chain.height)]
    blocks.append(bench.chain.tip.block.serialize())
    regtest = visit(1)
    regtest.replay(blocks, [tx.serialize()])
    assert tx.txid in regtest.mempool
    regtest.close()
