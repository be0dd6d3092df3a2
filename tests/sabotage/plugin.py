"""A switch thrown in a run of pytest: `-p tests.sabotage.plugin`, its name in the environment."""

from __future__ import annotations

import os

from tests.sabotage.switches import SWITCHES

SWITCH = "LNWALLET_SABOTAGE"

next(switch for switch in SWITCHES if switch.name == os.environ[SWITCH]).throw()
