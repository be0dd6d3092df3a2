"""Tours as processes of their own, each seed once a session."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.audit.auditor import Auditor
from tests.audit.facts import read_lines
from tests.audit.ledger import read_blocks
from tests.cli.run import lnwallet


@dataclass(frozen=True)
class Told:
    """What a tour printed, and the blocks that it wrote."""

    code: int
    text: str
    errors: str
    blocks: str

    @property
    def lines(self) -> list[dict[str, Any]]:  # JSON as it comes: tests look at what is there
        return [json.loads(line) for line in self.text.splitlines()]

    def audit(self) -> None:
        """`Contradiction` unless blocks and arithmetic agree with every line."""
        auditor = Auditor(read_blocks(self.blocks.encode()))
        for line in read_lines(self.text.encode()):
            auditor.check(line)


def tour(seed: int, hash_seed: str = "random") -> Told:
    """Run it, now."""
    with tempfile.TemporaryDirectory() as folder:
        blocks = Path(folder, "blocks")
        arguments = ("play", "--tour", "--json", "--seed", str(seed), "--blocks", blocks)
        done = lnwallet(*arguments, hash_seed=hash_seed)
        written = blocks.read_text() if blocks.exists() else ""
        return Told(done.returncode, done.stdout, done.stderr, written)


@cache
def told(seed: int) -> Told:
    """The tour of that seed."""
    return tour(seed, hash_seed="1")
