"""Hypothesis is deterministic here: a run that failed fails again, and no test depends on luck.

Of tests marked `full` only a sample runs (tests/sampling.py).
"""

from hypothesis import HealthCheck, settings

from tests.sampling import pytest_collection_modifyitems

__all__ = ["pytest_collection_modifyitems"]

settings.register_profile(
    "house",
    derandomize=True,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.load_profile("house")
