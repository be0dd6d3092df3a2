"""Commands that sentences name, for the wallet that was asked for: a pasted one has to find it."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import Final

from lnwallet_tui.cli.answers import Answer

_OURS: Final = ("explanation", "waiting_for", "guard", "remedy")
"""What is for people and never quotes others in an answer that names a command; of a channel's
`explanation`, which does, see `_QUOTING`."""
_QUOTING: Final = "channel_id"
_COMMAND: Final = re.compile(
    r"lnwallet-tui(?: (?:node|guard|create|restore|lock|unlock|stop|status|nodes|balance|address"
    r"|peers|connect|disconnect|channels|open|close|pay|payments|invoice|backup|send|bump"
    r"|transactions|fees|coins|freeze|thaw)\b|(?=, or lnwallet-tui |, whose Home | --when-closed))"
    r"(?! --(?:datadir|network|backup|export-bundle))"
)
"""A wallet is restored from a backup in another folder than the one that was asked for."""


def placed(answer: Answer, options: argparse.Namespace) -> Answer:
    """The same answer; commands in it name the folder, or the network, that was named."""
    where = _where(options)
    if not where:
        return answer
    error = answer.get("error")
    if isinstance(error, dict):
        return {**answer, "error": {**error, "remedy": _placed(str(error["remedy"]), where)}}
    if _QUOTING in answer:
        return answer
    ours = {name: answer[name] for name in _OURS if isinstance(answer.get(name), str)}
    return {**answer, **{name: _placed(str(words), where) for name, words in ours.items()}}


def in_words(text: str, options: argparse.Namespace) -> str:
    """The same of a sentence of ours."""
    return _placed(text, _where(options))


def for_wallet(text: str, datadir: Path | None, network: str | None) -> str:
    """The same of a sentence of the screen, which was opened for this folder or network."""
    return _placed(text, _named(datadir, network))


def _where(options: argparse.Namespace) -> str:
    return _named(getattr(options, "datadir", None), getattr(options, "network", None))


def _named(datadir: Path | None, network: str | None) -> str:
    named = ("datadir", datadir), ("network", network)
    return "".join(
        f" --{name} {shlex.quote(str(value))}" for name, value in named if value is not None
    )


def _placed(text: str, where: str) -> str:
    return _COMMAND.sub(lambda found: found.group() + where, text)
