"""Help ends with what programs read. Arguments that are misunderstood: told to people by how the
command is used, to programs, which say `--json`, as any other error."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Final, NoReturn

_MISUNDERSTOOD: Final = 2
_AS_JSON: Final = "--json"
_SHORTEST: Final = len("--j")
"""argparse takes the beginning of an option, too."""


class Parser(argparse.ArgumentParser):
    """Of the whole line, whose `verb` is "", or of a command."""

    def format_help(self) -> str:
        """With what `--json` prints."""
        verb: str | None = self.get_default("verb")
        if verb is None:
            return super().format_help()
        from lnwallet_tui.cli import forms_told

        after = forms_told.of_verb(verb) if verb else forms_told.of_errors()
        return "\n".join(filter(None, (super().format_help(), after)))


class ForPrograms(Parser):
    """Of the whole line, or of a command, where the answer is to be an object."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the arguments; the end."""
        from lnwallet_tui.cli import answers

        sentence = f"{message[:1].upper()}{message[1:].rstrip('.')}."
        problem = answers.failure("usage", sentence, f"See what it takes: {self.prog} --help")
        sys.stdout.write(json.dumps(problem) + "\n")
        sys.stdout.flush()
        sys.exit(_MISUNDERSTOOD)


def wants_json(words: Sequence[str]) -> bool:
    """Wherever it stands: what comes before it may be what is wrong."""
    options = words[: words.index("--")] if "--" in words else words
    return any(len(one) >= _SHORTEST and _AS_JSON.startswith(one) for one in options)
