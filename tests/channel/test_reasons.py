"""Five reasons for which our commitment is published, and no sixth: every place in the package that
signs it, publishes it or decides on it is listed here. Who adds one has to say which reason it is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import lnwallet_tui
from lnwallet_tui.channel.errors import CLOSE_REASONS, CloseReason, Fate, Violation

PACKAGE: Final = Path(lnwallet_tui.__file__).parent
ELSEWHERE: Final = ("playground",)  # whose people cheat on purpose

SIGNED_IN: Final = {
    "channel/failing.py::_our_commitment",
    "onchain/publish.py::our_commitment",
}
PUBLISHED_IN: Final = {
    # Each of them only where `publication` says that it was decided.
    "_our_commitment": {"channel/failing.py::broadcasts"},
    "our_commitment": {
        "node/guard/guard.py::raise_fee",
        "node/guard/without_disk.py::_hurry",
        # For what its child costs, and costs at least; the guard publishes it.
        "node/coins/close_bump.py::__init__",
    },
}
DECIDED_IN: Final = {
    "channel/failing.py::publish",
    "node/channels/channels.py::publish_frozen",
}
ASKED_BY: Final = {
    "publish": {
        "channel/failing.py::_give_up",
        "channel/failing.py::force_close",
        "channel/closing.py::new_tip",
        "channel/closing_negotiation.py::_dispute",
    },
    "_give_up": {"channel/failing.py::_channel_violated", "channel/failing.py::receive_error"},
    "publish_frozen": {"node/switchboard.py::take_to_chain"},
    "ForceClose": {"node/node.py::force_close", "node/switchboard.py::take_to_chain"},
    "take_to_chain": {"node/node.py::_force_close_frozen", "node/channels/last_resort.py::look"},
}
WORDS: Final = {"node/words/sentences.py", "node/words/given_up.py"}
REASONS: Final = {
    # What stands in the places where one is chosen.
    "channel/closing.py::new_tip": {CloseReason.NO_CLOSING_FEE},
    "channel/closing_negotiation.py::_dispute": {CloseReason.NO_CLOSING_FEE},
    "channel/failing.py::receive_error": {CloseReason.PEER_ERROR},
    "node/node.py::force_close": {CloseReason.USER},
    "node/node.py::_force_close_frozen": {CloseReason.USER},
    "node/channels/last_resort.py::look": {CloseReason.HTLC_DEADLINE},
}
FOR_VIOLATIONS: Final = {
    Violation.REVOKED_SECRET: CloseReason.WRONG_SECRET,
    Violation.REESTABLISH_SECRET: CloseReason.WRONG_SECRET,
    Violation.ASKS_TO_FAIL: CloseReason.PEER_ERROR,
}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    """Every function of the package, by file and name."""
    for path in sorted(PACKAGE.rglob("*.py")):
        place = path.relative_to(PACKAGE)
        if place.parts[0] not in ELSEWHERE:
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, Function):
                    yield f"{place.as_posix()}::{node.name}", node


def named(call: ast.Call) -> str:
    """What is called, without what it belongs to."""
    called = call.func
    return called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")


@cache
def everything() -> tuple[tuple[str, Function], ...]:
    """All of them."""
    return tuple(functions())


@cache
def calls() -> tuple[tuple[str, frozenset[str]], ...]:
    """What each of them calls."""
    return tuple(
        (place, frozenset(named(n) for n in ast.walk(function) if isinstance(n, ast.Call)))
        for place, function in everything()
    )


def callers(name: str, room: str = "") -> set[str]:
    """The functions that call it."""
    return {place for place, names in calls() if place.startswith(room) and name in names}


def reasons_in(function: Function) -> set[CloseReason]:
    """The reasons that stand in it by name."""
    return {
        CloseReason[node.attr]
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "CloseReason"
    }


def test_our_commitment_is_signed_in_two_places() -> None:
    assert callers("sign_holder_commitment") == SIGNED_IN


def test_what_is_signed_is_published_where_it_was_decided_on() -> None:
    for name, places in PUBLISHED_IN.items():
        assert callers(name) == places, name
    for place, function in everything():
        if place in set().union(*PUBLISHED_IN.values()):
            file, _, name = place.partition("::")
            its_callers = callers(name, file)
            judges = [judge for where, judge in everything() if where in its_callers]
            texts = map(ast.unparse, [function, *judges])
            assert any("publication is not None" in text for text in texts), place


def test_it_is_decided_on_in_two_places() -> None:
    assert callers("Publication") == DECIDED_IN


def test_nobody_else_asks_for_it() -> None:
    for name, places in ASKED_BY.items():
        room = "channel/" if name in ("publish", "_give_up") else ""
        assert callers(name, room) == places, name


def test_each_place_has_its_reason_and_each_reason_its_place() -> None:
    found = {place: reasons_in(function) for place, function in everything() if place in REASONS}
    assert found == REASONS
    published = {one for one in Violation if one.fate is Fate.PUBLISHED}
    assert published == FOR_VIOLATIONS.keys()
    given = set().union(*REASONS.values()) | set(FOR_VIOLATIONS.values())
    assert given == set(CloseReason) == set(CLOSE_REASONS)
    assert len(CloseReason) == 5


def test_a_reason_is_named_nowhere_else() -> None:
    """But where what is stored is made words of."""
    named_in = {
        place.partition("::")[0] for place, function in everything() if reasons_in(function)
    }
    assert named_in - WORDS == {place.partition("::")[0] for place in REASONS}
