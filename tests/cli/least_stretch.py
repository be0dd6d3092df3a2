"""The command where a wallet is opened again and again: a passphrase that is chosen with it is
stretched by the least that a file may ask for. `test_from_nothing_to_the_end` has the whole."""

from __future__ import annotations

import sys
from typing import Final

from lnwallet_tui.cli import main
from lnwallet_tui.keys import envelope, guard_file
from lnwallet_tui.keys.envelope import Stretch

LEAST: Final = "tests.cli.least_stretch"


def _least(salt: bytes) -> Stretch:
    return Stretch(salt, 64, 1, 1)


if __name__ == "__main__":
    envelope._new_stretch = guard_file._new_stretch = _least
    sys.exit(main())
