"""The page that a world is begun with: a new one of its seed, or the one that its folder remembers,
which says whose keys its user lives on."""

from __future__ import annotations

from msgspec.structs import replace

from lnwallet_tui.keys.derive import KeySchedule
from lnwallet_tui.playground.diary import Diary, DiaryUnreadable, Page
from lnwallet_tui.playground.people import cast
from lnwallet_tui.playground.roads import roads


class WordsMissing(DiaryUnreadable):
    """The world's wallet is made of words that are not at hand."""

    remedy = "Restore it from the words on paper, or choose another folder."


def page_of(diary: Diary, seed: int, own_keys: KeySchedule | None) -> Page:
    """What `diary` has, else the first page of the world of that seed, whose user lives on their
    own keys where they have any. Raises `DiaryUnreadable`."""
    node_id = "" if own_keys is None else own_keys.node_key().public_key.hex()
    page = diary.read() or replace(first_page(seed), lives_on=node_id)
    if page.lives_on not in ("", node_id):
        raise WordsMissing("The wallet in this folder is made of words that are not at hand.")
    return page


def first_page(seed: int) -> Page:
    """Of a new world: who lives there, and what channels they have."""
    name = name_of(seed)
    people = cast(name)
    return Page(seed=seed, people=people, roads=roads(people, name).openings)


def name_of(seed: int) -> bytes:
    """The seed as dice take it."""
    return seed.to_bytes(8, "big")
