"""A disk that gets full: how far a store's file may grow."""

from __future__ import annotations

from lnwallet_tui.store.db import Store


def limit_pages(store: Store, pages: int) -> None:
    """Let it grow to at most so many pages; SQLite takes no less than it has."""
    store.read(f"PRAGMA max_page_count = {pages}")


def pages_of(store: Store) -> int:
    """How many it has."""
    return int(store.read("PRAGMA page_count")[0][0] or 0)
