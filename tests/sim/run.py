"""One seed, one life, one verdict: `run_seed` is all that others need."""

from __future__ import annotations

import asyncio
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests import in_memory
from tests.sampling import commit
from tests.sim.life import Life
from tests.sim.light_life import LightLife
from tests.sim.tally import Tally


@dataclass(frozen=True)
class Verdict:
    """What became of the life of a seed. `wrongs` is empty where all was as it must be; `tip` is
    the newest block, which depends on every signature that is in the chain."""

    seed: int
    wrongs: tuple[str, ...]
    tally: Tally
    tip: str
    is_light: bool = False

    @property
    def passed(self) -> bool:
        """Whether nothing was wrong."""
        return not self.wrongs

    @property
    def line(self) -> str:
        """Repeats it: the command, at that commit, and the first of what was wrong."""
        first = self.wrongs[0].splitlines()[0] if self.wrongs else "passed"
        light = " --light" if self.is_light else ""
        again = f"tests/sim/campaign --seeds 1 --first-seed {self.seed}{light}"
        return f"{again}  commit={commit()[:12]}  {first}"


def run_seed(seed: int) -> Verdict:
    """Live through it, in this process."""
    return _run(seed, Life)


def run_light_seed(seed: int) -> Verdict:
    """The same of a life over the light node."""
    return _run(seed, LightLife)


def _run(seed: int, kind: type[Life | LightLife]) -> Verdict:
    with tempfile.TemporaryDirectory(prefix="lnw-life-", dir=in_memory.place()) as folder:
        return asyncio.run(_live(seed, kind, Path(folder)))


async def _live(seed: int, kind: type[Life | LightLife], folder: Path) -> Verdict:
    life = kind(seed, folder)
    wrongs: list[str] = []
    try:
        await life.whole()
    except Exception as error:
        wrongs = [f"{type(error).__name__}: {error}\n{traceback.format_exc()}"]
    tip = life.town.regtest.chain.tip.hash.hex()
    return Verdict(seed, (*wrongs, *life.wrongs), life.tally, tip, kind is LightLife)
