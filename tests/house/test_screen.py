"""The README's first screen is what the application draws."""

import asyncio

import pytest

from tests.screen import COLUMNS, LINES, README, draw, rendered


@pytest.fixture(scope="module")
def screen() -> str:
    return asyncio.run(draw())


def test_the_readme_shows_what_the_application_draws(screen: str) -> None:
    readme = README.read_text()
    assert readme == rendered(readme, screen), "run: python -m tests.screen"


def test_it_is_a_whole_screen_of_a_wallet_in_use(screen: str) -> None:
    lines = screen.split("\n")
    assert len(lines) == LINES
    assert max(map(len, lines)) == COLUMNS
    assert "received" in screen
    assert "paid" in screen


def test_the_same_seed_draws_the_same_and_another_does_not(screen: str) -> None:
    assert asyncio.run(draw()) == screen
    assert asyncio.run(draw(seed=2)) != screen
