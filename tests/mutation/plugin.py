"""One mistake in a run of pytest: `-p tests.mutation.plugin`, its module and number in the
environment; the control has an empty one. No file is changed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType

from tests.mutation.mutants import mutated


class _Mutated(SourceFileLoader):
    number: int

    def get_code(self, fullname: str) -> CodeType:
        """Never from what was compiled before."""
        path = self.get_filename(fullname)
        tree = mutated(self.get_data(path).decode(), self.number)
        return compile(tree, path, "exec", dont_inherit=True)


class _Finder(PathFinder):
    module, number = "", 0

    @classmethod
    def find_spec(
        cls, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Of that module alone."""
        found = super().find_spec(fullname, path, target) if fullname == cls.module else None
        if found is not None and found.origin is not None:
            found.loader = _Mutated(fullname, found.origin)
            found.loader.number = cls.number
        return found


if wanted := os.environ["LNWALLET_MUTANT"]:
    _Finder.module, _, count = wanted.partition(":")
    _Finder.number = int(count)
    assert _Finder.module not in sys.modules, "it was imported before it was changed"
    sys.meta_path.insert(0, _Finder)  # a class is a finder, as PathFinder
