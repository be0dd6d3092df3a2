"""The README shows what the application draws and tells."""

import asyncio

import pytest

from tests.screen import COLUMNS, LINES, README, TOUR_COLUMNS, draw, rendered, tell


@pytest.fixture(scope="module")
def screen() -> str:
    return asyncio.run(draw())


def test_the_readme_shows_what_the_application_draws(screen: str) -> None:
    readme = README.read_text()
    assert readme == rendered(readme, screen=screen), "run: python -m tests.screen"


def test_the_readme_shows_what_the_tour_tells() -> None:
    readme, told = README.read_text(), tell()
    assert readme == rendered(readme, tour=told), "run: python -m tests.screen"
    assert max(map(len, told.split("\n"))) <= TOUR_COLUMNS
    assert "your guard took" in told


def test_it_is_a_whole_screen_of_a_wallet_in_use(screen: str) -> None:
    lines = screen.split("\n")
    assert len(lines) == LINES
    assert max(map(len, lines)) == COLUMNS
    assert "received" in screen
    assert "paid" in screen


def test_the_same_seed_draws_the_same_and_another_does_not(screen: str) -> None:
    assert asyncio.run(draw()) == screen
    assert asyncio.run(draw(seed=2)) != screen
