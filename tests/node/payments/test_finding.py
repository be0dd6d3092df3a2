"""Payments are found beside the loop, by words that mean nothing but themselves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from lnwallet_tui.api.refusals import Refused
from lnwallet_tui.node.offload import Inline
from tests.node.town import Town

T = TypeVar("T")


class Counting(Inline):
    """Does it at once, and counts."""

    def __init__(self) -> None:
        self.given = 0

    async def run(self, work: Callable[[], T]) -> T:
        self.given += 1
        return await super().run(work)


@pytest.fixture
async def offload() -> Counting:
    return Counting()


@pytest.fixture
async def town(tmp_path: Path, offload: Counting) -> AsyncIterator[Town]:
    town = Town(tmp_path, offload=offload)
    await town.begin("ada")
    yield town
    await town.end()


async def found(town: Town, text: str, limit: int = 5) -> list[str]:
    answer = await town.nodes["ada"].find_payments(text, limit)
    assert not isinstance(answer, Refused), answer
    return [one.payment_hash for one in answer]


async def test_words_notes_and_hashes_and_no_language(town: Town, offload: Counting) -> None:
    ada = town.nodes["ada"]
    rent, paid = [
        (await town.do(ada.create_invoice(1_000, words))).payment_hash
        for words in ("Rent of May", "what was paid >100")
    ]
    await town.do(ada.set_note(rent, "the flat"))
    before = offload.given
    assert await found(town, "rent may") == [rent]
    assert await found(town, "FLAT") == [rent]
    assert await found(town, rent[:8]) == [rent]
    assert await found(town, "paid >100") == [paid]  # a filter would look for what was paid
    assert await found(town, "in") == []
    assert await found(town, "since:never") == []
    assert offload.given == before + 6
    assert await found(town, "  ") == []


async def test_at_most_so_many(town: Town) -> None:
    ada = town.nodes["ada"]
    hashes = [(await town.do(ada.create_invoice(1, "bread"))).payment_hash for _ in range(25)]
    assert await found(town, "bread") == hashes[:-6:-1]
    assert len(await found(town, "bread", 0)) == 1
    assert len(await found(town, "bread", 1_000)) == 20


async def test_a_text_of_any_length_and_kind(town: Town) -> None:
    for text in ("x" * 10_000, "%_'\";--", "\ud800", "\0", "🔥 " * 400):
        assert await found(town, text) == []
