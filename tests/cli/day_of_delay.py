"""A wallet's node that has whoever opens a channel to it wait for a day after closing alone, as
those of others do, and not for two weeks as ours: a test has as many blocks to mine and to read."""

from __future__ import annotations

import sys
from typing import Final

from msgspec.structs import replace

from lnwallet_tui.bitcoin.amount import Sat
from lnwallet_tui.channel import opening, opening_terms
from lnwallet_tui.channel.env import Env
from lnwallet_tui.channel.state import Terms
from lnwallet_tui.cli import main

DAY: Final = 144  # blocks
DAY_OF_DELAY: Final = "tests.cli.day_of_delay"


def _day(
    funding: Sat, env: Env, *, their_dust_limit: Sat | None = None, upfront_script: bytes = b""
) -> Terms:
    ours = opening_terms.our_terms(
        funding, env, their_dust_limit=their_dust_limit, upfront_script=upfront_script
    )
    return replace(ours, to_self_delay=DAY)


if __name__ == "__main__":
    vars(opening)["our_terms"] = _day
    sys.exit(main())
