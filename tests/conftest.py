"""Hypothesis is deterministic here: a run that failed fails again, and no test depends on luck.

Of tests marked `full` only a sample runs (tests/sampling.py); where several processes share the
tests, they begin with what takes long (tests/order.py).
"""

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import order, sampling

settings.register_profile(
    "house",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.load_profile("house")

gc.set_threshold(200_000, 10, 10)
"""A screen makes a thousand things in a moment; looking for rubbish after each 700 of them took a
fifth of the tests' time."""


os.environ.pop("DBUS_SESSION_BUS_ADDRESS", None)
"""Nothing is shown on the desktop of whoever runs the tests; those about one make a bus."""


# It is made by whoever keeps something there: some processes of the tests are killed.
os.environ["XDG_STATE_HOME"] = str(Path(tempfile.gettempdir()) / f"state-of-tests-{os.getpid()}")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
"""Nothing is kept in the home of whoever runs the tests."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Which run, and in which order."""
    sampling.leave_a_sample(config, items)
    sampling.leave_halves(config, items)
    if hasattr(config, "workerinput"):
        order.long_first(items)


def pytest_collection_finish() -> None:
    """What was imported is used until the end: nobody need look whether it is rubbish."""
    gc.collect()
    gc.freeze()
