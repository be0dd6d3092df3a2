"""A switch thrown in a run of pytest: `-p tests.sabotage.plugin`, its name in the environment; the
control has an empty one."""

from __future__ import annotations

import os

from tests.sabotage.switches import SWITCHES

if name := os.environ["LNWALLET_SABOTAGE"]:
    next(switch for switch in SWITCHES if switch.name == name).throw()
