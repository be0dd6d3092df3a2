"""Runs of chance that must come to everything they are about.

Hypothesis draws differently when other modules are loaded, so one run may miss what it usually
comes to. Here it goes on with further seeds until it has; one that never does is a failure.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from hypothesis import seed, settings
from hypothesis.stateful import RuleBasedStateMachine, get_state_machine_test

ROUNDS: Final = 10


def machine(
    kind: type[RuleBasedStateMachine], *, examples: int, steps: int
) -> Callable[[int], None]:
    """Runs a state machine with a seed."""
    chosen = settings(max_examples=examples, stateful_step_count=steps)
    return lambda number: seed(number)(get_state_machine_test(kind, settings=chosen))()


def until_reached(
    run: Callable[[int], None], reached: Collection[str], wanted: Collection[str]
) -> None:
    """Call `run` with one seed after the other until `reached`, which grows, has all `wanted`."""
    for number in range(ROUNDS):
        run(number)
        if set(wanted) <= set(reached):
            return
    raise AssertionError(f"never reached in {ROUNDS} rounds: {sorted(set(wanted) - set(reached))}")
