"""What is served: a playground of its own for each visit, as `lnwallet-tui play` opens it.

    python -m tests.ui.browser.wallet

The command itself wants a terminal; here its screen goes through pipes to whoever serves it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from lnwallet_tui import launch

SEED = 1

if __name__ == "__main__":
    sys.exit(launch.play(SEED, None, Path(os.environ["XDG_CONFIG_HOME"], "lnwallet-tui")))
