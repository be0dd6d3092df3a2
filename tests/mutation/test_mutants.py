"""Mistakes are made as they are told, in no file, and tests notice them or not."""

from __future__ import annotations

import ast

import pytest

from tests.mutation.campaign import ROOMS, Room, _run, all_of, drawn, equal, key_of, source_of
from tests.mutation.mutants import mutants, mutated

SOURCE = """
class Purse:
    \"\"\"With 1 text.\"\"\"
    def __repr__(self): return 1
    def fee(self, rate: int = 3) -> int:
        assert rate > 0
        if rate >= 5 and not self.old:
            raise ValueError
        if self.never: assert_never(rate)
        if self.wrong: raise AssertionError("of 1 kind")
        return [one for one, _ in zip((rate + 1, True), self.all, strict=True) if one is not None]
"""


def test_each_mistake_is_told_and_made() -> None:
    found = {one.words: ast.unparse(mutated(SOURCE, one.number)) for one in mutants(SOURCE)}
    assert found.keys() == {
        "3 becomes 4",
        "3 becomes 2",
        "without raise ValueError",
        "not (rate >= 5 and (not self.old))",
        "not (self.never)",
        "not (self.wrong)",
        "And becomes Or in rate >= 5 and (not self.old)",
        "GtE becomes Gt in rate >= 5",
        "5 becomes 6",
        "5 becomes 4",
        "whether or not one is not None",
        "Add becomes Sub in rate + 1",
        "1 becomes 2",
        "1 becomes 0",
        "True becomes False",
        "IsNot becomes Is in one is not None",
    }
    plain = ast.unparse(ast.parse(SOURCE))
    assert len({plain, *found.values()}) == len(found) + 1
    assert "if rate > 5 and" in found["GtE becomes Gt in rate >= 5"]
    assert "rate - 1" in found["Add becomes Sub in rate + 1"]
    assert "self.all, strict=True)]" in found["whether or not one is not None"]
    assert "pass" in found["without raise ValueError"]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_has_modules_tests_and_a_sample_of_its_own(room: Room) -> None:
    assert {f"test_{name}.py" for name in room.slow} <= {one.split("/")[-1] for one in room.tests}
    assert drawn(room, 20, 1) == drawn(room, 20, 1) != drawn(room, 20, 2)
    assert len(all_of(room)) > 100


def test_what_is_called_equal_is_there_and_says_why() -> None:
    skipped = equal()
    every = {
        key_of(module, one)
        for room in ROOMS
        for module in room.modules
        for one in mutants(source_of(module))
    }
    assert skipped.keys() <= every
    assert all(skipped.values())


def test_a_mistake_is_noticed_by_the_tests_of_its_room() -> None:
    module = "lnwallet_tui.onion.payload"
    [number] = [one.number for one in mutants(source_of(module)) if one.words == "12 becomes 11"]
    tests = ["tests/onion/test_at_the_limits.py"]
    assert _run(tests, "", None) == (0, "")
    code, failed = _run(tests, f"{module}:{number}", None)
    assert code == 1
    assert "test_a_path_key_is_found_by_its_type" in failed
