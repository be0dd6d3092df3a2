"""A world whose user lives on words of their own, from its first page to its last."""

from __future__ import annotations

from pathlib import Path

import pytest

from lnwallet_tui.bitcoin.network import Network
from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.keys.seed import words_of
from lnwallet_tui.playground.diary import lives_on
from lnwallet_tui.playground.first_page import WordsMissing
from lnwallet_tui.playground.throwing_away import throw_away
from lnwallet_tui.playground.world import World

KEYS = KeySchedule(words_of(bytes(range(32))).seed(), Network.REGTEST)
OTHERS = KeySchedule(words_of(bytes(32)).seed(), Network.REGTEST)
NODE_ID = KEYS.node_key().public_key


async def live(folder: Path, keys: KeySchedule | None) -> tuple[bytes, str]:
    """Begin the world of that folder, and end it; the user's node id, and what the world says."""
    world = await World.begin(1, folder, own_keys=keys)
    try:
        return world.you.node.node_id, world.lives_on
    finally:
        await world.close()


async def test_a_new_world_lives_on_the_users_own_keys(tmp_path: Path) -> None:
    assert await live(tmp_path, KEYS) == (NODE_ID, NODE_ID.hex())
    assert lives_on(tmp_path) == NODE_ID.hex()
    assert await live(tmp_path, KEYS) == (NODE_ID, NODE_ID.hex())


@pytest.mark.parametrize("keys", [None, OTHERS])
async def test_it_is_not_opened_with_others(tmp_path: Path, keys: KeySchedule | None) -> None:
    await live(tmp_path, KEYS)
    with pytest.raises(WordsMissing, match="not at hand"):
        await live(tmp_path, keys)
    assert (await live(tmp_path, KEYS))[0] == NODE_ID


async def test_a_world_that_began_before_stays_as_it_is_until_it_is_thrown_away(
    tmp_path: Path,
) -> None:
    first, _ = await live(tmp_path, None)
    assert await live(tmp_path, KEYS) == (first, "")
    assert lives_on(tmp_path) == ""
    throw_away(tmp_path)
    assert (await live(tmp_path, KEYS))[0] == NODE_ID


def test_nobody_lives_in_an_empty_folder_or_on_what_is_no_page(tmp_path: Path) -> None:
    assert lives_on(tmp_path) == ""
    (tmp_path / "world.json").write_text("{")
    assert lives_on(tmp_path) == ""
