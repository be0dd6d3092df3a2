"""Throwing a world away, so that another one can begin in its folder.

Only what a world wrote goes; whatever else lies in the folder stays. A page put aside says that it
is not done yet: whoever begins a world there ends it first, so that nobody ever moves into half of
the old one.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from lnwallet_tui.playground.diary import Diary, Page
from lnwallet_tui.store.errors import from_os

_PUT_ASIDE: Final = "world.going"


def throw_away(folder: Path) -> int | None:
    """Forget the world of that folder; the seed that it was made of, None where there is none.

    Raises `StoreError` while a process has it, `DiaryUnreadable` where it is not one of ours.
    """
    diary = Diary(folder)
    try:
        page = diary.read()
        if page is not None:
            diary.put_aside(_PUT_ASIDE)
        finish(folder, diary)
    finally:
        diary.close()
    return None if page is None else page.seed


def finish(folder: Path, diary: Diary) -> None:
    """Remove what is left of a world that is being thrown away. Raises `StoreError`."""
    page = diary.read_aside(_PUT_ASIDE)
    if page is None:
        return
    try:
        for name in _names(page):
            if (folder / name).is_dir():
                shutil.rmtree(folder / name)
        diary.forget_blocks()
        (folder / _PUT_ASIDE).unlink(missing_ok=True)
    except OSError as error:
        raise from_os(error) from error


def _names(page: Page) -> tuple[str, ...]:
    """Of the wallets' folders: a name, and no way out of here."""
    return tuple(one.name for one in page.people if one.name.isalnum())
