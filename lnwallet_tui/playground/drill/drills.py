"""The drill as the screen knows it (`api.drill.DrillApi`), for any node of ours."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import sys
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

import lnwallet_tui
from lnwallet_tui.api.drill import DrillsView, DrillView, RehearsalView
from lnwallet_tui.api.refusals import RefusalCode, Refused
from lnwallet_tui.node.node import Node
from lnwallet_tui.onchain.rehearsal import NotPunished
from lnwallet_tui.playground.drill.practice import JUDGES, rehearse_all

_PATIENCE: Final = 180  # seconds; on a quiet machine it takes two
_COMMAND: Final = (sys.executable, "-P", "-m", "lnwallet_tui.playground.drill")
_OURS: Final = str(Path(lnwallet_tui.__file__).parents[1])
"""Where this very program lies: nothing else of that name is to be found first."""


class Drills:
    """One at a time. The sandbox runs in a process of its own, the dry run in a thread: its signers
    are copies, which are dropped with what they have learned."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._busy = asyncio.Lock()

    async def last(self) -> DrillsView:
        return self._node.drills()

    async def drill(self) -> DrillView | Refused:
        async with self._busy:
            view = await _play(secrets.randbelow(2**32))
            if isinstance(view, Refused):
                return view
            view = replace(view, happened=(await self._node.status()).now)
            refused = self._node.keep_drills(replace(self._node.drills(), drill=view))
            return refused or view

    async def rehearse(self) -> RehearsalView | Refused:
        async with self._busy:
            practices = self._node.practices()
            failure, tried, inputs = "", 0, 0
            try:
                tried, inputs = await asyncio.to_thread(rehearse_all, practices)
            except NotPunished as failed:
                failure = str(failed)
            view = RehearsalView(
                happened=(await self._node.status()).now,
                channels=len(practices),
                revoked=sum(one.revoked for one in practices),
                tried=tried,
                inputs=inputs,
                verified_by=JUDGES,
                failure=failure,
            )
            refused = self._node.keep_drills(replace(self._node.drills(), rehearsal=view))
            return refused or view


async def _play(seed: int) -> DrillView | Refused:
    process = await asyncio.create_subprocess_exec(
        *_COMMAND,
        str(seed),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        start_new_session=True,
        env={**os.environ, "PYTHONPATH": _OURS},
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            told, _ = await process.communicate()
        return msgspec.json.decode(told, type=DrillView)
    except (TimeoutError, msgspec.MsgspecError):
        return Refused(
            RefusalCode.NOT_READY,
            f"The drill's sandbox did not end as it should (seed {seed}). Nothing is known from "
            "it about your channels.",
            "Try again; if it goes on, please report it.",
        )
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
