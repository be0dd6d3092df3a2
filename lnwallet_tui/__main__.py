"""`python -m lnwallet_tui` is the command `lnwallet-tui`."""

import sys

from lnwallet_tui.cli import main

sys.exit(main())
