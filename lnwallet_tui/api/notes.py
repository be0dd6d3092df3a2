"""Notes: the user's own words for a payment, a coin or a transaction."""

from __future__ import annotations

from typing import Final

LONGEST_NOTE: Final = 500
"""Characters."""
