"""A wallet by its command line alone: a node's process, and one command after the other."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from tests.cli.least_stretch import LEAST
from tests.cli.run import Done, lnwallet
from tests.peers.bitcoind.backend import ChainBackend

PATIENCE_SECONDS: Final = 120.0
_LOOK_AGAIN_SECONDS: Final = 0.2
_SHOWN_OF_LOG: Final = 6_000
HOST: Final = "127.0.0.1"
Answer = dict[str, Any]


class CommandLine:
    """One wallet in its folder. What its node tells is in `log`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.node_id = ""
        self.log = folder.with_suffix(".log")
        self._passphrase = folder.with_suffix(".phrase")
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @classmethod
    @asynccontextmanager
    async def made(cls, folder: Path, backend: ChainBackend) -> AsyncIterator[CommandLine]:
        """One of new words whose node runs and asks nobody but that of the chain."""
        wallet = cls(folder)
        wallet._passphrase.write_text("correct horse battery staple\n")
        create = ("create", "--network", "regtest", "--passphrase-file", wallet._passphrase)
        made = await wallet.ask(*create, module=LEAST)
        wallet.node_id = made["node_id"]
        try:
            await wallet.start(backend)
            yield wallet
        finally:
            wallet.kill()

    @property
    def address(self) -> str:
        """Where other Lightning nodes reach it."""
        return f"{self.node_id}@{HOST}:{self._port}"

    async def start(self, backend: ChainBackend) -> None:
        """Run its node, and wait until it can be asked and has its keys."""
        words = ["node", "--datadir", str(self.folder), "--listen", f"{HOST}:{self._port}"]
        words += ["--passphrase-file", str(self._passphrase)]
        for address in backend.addresses:
            words += ["--chain-peer", address]
        self._process = self._begun(words)
        await self.until(lambda status: not status["locked"])

    def _begun(self, words: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "lnwallet_tui", *words],
                env=os.environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    async def stop(self) -> None:
        """As its user does."""
        await self.ask("stop")
        assert self._process is not None
        assert await asyncio.to_thread(self._process.wait, PATIENCE_SECONDS) == 0

    def kill(self) -> None:
        """Where it stands."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
        if self._process is not None:
            self._process.wait()

    async def ask(self, *words: str | Path, module: str = "lnwallet_tui") -> Answer:
        """The answer of a command."""
        done = await self._run(*words, module=module)
        assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}\n{self._log_tail()}"
        return cast("Answer", json.loads(done.stdout))

    async def until(self, is_so: Callable[[Answer], bool], *words: str) -> Answer:
        """Ask again and again (for its status, if nothing else is named) until it is so."""
        done: Done | None = None
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    done = await self._run(*(words or ("status",)))
                    if done.returncode == 0 and is_so(json.loads(done.stdout)):
                        return cast("Answer", json.loads(done.stdout))
                    await asyncio.sleep(_LOOK_AGAIN_SECONDS)
        except TimeoutError:
            said = done.stdout + done.stderr if done else ""
            raise TimeoutError(f"{words}: {said}\n{self._log_tail()}") from None

    async def read_to(self, height: int) -> None:
        """Wait until it has read that block and waits for the next."""
        await self.until(lambda told: told["height"] == height and not told["waiting_for"])

    async def channel(self) -> Answer:
        """The only one that it has."""
        (channel,) = (await self.ask("channels"))["channels"]
        return cast("Answer", channel)

    async def until_channel(self, state: str) -> Answer:
        """Wait until its only channel is in that state."""
        told = await self.until(
            lambda told: [one["state"] for one in told["channels"]] == [state], "channels"
        )
        return cast("Answer", told["channels"][0])

    async def _run(self, *words: str | Path, module: str = "lnwallet_tui") -> Done:
        asked = (*words, "--datadir", self.folder, "--json")
        return await asyncio.to_thread(lnwallet, *asked, module=module)

    def _log_tail(self) -> str:
        return self.log.read_text(errors="replace")[-_SHOWN_OF_LOG:] if self.log.exists() else ""


def _free_port() -> int:
    with socket.socket() as one:
        one.bind((HOST, 0))
        return int(one.getsockname()[1])
