"""The sandbox in a process of its own: `python -m lnwallet_tui.playground.drill SEED`.

Writes what was caught, or what failed, as one line of JSON. Whatever goes wrong in here, the wallet
that asked for it goes on.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

import msgspec

from lnwallet_tui.api.drill import CaughtView, DrillView
from lnwallet_tui.playground.drill.sandbox import DrillFailed, Sandbox
from lnwallet_tui.playground.in_memory import temporary_place


async def played(seed: int, folder: Path) -> DrillView:
    """The drill of that seed; when it happened is not known here."""
    caught: tuple[CaughtView, ...] = ()
    sandbox, failure = Sandbox(seed, folder), ""
    try:
        await sandbox.begin()
        caught = await sandbox.caught()
    except DrillFailed as failed:
        failure = str(failed)
    finally:
        await sandbox.close()
    return DrillView(happened=0, seed=seed, caught=caught, failure=failure)


def main() -> None:
    """Play it in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lnwallet-drill-", dir=temporary_place()) as folder:
        view = asyncio.run(played(int(sys.argv[1]), Path(folder)))
    sys.stdout.write(msgspec.json.encode(view).decode() + "\n")


if __name__ == "__main__":
    main()
